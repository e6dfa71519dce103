import * as vscode from 'vscode';
import { RunyardError } from '../../core/base/errors.ts';
import { runTitle } from '../../core/run/title.ts';
import type { RunInfo } from '../../core/run/types.ts';
import { readRunDetail } from '../../core/status/run-detail.ts';
import { openProject, type Project } from '../../opdef/project.ts';
import { findEqualRun } from '../../operation/needed.ts';
import { runnableOperation, type NewRunOptions } from '../../operation/new-run.ts';
import { showInformation } from '../base/messages.ts';
import type { Settings } from '../base/settings.ts';
import type { StagingFailures } from '../output/staging-failures.ts';
import type { Launcher } from '../processes/launcher.ts';
import type { RunsTree } from '../runs/view/tree.ts';
import type { RunsView } from '../runs/view/view.ts';
import type { FormMemory } from './form-memory.ts';
import {
  envText,
  flagTexts,
  optionText,
  UNCHANGED,
  withConfig,
  type FormSubject,
  type FormValues,
} from './run-form-values.ts';
import { RunForm } from './run-form.ts';
import { newDraft, type TrialDraft } from './trial-draft.ts';
import { flagLine } from './typed-value.ts';

/** What is needed to make runs from here. */
export interface RunParts {
  readonly launcher: Launcher;
  readonly tree: RunsTree;
  readonly view: RunsView;
  readonly failures: StagingFailures;
  readonly settings: Settings;
  readonly memory: FormMemory;
  readonly afterRun: (runsDir: string, id: string) => Promise<void>;
  /** Shows a table of trials, to be looked at before they are started. */
  readonly openTrials: (draft: TrialDraft) => Promise<unknown>;
}

/** A run to be made. */
interface RunRequest {
  readonly project: Project;
  readonly operation: string;
  /** Whether it is started after it was staged. */
  readonly start: boolean;
  readonly options?: NewRunOptions;
}

/** Makes a run and shows it. @returns its id, name and store, for other extensions. */
export async function launchRun(parts: RunParts, request: RunRequest): Promise<unknown> {
  const { launcher, failures, tree, view, settings, afterRun } = parts;
  const { project, operation, start } = request;
  const { run, staged } = await launcher.create(project, operation, start, {
    acceptUnknown: settings.get('acceptUnknownConfig'),
    ...request.options,
  });
  staged.catch((error: unknown) => failures.report(error, run.runsDir, run.id));
  const node = tree.node(run.runsDir, run.id);
  // Scrolling to the new row must not keep the command waiting.
  if (node !== null) void view.revealWhenVisible(node);
  if (start) await afterRun(run.runsDir, run.id);
  return { id: run.id, name: run.name, runsDir: run.runsDir };
}

/**
 * Asks with the form, then makes the run. What is being edited is saved before the project of
 * the request is read. @returns undefined when nothing was made.
 */
export async function runWithForm(parts: RunParts, request: RunRequest): Promise<unknown> {
  const subject = await subjectOf(parts, request);
  const last = parts.memory.last(request.project, subject);
  const values = await new RunForm({ subject, values: UNCHANGED, last }).ask();
  return values === null ? undefined : await launchFilled(parts, request, subject, values);
}

/**
 * Asks with the form, filled with the values of a run, then makes a new run of the operation as
 * it is now. Throws `no-operation` when there is no such operation any more.
 */
export async function runAgain(parts: RunParts, info: RunInfo): Promise<unknown> {
  await vscode.workspace.saveAll(false);
  const { config, attributes, projectDir, env } = await readRunDetail(info);
  if (projectDir === null || info.opref === null) {
    throw new RunyardError('no-operation', `Run ${info.name} does not say where it came from`, {
      hint: 'Run its operation from the Operations view.',
    });
  }
  const project = await openProject(projectDir);
  const request = { project, operation: info.opref.name, start: true };
  const subject = await subjectOf(parts, request);
  const { tags, label } = info;
  const description = attributes['description'];
  const before: FormValues = {
    ...UNCHANGED,
    label: label ?? '',
    tags,
    env,
    description: typeof description === 'string' ? description : '',
  };
  const { values, left } = withConfig(subject, before, Object.entries(config));
  const note =
    left.length === 0
      ? `Values of ${runTitle(info)}`
      : `Values of ${runTitle(info)}; the operation no longer takes ${left.join(', ')}`;
  const filled = await new RunForm({ subject, values, last: null, note }).ask();
  return filled === null ? undefined : await launchFilled(parts, request, subject, filled);
}

async function subjectOf({ settings }: RunParts, request: RunRequest): Promise<FormSubject> {
  const { defaults } = await runnableOperation(request.project, request.operation);
  return {
    operation: request.operation,
    start: request.start,
    acceptUnknown: settings.get('acceptUnknownConfig'),
    fields: Object.entries(defaults.values).map(([key, value]) => {
      const source = defaults.sources.get(key);
      const place = source === undefined ? '' : `${source.path}:${String(source.line)}`;
      return { key, value, place, description: source?.description ?? null };
    }),
  };
}

async function launchFilled(
  parts: RunParts,
  request: RunRequest,
  subject: FormSubject,
  values: FormValues,
): Promise<unknown> {
  if (values.sweeps.size > 0) {
    await parts.memory.remember(request.project, subject, values);
    await parts.openTrials(draftOf(request, values));
    return undefined;
  }
  const { label, tags, description, env } = values;
  const options: NewRunOptions = {
    flags: Object.fromEntries(values.changes),
    label,
    tags,
    description,
    env,
    acceptUnknown: subject.acceptUnknown,
  };
  await parts.memory.remember(request.project, subject, values);
  return await launchIfNeeded(parts, { ...request, options }, values.needed);
}

/** Several values were given: what was filled in, as a table of trials begins with it. */
function draftOf({ project, operation, start }: RunRequest, values: FormValues): TrialDraft {
  return newDraft({
    folder: project.commandDir,
    operation,
    flags: flagLine(flagTexts(values)),
    options: {
      then: start ? 'run' : 'stage',
      batchLabel: values.label,
      tags: optionText(values, 'tags'),
      description: values.description,
      env: envText(Object.entries(values.env)),
      needed: optionText(values, 'needed'),
    },
  });
}

/** Makes a run, unless `needed` is set and the person does not want one like an equal run. */
export async function launchIfNeeded(
  parts: RunParts,
  request: RunRequest,
  needed: boolean,
): Promise<unknown> {
  if (needed && !(await isNeeded(parts, request))) return undefined;
  return await launchRun(parts, request);
}

/** Whether to run although an equal run may be there: the person is told of it and decides. */
async function isNeeded(
  { tree, view, settings }: RunParts,
  { project, operation, start, options = {} }: RunRequest,
): Promise<boolean> {
  const equal = await findEqualRun(project, operation, options, settings.get('needed.matches'));
  if (equal === null) return true;
  const anyway = start ? 'Run Anyway' : 'Stage Anyway';
  const choice = await showInformation(
    `Skipped: ${runTitle(equal)} has the same configuration.`,
    'Show Run',
    anyway,
  );
  const node = choice === 'Show Run' ? tree.node(equal.runsDir, equal.id) : null;
  if (node !== null) {
    await vscode.commands.executeCommand('runyard.runs.focus');
    await view.reveal(node);
  }
  return choice === anyway;
}
