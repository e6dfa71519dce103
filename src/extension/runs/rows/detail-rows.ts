import { formatBytes } from '../../../core/base/format-bytes.ts';
import { formatDuration, relativeTime } from '../../../core/base/time-text.ts';
import { plural } from '../../../core/base/words.ts';
import type { Row } from '../../base/row.ts';
import { phaseTitle } from '../../run/titles.ts';
import { FILE_TYPES } from '../details/details.ts';
import type { AttemptNode, DetailNode, Section, SectionNode } from '../model/nodes.ts';

const SECTIONS: Readonly<Record<Section, readonly [title: string, icon: string]>> = {
  batch: ['Details', 'ellipsis'],
  config: ['Config', 'settings'],
  summary: ['Summary', 'graph'],
  output: ['Output', 'output'],
  files: ['Files', 'files'],
  attributes: ['Attributes', 'info'],
  attempts: ['Former attempts', 'history'],
};

/** The row of a node below a run. Pure. `now` in epoch milliseconds. */
export function detailRow(node: DetailNode, now: number): Row {
  switch (node.kind) {
    case 'section': {
      const [label, icon] = SECTIONS[node.section];
      const description = sectionSize(node);
      return {
        id: node.key,
        label,
        icon: { id: icon },
        state: 'collapsed',
        contextValue: `section ${node.section}`,
        ...(description === null ? {} : { description }),
      };
    }
    case 'dependency': {
      const { key, title, facts, target, children } = node;
      return {
        id: key,
        label: title,
        ...(facts === '' ? {} : { description: facts }),
        icon: { id: 'references' },
        state: children.length > 0 ? 'collapsed' : 'leaf',
        contextValue: 'dependency',
        ...(target === null
          ? {}
          : { command: { id: 'runyard.revealRun', title: 'Reveal Run', argument: target } }),
      };
    }
    case 'value':
      return {
        id: node.key,
        label: node.name,
        description: node.value,
        state: node.children.length > 0 ? 'collapsed' : 'leaf',
        contextValue: 'value',
        accessibility: `${node.name}: ${node.value}`,
        tooltip: node.tooltip ?? `${node.name}: ${node.value}`,
      };
    case 'phase': {
      const { name, bytes, lines } = node.phase;
      return {
        id: node.key,
        label: phaseTitle(name),
        description: bytes === 0 ? 'no output' : `${plural(lines, 'line')}, ${formatBytes(bytes)}`,
        icon: { id: 'output' },
        state: 'leaf',
        contextValue: 'phase',
        command: { id: 'runyard.showOutput', title: 'Show Output', withNode: true },
        tooltip: `output/${name}`,
      };
    }
    case 'fileType':
      return {
        id: node.key,
        label: FILE_TYPES.find(([type]) => type === node.type)?.[1] ?? `Type ${node.type}`,
        description: plural(node.entries.length, 'file'),
        icon: { id: 'folder-library' },
        state: 'collapsed',
        contextValue: 'fileType',
      };
    case 'folder':
      return {
        id: node.key,
        label: node.path.replace(/\/$/, '').split('/').at(-1) ?? node.path,
        icon: { id: 'folder' },
        state: 'collapsed',
        contextValue: 'folder',
        tooltip: node.path,
      };
    case 'file':
      return {
        id: node.key,
        label: node.path.split('/').at(-1) ?? node.path,
        state: 'leaf',
        contextValue: node.type === 'g' ? 'file' : 'file staged',
        resource: node.uri,
        command: { id: 'runyard.openFile', title: 'Open File', withNode: true },
        tooltip: node.path,
      };
    case 'attempt':
      return attemptRow(node, now);
    case 'formerFile': {
      const name = node.path.replace(/^(?:files|output)\//, '');
      return {
        id: node.key,
        label: node.output ? phaseTitle(name) : name,
        ...(node.output ? { icon: { id: 'output' } } : { resource: node.uri }),
        state: 'leaf',
        contextValue: 'formerFile',
        command: { id: 'runyard.openFile', title: 'Open File', withNode: true },
        tooltip: node.path,
      };
    }
    case 'note':
      return {
        id: node.key,
        label: node.text,
        icon: node.problem ? { id: 'warning', color: 'list.warningForeground' } : { id: 'dash' },
        state: 'leaf',
        contextValue: 'note',
      };
  }
}

function attemptRow({ key, attempt }: AttemptNode, now: number): Row {
  const { number, exitCode, startedUs, stoppedUs, dir } = attempt;
  const facts = [
    exitCode === 0 ? 'completed' : exitCode < 0 ? 'terminated' : `exit ${String(exitCode)}`,
    stoppedUs === null ? null : relativeTime(stoppedUs / 1000, now),
    startedUs === null || stoppedUs === null
      ? null
      : formatDuration((stoppedUs - startedUs) / 1000),
  ].filter((fact) => fact !== null);
  return {
    id: key,
    label: `Attempt ${String(number)}`,
    description: facts.join(' · '),
    state: 'collapsed',
    contextValue: 'attempt',
    accessibility: [`Attempt ${String(number)}`, ...facts].join(', '),
    tooltip: dir,
  };
}

function sectionSize(node: SectionNode): string | null {
  const { detail } = node;
  switch (node.section) {
    case 'batch':
      return null;
    case 'config':
      return plural(Object.keys(detail.config).length, 'value');
    case 'summary':
      return null;
    case 'output':
      return formatBytes(detail.phases.reduce((sum, phase) => sum + phase.bytes, 0));
    case 'files':
      return plural(detail.manifest.length, 'file');
    case 'attributes':
    case 'attempts':
      return null;
  }
}
