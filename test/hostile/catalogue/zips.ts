import { rmSync, writeFileSync } from 'node:fs';
import { deflatedZeros, zipOf, type ZipEntry } from '../../helpers/zip.ts';
import { hostileRun, inStore, runId, trialId, writeRun } from './run.ts';
import type { Setting } from './setting.ts';
import type { World } from './world.ts';

/** Eight gigabytes in eight megabytes. */
const BLOCKS = 512;
const BLOCK_BYTES = 16 * 1024 * 1024;

const MANY = 500_000;

const SLIPPING = [
  '../../../outside/precious/letter.txt',
  '/etc/x',
  '..\\..\\x',
  'a/../../../x',
  '',
];

interface HostileZip {
  readonly what: string;
  readonly make: (entries: readonly ZipEntry[]) => Buffer;
  readonly listed?: boolean;
}

/** Zips in the place of a meta, each made of the entries that a meta has. */
const ZIPS: readonly HostileZip[] = [
  bomb('opref', BLOCKS * BLOCK_BYTES),
  bomb('opref', 10),
  bomb('summary.json', 0xfffffff0),
  bomb('proc/exit', BLOCKS * BLOCK_BYTES),
  bomb('output/40_run', 0xfffffff0, false),
  bomb('config.json', 0xfffffff0, false),
  bomb('runyard/batch.json', 0xfffffff0),
  {
    what: `${String(MANY)} entries`,
    make: (entries) =>
      zipOf([...entries, ...copies(entries, (n) => `log/${n.toString(36)}`, MANY)]),
  },
  {
    what: 'names of 60,000 characters',
    make: (entries) =>
      zipOf([...entries, ...copies(entries, (n) => `${String(n)}${'x'.repeat(60_000)}`, 2000)]),
  },
  {
    what: 'one name many times',
    make: (entries) => zipOf([...entries, ...copies(entries, () => 'opref', MANY)]),
  },
  {
    what: 'a zip with entries that lead out of it',
    make: (entries) =>
      zipOf([...entries, ...SLIPPING.map((name) => ({ name, data: Buffer.from('slipped\n') }))]),
  },
  { what: 'no zip', make: () => Buffer.from('no zip'), listed: true },
  {
    what: 'a zip that is cut off',
    make: (entries) => zipOf(entries).subarray(0, -10),
    listed: true,
  },
  { what: 'a zip without entries', make: () => zipOf([]), listed: true },
];

/** Metas that came as a zip; those of trials are unpacked when their batch is restarted. */
export const ZIPPED: readonly World[] = ZIPS.map(({ what, make, listed }) => ({
  name: what,
  spawned: true,
  build: (setting) => {
    const [alone, batch] = [runId(0x7300_0000), runId(0x7301_0000)];
    writeZipped(setting, alone, hostileRun(setting, alone, 'completed'), make);
    const files = hostileRun(setting, batch, 'batch');
    writeRun(setting, files);
    writeZipped(setting, trialId(batch), files, make);
    return [
      { id: alone, what, state: 'completed', ...(listed === true && { listed }) },
      { id: batch, what: `the meta of a trial is ${what}`, state: 'batch' },
    ];
  },
}));

function writeZipped(
  setting: Setting,
  id: string,
  files: ReturnType<typeof hostileRun>,
  make: HostileZip['make'],
): void {
  const prefix = `${id}.meta/`;
  const entries = Object.entries(files).flatMap(([path, entry]): ZipEntry[] => {
    if (!path.startsWith(prefix)) return [];
    const data = Buffer.from(typeof entry === 'string' || entry instanceof Buffer ? entry : '');
    return [{ name: path.slice(prefix.length), data }];
  });
  writeRun(
    setting,
    Object.fromEntries(
      Object.entries(files).filter(([path]) => path.startsWith(id) && !path.startsWith(prefix)),
    ),
  );
  rmSync(inStore(setting, `${id}.meta`), { recursive: true, force: true });
  writeFileSync(inStore(setting, `${id}.meta.zip`), make(entries));
}

function bomb(name: string, declared: number, listed = true): HostileZip {
  return {
    what: `${name} that unpacks to ${String(BLOCKS * 16)} MB and says ${String(declared)} bytes`,
    listed,
    make: (entries) => {
      const data = deflatedZeros(BLOCKS);
      const others = entries.filter((entry) => entry.name !== name);
      // Above 4 GB a zip says it in other places, which these do not have.
      const said = Math.min(declared, 0xfffffffe);
      return zipOf([...others, { name, data, deflated: true, declared: said }]);
    },
  };
}

/** Entries by other names, with the content of the first. */
function copies(
  [first]: readonly ZipEntry[],
  nameOf: (n: number) => string,
  count: number,
): readonly ZipEntry[] {
  if (first === undefined) return [];
  return Array.from({ length: count }, (_, n) => ({ ...first, name: nameOf(n) }));
}
