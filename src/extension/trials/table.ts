import { isDeepStrictEqual } from 'node:util';
import * as vscode from 'vscode';
import { RunyardError } from '../../core/base/errors.ts';
import { shown } from '../../core/data/value-text.ts';
import type { FromPage, OptionName, ToPage } from '../../webview/trials/messages.ts';
import { DisposableStore } from '../base/disposables.ts';
import {
  DraftHistory,
  draftToKeep,
  type EditedTable,
  type TrialDraft,
} from '../operations/trial-draft.ts';
import {
  checkDraft,
  errorText,
  readSubject,
  type CheckedDraft,
  type TrialRules,
  type TrialSubject,
} from './check.ts';
import { addColumn, editOf } from './edits.ts';
import { draftText, isBlank } from './memory.ts';
import { readMessage } from './messages.ts';
import { editedTable, isSearch, moreKeys, trialView } from './view.ts';

/** What a table needs of the extension. */
export interface TrialTableParts {
  readonly rules: () => TrialRules;
  readonly last: (draft: TrialDraft) => TrialDraft | null;
  /** Keeps what is filled in, for a window that is reloaded. */
  readonly keep: (draft: TrialDraft) => void;
  readonly report: (error: unknown, doing: string) => void;
  /** Makes the batch of a plan that was checked. False when the person has changed their mind. */
  readonly launch: (subject: TrialSubject, checked: CheckedDraft) => Promise<boolean>;
  readonly save: (checked: CheckedDraft) => Promise<void>;
  readonly askFiles: (draft: TrialDraft) => Promise<readonly string[]>;
  readonly showRun: (subject: TrialSubject, id: string) => Promise<void>;
}

/** What is typed is looked at when there has been no more of it for this long. Milliseconds. */
const SETTLE_MS = 150;
/** Looking at many trials is told of after this. Milliseconds. */
const BUSY_MS = 300;

/** One table of trials: a draft, the page that shows it, and what would become of it. */
export class TrialTableEditor implements vscode.Disposable {
  readonly #own = new DisposableStore();
  readonly #panel: vscode.WebviewPanel;
  readonly #parts: TrialTableParts;
  readonly #history: DraftHistory;
  #subject: TrialSubject | null = null;
  #checked: CheckedDraft | null = null;
  #timer: NodeJS.Timeout | null = null;
  #checking: Promise<void> | null = null;
  /** Something has changed since the last check. */
  #stale = true;
  #isMaking = false;

