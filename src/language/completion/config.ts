import { formatOf } from '../../config/formats/formats.ts';
import type { OperationNode } from '../../opdef/document.ts';
import { keyDetail, keysOf, pathFiles, type PlacedKey } from '../places/config-keys.ts';
import { configPathParts, type ValuePath } from '../places/patterns-at.ts';
import type { LanguageProject } from '../places/project.ts';
import type { TypedText } from '../places/written-text.ts';
import { completionOf, type Candidate, type Completion } from './item.ts';
import { dirLister, patternCompletions } from './paths.ts';

/**
 * Completes a path of `config` (gage-format.md 4.5): files that can be read, then after `#` the keys
 * that they have.
 * @param path of the value below the operation.
 */
export async function configPathCompletions(
  typed: TypedText,
  operation: OperationNode,
  path: ValuePath,
  project: LanguageProject,
  signal?: AbortSignal,
): Promise<readonly Completion[]> {
  const { key } = configPathParts(typed.content);
  if (key === null || typed.before.length < key.from) {
    return patternCompletions(typed, dirLister(project.tree), (name) => formatOf(name) !== null);
  }
  const files = pathFiles(operation, path, typed.content, project);
  const keys = await keysOf(files, project, signal);
  return keyCandidates(keys).map((candidate) => completionOf(typed, key, candidate));
}

function keyCandidates(keys: readonly PlacedKey[]): readonly Candidate[] {
  const byName = new Map(keys.toReversed().map((placed) => [placed.key, placed]));
  const names = [...byName.keys()].reverse();
  const own = names.map((key, i): Candidate => {
    const placed = byName.get(key);
    const detail = placed === undefined ? '' : keyDetail(placed);
    return { label: key, kind: 'config', detail, sortText: `1${String(i).padStart(5, '0')}` };
  });
  const tables = names.flatMap((key) => {
    const parts = key.split('.').slice(0, -1);
    return parts.map((_, i) => `${parts.slice(0, i + 1).join('.')}.*`);
  });
  const globs: readonly (readonly [string, string])[] = [
    ['*', 'all keys at the top level'],
    ...[...new Set(tables)].map((glob) => [glob, 'all keys of the table'] as const),
    ['**.*', 'all keys'],
  ];
  return [
    ...own,
    ...globs.map(([label, detail]): Candidate => ({
      label,
      kind: 'value',
      detail,
      sortText: `2${label}`,
    })),
  ];
}
