import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { buildTable } from '../../src/batch/table/table.ts';
import { parseSweep, SweepError, type SweepValue } from '../../src/batch/table/values.ts';
import { trialLabel } from '../../src/batch/trial/labels.ts';
import {
  formatFloat,
  isJsonArray,
  isJsonObject,
  parseJson,
  type Json,
} from '../../src/core/data/json.ts';
import type { RunConfig } from '../../src/core/run/types.ts';
import { Guild, guildProgram } from '../helpers/guild/guild.ts';
import { makeTempDir, removeTree, writeTree } from '../helpers/temp.ts';

/** Values as typed and the order of trials, beside the real Guild (guild-format.md 2). */

const GUILD_FILE = `
- operations:
    op:
      exec: 'true'
      flags: {x: 1, y: 2, z: 3, msg: hi, loud: false}
`;
/** The same values, as the configuration of an operation of ours. */
const DEFAULTS: RunConfig = { x: 1n, y: 2n, z: 3n, msg: 'hi', loud: false };

let guild: Guild;
let dir = '';
before(async () => {
  dir = makeTempDir();
  writeTree(dir, { 'guild.yml': GUILD_FILE });
  guild = new Guild(await guildProgram(), dir);
});
after(() => removeTree(dir));

/** Texts that mean the same to both. */
const SAME: readonly string[] = [
  '',
  'a',
  'a b',
  '1',
  '-1',
  '+1',
  '001',
  '1.0',
  '1e3',
  '1e-5',
  '.5',
  '1.',
  'nan',
  'inf',
  '-inf',
  '1:2',
  '12:30:00',
  'true',
  'null',
  'None',
  '0o17',
  'a:b',
  'a,b',
  '/tmp/a b',
  'http://a/b',
  "'1'",
  '"a b"',
  "'[1,2]'",
  '[]',
  '[1]',
  '[1,2]',
  '[1, 2, 3]',
  '[0.1,0.01]',
  '[1e-3, 1.0e-3]',
  '[a,b]',
  '[a b, c]',
  "['a, b', c]",
  "['1',1]",
  '[true,false]',
  '[null,1]',
  '[1,]',
  '[001,002]',
  '[a-1, b.c]',
  '[a:b,c]',
  '[http://x, http://y]',
  '[1,2]*2',
  '[1]*0',
  '[1, 2] * 3',
  '[a]*3',
  'range[1:5]',
  'range[0:5:2]',
  'range[5:1:-1]',
  'range[10]',
  'range[0]',
  'range[ 1 : 3 ]',
  'range[1:5:0.5]',
  'range[0:1:0.25]',
  'range[-2:2]',
  'range[2:1]',
  'linspace[1:5]',
  'linspace[1:10]',
  'linspace[1:10:10]',
  'linspace[0:1:3]',
  'linspace[1:2:1]',
  'logspace[1:5]',
  'logspace[0:2:3]',
  'logspace[-5:0:6]',
  'logspace[0:3:4:2]',
  '[0:1]',
  '[1:10]',
  '[-1:1]',
  '[0.0:1.0]',
  '[1e-5:1e-1]',
  'uniform[0:1]',
  'uniform[0:1:0.5]',
  'loguniform[1e-5:1]',
  'loguniform[1:10:2]',
];

const ERROR = 'an error';
const uniform = (...args: readonly Json[]): Json => ({ function: 'uniform', args });

/** Where we differ on purpose: the text, what Guild and what we make of it, and why. */
const DIFFERENT: Readonly<
  Record<string, readonly (readonly [text: string, guild: Json, ours: Json])[]>
