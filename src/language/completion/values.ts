import { readProjectConfig } from '../../config/project-config.ts';
import { RunyardError } from '../../core/base/errors.ts';
import { encodeLine } from '../../core/data/json.ts';
import { quoted } from '../../core/data/value-text.ts';
import type { DependencyType } from '../../core/meta/depends-file.ts';
import type { CursorContext } from '../../opdef/cursor/place.ts';
import { valueAt, type GageDocument, type OperationNode } from '../../opdef/document.ts';
import { completeWhere } from '../../where/complete.ts';
import { roleIn, type ValuePath } from '../places/patterns-at.ts';
import type { LanguageProject } from '../places/project.ts';
import { textAtCursor, type TypedText } from '../places/written-text.ts';
import { configPathCompletions } from './config.ts';
import { execCompletions } from './exec.ts';
import { completionOf, type Candidate, type Completion } from './item.ts';
import { dirLister, patternCompletions } from './paths.ts';

/** What the value at the cursor may be. */
export async function valueCompletions(
  document: GageDocument,
  context: CursorContext,
  offset: number,
  project: LanguageProject,
  signal?: AbortSignal,
): Promise<readonly Completion[]> {
  const { operation } = context;
  const path = context.path.slice(1);
  if (operation === null) return [];
  const typed = textAtCursor(document.text, document.format, context, offset);
  const literals = typed.quote === '' ? literalCompletions(typed, path) : [];
  const texts = await textCompletions(document, operation, path, typed, project, signal);
  return inItsList(document, context, [...literals, ...texts]);
}

/** In brackets a new item needs a comma before it, and gets one to the next item. */
function inItsList(
  { tree, text }: GageDocument,
  { path, node }: CursorContext,
  completions: readonly Completion[],
): readonly Completion[] {
  const list = valueAt(tree.root, ...path.slice(0, -1));
  if (node !== null || list?.kind !== 'list' || list.block) return completions;
  return completions.flatMap((completion) => {
    const { from, to } = completion.range;
    const before = text.slice(list.range.from, from);
    if (!/[[,]\s*(?:(?:#|\/\/).*\s*)*$/.test(before)) return [];
    const needsComma = /^\s*[^\s,\]#]/.test(text.slice(to));
    return [needsComma ? { ...completion, insert: `${completion.insert},` } : completion];
  });
}

async function textCompletions(
  document: GageDocument,
  operation: OperationNode,
  path: ValuePath,
  typed: TypedText,
  project: LanguageProject,
  signal?: AbortSignal,
): Promise<readonly Completion[]> {
  const whole = { from: 0, to: typed.content.length };
  const fill = (candidate: Candidate): Completion => completionOf(typed, whole, candidate);
  switch (roleIn(operation.table, path)) {
    case 'command':
      return execCompletions(typed, project, typeof path.at(-1) === 'number');
    case 'progress':
      return [fill({ label: 'tqdm', kind: 'value', detail: 'progress bars as tqdm prints them' })];
    case 'source-pattern':
    case 'depends-file':
      return patternCompletions(typed, dirLister(project.tree));
    case 'run-file':
      // Files of another run are not known here.
      return [];
    case 'config-path':
      return configPathCompletions(typed, operation, path, project, signal);
    case 'run-select':
      return whereCompletions(document, typed, project);
    case 'listed-key':
      return operationKeys(operation, project).map(([label, detail]) =>
        fill({ label, kind: 'config', detail }),
      );
    case null:
      return isDependsType(path)
        ? Object.entries(DEPENDS_TYPES).map(([label, detail]) =>
            fill({ label, kind: 'value', detail }),
          )
        : [];
  }
}

const DEPENDS_TYPES: Readonly<Record<DependencyType, string>> = {
  'project-files': 'files of this project',
  'run-files': 'files of another run',
  'runs-summary': 'a table of the values of many runs',
};

function isDependsType(path: ValuePath): boolean {
  return path[0] === 'depends' && path.at(-1) === 'type';
}

/** `true` and `false`, where a value may be one of them. */
function literalCompletions(typed: TypedText, path: ValuePath): readonly Completion[] {
  const form = path.filter((part) => typeof part === 'string').join(' ');
  const isWhole = typeof path.at(-1) === 'string';
  if (!isWhole || !/^(?:default|sourcecode|output-summary|depends link)$/.test(form)) return [];
  return ['true', 'false'].map((label) => ({
    label,
    kind: 'value',
    insert: label,
    snippet: false,
    range: typed.literal,
    sortText: `0${label}`,
  }));
}

const STATUSES = ['completed', 'error', 'running', 'terminated', 'staged', 'pending', 'lost'];

function whereCompletions(
  document: GageDocument,
  typed: TypedText,
  project: LanguageProject,
): readonly Completion[] {
  const { operations } = document;
  // Operations often share their configuration, which is read once then.
  const distinct = new Map(
    operations.map((operation) => [encodeLine(operation.opdef.table['config'] ?? null), operation]),
  );
  const keys = [...distinct.values()].flatMap((operation) => operationKeys(operation, project));
  const known = {
    operations: operations.map(({ name }) => name),
    statuses: STATUSES,
    labels: [],
    tags: [],
    config: [...new Set(keys.map(([key]) => key))],
    metrics: [],
    attributes: [],
  };
  const whole = { from: 0, to: typed.content.length };
  const isWord = /^\S*$/.test(typed.content);
  const words = (isWord ? operations : []).map(({ name }) =>
    completionOf(typed, whole, {
      label: name,
      kind: 'operation',
      detail: 'its newest completed run',
      sortText: '0',
    }),
  );
  const proposals = completeWhere(typed.content, typed.before.length, known);
  const parts = proposals.map(({ label, insert, from, to, detail }, i) => {
    const sortText = `1${String(i).padStart(4, '0')}`;
    const candidate = { label, kind: 'value', text: insert, detail, sortText } as const;
    return completionOf(typed, { from, to }, candidate);
  });
  return [...words, ...parts];
}

/** The configuration of an operation: keys, and what is to be said of each; none when it is broken. */
function operationKeys(
  operation: OperationNode,
  project: LanguageProject,
): readonly (readonly [key: string, detail: string])[] {
  try {
    const { values, sources } = readProjectConfig(project.tree, operation.opdef.table);
    return Object.entries(values).map(([key, value]) => {
      const source = sources.get(key);
      const place = source === undefined ? '' : ` · ${source.path}:${String(source.line)}`;
      return [key, quoted(value) + place];
    });
  } catch (error) {
    if (error instanceof RunyardError) return [];
    throw error;
  }
}
