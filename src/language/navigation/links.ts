import { join } from 'node:path';
import { placedWords } from '../../core/sourcecode/patterns.ts';
import type { GageDocument } from '../../opdef/document.ts';
import type { TextRange } from '../../opdef/syntax/tree.ts';
import { dirLister, type ListDir } from '../completion/paths.ts';
import {
  commandWords,
  configPathParts,
  rangeIn,
  textsIn,
  type PlacedText,
} from '../places/patterns-at.ts';
import type { LanguageProject } from '../places/project.ts';

/** A part of the text that names one file of the project. */
interface FileLink {
  readonly range: TextRange;
  /** Relative to the project, `/` as separator. */
  readonly file: string;
  /** Absolute. */
  readonly path: string;
}

/**
 * The files that a Gage file names: plain patterns, config paths, scripts and arguments of
 * commands. Only those that exist.
 */
export function linksOf(document: GageDocument, project: LanguageProject): readonly FileLink[] {
  const isFile = fileTest(project);
  return textsIn(document).flatMap((text) => filesNamed(text, isFile, project.dir));
}

/** The files that one text value names. */
export function linksIn(text: PlacedText, project: LanguageProject): readonly FileLink[] {
  return filesNamed(text, fileTest(project), project.dir);
}

type FileTest = (path: string) => boolean;

function filesNamed(text: PlacedText, isFile: FileTest, root: string): readonly FileLink[] {
  const { node } = text;
  return namesIn(text).flatMap(({ file, from, to }) =>
    isFile(file) ? [{ range: rangeIn(node, from, to), file, path: join(root, file) }] : [],
  );
}

/** A possible file name in a text value, and where it stands in it. */
interface FileName extends TextRange {
  readonly file: string;
}

function namesIn({ role, node: { value } }: PlacedText): readonly FileName[] {
  switch (role) {
    case 'command':
      return commandNames(value);
    case 'config-path':
      return patternName(value, configPathParts(value).file);
    case 'source-pattern':
    case 'depends-file': {
      const from = /^(?:\\-|- *)/.exec(value)?.[0] ?? '';
      return patternName(value, { from: from === '\\-' ? 1 : from.length, to: value.length });
    }
    default:
      return [];
  }
}

function patternName(value: string, { from, to }: TextRange): readonly FileName[] {
  try {
    const [glob] = placedWords(value.slice(from, to));
    if (glob === undefined || /[*?]/.test(glob.text)) return [];
    return [{ file: glob.text, from: from + glob.from, to: from + glob.to }];
  } catch {
    return [];
  }
}

/** Words of a command that may be files; `-m a.b` of Python stands for `a/b.py`. */
function commandNames(command: string): readonly FileName[] {
  const words = commandWords(command);
  return words.flatMap(({ from, to }, i) => {
    const word = command.slice(from, to);
    const before = words[i - 1];
    if (before !== undefined && command.slice(before.from, before.to) === '-m') {
      const path = word.replaceAll('.', '/');
      return [`${path}.py`, `${path}/__main__.py`].map((file) => ({ file, from, to }));
    }
    const lead = /^(?:[^=]*=)?(?:\$project_dir\/)?(?:\.\/)*/.exec(word)?.[0].length ?? 0;
    return [{ file: word.slice(lead), from: from + lead, to }];
  });
}

/** Looks at each directory once. */
function fileTest(project: LanguageProject): FileTest {
  const list: ListDir = dirLister(project.tree);
  const known = new Map<string, ReadonlySet<string>>();
  return (path) => {
    const slash = path.lastIndexOf('/');
    const dir = path.slice(0, Math.max(0, slash));
    let names = known.get(dir);
    if (names === undefined) {
      names = new Set(list(dir).files);
      known.set(dir, names);
    }
    return names.has(path.slice(slash + 1));
  };
}
