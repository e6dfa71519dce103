import { localTime, relativeTime } from '../../../core/base/time-text.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../core/data/json.ts';
import { maskedConfig } from '../../../core/data/secrets.ts';
import { brief } from '../../../core/data/value-text.ts';
import type { ManifestEntry } from '../../../core/meta/manifest.ts';
import { runTitle } from '../../../core/run/title.ts';
import type { RunDetail } from '../../../core/status/run-detail.ts';
import { dependencyFacts, dependencyTitle } from '../../../depends/describe.ts';
import { operationText } from '../../run/titles.ts';
import {
  MAX_CHILDREN,
  type DependencyNode,
  type DetailNode,
  type FileNode,
  type FileTypeNode,
  type FolderNode,
  type RunNode,
  type Section,
  type SectionNode,
  type ValueNode,
} from '../model/nodes.ts';
import { attemptChildren, attemptsOf } from './attempts.ts';

/** Types of the manifest (gage-format.md 2.6) in the order of the view. */
export const FILE_TYPES: readonly (readonly [type: string, title: string])[] = [
  ['g', 'Generated'],
  ['d', 'Dependencies'],
  ['s', 'Source code'],
  ['r', 'Runtime'],
];

/** URI of a file of a run, given by its path in the run directory. */
export type FileUri = (run: RunNode, path: string) => string;

/** The sections of a run. Those that cannot hold anything yet are left out; of a batch, one holds all. */
export function sectionsOf(run: RunNode, detail: RunDetail): readonly SectionNode[] {
  return run.info.batch?.role === 'batch'
    ? [sectionNode(run, detail, 'batch')]
    : innerSections(run, detail);
}

function innerSections(run: RunNode, detail: RunDetail): readonly SectionNode[] {
  const isBatch = run.info.batch?.role === 'batch';
  // The values of a batch are those of its trials.
  const hasConfig = !isBatch || Object.keys(detail.config).length > 0;
  const sections: Section[] = hasConfig ? ['config'] : [];
  if (detail.summary !== null && Object.keys(detail.summary).length > 0) sections.push('summary');
  if (detail.phases.length > 0) sections.push('output');
  if (detail.manifest.length > 0) sections.push('files');
  sections.push('attributes');
  if (attemptsOf(run).length > 0) sections.push('attempts');
  return sections.map((section) => sectionNode(run, detail, section));
}

function sectionNode(run: RunNode, detail: RunDetail, section: Section): SectionNode {
  return { kind: 'section', key: `${run.key}|${section}`, run, section, detail };
}

/** What the run depends on, one row each; a summary has its runs below. */
export function dependenciesOf(run: RunNode, detail: RunDetail): readonly DependencyNode[] {
  const { runsDir, runDir } = run.info;
  return detail.depends.map((dependency, i): DependencyNode => {
    const key = `${run.key}|depends|${String(i)}`;
    const isSummary = dependency.type === 'runs-summary';
    const runs = dependency.runs.slice(0, MAX_CHILDREN).map((chosen, j): DependencyNode => ({
      kind: 'dependency',
      key: `${key}|${String(j)}`,
      run,
      title: runTitle(chosen),
      facts: chosen.label ?? '',
      target: { runsDir, id: chosen.id },
      children: [],
    }));
    return {
      kind: 'dependency',
      key,
      run,
      title: `Depends on ${dependencyTitle(dependency)}`,
      facts: dependencyFacts(dependency, runDir),
      target: isSummary ? null : (runs[0]?.target ?? null),
      children: isSummary ? runs : [],
    };
  });
}

/** Children of a node below a run. `now` in epoch milliseconds. */
export function detailChildren(
  node: DetailNode,
  fileUri: FileUri,
  now: number,
): readonly DetailNode[] {
  switch (node.kind) {
    case 'section':
      return sectionChildren(node, now);
    case 'value':
    case 'dependency':
      return node.children;
    case 'fileType':
      return filesBelow(node, '', fileUri);
    case 'folder':
      return filesBelow(node, node.path, fileUri);
    case 'attempt':
      return attemptChildren(node);
    case 'phase':
    case 'file':
    case 'formerFile':
    case 'note':
      return [];
  }
}

function sectionChildren(node: SectionNode, now: number): readonly DetailNode[] {
  const { run, detail, section, key } = node;
  switch (section) {
    case 'batch':
      return innerSections(run, detail);
    case 'config':
      return orNote(node, valuesOf(run, key, maskedConfig(detail.config)), 'No config values');
    case 'summary':
      return orNote(node, valuesOf(run, key, detail.summary ?? {}), 'Empty summary');
    case 'output':
      return detail.phases.map((phase) => ({
        kind: 'phase',
        key: `${key}|${phase.name}`,
        run,
        phase,
      }));
    case 'files':
      return fileTypes(node, detail.manifest);
    case 'attributes':
      return attributesOf(node, now);
    case 'attempts':
      return attemptsOf(run);
  }
}

function orNote(
  node: SectionNode,
  values: readonly DetailNode[],
  text: string,
): readonly DetailNode[] {
  return values.length > 0
    ? values
    : [{ kind: 'note', key: `${node.key}|none`, run: node.run, text, problem: false }];
}

