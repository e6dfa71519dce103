import { join } from 'node:path';
import { formatOf } from '../../config/formats/formats.ts';
import { readRegularText } from '../../core/base/regular-file.ts';
import { compareCodePoints } from '../../core/data/json.ts';
import type { FileTree, TreeDir, TreeFile } from '../../core/sourcecode/file-tree.ts';

/** An operation that is not written yet. */
export interface NewOperation {
  /** Without white space. */
  readonly name: string;
  readonly description: string | null;
  /** A command of the shell. */
  readonly exec: string;
  /** Path of the file with its configuration; null for none. */
  readonly config: string | null;
}

/** A script of a project, and the operation that runs it. */
export interface Script extends NewOperation {
  /** Relative to the project, `/` as separator. */
  readonly path: string;
  /** Whether it looks like something to run, and not like a part of it. */
  readonly runs: boolean;
}

/** Python's own installer for Windows knows no python3, other systems often no python. */
const PYTHON = process.platform === 'win32' ? 'python' : 'python3';

const KINDS: ReadonlyMap<string, ScriptKind> = new Map<string, ScriptKind>([
  ['py', { program: () => PYTHON, runs: isPythonMain, comment: pythonTitle }],
  ['sh', { program: shellOf, runs: () => true, comment: commentTitle }],
  ['R', { program: () => 'Rscript', runs: () => true, comment: commentTitle }],
  ['r', { program: () => 'Rscript', runs: () => true, comment: commentTitle }],
  ['jl', { program: () => 'julia', runs: () => true, comment: commentTitle }],
]);

interface ScriptKind {
  readonly program: (text: string) => string;
  readonly runs: (text: string) => boolean;
  /** What the script says that it is. */
  readonly comment: (text: string) => string | null;
}

/** Directories that hold no scripts of the project's own. */
const OTHERS = /^(?:\..*|node_modules|__pycache__|s?env|venv|tests?|docs?|build|dist)$/;
const MAX_DEPTH = 2;
const MAX_SCRIPTS = 200;
const MAX_DIRS = 2_000;
/** Larger files are data that ends like a script. Bytes. */
const MAX_BYTES = 512_000;
const MAX_TITLE = 100;

/**
 * The scripts of a project that operations could run: those of the project directory and of
 * two levels below it, what looks like something to run first. Reads the files.
 */
export function findScripts(tree: FileTree): readonly Script[] {
  const files: TreeFile[] = [];
  let dirsLeft = MAX_DIRS;
  const visit = (dir: TreeDir, depth: number): void => {
    if (dirsLeft-- <= 0) return;
    const { files: here, dirs } = tree.list(dir);
    for (const file of here) if (kindOf(file.name) !== undefined) files.push(file);
    if (depth === MAX_DEPTH) return;
    for (const inner of dirs) if (!OTHERS.test(inner.name)) visit(inner, depth + 1);
  };
  visit(tree.top, 0);
  const names = new Set<string>();
  const scripts = files
    .slice(0, MAX_SCRIPTS)
    .flatMap((file) => scriptOf(tree.root, file, names) ?? []);
  return scripts.sort(
    (a, b) => Number(b.runs) - Number(a.runs) || compareCodePoints(a.path, b.path),
  );
}

/** @param names of the operations so far; gets the new one. */
function scriptOf(root: string, file: TreeFile, names: Set<string>): Script | null {
  const kind = kindOf(file.name);
  if (kind === undefined || (file.stat?.size ?? MAX_BYTES) >= MAX_BYTES) return null;
  let text: string;
  try {
    text = readRegularText(join(root, file.path), MAX_BYTES);
  } catch {
    // Gone or out of reach: nothing to propose.
    return null;
  }
  const { path } = file;
  const name = freeName(path, names);
  names.add(name);
  return {
    path,
    name,
    description: kind.comment(text),
    exec: `${kind.program(text)} ${/[^\w./-]/.test(path) ? `"${path}"` : path}`,
    config: hasConfig(path, text) ? path : null,
    runs: kind.runs(text),
  };
}

/** `train` for `src/train.py`, `src-train` when that is taken. */
function freeName(path: string, names: ReadonlySet<string>): string {
  const parts = path
    .replace(/\.\w+$/, '')
    .split('/')
    .map((part) => part.replace(/[^\w-]+/g, '-').replace(/_/g, '-') || 'script');
  for (let count = 1; count <= parts.length; count++) {
    const name = parts.slice(-count).join('-');
    if (!names.has(name)) return name;
  }
  return `${parts.join('-')}-${String(names.size)}`;
}

function kindOf(name: string): ScriptKind | undefined {
  return KINDS.get(/\.(\w+)$/.exec(name)?.[1] ?? '');
}

function hasConfig(path: string, text: string): boolean {
  const format = formatOf(path);
  return format !== null && format(text.replace(/^\ufeff/, '')).values.size > 0;
}

function isPythonMain(text: string): boolean {
  return (
    /^if\s+__name__\s*==\s*['"]__main__['"]/m.test(text) ||
    /^\s*(?:import|from)\s+(?:argparse|click|typer|fire)\b/m.test(text) ||
    // Statements at the top level other than definitions.
    /^(?:print\(|for\s|while\s|with\s)/m.test(text)
  );
}

function shellOf(text: string): string {
  return /^#!.*\b(bash|zsh)\b/.exec(text)?.[1] ?? 'sh';
}

/** The first line of the module's docstring. */
function pythonTitle(text: string): string | null {
  const match = /^(?:\ufeff|\s|#.*)*[rR]?("""|'''|"|')\s*(.+)/.exec(text);
  const [, quote = '', line = ''] = match ?? [];
  const end = line.indexOf(quote);
  return title(end < 0 ? line : line.slice(0, end));
}

/** The first comment that is not for the machine. */
function commentTitle(text: string): string | null {
  return title(/^(?:#!.*\s+)?#\s*(?!!)(.*)/.exec(text)?.[1] ?? '');
}

function title(text: string): string | null {
  const trimmed = text.trim().replace(/\.$/, '');
  return trimmed === '' || trimmed.length > MAX_TITLE ? null : trimmed;
}
