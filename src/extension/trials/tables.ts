import { isAbsolute, join } from 'node:path';
import * as vscode from 'vscode';
import { writeTableCsv } from '../../batch/table/batch-files.ts';
import { RunyardError } from '../../core/base/errors.ts';
import { plural } from '../../core/base/words.ts';
import { DisposableStore } from '../base/disposables.ts';
import { showInformation } from '../base/messages.ts';
import type { Reporter } from '../base/reporter.ts';
import type { RunParts } from '../operations/run-with-form.ts';
import { keptDraft, type TrialDraft } from '../operations/trial-draft.ts';
import { readSubject, rulesOf, type CheckedDraft, type TrialSubject } from './check.ts';
import { pageRoots, trialPage } from './html.ts';
import { launchPlanned } from './launch-batch.ts';
import { isLarge, type TrialMemory } from './memory.ts';
import { TrialTableEditor, type TrialTableParts } from './table.ts';

/** Kind of the panels, by which `activate` finds them again after a reload. */
const TRIALS_VIEW = 'runyard.trials';

/** The open tables of trials, at most one for each operation. */
export class TrialTables implements vscode.Disposable {
  readonly #own = new DisposableStore();
  readonly #tables = new Map<string, TrialTableEditor>();
  readonly #run: RunParts;
  readonly #memory: TrialMemory;
  readonly #reporter: Reporter;
  readonly #extensionUri: vscode.Uri;

  constructor(run: RunParts, memory: TrialMemory, reporter: Reporter, extensionUri: vscode.Uri) {
    this.#run = run;
    this.#memory = memory;
    this.#reporter = reporter;
    this.#extensionUri = extensionUri;
  }

  get all(): readonly TrialTableEditor[] {
    return [...this.#tables.values()];
  }

  /** Shows the table of a draft: the one that is open for its operation, changed, or a new one. */
  async open(draft: TrialDraft): Promise<TrialTableEditor> {
    const open = this.#tables.get(keyOf(draft));
    if (open !== undefined) {
      const { options } = open.draft;
      const says = draft.flags !== '' || draft.files.length > 0;
      open.change(
        says ? draft : { ...open.draft, options: { ...options, then: draft.options.then } },
      );
      open.reveal();
      await open.settled();
      return open;
    }
    // An operation that is not there is told of before anything opens.
    const subject = await readSubject(draft, rulesOf(this.#run.settings));
    const panel = vscode.window.createWebviewPanel(
      TRIALS_VIEW,
      titleOf(draft),
      vscode.ViewColumn.Active,
      {},
    );
    const table = this.#show(panel, draft, subject);
    await table.settled();
    return table;
  }

  /**
   * Fills a panel that was there before the window was reloaded. What the page has kept may be
   * older than what this workspace has, or not be there: a window writes it when it ends well.
   * So a panel may come back that was closed, its batch made: that one is closed again.
   */
  restore(panel: vscode.WebviewPanel, state: unknown): void {
    const kept = typeof state === 'object' && state !== null && 'draft' in state ? state.draft : {};
    const own = keptDraft(kept);
    const open = this.#memory.open().filter((draft) => !this.#tables.has(keyOf(draft)));
    const draft =
      own === null
        ? open.find((one) => titleOf(one) === panel.title)
        : (open.find((one) => keyOf(one) === keyOf(own)) ?? (isLarge(own) ? own : undefined));
    if (draft === undefined || this.#tables.has(keyOf(draft))) panel.dispose();
    else this.#show(panel, draft);
  }

  dispose(): void {
    const all = new DisposableStore();
    for (const table of this.all) all.add(table);
    // What listens to them goes first: the window closes, not the tables.
    all.add(this.#own);
    all.dispose();
  }

  #show(
    panel: vscode.WebviewPanel,
    draft: TrialDraft,
    subject: TrialSubject | null = null,
  ): TrialTableEditor {
    const table = new TrialTableEditor(panel, this.#parts(), draft, subject);
    this.#tables.set(keyOf(draft), table);
    this.#own.add(
      table.onDidDispose(() => {
        this.#tables.delete(keyOf(draft));
        // Made or not: what was filled in is offered the next time.
        void this.#memory.remember(table.draft);
        void this.#memory.close(draft);
      }),
    );
    panel.iconPath = new vscode.ThemeIcon('table');
    panel.webview.options = {
      enableScripts: true,
      localResourceRoots: pageRoots(this.#extensionUri),
    };
    panel.webview.html = trialPage(panel.webview, this.#extensionUri);
    return table;
  }

  #parts(): TrialTableParts {
    const { settings } = this.#run;
    return {
      rules: () => rulesOf(settings),
      last: (draft) => this.#memory.last(draft),
      keep: (draft) => void this.#memory.keepOpen(draft),
      report: (error, doing) => this.#reporter.report(error, doing),
      launch: async ({ project }, checked) => {
        return (await launchPlanned(this.#run, project, checked)) !== undefined;
      },
      save: saveCsv,
      askFiles,
      showRun: async ({ project }, id) => {
        const args = { runsDir: project.runsDir, id };
        await vscode.commands.executeCommand('runyard.revealRun', args);
      },
    };
  }
}

/** Asks where, and writes the rows as a batch file. */
async function saveCsv({ draft, plan }: CheckedDraft): Promise<void> {
  if (plan === null) {
    throw new RunyardError('bad-request', 'The table cannot be saved while something is wrong', {
      hint: 'Look at the values that are marked.',
    });
  }
  const text = writeTableCsv(plan.trials.map(({ flags }) => flags));
  const uri = await vscode.window.showSaveDialog({
    title: 'Save trials as CSV',
    defaultUri: vscode.Uri.file(join(draft.folder, `${fileName(draft.operation)}-trials.csv`)),
    filters: { 'CSV files': ['csv'] },
  });
  if (uri === undefined) return;
  await vscode.workspace.fs.writeFile(uri, Buffer.from(text));
  const name = vscode.workspace.asRelativePath(uri);
  const message = `Saved ${plural(plan.trials.length, 'trial')} to ${name}.`;
  void showInformation(message, 'Open File').then(async (choice) => {
    if (choice !== undefined) await vscode.commands.executeCommand('vscode.open', uri);
  });
}

/** An operation's name, as a file may be called. */
function fileName(operation: string): string {
  return operation.replace(/[^\w.-]+/g, '-');
}

/** Asks for batch files. @returns absolute paths, none when the person has changed their mind. */
export async function askFiles({ folder }: Pick<TrialDraft, 'folder'>): Promise<readonly string[]> {
  const uris = await vscode.window.showOpenDialog({
    title: 'Choose batch files',
    openLabel: 'Use as Trials',
    canSelectMany: true,
    ...(isAbsolute(folder) ? { defaultUri: vscode.Uri.file(folder) } : {}),
    filters: { 'Batch files': ['csv', 'json', 'yaml', 'yml'], 'All files': ['*'] },
  });
  return (uris ?? []).map(({ fsPath }) => fsPath);
}

function titleOf({ operation }: Pick<TrialDraft, 'operation'>): string {
  return `Trials of ${operation}`;
}

function keyOf({ folder, operation }: Pick<TrialDraft, 'folder' | 'operation'>): string {
  return JSON.stringify([folder, operation]);
}
