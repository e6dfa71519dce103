import { dirname } from 'node:path';
import { RunyardError } from '../core/base/errors.ts';

/** An operation as Guild refers to it: `type:name version model op` (guild-format.md 6.2). */
export interface GuildOpRef {
  /** `guildfile`, `script`, `builtin`, `package`, … */
  readonly type: string;
  /** Path of the Guild file, directory of the script, or name of the package. */
  readonly name: string;
  readonly version: string;
  readonly model: string;
  readonly op: string;
}

/** Parses the file `opref`. Throws `bad-opref`. */
export function parseGuildOpRef(text: string): GuildOpRef {
  const [ref = '', version = '', model = '', op = '', ...rest] = splitShellWords(text);
  const colon = ref.indexOf(':');
  if (colon < 1 || op === '' || rest.length > 0) {
    throw new RunyardError('bad-opref', `'${text.trim()}' does not name an operation of Guild`);
  }
  return { type: ref.slice(0, colon), name: ref.slice(colon + 1), version, model, op };
}

/** How Guild lists an operation: `train`, `model:train`. */
export function operationName({ model, op }: GuildOpRef): string {
  return model === '' ? op : `${model}:${op}`;
}

/** Directory of the project that an operation comes from; null for packages and built-ins. */
export function projectDirOf({ type, name }: GuildOpRef): string | null {
  if (type === 'guildfile') return name === '' ? null : dirname(name);
  return type === 'script' && name !== '' ? name : null;
}

/** Words of a line that Python's `shlex.quote` made: quotes keep blanks and may be empty. */
export function splitShellWords(line: string): readonly string[] {
  const words: string[] = [];
  let word: string | null = null;
  for (const [, single, double, escaped, plain] of line.matchAll(WORD_PART)) {
    const part = single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? plain;
    if (part !== undefined) word = (word ?? '') + part;
    else if (word !== null) {
      words.push(word);
      word = null;
    }
  }
  return word === null ? words : [...words, word];
}

/** A quoted or plain part of a word, or the blanks between two words. */
const WORD_PART = /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+)|\s+/gs;
