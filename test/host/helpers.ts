import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { RunInfo, RunStatus } from '../../src/core/run/types.ts';
import type { TestApi } from '../../src/extension/main.ts';
import type { OperationsNode } from '../../src/extension/operations/rows.ts';
import type { CompositionRoot } from '../../src/extension/root.ts';
import type { RunNode, RunsNode } from '../../src/extension/runs/model/nodes.ts';
import { waitFor } from '../helpers/temp.ts';
import { hostContext } from './harness/context.ts';
import { makeRunFiles, storeRunId } from './runs/stores.ts';

/** The exports of the extension, activated. */
export async function api(): Promise<TestApi> {
  const extension = vscode.extensions.getExtension<TestApi>('runyard.runyard');
  assert.ok(extension !== undefined, 'the extension is not there');
  return await extension.activate();
}

/** What the extension is made of. */
export async function root(): Promise<CompositionRoot> {
  const { testing } = await api();
  assert.ok(testing !== undefined, 'not in test mode');
  return await testing.root();
}

/** The editor as the extension sees it: its own objects, which a test may replace. */
async function editor(): Promise<typeof vscode> {
  const { testing } = await api();
  assert.ok(testing !== undefined, 'not in test mode');
  return testing.editor;
}

/** URI of the workspace folder. */
export function folder(): vscode.Uri {
  return vscode.Uri.file(hostContext().workspaceDir);
}

/** A row of the Runs view as VS Code gets it, with the rows below it as far as asked for. */
export interface ShownRow {
  readonly node: RunsNode;
  readonly label: string;
  readonly description: string;
  readonly icon: string;
  readonly contextValue: string;
}

/** The rows below a node of the Runs view, of the view itself without one. */
export async function runRows(parent?: RunsNode): Promise<ShownRow[]> {
  const { runsTree } = await root();
  const nodes = await runsTree.children(parent);
  return nodes.map((node) => shown(runsTree.item(node), node));
}

function shown(item: vscode.TreeItem, node: RunsNode): ShownRow {
  return {
    node,
    label: textOf(item.label),
    description: typeof item.description === 'string' ? item.description : '',
    icon: item.iconPath instanceof vscode.ThemeIcon ? item.iconPath.id : '',
    contextValue: item.contextValue ?? '',
  };
}

/** Labels of the rows below a node of the Runs view, with their descriptions. */
export async function runTexts(parent?: RunsNode): Promise<string[]> {
  return (await runRows(parent)).map(({ label, description }) =>
    description === '' ? label : `${label}: ${description}`,
  );
}

/** Labels and descriptions of the Operations view. */
export async function operationTexts(): Promise<string[]> {
  const { operationsTree } = await root();
  const nodes = await operationsTree.children(undefined);
  return nodes.map((node) => {
    const item = operationsTree.item(node);
    const description = typeof item.description === 'string' ? item.description : '';
    return description === '' ? textOf(item.label) : `${textOf(item.label)}: ${description}`;
  });
}

function textOf(label: vscode.TreeItem['label']): string {
  return typeof label === 'string' ? label : (label?.label ?? '');
}

/** Runs an operation by its command. Resolves as soon as the run exists. */
export async function runOperation(
  operation: string,
  command: 'runyard.runOperation' | 'runyard.stageOperation' = 'runyard.runOperation',
): Promise<RunInfo> {
  const result: unknown = await vscode.commands.executeCommand(command, {
    folder: folder(),
    operation,
  });
  const id =
    typeof result === 'object' && result !== null && 'id' in result ? result.id : undefined;
  assert.ok(typeof id === 'string', `${command} ${operation} made no run`);
  return await infoOf(id);
}

/** The present state of a run, as the extension knows it. */
export async function infoOf(id: string): Promise<RunInfo> {
  const runs = await (await api()).listRuns({ container: 'any' });
  const info = runs.find((run) => run.id === id);
  assert.ok(info !== undefined, `run ${id} is not listed`);
  return info;
}

/** Waits until the extension shows a run with one of these statuses. */
export async function untilStatus(id: string, ...statuses: readonly RunStatus[]): Promise<RunInfo> {
  return await waitFor(
    async () => {
      const info = await infoOf(id);
      return statuses.includes(info.status) ? info : null;
    },
    { what: `run ${id} to be ${statuses.join(' or ')}` },
  );
}

/** The row of a run in the Runs view. */
export async function rowOf(info: RunInfo): Promise<RunNode> {
  const { runsTree } = await root();
  const node = runsTree.node(info.runsDir, info.id);
  assert.ok(node !== null, `run ${info.id} has no row`);
  return node;
}

