import { readdirSync, statSync, type Dirent } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { readAttempts, type Attempt } from '../../../core/meta/attempts.ts';
import { runUri } from '../../run/uri.ts';
import {
  MAX_CHILDREN,
  type AttemptNode,
  type FormerFileNode,
  type NoteNode,
  type RunNode,
} from '../model/nodes.ts';

/** The former attempts of a run that was restarted in place, oldest first. */
export function attemptsOf(run: RunNode): readonly AttemptNode[] {
  return readAttempts(run.info).map((attempt) => ({
    kind: 'attempt',
    key: `${run.key}|attempts|${String(attempt.number)}`,
    run,
    attempt,
  }));
}

/** What is kept of a former attempt: its output, then the other files that it made. */
export function attemptChildren({
  key,
  run,
  attempt,
}: AttemptNode): readonly (FormerFileNode | NoteNode)[] {
  const { id, metaPath } = run.info;
  const row = (path: string, output: boolean): FormerFileNode => {
    const inMeta = relative(metaPath, join(attempt.dir, path)).replaceAll(sep, '/');
    const uri = runUri({ kind: 'meta', storeKey: run.storeKey, id, path: inMeta });
    return { kind: 'formerFile', key: `${key}|${path}`, run, path, output, uri };
  };
  const outputs = outputsOf(attempt).map((name) => row(`output/${name}`, true));
  const files = filesOf(attempt).map((path) => row(path, false));
  const all = [...outputs, ...files];
  if (all.length === 0) {
    return [{ kind: 'note', key: `${key}|none`, run, text: 'Nothing was kept', problem: false }];
  }
  if (all.length <= MAX_CHILDREN) return all;
  const hidden = (all.length - MAX_CHILDREN).toLocaleString('en');
  const text = `${hidden} more in ${attempt.dir}`;
  return [
    ...all.slice(0, MAX_CHILDREN),
    { kind: 'note', key: `${key}|rest`, run, text, problem: false },
  ];
}

/** Outputs that have text, in the order of the phases: each has an index beside it. */
function outputsOf({ dir }: Attempt): readonly string[] {
  return entriesIn(join(dir, 'output'), false)
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.index'))
    .map(({ name }) => name)
    .filter((name) => statSync(join(dir, 'output', name)).size > 0)
    .sort();
}

/** The summary and the generated files, by their paths in the attempt. */
function filesOf({ dir }: Attempt): readonly string[] {
  const hasSummary = entriesIn(dir, false).some(({ name }) => name === 'summary.json');
  const files = entriesIn(join(dir, 'files'), true)
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return [...(hasSummary ? ['summary.json'] : []), ...files];
}

/** None where there is no such directory. */
function entriesIn(dir: string, recursive: boolean): readonly Dirent[] {
  try {
    return readdirSync(dir, { withFileTypes: true, recursive });
  } catch {
    return [];
  }
}