> = {
  'Booleans and numbers are those of Gage, not of YAML 1.1': [
    ['yes', true, 'yes'],
    ['no', false, 'no'],
    ['on', true, 'on'],
    ['off', false, 'off'],
    ['True', true, 'True'],
    ['~', null, '~'],
    ['0x10', 16n, '0x10'],
    ['1_000', '1_000', 1000n],
    ['2020-01-01', { text: 'datetime.date(2020, 1, 1)' }, '2020-01-01'],
    ['{a: 1}', { text: "{'a': 1}" }, '{a: 1}'],
    ['[yes,no]', [true, false], ['yes', 'no']],
    ['[1:2,3]', [62n, 3n], ['1:2', 3n]],
  ],
  'What is in quotation marks is a text': [
    ["'range[1:5]'", { function: 'range', args: [1n, 5n] }, 'range[1:5]'],
    ["'[0:1]'", uniform(0n, 1n), '[0:1]'],
  ],
  'Only a known name with numbers is a function': [
    ['data[0]', { function: 'data', args: [0n] }, 'data[0]'],
    ['data[0] x', { function: 'data', args: [0n] }, 'data[0] x'],
    ['a[b]c', { function: 'a', args: ['b'] }, 'a[b]c'],
    ['range[foo:bar]', { function: 'range', args: ['foo', 'bar'] }, 'range[foo:bar]'],
    ['[a:b]', uniform('a', 'b'), ['a:b']],
    ['[http://x]', uniform('http', '//x'), ['http://x']],
  ],
  'Sequences end where they say, to the last digit, and geomspace is one': [
    ['range[0:0.5]', [0, 1], [0]],
    ['range[5:2:-2]', [5n, 3n, 1n], [5n, 3n]],
    ['range[1:1.2:0.1]', [1, 1.1, 1.2, 1.3], [1, 1.1, 1.2]],
    ['logspace[0:1:3]', [1, 3.16227766, 10], [1, 3.1622776601683795, 10]],
    ['geomspace[1:100:3]', { function: 'geomspace', args: [1n, 100n, 3n] }, [1, 10, 100]],
  ],
  'What follows a function is not lost, and the initial value is no time of day': [
    ['range[1:3]*2', [1n, 2n, 3n], [1n, 2n, 3n, 1n, 2n, 3n]],
    ['uniform[0:1]*2', uniform(0n, 1n), [uniform(0n, 1n), uniform(0n, 1n)]],
    ['[0:1]*2', '[0:1]*2', [uniform(0n, 1n), uniform(0n, 1n)]],
    ['[0:1:0.5]', [60.5], uniform(0n, 1n, 0.5)],
  ],
  'A list in a list is one value, its text: no run of Gage can hold a list': [
    ['[[1,2],[3]]', [[1n, 2n], [3n]], ['[1,2]', '[3]']],
  ],
  'A slip is an error, not a text that fails later or goes unnoticed': [
    ['range[]', { function: 'range', args: [] }, ERROR],
    ['range[1:2:3:4]', [1n], ERROR],
    ['range[1:3', 'range[1:3', ERROR],
    ['linspace[1]', { function: 'linspace', args: [1n] }, ERROR],
    ['linspace[0:1:2.5]', { function: 'linspace', args: [0n, 1n, 2.5] }, ERROR],
    ['uniform[1.2:1.1]', uniform(1.2, 1.1), ERROR],
    ['[1:2:3:4]', uniform(1n, 2n, 3n, 4n), ERROR],
    ['[1,2', '[1,2', ERROR],
    ['[a] b', '[a] b', ERROR],
  ],
};

const int = fc.integer({ min: -99, max: 99 });
const float = fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((n) => formatFloat(n + 0));
const word = fc
  .stringMatching(/^[a-z][a-z0-9_.-]{0,6}$/)
  // What YAML 1.1 takes for something else.
  .filter((text) => !/^(?:y|n|yes|no|on|off|null|nan|inf|infinity|true|false)$/.test(text));
const item = fc.oneof(int.map(String), float, word, fc.constantFrom('true', 'false', "'1, [2]'"));
const plainTexts = fc.oneof(
  item,
  fc
    .tuple(fc.array(item, { maxLength: 5 }), fc.constantFrom('', '*0', '*2', ' * 3'))
    .map(([items, times]) => `[${items.join(', ')}]${times}`),
  fc
    .tuple(int, int, fc.constantFrom('', ':1', ':2', ':7', ':-1'))
    .map(([a, b, step]) => `range[${String(a)}:${String(b)}${step}]`),
  fc
    .tuple(fc.constantFrom('uniform', 'loguniform', ''), fc.nat({ max: 99 }), fc.nat({ max: 99 }))
    .map(([name, a, b]) => `${name}[${String(a + 1)}:${String(a + b + 2)}]`),
);

/** What we make of a text, in the form of {@link Guild.decode}. */
function ours(text: string): Json {
  try {
    return plain(parseSweep(text));
  } catch (error) {
    assert.ok(error instanceof SweepError, String(error));
    return ERROR;
  }
}

function plain(value: SweepValue): Json {
  if (value.kind === 'value') return value.value;
  if (value.kind === 'list') return value.values.map(plain);
  const args = value.initial === null ? value.args : [...value.args, value.initial];
  return { function: value.name, args };
}

describe('values as typed', () => {
  test(`${String(SAME.length)} texts mean the same to Guild and to us`, async () => {
    const decoded = await guild.decode(SAME);
    for (const [i, text] of SAME.entries()) assert.deepEqual(ours(text), decoded[i], text);
  });

  test('so do 500 random ones that are written without tricks', async () => {
    const texts = fc.sample(plainTexts, 500);
    const decoded = await guild.decode(texts);
    for (const [i, text] of texts.entries()) assert.deepEqual(ours(text), decoded[i], text);
  });

  for (const [why, cases] of Object.entries(DIFFERENT)) {
    test(why, async () => {
      const decoded = await guild.decode(cases.map(([text]) => text));
      for (const [i, [text, theirs, mine]] of cases.entries()) {
        assert.deepEqual(decoded[i], theirs, `Guild: ${text}`);
        assert.deepEqual(ours(text), mine, `Runyard: ${text}`);
      }
    });
  }
});

