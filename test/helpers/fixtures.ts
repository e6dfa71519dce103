import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execaSync } from 'execa';
import type { MetaForm } from '../../src/core/run/types.ts';
import { WAIT_MS } from './temp.ts';

/** A run as `test/fixtures/gage/*.expected.json` describes it: read by the program that made it. */
export interface ExpectedRun {
  readonly id: string;
  readonly name: string;
  readonly container: string;
  readonly metaForm: MetaForm;
  readonly opref: readonly [ns: string, name: string, version: string | null];
  readonly status: string;
  readonly label: string | null;
  readonly exitCode: number | null;
  readonly timestampsUs: Readonly<
    Record<'initialized' | 'staged' | 'started' | 'stopped', number | null>
  >;
  readonly configText: string;
  readonly summaryText: string | null;
  readonly userAttrs: Readonly<Record<string, unknown>>;
  readonly comments: readonly (readonly [
    id: string,
    author: string,
    timestampMs: number,
    msg: string,
  ])[];
  readonly manifest: readonly (readonly [type: string, sha256: string, path: string])[];
  readonly output: Readonly<
    Record<
      string,
      {
        readonly bytes: number;
        readonly records: number;
        readonly text: string;
        readonly streams: readonly number[];
        readonly timesMs: readonly number[];
      }
    >
  >;
}

/** The stores that real Gages made: today's development version, release 0.1.2, and the first one. */
export const FIXTURES = ['head', 'release', 'seed'] as const;
export type Fixture = (typeof FIXTURES)[number];

const root = join(import.meta.dirname, '..', 'fixtures', 'gage');

/** Unpacks a store below `dir`. @returns its runs directory. */
export function unpackFixture(name: Fixture, dir: string): string {
  unpack(`${name}.tar.gz`, dir);
  return join(dir, 'runs');
}

/** Unpacks the project that the stores were made from into `dir`, which is made when missing. */
export function unpackProject(dir: string): string {
  unpack('project.tar.gz', dir);
  return dir;
}

/** What must be read back from a store. */
export function expectedRuns(name: Fixture): readonly ExpectedRun[] {
  return JSON.parse(readFileSync(join(root, `${name}.expected.json`), 'utf8')) as ExpectedRun[];
}

function unpack(archive: string, dir: string): void {
  mkdirSync(dir, { recursive: true });
  // From its input: some tars take the drive in a path for another machine.
  execaSync('tar', ['-xzpf', '-'], {
    cwd: dir,
    input: readFileSync(join(root, archive)),
    timeout: WAIT_MS,
  });
}
