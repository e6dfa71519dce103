import type { FileTree } from '../../core/sourcecode/file-tree.ts';
import { nearestName } from '../../opdef/suggest.ts';

/**
 * The file of a project that a path most likely means: one with a similar name in the same
 * folder, else one with the same name in a folder of the project. Null when there is none.
 * @param path relative to the project, `/` as separator.
 */
export function nearFile(tree: FileTree, path: string): string | null {
  const slash = path.lastIndexOf('/');
  const name = path.slice(slash + 1);
  let dir = tree.top;
  for (const part of slash === -1 ? [] : path.slice(0, slash).split('/')) {
    const next = tree.list(dir).dirs.find((inner) => inner.name === part);
    if (next === undefined) return same(tree, name);
    dir = next;
  }
  const near = nearestName(
    name,
    tree.list(dir).files.map((file) => file.name),
  );
  if (near !== null) return path.slice(0, slash + 1) + near;
  return same(tree, name);
}

/** A file of that name in the project or in one of its folders. */
function same(tree: FileTree, name: string): string | null {
  const { files, dirs } = tree.list(tree.top);
  const places = [...files, ...dirs.slice(0, MAX_DIRS).flatMap((dir) => tree.list(dir).files)];
  return places.find((file) => file.name === name)?.path ?? null;
}

/** More are not looked into for a guess. */
const MAX_DIRS = 50;