/** The row of a run as VS Code gets it. */
export async function shownRow(info: RunInfo): Promise<ShownRow> {
  const { runsTree } = await root();
  const node = await rowOf(info);
  return shown(runsTree.item(node), node);
}

/** The row of a run under Deleted. */
export async function deletedRow({ id }: RunInfo): Promise<ShownRow | undefined> {
  const deleted = (await runRows()).find(({ label }) => label === 'Deleted');
  const rows = deleted === undefined ? [] : await runRows(deleted.node);
  return rows.find(({ node }) => node.kind === 'run' && node.info.id === id);
}

/** Each run of {@link endedRun} has a number of its own, none of a store of 10,000. */
let endedRuns = 10_000;

/** A completed run that nobody had to wait for: its files are written, and the store reads them. */
export async function endedRun(operation = 'train'): Promise<RunInfo> {
  const n = endedRuns++;
  const id = storeRunId(n);
  const runsDir = join(hostContext().workspaceDir, '.gage', 'runs');
  makeRunFiles(runsDir, n, `1 workspace ${operation}`);
  mkdirSync(join(runsDir, id));
  const { stores } = await root();
  await stores.find();
  await stores.refresh(runsDir, [id]);
  return await infoOf(id);
}

/** Waits until nobody looks after a run any more, which is a moment after it has ended. */
export async function untilLeft({ id, metaPath }: RunInfo): Promise<void> {
  await waitFor(() => !existsSync(join(metaPath, 'runyard', 'heartbeat')), {
    what: `the supervisor of run ${id} to be gone`,
  });
}

/** Waits until the channel of a run shows this, and returns its text. */
export async function untilChannel(info: RunInfo, text: string): Promise<string> {
  return await waitFor(
    () => {
      const now = channelText(info);
      return now.includes(text) ? now : null;
    },
    { what: `the channel of run ${info.id} to show “${text}”` },
  );
}

/** Waits until the active editor is such a one. */
export async function untilEditor(
  what: string,
  condition: (document: vscode.TextDocument) => boolean,
): Promise<vscode.TextEditor> {
  return await waitFor(
    () => {
      const editor = vscode.window.activeTextEditor;
      return editor !== undefined && condition(editor.document) ? editor : null;
    },
    { what: `an editor of ${what}` },
  );
}

/** Closes all editors and throws away what was not saved in them. */
export async function closeEditors(): Promise<void> {
  for (const document of vscode.workspace.textDocuments) {
    if (!document.isDirty || document.uri.scheme !== 'file') continue;
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand('workbench.action.files.revert');
  }
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}

/** Shows all runs again, in one list. */
export async function showAllRuns(): Promise<void> {
  await vscode.commands.executeCommand('runyard.groupByNone');
  await vscode.commands.executeCommand('runyard.clearFilter');
}

/** Text of the output channel that is shown for a run; '' while there is none. */
export function channelText(info: RunInfo): string {
  const document = vscode.workspace.textDocuments.find(
    (one) => one.languageId === 'runyard-output' && one.getText().includes(info.id),
  );
  return document?.getText().replaceAll('\r\n', '\n') ?? '';
}

/** Lines of a channel without times, heading and end. */
export function outputLines(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => /^(?:\d\d:\d\d:\d\d\.\d{3}| {12})/.test(line))
    .map((line) => line.slice(13));
}

/** Answers of a dialog for one test: the messages that were shown. */
export interface Dialogs {
  readonly messages: string[];
  /** What modal dialogs said below their message. */
  readonly details: string[];
  restore(): void;
}

type MessageKind = 'showErrorMessage' | 'showInformationMessage' | 'showWarningMessage';

/**
 * Answers the messages that the extension shows, which nobody could click here.
 * @param answer gets the message and its buttons, and returns the one that is clicked.
 */
export async function answerDialogs(
  answer: (message: string, buttons: readonly string[]) => string | undefined,
): Promise<Dialogs> {
  const messages: string[] = [];
  const details: string[] = [];
  const window: Record<MessageKind, unknown> = (await editor()).window;
  const kinds: readonly MessageKind[] = [
    'showErrorMessage',
    'showInformationMessage',
    'showWarningMessage',
  ];
  const before = kinds.map((kind) => window[kind]);
  for (const kind of kinds) {
    window[kind] = (message: string, ...rest: readonly unknown[]) => {
      messages.push(message);
      for (const one of rest) if (hasDetail(one)) details.push(one.detail);
      const buttons = rest.filter((one) => typeof one === 'string');
      return Promise.resolve(answer(message, buttons));
    };
  }
  return {
    messages,
    details,
    restore: () => {
      kinds.forEach((kind, i) => {
        window[kind] = before[i];
      });
    },
  };
}

