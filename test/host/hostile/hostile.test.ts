import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { within } from '../../helpers/processes/processes.ts';
import { changes, takeSnapshot, type Snapshot } from '../../hostile/sandbox/snapshot.ts';
import { hostContext } from '../harness/context.ts';
import {
  answerDialogs,
  answerPicks,
  closeEditors,
  root,
  runRows,
  type ShownRow,
} from '../helpers.ts';
import { hostileSetting, notesOf } from './store.ts';

/** No command may take longer, nor the extension host more memory. */
const LIMIT_MS = 10_000;
const MEMORY_LIMIT_MB = 500;

/** They leave the window, or open something of the system's that nobody can look into. */
const LEFT_OUT = new Set([
  'runyard.openRunDirectory',
  'runyard.openRunDirectoryInNewWindow',
  'runyard.openRunDirectoryInTerminal',
  'runyard.revealInFileExplorer',
]);

/** What ends a run's life in the view comes last. */
const LAST = ['runyard.delete', 'runyard.restore', 'runyard.purge'];

const setting = hostileSetting(hostContext().workspaceDir, {
  pid: 0,
  start: null,
  host: '',
  bootId: null,
});

describe('a store that somebody else made', () => {
  afterEach(closeEditors);

  it('is shown, and each run that cannot be read says why', async () => {
    await (await root()).stores.load();
    const rows = (await runRows()).filter(({ node }) => node.kind === 'run');
    assert.ok(rows.length >= 20, `${String(rows.length)} rows`);
    for (const { label, description, contextValue } of rows) {
      if (contextValue.includes('unreadable')) assert.match(description, /unreadable · \S+/, label);
    }
  });

  it('harms nobody, whatever is done to its runs', async () => {
    const told: string[] = [];
    const dialogs = await answerDialogs((_, buttons) => buttons[0]);
    const picks = await answerPicks((items) => items.slice(0, 1), '1');
    try {
      for (const row of await allRows()) told.push(...(await useRow(row)));
    } finally {
      picks.restore();
      dialogs.restore();
    }
    told.push(...executedWithoutAWord([...dialogs.messages, ...dialogs.details]));
    assert.deepEqual(told, []);
  }).timeout(170_000);

  it('has changed nothing outside, sent no signal, and filled no memory', () => {
    const before: Snapshot = new Map(
      JSON.parse(readFileSync(notesOf(setting).before, 'utf8')) as [string, string][],
    );
    assert.deepEqual(changes(before, takeSnapshot(setting)), []);
    assert.equal(readFileSync(notesOf(setting).signals, 'utf8'), '');
    assert.ok(peakMegabytes() < MEMORY_LIMIT_MB, `${String(peakMegabytes())} MB`);
  });
});

/** Rows of runs, also those below others. */
async function allRows(): Promise<readonly ShownRow[]> {
  const rows = await runRows();
  const below = await Promise.all(rows.map(async ({ node }) => await runRows(node)));
  return [...rows, ...below.flat()].filter(({ node }) => node.kind === 'run');
}

/** Does everything with a run that a menu has for one. @returns what went wrong. */
async function useRow({ node, label }: ShownRow): Promise<readonly string[]> {
  const told: string[] = [];
  for (const id of runCommands()) {
    try {
      const done = Promise.resolve(vscode.commands.executeCommand(id, node, [node]));
      // A refusal in words is what most of them are to do.
      await within(
        done.catch(() => undefined),
        `${id} of ${label}`,
        LIMIT_MS,
      );
    } catch (error) {
      told.push(String(error));
    }
  }
  return told;
}

/** The commands that the menus of the Runs view have for a run, from the manifest. */
function runCommands(): readonly string[] {
  const manifest = JSON.parse(
    readFileSync(join(hostContext().extensionDir, 'package.json'), 'utf8'),
  ) as { contributes: { menus: Record<string, { command?: string; when?: string }[]> } };
  const entries = manifest.contributes.menus['view/item/context'] ?? [];
  const ids = entries
    .filter(({ when = '' }) => when.includes('view == runyard.runs'))
    .flatMap(({ command }) => command ?? []);
  const chosen = [...new Set(ids)].filter((id) => !LEFT_OUT.has(id) && !LAST.includes(id));
  return [...chosen, ...LAST];
}

/** Commands of runs that were executed although no dialog had shown them; none in a window without trust. */
function executedWithoutAWord(shown: readonly string[]): readonly string[] {
  const { executed } = setting;
  if (!existsSync(executed)) return [];
  const names = readdirSync(executed);
  for (const name of names) rmSync(join(executed, name));
  return names
    .filter((name) => !vscode.workspace.isTrusted || !shown.some((text) => text.includes(name)))
    .map((name) => `executed ${name} without a word`);
}

function peakMegabytes(): number {
  const status = readFileSync('/proc/self/status', 'utf8');
  return Math.round(Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024);
}
