import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A part that is a glob, or that a path in its plain form does not have. */
const NOT_PLAIN = /[*?[]|(?:^|\/)\.{0,2}(?:\/|$)/;

/** Whether a change of `path` can change what {@link existsBelow} says of a sentinel beside it. */
export function mayDecide(path: string, sentinel: string): boolean {
  if (NOT_PLAIN.test(sentinel)) return true;
  return `${sentinel}/`.startsWith(`${path}/`) || path.startsWith(`${sentinel}/`);
}

/** Whether a sentinel exists below a directory; it may be a glob, whose `*` skips dot files. */
export function existsBelow(dir: string, sentinel: string): boolean {
  const [part = '', ...rest] = sentinel.split('/').filter((p) => p !== '');
  if (part === '') return true;
  const names = /[*?[]/.test(part) ? matchingNames(dir, part) : [part];
  return names.some((name) => {
    const path = join(dir, name);
    if (rest.length > 0) return existsBelow(path, rest.join('/'));
    try {
      return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
    } catch {
      return false;
    }
  });
}

function matchingNames(dir: string, glob: string): readonly string[] {
  const source = glob.replace(/\[!?\]?[^\]]*\]|[\\^$.*+?()[\]{}|/]/g, (token) => {
    if (token === '*') return '.*';
    if (token === '?') return '.';
    if (token.length === 1) return `\\${token}`;
    const negated = token.startsWith('[!');
    const members = token.slice(negated ? 2 : 1, -1).replace(/[\\\][^&|~]/g, '\\$&');
    return `[${negated ? '^' : ''}${members}]`;
  });
  try {
    const regex = new RegExp(`^${source}$`, 's');
    return readdirSync(dir).filter(
      (name) => (glob.startsWith('.') || !name.startsWith('.')) && regex.test(name),
    );
  } catch {
    return [];
  }
}
