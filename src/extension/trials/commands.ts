import * as vscode from 'vscode';
import * as z from 'zod/mini';
import { RunyardError } from '../../core/base/errors.ts';
import { OPTION_NAMES, type OptionName } from '../../webview/trials/messages.ts';
import type { CommandHandlers } from '../base/command-ids.ts';
import { chooseOperation, type OperationCommandParts } from '../operations/commands.ts';
import type { TrialDraft } from '../operations/trial-draft.ts';
import { flagLine } from '../operations/typed-value.ts';

type Handled = 'runyard.runBatch' | 'runyard.stageBatch' | 'runyard.runBatchFromFile';

type Then = 'run' | 'stage';

/** Commands that make batches. The table of trials is loaded with the first of them. */
export function trialCommands(parts: OperationCommandParts): Pick<CommandHandlers, Handled> {
  return {
    'runyard.runBatch': (...args) => makeBatch(parts, args, 'run'),
    'runyard.stageBatch': (...args) => makeBatch(parts, args, 'stage'),
    'runyard.runBatchFromFile': (...args) => batchFromFile(parts, args),
  };
}

/** What another extension tells beside the operation, so that nothing has to be asked. */
const ToldSchema = z.object({
  operation: z.string(),
  /** As typed: `lr=[0.1,0.01]`. */
  flags: z.array(z.string()),
  /** Batch files, absolute. */
  files: z._default(z.array(z.string()), []),
  options: z._default(z.partialRecord(z.enum(OPTION_NAMES), z.string()), {}),
});

/** The table of an operation; for another extension, which tells everything, the batch itself. */
async function makeBatch(
  parts: OperationCommandParts,
  args: readonly unknown[],
  then: Then,
): Promise<unknown> {
  const title = then === 'run' ? 'Run batch' : 'Stage batch';
  const draft = await startDraft(parts, args, title, { then });
  if (draft === null) return undefined;
  const told = ToldSchema.safeParse(args[0]);
  if (!told.success) {
    await parts.openTrials(draft);
    return undefined;
  }
  const { flags, files, options } = told.data;
  return await launchTold(parts, {
    ...draft,
    flags: flagLine(flags),
    files,
    options: { ...draft.options, ...options },
  });
}

async function launchTold(parts: OperationCommandParts, draft: TrialDraft): Promise<unknown> {
  const { checkDraft, readSubject, rulesOf } = await import('./check.ts');
  const { launchPlanned } = await import('./launch-batch.ts');
  const subject = await readSubject(draft, rulesOf(parts.settings));
  const checked = await checkDraft(subject, draft);
  const [problem] = [
    checked.flagsError,
    ...Object.values(checked.optionErrors),
    ...checked.problems.map(({ text }) => text),
  ].filter((text) => text !== '');
  if (problem !== undefined) throw new RunyardError('bad-request', problem);
  return await launchPlanned(parts, subject.project, checked);
}

/** The table of an operation with the rows of files: those of a menu, or those that are chosen. */
async function batchFromFile(
  parts: OperationCommandParts,
  args: readonly unknown[],
): Promise<undefined> {
  const [one, many] = args;
  const uris = (Array.isArray(many) && many.length > 0 ? many : [one]).filter(
    (uri): uri is vscode.Uri => uri instanceof vscode.Uri && uri.scheme === 'file',
  );
  const draft = await startDraft(parts, [], 'Run batch from file', { then: 'run' });
  if (draft === null) return;
  const { askFiles } = await import('./tables.ts');
  const files = uris.length > 0 ? uris.map(({ fsPath }) => fsPath) : await askFiles(draft);
  if (files.length > 0) await parts.openTrials({ ...draft, files });
}

/** An empty draft for the operation of a row, of `{folder, operation}`, or the one chosen. */
async function startDraft(
  parts: OperationCommandParts,
  args: readonly unknown[],
  title: string,
  options: Partial<Record<OptionName, string>>,
): Promise<TrialDraft | null> {
  // First of all: the Gage file or the batch file may be what is being edited.
  await vscode.workspace.saveAll(false);
  const chosen = await chooseOperation(parts.projects, args, title);
  if (chosen === null) return null;
  const { newDraft } = await import('../operations/trial-draft.ts');
  const { operation, project } = chosen;
  return newDraft({ folder: project.commandDir, operation, options });
}
