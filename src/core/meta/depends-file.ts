import * as z from 'zod/mini';
import { parseJsonAs } from '../data/json-file.ts';
import type { RunInfo } from '../run/types.ts';

/** The kinds of dependencies (gage-format.md 4.7). */
export const DEPENDENCY_TYPES = ['project-files', 'run-files', 'runs-summary'] as const;
export type DependencyType = (typeof DEPENDENCY_TYPES)[number];

const ChosenRunSchema = z.object({
  id: z.string(),
  name: z.string(),
  opref: z.object({ ns: z.string(), name: z.string(), version: z.nullable(z.string()) }),
  label: z.nullable(z.string()),
});

const StagedDependencySchema = z.object({
  type: z.enum(DEPENDENCY_TYPES),
  description: z.nullable(z.string()),
  /** The expression as the operation has it; null for project files. */
  select: z.nullable(z.string()),
  /** The file patterns as the operation has them; null where it has none. */
  patterns: z.nullable(z.array(z.string())),
  link: z.boolean(),
  /** The project; null for runs. */
  projectDir: z.nullable(z.string()),
  /** Newest first. */
  runs: z.array(ChosenRunSchema),
  /** Paths in the run directory, `/` as separator. */
  files: z.array(z.string()),
});

const DependsFileSchema = z.object({
  version: z.literal(1),
  dependencies: z.array(StagedDependencySchema),
});

/** A run as `depends.json` names it: enough to show it when it is gone. */
export type ChosenRun = Readonly<z.infer<typeof ChosenRunSchema>>;
/** One dependency as it was staged. */
export type StagedDependency = Readonly<z.infer<typeof StagedDependencySchema>>;

/** Place of the record below the meta directory. */
export const DEPENDS_FILE = 'runyard/depends.json';

/** Text of `runyard/depends.json`: what the dependencies of a run turned out to be. */
export function encodeDependsFile(dependencies: readonly StagedDependency[]): string {
  return `${JSON.stringify({ version: 1, dependencies }, null, 2)}\n`;
}

/** Parses `runyard/depends.json`; none when it is absent or not ours to understand. */
export function parseDependsFile(text: string | null): readonly StagedDependency[] {
  return parseJsonAs(text, DependsFileSchema)?.dependencies ?? [];
}

/** What `depends.json` keeps of a run. */
export function toChosenRun({ id, name, opref, label }: RunInfo): ChosenRun {
  return { id, name, opref: opref ?? { ns: '', name: '', version: null }, label };
}
