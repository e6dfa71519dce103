import { readProjectConfig } from '../../config/project-config.ts';
import { RunyardError } from '../../core/base/errors.ts';
import { quoted } from '../../core/data/value-text.ts';
import { commandText } from '../../core/phase/command.ts';
import type { GageDocument, OperationNode } from '../../opdef/document.ts';
import { keyMarkdown } from '../../opdef/key-markdown.ts';
import { keyDocAt, SETTING_KEYS } from '../../opdef/keys.ts';
import { locate } from '../../opdef/syntax/locate.ts';
import type { TextRange } from '../../opdef/syntax/tree.ts';
import { isDefault, opDescription, opExec, opVersion } from '../../opdef/table.ts';
import { mentionAt } from '../navigation/references.ts';
import { keysNamed, keyPlace, pathFiles, shownValue } from '../places/config-keys.ts';
import {
  configPathParts,
  contains,
  textAt,
  type PlacedText,
  type ValuePath,
} from '../places/patterns-at.ts';
import type { LanguageProject } from '../places/project.ts';
import { dependsHover, patternHover, sourcecodeHover } from './patterns.ts';
import { code, list, plain } from './text.ts';

/** What is to be said of a part of the text. */
interface Hover {
  readonly range: TextRange;
  readonly markdown: string;
}

/**
 * What a person wants to know of the text at an offset: what a key does, which files a pattern
 * selects, the current value of a config key, what an operation is. Null where there is nothing.
 */
export async function hoverAt(
  document: GageDocument,
  offset: number,
  project: LanguageProject,
  signal?: AbortSignal,
): Promise<Hover | null> {
  const mention = mentionAt(document, offset);
  const operation = document.operations.find(({ name }) => name === mention?.name);
  if (mention !== null && operation !== undefined) {
    return { range: mention.range, markdown: operationHover(operation, project) };
  }
  const key = locate(document.tree.root, offset);
  if (key !== null && 'key' in key.node) {
    const { keyRange, alsoAt } = key.node;
    const range = alsoAt.find((one) => contains(one, offset)) ?? keyRange;
    return hoverOf(range, await keyHover(document, key.path, project, signal));
  }
  const text = textAt(document, offset);
  if (text === null) return null;
  return hoverOf(text.node.range, await refusedAsNull(textHover(text, project, signal)));
}

function hoverOf(range: TextRange, markdown: string | null): Hover | null {
  return markdown === null ? null : { range, markdown };
}

async function textHover(
  text: PlacedText,
  project: LanguageProject,
  signal?: AbortSignal,
): Promise<string | null> {
  switch (text.role) {
    case 'source-pattern':
      return patternHover(text, project, signal);
    case 'depends-file':
      return dependsHover(text, project, signal);
    case 'config-path':
      return configPathHover(text, project, signal);
    case 'listed-key':
      return configLines(text.operation, project, text.node.value)[0] ?? null;
    default:
      return null;
  }
}

async function keyHover(
  document: GageDocument,
  path: ValuePath,
  project: LanguageProject,
  signal?: AbortSignal,
): Promise<string | null> {
  const [name, ...below] = path;
  const setting = SETTING_KEYS.find(({ key }) => key === name);
  if (setting !== undefined) return keyMarkdown(setting, document.format);
  const doc = keyDocAt(below);
  const operation = document.operations.find((one) => one.name === name);
  if (doc === null || operation === undefined) return null;
  const facts = below.length === 1 ? await keyFacts(doc.key, operation, project, signal) : null;
  const markdown = keyMarkdown(doc, document.format);
  return facts === null ? markdown : `${markdown}\n\n---\n\n${facts}`;
}

/** What a key means for this operation of this project; null when there is nothing to add. */
async function keyFacts(
  key: string,
  operation: OperationNode,
  project: LanguageProject,
  signal?: AbortSignal,
): Promise<string | null> {
  if (key === 'sourcecode') {
    return refusedAsNull(sourcecodeHover(operation.opdef.table, project, signal));
  }
  if (key !== 'config') return null;
  const lines = configLines(operation, project);
  return lines.length === 0 ? null : list(lines);
}

function operationHover(operation: OperationNode, project: LanguageProject): string {
  const { name, table } = operation.opdef;
  const description = opDescription(table);
  const version = refused(() => opVersion(table)) ?? null;
  const notes = [
    ...(version === null ? [] : [`version ${code(version)}`]),
    ...(isDefault(table) ? ['default operation'] : []),
  ];
  const commands = Object.entries(refused(() => opExec(table)) ?? {}).map(
    ([phase, command]) => `${phase}: ${code(commandText(command))}`,
  );
  const [only] = commands.length === 1 ? commands : [];
  return [
    `**${plain(name)}**${notes.length === 0 ? '' : ` (${notes.join(', ')})`}`,
    description === null ? '' : plain(description),
    only?.replace(/^run: /, '') ?? list(commands),
    list(configLines(operation, project)),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** `lr` = `0.001` and its place, for each key of the configuration or one of them. */
function configLines(
  { opdef }: OperationNode,
  project: LanguageProject,
  only?: string,
): readonly string[] {
  const config = refused(() => readProjectConfig(project.tree, opdef.table));
  return Object.entries(config?.values ?? {})
    .filter(([key]) => only === undefined || key === only)
    .map(([key, value]) => {
      const source = config?.sources.get(key);
      const place =
        source === undefined ? '' : ` (${plain(`${source.path}:${String(source.line)}`)})`;
      const about = source?.description ?? null;
      return `${code(key)} = ${code(quoted(value))}${place}${about === null ? '' : `: ${plain(about)}`}`;
    });
}

async function configPathHover(
  text: PlacedText,
  project: LanguageProject,
  signal?: AbortSignal,
): Promise<string | null> {
  const { operation, path, node } = text;
  const keys = await keysNamed(text, project, signal);
  const { excludes, key } = configPathParts(node.value);
  if (keys.length === 0) {
    const files = pathFiles(operation, path, node.value, project).filter((file) =>
      project.exists(file),
    );
    if (files.length === 0) return 'No file of the project has this path.';
    const names = list(files.map(code));
    if (excludes && key === null) return `Leaves out:\n\n${names}`;
    return `${key === null ? 'No values to read' : 'No such key'} in:\n\n${names}`;
  }
  const lines = keys.map(
    (placed) =>
      `${code(placed.key)} = ${code(shownValue(placed.entry.value))} (${plain(keyPlace(placed))})`,
  );
  return excludes ? `Leaves out:\n\n${list(lines)}` : list(lines);
}

/** Null for what a broken operation refuses; its diagnostic says why. */
function refused<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof RunyardError) return null;
    throw error;
  }
}

async function refusedAsNull<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof RunyardError) return null;
    throw error;
  }
}
