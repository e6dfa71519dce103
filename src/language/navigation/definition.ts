import { join } from 'node:path';
import { readProjectConfig } from '../../config/project-config.ts';
import { RunyardError } from '../../core/base/errors.ts';
import { parsePattern, sourcecodePatterns } from '../../core/sourcecode/patterns.ts';
import type { GageDocument } from '../../opdef/document.ts';
import { LineIndex, type LinePosition } from '../../opdef/syntax/lines.ts';
import type { TextRange } from '../../opdef/syntax/tree.ts';
import { keysNamed, pathFiles, type PlacedKey } from '../places/config-keys.ts';
import {
  configPathParts,
  contains,
  indexIn,
  rangeIn,
  textAt,
  type PlacedText,
} from '../places/patterns-at.ts';
import type { LanguageProject } from '../places/project.ts';
import { linksIn } from './links.ts';
import { mentionAt } from './references.ts';

/** Where something is defined. */
interface Target {
  /** Absolute. */
  readonly path: string;
  readonly range: { readonly start: LinePosition; readonly end: LinePosition };
  /** The part of the Gage file that leads there. */
  readonly origin: TextRange;
}

/** More targets than this help nobody. */
const MAX_TARGETS = 50;

/**
 * What the text at an offset leads to: the files of a pattern, the assignment of a config key,
 * the script of a command, the operation that a dependency selects.
 */
export async function definitionAt(
  document: GageDocument,
  offset: number,
  project: LanguageProject,
  signal?: AbortSignal,
): Promise<readonly Target[]> {
  const operation = operationTarget(document, offset);
  if (operation !== null) return [operation];
  const text = textAt(document, offset);
  if (text === null) return [];
  switch (text.role) {
    case 'config-path':
      return configTargets(text, offset, project, signal);
    case 'listed-key':
      return listedTargets(text, project);
    case 'command':
      return linksIn(text, project)
        .filter(({ range }) => contains(range, offset))
        .map(({ path, range }) => fileTarget(path, range));
    case 'source-pattern':
    case 'depends-file':
      return patternTargets(text, project, signal);
    default:
      return [];
  }
}

function operationTarget(document: GageDocument, offset: number): Target | null {
  const mention = mentionAt(document, offset);
  const operation = document.operations.find(({ name }) => name === mention?.name);
  if (mention === null || operation === undefined) return null;
  const { lines, path } = document;
  const { from, to } = operation.nameRange;
  const range = { start: lines.positionAt(from), end: lines.positionAt(to) };
  return { path, range, origin: mention.range };
}

async function configTargets(
  text: PlacedText,
  offset: number,
  project: LanguageProject,
  signal?: AbortSignal,
): Promise<readonly Target[]> {
  const { operation, path, node } = text;
  const { file, key } = configPathParts(node.value);
  if (key !== null && indexIn(node, offset) >= key.from) {
    const origin = rangeIn(node, key.from, key.to);
    const keys = await keysNamed(text, project, signal);
    return keys.slice(0, MAX_TARGETS).map((placed) => keyTarget(placed, project, origin));
  }
  const origin = rangeIn(node, file.from, file.to);
  return pathFiles(operation, path, node.value, project)
    .filter((name) => project.exists(name))
    .slice(0, MAX_TARGETS)
    .map((name) => fileTarget(join(project.dir, name), origin));
}

async function listedTargets(
  { operation, node }: PlacedText,
  project: LanguageProject,
): Promise<readonly Target[]> {
  try {
    const { sources } = readProjectConfig(project.tree, operation.opdef.table);
    const source = sources.get(node.value);
    if (source === undefined) return [];
    const facts = await project.configFile(source.path);
    const entry = 'reason' in facts ? undefined : facts.document.entries.get(source.key);
    if ('reason' in facts || entry === undefined) return [];
    const placed = { key: source.key, entry, path: source.path, text: facts.text };
    return [keyTarget(placed, project, node.range)];
  } catch (error) {
    return ignoreRefusal(error);
  }
}

/** The files that a pattern stands for: those that it decides about, else all that it matches. */
async function patternTargets(
  text: PlacedText,
  project: LanguageProject,
  signal?: AbortSignal,
): Promise<readonly Target[]> {
  const { range } = text.node;
  const [link] = linksIn(text, project);
  if (link !== undefined) return [fileTarget(link.path, range)];
  try {
    const { include, type, glob, source } = parsePattern(text.node.value);
    const own = include ? source : source.replace(/^- */, '');
    const pattern = type === 'dir' ? `'${glob}/**/*'` : own;
    const matching = await project.selection([pattern], signal);
    const decided = include ? await decidedFiles(text, project, signal) : [];
    const files = decided.length > 0 ? decided : matching.files.map(({ path }) => path);
    return files.slice(0, MAX_TARGETS).map((path) => fileTarget(join(project.dir, path), range));
  } catch (error) {
    return ignoreRefusal(error);
  }
}

async function decidedFiles(
  { operation, role, path }: PlacedText,
  project: LanguageProject,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  if (role !== 'source-pattern') return [];
  const patterns = sourcecodePatterns(operation.opdef.table);
  const index = path.at(-1);
  const rule = typeof index === 'number' ? index : 0;
  const { files } = await project.selection(patterns, signal);
  return files.filter((file) => file.rule === rule).map((file) => file.path);
}

function keyTarget(
  { entry: { keyFrom, keyTo }, path, text }: PlacedKey,
  project: LanguageProject,
  origin: TextRange,
): Target {
  const lines = new LineIndex(text);
  const range = { start: lines.positionAt(keyFrom), end: lines.positionAt(keyTo) };
  return { path: join(project.dir, path), range, origin };
}

function fileTarget(path: string, origin: TextRange): Target {
  const start = { line: 0, character: 0 };
  return { path, range: { start, end: start }, origin };
}

/** A pattern or a config that is broken leads nowhere; its diagnostic says why. */
function ignoreRefusal(error: unknown): readonly never[] {
  if (error instanceof RunyardError) return [];
  throw error;
}
