import { EDITOR_SLICE_MS, Pace } from '../../core/base/pace.ts';
import type { GageDocument, OperationNode } from '../../opdef/document.ts';
import type { TextRange } from '../../opdef/syntax/tree.ts';
import { tableIssues } from '../../opdef/table.ts';
import type { LanguageProject } from '../places/project.ts';
import { checkCommands } from './commands.ts';
import { checkConfigFiles, type KnownConfigFiles } from './config-files.ts';
import { checkConfig } from './config.ts';
import { checkDepends, checkDependsOperations } from './depends.ts';
import type { Diagnostic } from './diagnostic.ts';
import { checkShadowed, operationsOfProject } from './gage-files.ts';
import { checkListing } from './listing.ts';
import {
  checkDefaults,
  checkExec,
  checkName,
  checkOutputSummary,
  checkProgress,
  checkVersion,
} from './operations.ts';
import { checkProjectDir } from './project-dir.ts';
import { checkDependsFiles, checkSelectedSources, checkSourcecode } from './sources.ts';
import { checkSyntax } from './syntax.ts';
import { checkTable, checkTop } from './table.ts';

type Check = (document: GageDocument, operation: OperationNode) => readonly Diagnostic[];

/** What is looked at in each operation, the cause before its consequences. */
const CHECKS: readonly Check[] = [
  checkVersion,
  checkProgress,
  checkSourcecode,
  checkConfig,
  checkDepends,
  checkOutputSummary,
];

/** Ordered by place. What the text of a Gage file alone says: no file is read. */
export function checkText(document: GageDocument): readonly Diagnostic[] {
  const broken = brokenRanges(document);
  const found = [...checkTop(document), ...checkDefaults(document)];
  for (const [i, operation] of document.operations.entries()) {
    found.push(...checkName(document, operation.entry));
    if (operation.table === null) continue;
    for (const check of CHECKS) found.push(...check(document, operation));
    const issues = tableIssues(operation.opdef.table);
    found.push(...checkTable(document, operation, issues));
    // What is broken may be the command, and a misspelled exec or run is told of its own.
    const to = document.operations[i + 1]?.range.from ?? document.text.length;
    const isMisspelled = issues.some(
      ({ near, path }) => near === 'exec' || (near === 'run' && path[0] === 'exec'),
    );
    if (!isMisspelled && !isBroken({ from: operation.range.from, to }, broken)) {
      found.push(...checkExec(document, operation));
    }
  }
  return ordered([...checkSyntax(document), ...outside(found, broken)]);
}

/**
 * Ordered by place. What the files of the project say about a Gage file; parts with syntax
 * errors are left out. Throws the signal's reason when it was aborted meanwhile.
 */
export async function checkProject(
  document: GageDocument,
  project: LanguageProject,
  signal?: AbortSignal,
): Promise<readonly Diagnostic[]> {
  const pace = new Pace(signal, EDITOR_SLICE_MS);
  const files: KnownConfigFiles = new Map();
  const known = operationsOfProject(document, project);
  const found: Diagnostic[] = [...checkShadowed(document, project)];
  const broken = brokenRanges(document);
  for (const operation of document.operations) {
    if (pace.due()) await pace.rest();
    if (operation.table === null || isBroken(operation.range, broken)) continue;
    found.push(
      ...(await checkSelectedSources(document, operation, project, signal)),
      ...(await checkConfigFiles(document, operation, project, files)),
      ...(await checkDependsFiles(document, operation, project, signal)),
      ...checkDependsOperations(document, operation, known),
      ...(await checkListing(document, operation, project, files)),
      ...(await checkCommands(document, operation, project, signal)),
      ...checkProjectDir(operation, project),
    );
  }
  signal?.throwIfAborted();
  return ordered(found);
}

function brokenRanges({ tree }: GageDocument): readonly TextRange[] {
  return tree.problems.filter(({ code }) => code === 'syntax').map(({ range }) => range);
}

function isBroken({ from, to }: TextRange, broken: readonly TextRange[]): boolean {
  return broken.some((range) => range.from <= to && range.to >= from);
}

/** Without what is told about a place that cannot be read anyway. */
function outside(
  found: readonly Diagnostic[],
  broken: readonly TextRange[],
): readonly Diagnostic[] {
  return broken.length === 0 ? found : found.filter(({ range }) => !isBroken(range, broken));
}

/** By place; of several at the same place with the same code, or of no certain kind, the first. */
function ordered(found: readonly Diagnostic[]): readonly Diagnostic[] {
  const byPlace = new Map<string, Diagnostic[]>();
  for (const diagnostic of found) {
    const { code, range } = diagnostic;
    const place = `${String(range.from)} ${String(range.to)}`;
    const others = byPlace.get(place);
    if (others === undefined) byPlace.set(place, [diagnostic]);
    else if (code !== 'wrong-type' && !others.some((other) => other.code === code)) {
      others.push(diagnostic);
    }
  }
  return [...byPlace.values()].flat().sort((a, b) => a.range.from - b.range.from);
}
