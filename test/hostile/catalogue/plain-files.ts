import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { inStore, hostileRun, runId, writeRun, type State } from './run.ts';
import type { World } from './world.ts';

const HUGE = '9'.repeat(400);
const NUMBERS = ['-1', '0', '1e300', HUGE, 'NaN', '', '\u0000', '1'.repeat(17), '../../x'];

/** Files that are no JSON, and what they may hold. */
const FILES: readonly { path: string; state: State; texts: readonly (string | Buffer)[] }[] = [
  { path: 'ID.meta/initialized', state: 'pending', texts: NUMBERS },
  { path: 'ID.meta/staged', state: 'staged', texts: NUMBERS },
  { path: 'ID.meta/started', state: 'died', texts: NUMBERS },
  { path: 'ID.meta/stopped', state: 'completed', texts: NUMBERS },
  { path: 'ID.meta/proc/exit', state: 'completed', texts: [...NUMBERS, '-99999', '256'] },
  { path: 'ID.meta/id', state: 'completed', texts: ['../../outside', '/etc', '', '-rf', HUGE] },
  {
    path: 'ID.meta/opref',
    state: 'died',
    texts: [
      '',
      '1 ../../outside ../x',
      '1 $(touch) `touch`',
      '1 a \u001b]0;x\u0007',
      '1 a \u202ex',
      `1 a ${'x'.repeat(10_000_000)}`,
    ],
  },
  {
    path: 'ID.meta/manifest',
    state: 'died',
    texts: [
      `g ${'0'.repeat(64)} ../../../outside/precious/letter.txt\n`,
      `g ${'0'.repeat(64)} /etc/passwd\n`,
      `g ${'0'.repeat(64)} \u001b[2J\n`,
      'no manifest\n',
    ],
  },
  {
    path: 'ID.meta/log/files',
    state: 'died',
    texts: ['a g 1 ../../../outside/precious/letter.txt\n', 'a s 1 /dev/zero\n', 'no log\n'],
  },
  {
    path: 'ID.project',
    state: 'staged',
    texts: ['file:/dev/zero', 'file:../../../outside', 'file:$(touch x)', `file:${HUGE}`],
  },
  { path: 'ID.meta/output/40_run.index', state: 'completed', texts: wrongIndexes() },
  { path: 'ID.meta/runyard/offsets/40_run', state: 'completed', texts: wrongIndexes() },
  { path: 'ID.meta/runyard/spool/40_run.commit', state: 'died', texts: wrongIndexes() },
  {
    path: 'ID.meta/output/40_run',
    state: 'completed',
    texts: ['\u001b]0;x\u0007\n'.repeat(3), '\u0000'.repeat(1000), 'x'.repeat(50_000_000)],
  },
];

/** Bytes where numbers should be. */
function wrongIndexes(): readonly Buffer[] {
  return [Buffer.alloc(90, 0xff), Buffer.alloc(7, 1), Buffer.alloc(1_000_000, 0x7f)];
}

/** Plain files of a run that say what they should not. */
export const PLAIN: readonly World[] = FILES.map(({ path, state, texts }) => ({
  name: path,
  build: (setting) =>
    texts.map((text, n) => {
      const id = runId(0x7200_0000 + n * 0x1_0000);
      writeRun(setting, hostileRun(setting, id, state));
      const full = inStore(setting, path.replace('ID', id));
      mkdirSync(dirname(full), { recursive: true });
      writeFileSync(full, text);
      return { id, state, what: `${path} is ${JSON.stringify(String(text).slice(0, 30))}` };
    }),
}));