function hasDetail(option: unknown): option is { readonly detail: string } {
  return (
    typeof option === 'object' &&
    option !== null &&
    'detail' in option &&
    typeof option.detail === 'string'
  );
}

/** Something that was replaced for a test. */
export interface Replaced {
  restore(): void;
}

/**
 * Answers quick picks and input boxes, which nobody could use here.
 * @param choose gets the items, texts as labels, and returns those that are chosen.
 */
export async function answerPicks(
  choose: (items: readonly { readonly label: string }[]) => readonly unknown[] | undefined,
  input?: string,
): Promise<Replaced> {
  const window: Record<'showQuickPick' | 'showInputBox', unknown> = (await editor()).window;
  const before = { pick: window.showQuickPick, box: window.showInputBox };
  window.showQuickPick = async (
    items: readonly unknown[] | Promise<readonly unknown[]>,
    options: vscode.QuickPickOptions = {},
  ): Promise<unknown> => {
    const list = await items;
    const shown = list.map((item) => (typeof item === 'string' ? { label: item, item } : item));
    const chosen = choose(shown as readonly { readonly label: string }[]);
    const values = chosen?.map((one) =>
      typeof one === 'object' && one !== null && 'item' in one ? one.item : one,
    );
    return options.canPickMany === true ? values : values?.[0];
  };
  window.showInputBox = () => Promise.resolve(input);
  return {
    restore: () => {
      window.showQuickPick = before.pick;
      window.showInputBox = before.box;
    },
  };
}

/** Answers the dialog that asks for a file. */
export async function replaceDialog(
  kind: 'showSaveDialog' | 'showOpenDialog',
  answer: unknown,
): Promise<Replaced> {
  const window: Record<typeof kind, unknown> = (await editor()).window;
  const before = window[kind];
  window[kind] = () => Promise.resolve(answer);
  return {
    restore: () => {
      window[kind] = before;
    },
  };
}

/** Keeps a command of the editor from being carried out, and remembers its arguments. */
export async function catchCommand(
  id: string,
): Promise<Replaced & { readonly args: readonly unknown[] }> {
  const own = (await editor()).commands;
  const commands: Record<'executeCommand', unknown> = own;
  const before = own.executeCommand;
  const args: unknown[] = [];
  commands.executeCommand = async (command: string, ...rest: unknown[]): Promise<unknown> => {
    if (command !== id) return await before(command, ...rest);
    args.push(...rest);
    return undefined;
  };
  return {
    args,
    restore: () => {
      commands.executeCommand = before;
    },
  };
}

/** Selects a run in the Runs view, then does what a key binding of the view does. */
export async function pressKeyCommand(command: string, node: RunNode): Promise<void> {
  const { view } = await root();
  await vscode.commands.executeCommand('runyard.runs.focus');
  // The editor forgets to select a row that it draws anew at that moment: ask again.
  await waitFor(
    async () => {
      await view.reveal(node, true);
      return view.selectedRuns.some(({ key }) => key === node.key);
    },
    { what: 'the row to be selected' },
  );
  await vscode.commands.executeCommand(command, { fromSelection: true });
}

/** Pids of the supervisor and of the program of a running run. */
export async function processesOf(info: RunInfo): Promise<{ supervisor: number; child: number }> {
  const path = join(info.metaPath, 'runyard', 'process.json');
  return await waitFor(
    () => {
      const file = JSON.parse(readFileSync(path, 'utf8')) as {
        supervisor: { pid: number };
        child: { pid: number } | null;
      };
      const { supervisor, child } = file;
      return child === null ? null : { supervisor: supervisor.pid, child: child.pid };
    },
    { what: `the processes of run ${info.id}` },
  );
}

/** Settings of the extension that a test has changed. */
const changedSettings = new Set<string>();

/** Gives the defaults of all settings back that {@link setSetting} has changed. */
export async function resetSettings(): Promise<void> {
  for (const key of changedSettings) await setSetting(key, undefined);
}

/** Changes a setting of the extension for the user; undefined gives the default back. */
export async function setSetting(key: string, value: unknown): Promise<void> {
  if (value === undefined) changedSettings.delete(key);
  else changedSettings.add(key);
  const section = vscode.workspace.getConfiguration('runyard');
  await section.update(key, value, vscode.ConfigurationTarget.Global);
}

/** A progress notification that a test can look at and cancel. */
export interface Progress extends Replaced {
  /** Its title; undefined while there is none. */
  title(): string | undefined;
  cancel(): void;
  /** Resolves when what was waited for has ended. */
  ended(): Promise<unknown>;
}

