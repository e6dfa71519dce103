import * as vscode from 'vscode';
import { planRestart, type RestartOptions, type RestartChoice } from '../../batch/plan-restart.ts';
import { plural } from '../../core/base/words.ts';
import { runTitle } from '../../core/run/title.ts';
import type { RunInfo } from '../../core/run/types.ts';
import { openRunFromInfo } from '../../core/status/run-info.ts';
import { showInformation } from '../base/messages.ts';
import type { Launcher } from '../processes/launcher.ts';
import { isPossible, waitingTrials } from '../run/actions.ts';
import { compareTrials, tallyOf } from '../run/batch-index.ts';
import { STATUS_ICONS } from '../run/titles.ts';
import { failedTrials } from '../runs/rows/batch-row.ts';

/** What a person wants to restart, and how. */
interface RestartAnswer {
  readonly which: RestartChoice;
  readonly options: RestartOptions;
}

/**
 * Restarts trials of a batch in place, under the batch. Says which trials were made anew.
 * Throws what `planRestart` and the launcher throw.
 */
export async function restart(
  { launcher }: { readonly launcher: Launcher },
  info: RunInfo,
  which: RestartChoice,
  options: RestartOptions,
): Promise<void> {
  const plan = await planRestart(openRunFromInfo(info), which, options);
  if (plan.reused.length + plan.created.length === 0) {
    void showInformation(`Batch ${runTitle(info)} has no trial to restart.`);
    return;
  }
  await launcher.restartBatch(plan);
  if (plan.created.length > 0) {
    const made = plural(plan.created.length, 'new trial');
    const kept =
      plan.reused.length === 0 ? '' : `, ${plural(plan.reused.length, 'trial')} restarted`;
    void showInformation(`Batch ${runTitle(info)}: ${made} with the changed values${kept}.`);
  }
}

/** Asks which trials to restart, and with what. null when the person has changed their mind. */
export async function askRestart(
  info: RunInfo,
  trials: readonly RunInfo[],
): Promise<RestartAnswer | null> {
  const which = await askWhich(info, trials);
  return which === null ? null : await askHow(info, which);
}

async function askWhich(info: RunInfo, trials: readonly RunInfo[]): Promise<RestartChoice | null> {
  const tally = tallyOf(trials);
  const waiting = waitingTrials(info, tally);
  const failed = failedTrials(tally);
  const items: (vscode.QuickPickItem & { readonly which: RestartChoice | 'some' })[] = [
    {
      label: '$(play) Remaining',
      description: plural(waiting, 'trial'),
      detail: 'Those that have not run yet',
      which: 'remaining',
    },
    {
      label: '$(debug-restart) Failed',
      description: plural(failed, 'trial'),
      detail: 'Those that failed or were terminated, each under its own name',
      which: 'failed',
    },
    {
      label: '$(sync) All anew',
      description: plural(Math.max(tally.total, waiting), 'trial'),
      detail: 'What they have produced until now is kept beside each run',
      which: 'all',
    },
    { label: '$(checklist) Choose trials…', which: 'some' },
  ];
  const possible = items.filter(
    (item) =>
      (item.which !== 'remaining' || waiting > 0) && (item.which !== 'failed' || failed > 0),
  );
  const title = `Restart trials of batch ${runTitle(info)}`;
  const chosen = await vscode.window.showQuickPick(possible, {
    title,
    placeHolder: 'Which trials?',
  });
  if (chosen === undefined) return null;
  return chosen.which === 'some' ? await askTrials(title, trials) : chosen.which;
}

async function askTrials(title: string, trials: readonly RunInfo[]): Promise<RestartChoice | null> {
  const items = trials
    .filter((trial) => isPossible(trial, 'canRestart'))
    .sort(compareTrials)
    .map((trial) => ({
      label: `$(${STATUS_ICONS[trial.status].id}) ${trialText(trial)}`,
      description: trial.name,
      picked: trial.status === 'error',
      id: trial.id,
    }));
  const chosen = await vscode.window.showQuickPick(items, {
    title,
    placeHolder: 'Choose trials',
    canPickMany: true,
    matchOnDescription: true,
  });
  return chosen === undefined || chosen.length === 0 ? null : { ids: chosen.map(({ id }) => id) };
}

function trialText({ batch, label, name }: RunInfo): string {
  if (batch?.role !== 'trial') return name;
  const values = batch.text === '' ? (label ?? '') : batch.text;
  return `${String(batch.index)}  ${values}`;
}

async function askHow(info: RunInfo, which: RestartChoice): Promise<RestartAnswer | null> {
  const items = [
    {
      label: '$(debug-restart) Restart',
      detail: 'With the source code that the batch was made with',
      how: 'same',
    },
    {
      label: '$(file-code) Restart with the project’s code of now',
      detail: 'The source code of the trials is replaced',
      how: 'restage',
    },
    {
      label: '$(edit) Change values…',
      detail: 'Trials with changed values are new ones; those that are there stay as they are',
      how: 'change',
    },
  ] as const;
  const title = `Restart trials of batch ${runTitle(info)}`;
  const chosen = await vscode.window.showQuickPick(items, { title, placeHolder: 'How?' });
  if (chosen === undefined) return null;
  if (chosen.how !== 'change') {
    return { which, options: chosen.how === 'restage' ? { restage: true } : {} };
  }
  const text = await vscode.window.showInputBox({
    title,
    prompt: 'Values for all of these trials, such as epochs=20 lr=0.5',
    placeHolder: 'name=value …',
    validateInput: (value) =>
      flagsOf(value).every((flag) => /^[^=\s]+=/.test(flag))
        ? null
        : 'Give values as name=value, with blanks between them.',
  });
  if (text === undefined) return null;
  return { which, options: { flags: flagsOf(text) } };
}

/** Words of a text; blanks within quotes do not part them. */
function flagsOf(text: string): readonly string[] {
  return text.match(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g) ?? [];
}
