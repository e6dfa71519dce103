/**
 * Measures what docs/performance.md states.
 *
 *   npm run bench                        everything, at full size
 *   npm run bench -- listing output      some of it
 *   npm run bench -- --scale 0.01        a hundredth of the size, to see that it works
 */
import { existsSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildAll } from '../scripts/build.mts';
import { repoRoot } from '../scripts/lib/paths.mts';
import { say } from '../scripts/lib/say.mts';
import { withDir, type Bench, type Result } from './lib.ts';

/** Loaded one by one: what one measurement loads must not count for another. */
const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  listing: async () => (await import('./listing.ts')).listing,
  output: async () => (await import('./output.ts')).output,
  staging: async () => (await import('./staging.ts')).staging,
  start: async () => (await import('./start.ts')).start,
};

const { values, positionals } = parseArgs({
  options: {
    scale: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    'no-build': { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const scale = Number(values.scale);
if (!(scale > 0 && scale <= 1)) throw new Error('--scale needs a number above 0, at most 1');
const names = positionals.length > 0 ? positionals : Object.keys(benches);
for (const name of names) {
  if (!(name in benches))
    throw new Error(`No measurement ${name}: ${Object.keys(benches).join(', ')}`);
}
if (!values['no-build'] || !existsSync(join(repoRoot, 'dist', 'cli.js'))) await buildAll(true);

const all: Record<string, readonly Result[]> = {};
say(machine());
for (const name of names) {
  say(`\n== ${name}`);
  const bench = await benches[name]?.();
  if (bench === undefined) continue;
  const results = await withDir((dir) => bench({ dir, scale, log: (text) => say(`   ${text} …`) }));
  all[name] = results;
  for (const { what, value, limit, ok } of results) {
    const judged = scale === 1 ? (ok === true ? 'holds' : 'MISSED') : 'not judged at this size';
    const verdict = limit === undefined ? '' : `   [${limit}: ${judged}]`;
    say(`${what.padEnd(62)} ${value}${verdict}`);
  }
}
if (values.json) say(JSON.stringify(all, null, 2));

function machine(): string {
  const [cpu] = cpus();
  const count = `${String(cpus().length)} cores`;
  return `${cpu?.model.trim() ?? 'unknown processor'}, ${count}, ${process.platform} ${release()}, Node ${process.version}`;
}