  /** @param subject the operation, when it has been read already. */
  constructor(
    panel: vscode.WebviewPanel,
    parts: TrialTableParts,
    draft: TrialDraft,
    subject: TrialSubject | null = null,
  ) {
    this.#panel = panel;
    this.#parts = parts;
    this.#subject = subject;
    this.#history = new DraftHistory(draft);
    this.#own.add(panel.webview.onDidReceiveMessage((message) => this.receive(message)));
    this.#own.add(
      panel.onDidChangeViewState(() => {
        // Files may have changed while something else was looked at.
        if (panel.active) this.#refresh();
      }),
    );
    this.#own.add(panel.onDidDispose(() => this.dispose()));
  }

  get draft(): TrialDraft {
    return this.#history.draft;
  }

  /** What was checked last; null before. */
  get checked(): CheckedDraft | null {
    return this.#checked;
  }

  /** Fires when the table is gone. */
  get onDidDispose(): vscode.Event<void> {
    return this.#panel.onDidDispose;
  }

  reveal(): void {
    this.#panel.reveal();
  }

  /** Changes what is filled in, as a person does: it can be undone. */
  change(draft: TrialDraft): void {
    this.#change(draft);
  }

  /** Resolves when what is filled in now has been checked. */
  async settled(): Promise<void> {
    if (this.#timer !== null) {
      clearTimeout(this.#timer);
      this.#timer = null;
    }
    await this.#check();
  }

  /** Does what the page asks for. Errors are shown. */
  async receive(message: unknown): Promise<void> {
    try {
      const read = readMessage(message);
      if (read !== null) await this.#act(read);
    } catch (error) {
      this.#post({ type: 'busy', text: '' });
      this.#parts.report(error, 'Trials');
    }
  }

  dispose(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#own.dispose();
  }

  async #act(message: FromPage): Promise<void> {
    const { draft } = this;
    switch (message.type) {
      case 'ready':
        if (this.#checked !== null) this.#show();
        await this.#again();
        break;
      case 'undo':
      case 'redo':
        this.#history[message.type]();
        await this.#again();
        break;
      case 'flags':
        this.#change({ ...draft, flags: message.text }, 'flags');
        break;
      case 'option':
        this.#setOption(message.name, message.text);
        break;
      case 'new-seed':
        this.#change({ ...draft, drawnSeed: null });
        break;
      case 'follow':
        this.#change({ ...draft, edited: null });
        break;
      case 'use-last':
        this.#change(this.#parts.last(draft) ?? draft);
        break;
      case 'add-file':
        await this.#addFiles();
        break;
      case 'remove-file':
        this.#change({ ...draft, files: draft.files.filter((_, i) => i !== message.index) });
        break;
      case 'save':
        await this.settled();
        if (this.#checked !== null) await this.#parts.save(this.#checked);
        break;
      case 'open-run':
        if (this.#subject !== null) await this.#parts.showRun(this.#subject, message.id);
        break;
      case 'go':
        await this.#make();
        break;
      default:
        await this.#edit(message);
    }
  }

  async #addFiles(): Promise<void> {
    const files = await this.#parts.askFiles(this.draft);
    const { draft } = this;
    if (files.length > 0) this.#change({ ...draft, files: [...draft.files, ...files] });
  }

  /** A change of rows or columns: from now on the rows are what the person made them. */
  async #edit(
    message: Exclude<FromPage, { readonly type: 'flags' | 'option' | 'open-run' }>,
  ): Promise<void> {
    // A cell is edited of rows that were shown: what is newer has to be looked at first.
    await this.settled();
    const { draft } = this;
    const before = draft.edited ?? this.#planned();
    if (before === null) return;
    const edited =
      message.type === 'add-column'
        ? await this.#withColumn(before)
        : editOf(before, message, this.#checked?.draft === draft ? this.#checked : null);
    if (edited !== before) this.#change({ ...draft, edited });
  }

  /** Asks which config value becomes a column, too. */
  async #withColumn(table: EditedTable): Promise<EditedTable> {
    if (this.#subject === null) return table;
    const keys = moreKeys(this.#subject, table.columns);
    const { values, sources } = this.#subject.operation.defaults;
    const items = keys.map((key) => ({
      label: key,
      description: shown(values[key] ?? null),
      detail: sources.get(key)?.description ?? '',
    }));
    const options = { title: 'Add column', placeHolder: 'Choose a config value' };
    const chosen = await vscode.window.showQuickPick(items, options);
    return chosen === undefined ? table : addColumn(table, chosen.label);
  }

  /** The rows of the present plan, to be edited; null while there is none. */
  #planned(): EditedTable | null {
    const plan = this.#checked?.plan ?? null;
    if (plan === null || this.#subject === null || isSearch(plan)) return null;
    return editedTable(this.#subject, plan);
  }

  #setOption(name: OptionName, text: string): void {
    const { draft } = this;
    const options = { ...draft.options, [name]: text };
    this.#change({ ...draft, options }, `option ${name}`);
  }

  #change(draft: TrialDraft, kind = ''): void {
    this.#history.change(draft, kind);
    this.#checkSoon(kind === '' ? 0 : SETTLE_MS);
  }

  /** Reads the operation again, too. */
  #refresh(): void {
    this.#subject = null;
    this.#checkSoon(0);
  }

  async #again(): Promise<void> {
    this.#stale = true;
    await this.settled();
  }

  #checkSoon(ms: number): void {
    this.#stale = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#check().catch((error: unknown) => this.#parts.report(error, 'Trials'));
    }, ms);
  }

  /** Checks until nothing has changed meanwhile. Only one check runs at a time. */
  async #check(): Promise<void> {
    this.#checking ??= this.#checkOnce().finally(() => {
      this.#checking = null;
    });
    await this.#checking;
    if (this.#stale && !this.#own.isDisposed) await this.#check();
  }

  async #checkOnce(): Promise<void> {
    if (!this.#stale) return;
    this.#stale = false;
    const { draft } = this;
    const busy = setTimeout(() => this.#post({ type: 'busy', text: 'Checking…' }), BUSY_MS);
    try {
      this.#subject ??= await readSubject(draft, this.#parts.rules());
      this.#take(draft, await checkDraft(this.#subject, draft));
      this.#show();
    } catch (error) {
      if (!(error instanceof RunyardError)) throw error;
      this.#checked = null;
      this.#post({ type: 'problem', text: errorText(error) });
    } finally {
      clearTimeout(busy);
    }
  }

  /** Keeps what came of a check, with the seed that was drawn. */
  #take(draft: TrialDraft, checked: CheckedDraft): void {
    this.#checked = checked;
    const drawn = checked.plan?.table.seed ?? null;
    if (draft !== this.draft || drawn === null || draft.options.seed.trim() !== '') return;
    const amended = { ...draft, drawnSeed: drawn };
    this.#history.amend(amended);
    this.#checked = { ...checked, draft: amended };
  }

  #show(): void {
    if (this.#subject === null || this.#checked === null || this.#own.isDisposed) return;
    const { canUndo, canRedo, draft } = this.#history;
    const last = isBlank(draft) ? this.#parts.last(draft) : null;
    const view = trialView(this.#subject, this.#checked);
    this.#parts.keep(draft);
    this.#post({
      type: 'view',
      view: { ...view, canUndo, canRedo, last: last === null ? '' : draftText(last) },
      keep: draftToKeep(draft),
    });
  }

  /** Makes the batch, when the trials are still those that the person has seen. */
  async #make(): Promise<void> {
    if (this.#isMaking) return;
    this.#isMaking = true;
    const seen = this.#checked;
    try {
      await vscode.workspace.saveAll(false);
      this.#subject = null;
      await this.#again();
      const { checked, subject } = this.#looked();
      if (checked === null || subject === null || checked.plan === null) return;
      if (!isSame(seen, checked)) {
        throw new RunyardError('bad-request', 'The trials have changed since they were shown', {
          hint: 'Look at them again, then start them.',
        });
      }
      this.#post({ type: 'busy', text: 'Making the batch…' });
      const made = await this.#parts.launch(subject, checked);
      this.#post({ type: 'busy', text: '' });
      if (made) this.#panel.dispose();
    } finally {
      this.#isMaking = false;
    }
  }

  /** What the last check has read and found. */
  #looked(): { readonly checked: CheckedDraft | null; readonly subject: TrialSubject | null } {
    return { checked: this.#checked, subject: this.#subject };
  }

  #post(message: ToPage): void {
    if (!this.#own.isDisposed) void this.#panel.webview.postMessage(message);
  }
}

function isSame(seen: CheckedDraft | null, now: CheckedDraft): boolean {
  const trialsOf = (checked: CheckedDraft | null): unknown =>
    checked?.plan?.trials.map(({ config, equalRun }) => ({ config, equalRun }));
  return isDeepStrictEqual(trialsOf(seen), trialsOf(now));
}
