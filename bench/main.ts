/**
 * Measures what docs/performance.md states.
 *
 *   npm run bench                        everything, at full size
 *   npm run bench -- listing output      some of it
 *   npm run bench -- --scale 0.01        a hundredth of the size, to see that it works
 *   npm run bench -- --write             also writes the tables of docs/performance.md
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
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
  batch: async () => (await import('./batch.ts')).batch,
  'project-walk': async () => (await import('./project-walk.ts')).projectWalk,
  language: async () => (await import('./language.ts')).language,
  extension: async () => (await import('./extension.ts')).extension,
};

const { values, positionals } = parseArgs({
  options: {
    scale: { type: 'string', default: '1' },
    write: { type: 'boolean', default: false },
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
if (values.write) writeRecord(all);

/** Replaces the part between the markers in docs/performance.md by what was measured now. */
function writeRecord(measured: Readonly<Record<string, readonly Result[]>>): void {
  const path = join(repoRoot, 'docs', 'performance.md');
  const [head, , tail] = readFileSync(path, 'utf8').split(/<!-- (?:begin|end) of the record -->\n/);
  if (head === undefined || tail === undefined) throw new Error(`${path} has no markers.`);
  const tables = Object.entries(measured).map(([name, results]) => {
    const rows = results.map(({ what, value, limit, ok }) => {
      const verdict = limit === undefined ? '' : ok === true ? 'holds' : '**missed**';
      return `| ${what.replaceAll('|', '\\|')} | ${value} | ${limit ?? ''} | ${verdict} |`;
    });
    return `### ${name}\n\n| what | measured | limit | |\n|---|---|---|---|\n${rows.join('\n')}\n`;
  });
  const day = new Date().toISOString().slice(0, 10);
  const record = `Measured on ${day}: ${machine()}.\n\n${tables.join('\n')}`;
  const begin = '<!-- begin of the record -->\n';
  const end = '<!-- end of the record -->\n';
  writeFileSync(path, `${head}${begin}${record}${end}${tail}`);
}

function machine(): string {
  const [cpu] = cpus();
  const count = `${String(cpus().length)} cores`;
  return `${cpu?.model.trim() ?? 'unknown processor'}, ${count}, ${process.platform} ${release()}, Node ${process.version}`;
}