/** Takes the place of progress notifications, which nobody could cancel here. */
export async function catchProgress(): Promise<Progress> {
  const own = (await editor()).window;
  const window: Record<'withProgress', unknown> = own;
  const before = own.withProgress;
  const source = new vscode.CancellationTokenSource();
  let title: string | undefined;
  let work: Promise<unknown> = Promise.resolve();
  window.withProgress = (
    options: vscode.ProgressOptions,
    task: (
      progress: vscode.Progress<{ message?: string }>,
      token: vscode.CancellationToken,
    ) => Promise<unknown>,
  ): Promise<unknown> => {
    title = options.title;
    work = task({ report: () => undefined }, source.token);
    return work;
  };
  return {
    title: () => title,
    cancel: () => {
      source.cancel();
    },
    ended: async () => await work.catch(() => undefined),
    restore: () => {
      window.withProgress = before;
    },
  };
}

/** The form of a run while a test fills it in. */
export interface Form extends Replaced {
  /** Waits until the form is there. */
  shown(): Promise<void>;
  /** Its rows: `label | description`. */
  rows(): readonly string[];
  /** Waits until a row looks like this. */
  until(row: RegExp): Promise<void>;
  /** Types into its box, and waits until the first row is this. */
  type(text: string, first: RegExp): Promise<void>;
  /** Presses Enter on the row with this index, after it has become the active one. */
  accept(index?: number): Promise<void>;
  /** Presses Enter on the row that looks like this. */
  choose(row: RegExp): Promise<void>;
  /** The same, and returns the box that asks for its value. */
  edit(row: RegExp): Promise<vscode.InputBox>;
  leave(): Promise<void>;
}

/** Makes an item the active one. Resolves when the window has it. */
async function activate(
  pick: vscode.QuickPick<vscode.QuickPickItem>,
  item: vscode.QuickPickItem,
): Promise<void> {
  let active: vscode.QuickPickItem | undefined;
  const listener = pick.onDidChangeActive(([now]) => (active = now));
  try {
    pick.activeItems = [item];
    await waitFor(() => active === item, { what: `“${item.label}” to be the active row` });
  } finally {
    listener.dispose();
  }
}

/** Watches the quick picks that the extension makes: the last one is the form. */
export async function catchForm(): Promise<Form> {
  const own = (await editor()).window;
  const window: Record<'createQuickPick' | 'createInputBox', unknown> = own;
  const before = { pick: own.createQuickPick, box: own.createInputBox };
  let pick: vscode.QuickPick<vscode.QuickPickItem> | undefined;
  let box: vscode.InputBox | undefined;
  window.createQuickPick = () => (pick = before.pick());
  window.createInputBox = () => (box = before.box());
  const rows = (): readonly string[] =>
    (pick?.items ?? []).map(({ label, description }) => `${label} | ${description ?? ''}`);
  const until = async (row: RegExp): Promise<void> => {
    const what = `a row ${String(row)}`;
    await waitFor(() => rows().some((one) => row.test(one)), { what });
  };
  const accept = async (index = 0): Promise<void> => {
    const item = pick?.items[index];
    assert.ok(pick !== undefined && item !== undefined);
    if (pick.activeItems[0] !== item) await activate(pick, item);
    await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
  };
  const choose = async (row: RegExp): Promise<void> => {
    await accept(rows().findIndex((one) => row.test(one)));
  };
  return {
    rows,
    until,
    accept,
    choose,
    shown: async () => {
      await waitFor(() => rows().length > 0, { what: 'the form' });
    },
    type: async (text, first) => {
      if (pick !== undefined) pick.value = text;
      await waitFor(() => first.test(rows()[0] ?? ''), { what: `the first row ${String(first)}` });
    },
    edit: async (row) => {
      box = undefined;
      await choose(row);
      return await waitFor(() => box ?? null, { what: 'the box of a value' });
    },
    leave: async () => {
      await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
    },
    restore: () => {
      window.createQuickPick = before.pick;
      window.createInputBox = before.box;
    },
  };
}

/** The row of an operation in the Operations view. */
export async function operationRow(name: string): Promise<OperationsNode> {
  const { operationsTree } = await root();
  const nodes = await operationsTree.children(undefined);
  const node = nodes.find((one) => one.kind === 'operation' && one.name === name);
  assert.ok(node !== undefined, `no operation ${name}`);
  return node;
}

/** Opens the form, lets `fill` use it, and returns the run that came of it. */
export async function withForm(
  command: string,
  arg: unknown,
  fill: (form: Form) => Promise<void>,
): Promise<RunInfo | undefined> {
  const form = await catchForm();
  try {
    const made = vscode.commands.executeCommand<{ id: string } | undefined>(command, arg);
    await form.shown();
    await fill(form);
    const result = await made;
    return result === undefined ? undefined : await infoOf(result.id);
  } finally {
    form.restore();
  }
}