/** Rows for the values of an object, in the order of its keys. */
function valuesOf(run: RunNode, key: string, object: JsonObject): readonly ValueNode[] {
  return Object.entries(object)
    .slice(0, MAX_CHILDREN)
    .map(([name, value]) => valueNode(run, `${key}|${name}`, name, value));
}

function valueNode(run: RunNode, key: string, name: string, value: Json): ValueNode {
  // `{value: v, …}` of a metric shows v, the rest is below.
  const main: Json = isJsonObject(value) && 'value' in value ? (value['value'] ?? null) : value;
  const below = isJsonObject(value) ? valuesOf(run, key, value) : [];
  const text = isJsonObject(main) ? '' : brief(main);
  return {
    kind: 'value',
    key,
    run,
    name,
    value: text,
    children: below,
    ...(typeof main === 'string' && main !== text ? { tooltip: main } : {}),
  };
}

function attributesOf(node: SectionNode, now: number): readonly ValueNode[] {
  const { run, detail, key } = node;
  const { info } = run;
  const value = (name: string, text: string | null, tooltip?: string): ValueNode[] =>
    text === null
      ? []
      : [
          {
            kind: 'value',
            key: `${key}|run:${name}`,
            run,
            name,
            value: text,
            children: [],
            ...(tooltip === undefined ? {} : { tooltip }),
          },
        ];
  const time = (name: string, us: number | null): ValueNode[] =>
    value(
      name,
      us === null ? null : localTime(us / 1000),
      us === null ? undefined : relativeTime(us / 1000, now),
    );
  const command = detail.command;
  return [
    ...value('id', info.id),
    ...value('name', info.name),
    ...value('operation', operationText(info.opref, null)),
    ...value('status', info.status, info.reason ?? undefined),
    ...value('exit code', info.exitCode === null ? null : String(info.exitCode)),
    ...time('created', info.timestampsUs.initialized),
    ...time('staged', info.timestampsUs.staged),
    ...time('started', info.timestampsUs.started),
    ...time('stopped', info.timestampsUs.stopped),
    ...value(
      'command',
      command === null ? null : typeof command === 'string' ? command : command.join(' '),
    ),
    ...value('directory', info.runDir, info.runDir),
    ...value('project', detail.projectDir, detail.projectDir ?? undefined),
    ...valuesOf(run, `${key}|user`, detail.attributes),
    ...detail.comments.slice(0, 100).flatMap((comment) => {
      const when = relativeTime(comment.timestampMs, now);
      return value(
        `comment ${comment.id}`,
        brief(comment.msg),
        `${comment.author}, ${when}:\n${comment.msg}`,
      );
    }),
  ];
}

function fileTypes(node: SectionNode, manifest: readonly ManifestEntry[]): readonly FileTypeNode[] {
  const byType = new Map<string, ManifestEntry[]>();
  for (const entry of manifest) {
    const list = byType.get(entry[0]);
    if (list === undefined) byType.set(entry[0], [entry]);
    else list.push(entry);
  }
  const known = FILE_TYPES.map(([type]) => type);
  const order = [...known, ...[...byType.keys()].filter((type) => !known.includes(type))];
  return order.flatMap((type) => {
    const entries = byType.get(type);
    return entries === undefined
      ? []
      : [{ kind: 'fileType', key: `${node.key}|${type}`, run: node.run, type, entries }];
  });
}

/** Folders, then files, directly below `prefix`. */
function filesBelow(
  node: FileTypeNode | FolderNode,
  prefix: string,
  fileUri: FileUri,
): readonly DetailNode[] {
  const { run, type } = node;
  const root = node.kind === 'folder' ? node.key.slice(0, -prefix.length) : `${node.key}|`;
  const folders = new Map<string, ManifestEntry[]>();
  const files: FileNode[] = [];
  for (const entry of node.entries) {
    const [, , path] = entry;
    const slash = path.indexOf('/', prefix.length);
    if (slash < 0) {
      files.push({ kind: 'file', key: root + path, run, type, path, uri: fileUri(run, path) });
      continue;
    }
    const folder = path.slice(0, slash + 1);
    const list = folders.get(folder);
    if (list === undefined) folders.set(folder, [entry]);
    else list.push(entry);
  }
  const folderNodes = [...folders].map(([path, entries]): FolderNode => ({
    kind: 'folder',
    key: root + path,
    run,
    type,
    path,
    entries,
  }));
  const byPath = (a: { path: string }, b: { path: string }): number =>
    a.path.localeCompare(b.path, 'en', { numeric: true });
  const all = [...folderNodes.sort(byPath), ...files.sort(byPath)];
  if (all.length <= MAX_CHILDREN) return all;
  const hidden = all.length - MAX_CHILDREN;
  const text = `${hidden.toLocaleString('en')} more: open the run directory to see them`;
  return [
    ...all.slice(0, MAX_CHILDREN),
    { kind: 'note', key: `${root}${prefix}|rest`, run, text, problem: false },
  ];
}
