import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeTree } from '../../helpers/temp.ts';
import { hostileRun, json, runId, writeRun, type State } from './run.ts';
import { canary, type Setting } from './setting.ts';
import type { Victim, World } from './world.ts';

const ESCAPES = '\u001b]0;owned\u0007\u001b[2J\u009b31m\u202egnp.exe\u2066\u200f\r\nnext';

/** Names of entries of a store that are no ids, and would be something else where they are used. */
function names(setting: Setting): readonly string[] {
  return [
    '.',
    '..',
    '-rf',
    '--all',
    ' ',
    'a b',
    'queue',
    '.runyard',
    'a.b',
    'a.meta.b',
    '*',
    '%2e%2e%2foutside',
    'CON',
    'x'.repeat(200),
    '\u202etxt.exe',
    '\u001b[31mred',
    'two\nlines',
    `$(${canary(setting, 'name').replaceAll('/', '\\057')})`,
  ];
}

/** Texts of a run that change the terminal, or the order of what is read. */
const TEXTS: Readonly<Record<string, (id: string) => Readonly<Record<string, string>>>> = {
  'opref has escapes': (id) => ({ [`${id}.meta/opref`]: `1 a${ESCAPES} b${ESCAPES}` }),
  'the label has escapes': (id) => attributes(id, { label: ESCAPES, tags: [ESCAPES] }),
  'attributes have escapes': (id) => attributes(id, { [ESCAPES]: ESCAPES }),
  'a comment has escapes': (id) =>
    attributes(id, { [`comment:${ESCAPES}`]: { msg: ESCAPES, timestamp: 1 } }, ESCAPES),
  'the configuration has escapes': (id) => ({
    [`${id}.meta/config.json`]: json({ [ESCAPES]: ESCAPES, list: [ESCAPES] }),
  }),
  'the summary has escapes': (id) => ({
    [`${id}.meta/summary.json`]: json({
      metrics: { [ESCAPES]: 1 },
      attributes: { [ESCAPES]: ESCAPES },
      run: { label: ESCAPES },
    }),
  }),
  'names of files have escapes': (id) => ({
    [`${id}.meta/manifest`]: `g ${'0'.repeat(64)} \u001b[2J\u202ex\n`,
    [`${id}.meta/output/40_run${ESCAPES.slice(0, 12)}`]: 'x\n',
  }),
  'a tag is a number': (id) => attributes(id, { tags: [1, null, {}], label: [1] }),
};

export const NAMES: readonly World[] = [
  {
    name: 'entries that are named like no run',
    build: (setting) => {
      for (const name of names(setting)) {
        writeRun(setting, { [`${name}.meta/opref`]: '1 a b', [`${name}/a.txt`]: 'a\n' });
      }
      return names(setting).map((id) => ({
        id,
        what: `a run named ${JSON.stringify(id)}`,
        state: 'pending',
      }));
    },
    steps: [['delete', '--', '-rf'], ['purge', '--all', '--yes'], ['recover']],
  },
  {
    name: 'entries beside a run that are not its own',
    build: (setting) => {
      const id = 'abc';
      writeRun(setting, hostileRun(setting, id, 'completed'));
      writeTree(setting.store, {
        'abc.important/thesis.txt': 'mine\n',
        'abc.txt': 'mine\n',
        'abc.meta.backup/opref': 'mine\n',
        'thesis.txt': 'mine\n',
      });
      return [{ id, what: 'a run named abc', state: 'completed' }];
    },
    check: ({ store }) =>
      ['abc.important/thesis.txt', 'abc.txt', 'abc.meta.backup/opref', 'thesis.txt']
        .filter((path) => !existsSync(join(store, path)))
        .map((path) => `removed ${path} in the store, which is no run's`),
  },
  {
    name: 'texts that change the terminal',
    build: (setting) => Object.keys(TEXTS).map((what, n) => withTexts(setting, what, n)),
  },
  {
    name: 'a batch whose texts change the terminal',
    build: (setting) => {
      const id = runId(0x7501_0000);
      const files = hostileRun(setting, id, 'batch');
      for (const [path, text] of Object.entries(files)) {
        if (typeof text !== 'string' || !/(?:trials|batch|proto)\.json$/.test(path)) continue;
        const escaped = json(ESCAPES).trim().slice(1, -1);
        files[path] = text.replaceAll('x=1', escaped).replaceAll('hostile', escaped);
      }
      writeRun(setting, files);
      return [{ id, what: 'a batch with escapes' }];
    },
  },
  ...moves(),
];

function withTexts(setting: Setting, what: string, n: number): Victim {
  const id = runId(0x7500_0000 + n * 0x100);
  writeRun(setting, { ...hostileRun(setting, id, 'completed'), ...TEXTS[what]?.(id) });
  return { id, what, state: 'completed' };
}

function attributes(id: string, set: object, author = 'eve'): Readonly<Record<string, string>> {
  const name = '018bcfe5-6801-4000-8000-000000000000.json';
  return { [`${id}.user/${name}`]: json({ author, set, delete: [] }) };
}

/** The last move of a run says where it is: a name that anybody can write. */
function moves(): readonly World[] {
  const states: readonly State[] = ['completed', 'staged', 'died'];
  return states.map((state) => ({
    name: `a run that was moved to nowhere and is ${state}`,
    build: (setting) =>
      ['..', '\u001b[2J', '', 'x'.repeat(200), 'trash\n'].map((container, n) => {
        const id = runId(0x7502_0000 + n * 0x100);
        writeRun(setting, {
          ...hostileRun(setting, id, state),
          [join(`${id}.move`, `ffffffff-ffff-4fff-bfff-ffffffffffff-${container}`)]: '',
        });
        return { id, state, what: `moved to ${JSON.stringify(container.slice(0, 12))}` };
      }),
  }));
}
