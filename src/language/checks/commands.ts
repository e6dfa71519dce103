import { PHASES } from '../../core/run/types.ts';
import { entryOf, valueAt, type GageDocument, type OperationNode } from '../../opdef/document.ts';
import type { ValueNode } from '../../opdef/syntax/tree.ts';
import { replaceIn } from '../places/edits.ts';
import { nearFile } from '../places/near-file.ts';
import { isText, rangeIn, type TextNode } from '../places/patterns-at.ts';
import type { LanguageProject } from '../places/project.ts';
import type { Diagnostic, FixData } from './diagnostic.ts';
import { selectedSources } from './sources.ts';

/** A word of a command. */
interface Word {
  readonly node: TextNode;
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/**
 * Programs that are not on the PATH, and scripts that are not copied into the run. Says nothing
 * of commands that only a shell understands (gage-format.md 2.14).
 */
export async function checkCommands(
  document: GageDocument,
  operation: OperationNode,
  project: LanguageProject,
  signal?: AbortSignal,
): Promise<readonly Diagnostic[]> {
  const commands = commandsOf(operation).map(wordsOf);
  const sources = await selectedSources(operation, project, signal);
  const copied = new Set(sources?.files.map(({ path }) => path));
  // Whatever else puts files into the run directory may put them there.
  const closed = sources !== null && onlySourcesAreThere(operation);
  return commands.flatMap(([program, script]) => {
    if (program === undefined) return [];
    const local = localPath(program.text);
    if (local !== null) {
      return closed && !copied.has(local) ? [notCopied(document, program, local, project)] : [];
    }
    if (!project.commandExists(program.text)) return [notFound(document, program, project)];
    const path = script === undefined ? null : scriptPath(program.text, script.text);
    if (script === undefined || path === null || !closed || copied.has(path)) return [];
    return [notCopied(document, script, path, project)];
  });
}

/** The commands of all phases. */
function commandsOf({ table }: OperationNode): readonly ValueNode[] {
  const exec = valueAt(table, 'exec');
  if (exec?.kind !== 'table') return exec === null ? [] : [exec];
  return PHASES.flatMap((phase) => valueAt(exec, phase) ?? []);
}

/** The first words of a command, as far as no shell is needed to know them. */
function wordsOf(command: ValueNode): readonly Word[] {
  if (command.kind === 'list') {
    const texts = command.items.slice(0, 2).map((item): readonly Word[] => {
      if (!isText(item) || item.value.includes('$')) return [];
      return [{ node: item, text: item.value, from: 0, to: item.value.length }];
    });
    const [first = [], second = []] = texts;
    return first.length === 0 ? [] : [...first, ...second];
  }
  if (!isText(command) || command.value.startsWith('#!')) return [];
  // Another line, or a part of the shell's language, may change what the first words mean.
  const line = command.value.trimEnd();
  if (line.includes('\n') || /[|&;<>()`{}]/.test(line)) return [];
  const words: Word[] = [];
  for (const { 0: text, index } of line.matchAll(/\S+/g)) {
    if (!/^[\w./+:@-]+$/.test(text) || words.length === 2) break;
    words.push({ node: command, text, from: index, to: index + text.length });
  }
  const [first] = words;
  return first === undefined || SHELL_WORDS.has(first.text) ? [] : words;
}

/** A relative path with a folder in it, as a path in the run directory; null for others. */
function localPath(text: string): string | null {
  if (!text.includes('/') || text.startsWith('/')) return null;
  const path = text.replace(/^(?:\.\/+)+/, '');
  return path.split('/').includes('..') ? null : path;
}

/** The script that an interpreter is asked to run, as a path in the run directory. */
function scriptPath(program: string, text: string): string | null {
  const ending = SCRIPTS.find(([form]) => form.test(program))?.[1];
  if (ending?.test(text) !== true || text.startsWith('/')) return null;
  return text.includes('/') ? localPath(text) : text;
}

function onlySourcesAreThere({ table }: OperationNode): boolean {
  const exec = valueAt(table, 'exec');
  const staging = PHASES.filter((phase) => phase.startsWith('stage-'));
  const hooks = exec?.kind === 'table' && staging.some((phase) => entryOf(exec, phase) !== null);
  return !hooks && valueAt(table, 'depends') === null;
}

function notFound(document: GageDocument, word: Word, project: LanguageProject): Diagnostic {
  const other = OTHER_NAMES[word.text];
  const better = other !== undefined && project.commandExists(other) ? other : null;
  return {
    code: 'command-not-found',
    severity: 'hint',
    message: `'${word.text}' is not on the PATH of Runyard${better === null ? '' : `, '${better}' is`}`,
    range: rangeIn(word.node, word.from, word.to),
    ...(better !== null && { fixData: [change(document, word, better)] }),
  };
}

function notCopied(
  document: GageDocument,
  word: Word,
  path: string,
  project: LanguageProject,
): Diagnostic {
  const there = project.exists(path);
  const near = there ? null : nearFile(project.tree, path);
  const hint = near === null ? '' : `. Did you mean '${near}'?`;
  return {
    code: 'command-not-found',
    severity: 'warning',
    message: there
      ? `'${path}' is not copied into the run: 'sourcecode' does not select it`
      : `There is no file '${path}'${hint}`,
    range: rangeIn(word.node, word.from, word.to),
    ...(near !== null && { fixData: [change(document, word, near)] }),
  };
}

function change(document: GageDocument, { node, from, to }: Word, text: string): FixData {
  const edits = [replaceIn(document, node, from, to, text)];
  return { kind: 'edit', title: `Change to '${text}'`, edits };
}

/** Interpreters and the scripts that they run from the first argument. */
const SCRIPTS: readonly (readonly [RegExp, RegExp])[] = [
  [/^python[\d.]*$/, /^[\w./-]+\.py$/],
  [/^(?:ba|z|da|k)?sh$/, /^[\w./-]+\.sh$/],
  [/^Rscript$/, /^[\w./-]+\.[rR]$/],
  [/^julia$/, /^[\w./-]+\.jl$/],
  [/^node$/, /^[\w./-]+\.[cm]?js$/],
];

const OTHER_NAMES: Readonly<Record<string, string | undefined>> = {
  python: 'python3',
  python3: 'python',
  pip: 'pip3',
  pip3: 'pip',
};

/** What `sh` and `cmd.exe` do themselves. */
const SHELL_WORDS: ReadonlySet<string> = new Set(
  (
    '. : alias bg break call case cd command continue copy del dir echo eval exec exit export ' +
    'false fg for function getopts hash if local md mkdir move popd printf pushd pwd rd read ' +
    'readonly rem return set setlocal shift source start test time times trap true type ulimit ' +
    'umask unalias unset until wait while'
  ).split(' '),
);