describe('the trials of a grid', () => {
  const cases: readonly (readonly string[])[] = [
    ['msg=[b,a]', 'loud=[true,false]'],
    ['x=[1,2]', 'y=[3,4]', 'z=[5,6]'],
    ['z=[1,2]', 'x=range[3]', 'msg=one'],
    ['x=[1,2,1]'],
    ['x=[2,1]*2', 'y=linspace[0:1:3]'],
    ['x=[5]'],
  ];
  for (const flags of cases) {
    test(flags.join(' '), async () => {
      assert.deepEqual(await ourTrials(flags), await guildTrials(flags));
    });
  }

  test('typed values go over those of a file, and their lists are expanded in each row', async () => {
    writeTree(dir, { 'rows.csv': 'msg,loud\na,true\nb,false\nc,true\n' });
    const flags = ['loud=[true,false]'];
    assert.deepEqual(
      await ourTrials(flags, ['rows.csv']),
      await guildTrials([...flags, '@rows.csv']),
    );
  });

  test('a list in a cell is expanded, a missing cell is the default', async () => {
    writeTree(dir, { 'cells.csv': 'x,msg,y\n"[1,2]",a\n3,b,7\n' });
    assert.deepEqual(await ourTrials([], ['cells.csv']), await guildTrials(['@cells.csv']));
  });

  test('a batch file of JSON', async () => {
    writeTree(dir, { 'rows.json': '[{"x": 1.5, "msg": "a"}, {"x": 2, "z": [7, 8]}]' });
    assert.deepEqual(await ourTrials([], ['rows.json']), await guildTrials(['@rows.json']));
  });

  test('an empty cell is the default, where Guild has an empty text', async () => {
    writeTree(dir, { 'empty.csv': 'x,msg\n1,\n2,b\n' });
    const [first] = await ourTrials([], ['empty.csv']);
    const [theirs] = await guildTrials(['@empty.csv']);
    assert.equal(first?.['msg'], 'hi');
    assert.equal(theirs?.['msg'], '');
  });
});

test('labels are those of Guild', async () => {
  const flags = {
    x: 0.123456789,
    y: 10n,
    msg: 'two words',
    none: null,
    lr: 0.00001234,
    s: '1',
    path: 'data/set-1.csv',
  };
  const script = `
import json, sys
from guild import op_util
flags, templates = json.load(sys.stdin)
print(json.dumps([op_util.run_label(template, flags) for template in templates]))
`;
  const templates = [
    null,
    'run ${x}',
    '${x|%.2f}/${y|%05d} ${gone}${gone|default:?}',
    '${default_label}!',
    '${x|%08.3f}|${y|%5s}|${y|%-5d}|${y|%+d}|${x|%.3e}|${lr|%g}|${x|%g}',
    '${msg|unquote} ${msg} ${path|basename} ${x|default:1} ${none|default:none} ${x|%d} ${msg|%.3s}',
    '${x|nonsense} ${msg|%d} $x ${',
  ];
  const labels = templates.map((template) => trialLabel(template, flags, flags));
  assert.deepEqual(labels, await guild.python(script, [flags, templates]));
});

test('long paths are shortened as Guild does', async () => {
  const paths = [
    'data/train/set-1.csv/',
    'data/train.csv',
    '/a/b/c/d/e/f/g/h/i/j/k',
    '/home/user/project/data/train.csv',
    'data/images/train/set-1.csv',
    'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/b',
    '/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    'a/b/c/d/e/f/g/h/i/j/k/l/m',
    '../../../../../some/file.txt',
    '/home/me//x///yyyyyyyyyyyyyyyyy',
  ];
  const script = `
import json, sys
from guild import util
print(json.dumps(["p=" + util.shorten_path(path, 20) for path in json.load(sys.stdin)]))
`;
  const labels = paths.map((path) => trialLabel(null, { p: path }, {}));
  assert.deepEqual(labels, await guild.python(script, paths));
});

type Row = Readonly<Record<string, Json>>;

/** Trials as Guild would run them, all flags of each. */
async function guildTrials(args: readonly string[]): Promise<readonly Row[]> {
  await guild.ok('run', 'op', '-y', '--save-trials', 'trials.json', ...args);
  const trials = parseJson(readFileSync(join(dir, 'trials.json'), 'utf8'));
  assert.ok(isJsonArray(trials));
  return trials.map((trial) => {
    assert.ok(isJsonObject(trial));
    return trial;
  });
}

async function ourTrials(
  flags: readonly string[],
  files: readonly string[] = [],
): Promise<readonly Row[]> {
  const request = { rows: null, optimizer: null, maxTrials: null, seed: null };
  const paths = files.map((file) => join(dir, file));
  // What has no type of its own takes what is typed, as Guild has it.
  const untyped = Object.fromEntries(Object.keys(DEFAULTS).map((key) => [key, null]));
  const table = await buildTable({ ...request, flags, files: paths }, untyped);
  return table.rows.map((row) => ({ ...DEFAULTS, ...row.flags }));
}
