import { findScripts } from '../new/scripts.ts';
import type { LanguageProject } from '../places/project.ts';
import type { TypedText } from '../places/written-text.ts';
import { completionOf, type Candidate, type Completion } from './item.ts';
import { dirLister, pathCompletions } from './paths.ts';

/**
 * Completes a command: the scripts of the project with the program that runs them, then paths
 * word by word.
 * @param isWord The text is one argument of a list, not a line for the shell.
 */
export function execCompletions(
  typed: TypedText,
  project: LanguageProject,
  isWord: boolean,
): readonly Completion[] {
  const paths = pathCompletions(typed, wordStart(typed.before, isWord), dirLister(project.tree), {
    globs: false,
    ...(isWord ? {} : { escape: (name: string) => name.replace(/[^\w./-]/g, '\\$&') }),
  });
  // A second word has begun: Enter behind it must not put another command in its place.
  if (isWord || /\s/.test(typed.content.trimStart())) return paths;
  const whole = { from: 0, to: typed.content.length };
  const commands = findScripts(project.tree).map(({ exec, description, runs }): Candidate => {
    const sortText = `${runs ? '0' : '1'}${exec}`;
    return {
      label: exec,
      kind: 'value',
      sortText,
      ...(description !== null && { detail: description }),
    };
  });
  return [...commands.map((candidate) => completionOf(typed, whole, candidate)), ...paths];
}

/** Where the path at the end of a command begins: after a blank, a quote, `=` or `$project_dir/`. */
function wordStart(before: string, isWord: boolean): number {
  const delimiters = isWord
    ? /^.*(?:=|\$project_dir\/)/s
    : /^.*(?:(?<!\\)[\s=;&|()<>"']|\$project_dir\/)/s;
  return delimiters.exec(before)?.[0].length ?? 0;
}
