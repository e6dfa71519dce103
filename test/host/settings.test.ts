import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { RunInfo } from '../../src/core/run/types.ts';
import { listRuns } from '../../src/core/store/read.ts';
import { waitFor } from '../helpers/temp.ts';
import { hostContext } from './context.ts';
import {
  answerDialogs,
  api,
  channelText,
  infoOf,
  operationRow,
  outputLines,
  processesOf,
  root,
  rowOf,
  runOperation,
  setSetting,
  untilStatus,
  withForm,
} from './helpers.ts';
import { makeStore } from './stores.ts';

describe('settings', () => {
  before(async () => {
    await vscode.commands.executeCommand('runyard.runs.focus');
    await api();
  });

  it('output.maxLines: how much history a channel shows', async () => {
    const made = await runOperation('chatty');
    await untilStatus(made.id, 'completed');
    await setSetting('output.maxLines', 100);
    await vscode.commands.executeCommand('runyard.showOutput', await rowOf(made));
    const text = await waitFor(() => {
      const now = channelText(made);
      return now.includes('completed, exit code 0') ? now : null;
    });
    await setSetting('output.maxLines', undefined);
    assert.equal(outputLines(text).length, 100);
    assert.match(text, /… 900 earlier lines\. The whole output: runyard:\/\/\S+40_run/);
  });

  it('notifyOnFailure: whether a failure is told', async () => {
    await setSetting('notifyOnFailure', false);
    const dialogs = await answerDialogs(() => undefined);
    try {
      const quiet = await runOperation('fail');
      await untilStatus(quiet.id, 'error');
      await setSetting('notifyOnFailure', undefined);
      const loud = await runOperation('fail');
      await untilStatus(loud.id, 'error');
      await waitFor(() => dialogs.messages.length > 0);
      assert.deepEqual(dialogs.messages, [`Run fail ${loud.name} failed with exit code 3.`]);
    } finally {
      dialogs.restore();
    }
  });

  it('showOutputOnRun: whether the output is shown by itself', async () => {
    await setSetting('showOutputOnRun', true);
    const made = await runOperation('evaluate');
    await setSetting('showOutputOnRun', undefined);
    await waitFor(() => channelText(made).includes('looking'));
  });

  it('stop.graceSeconds: how long a process may take to end', async () => {
    await setSetting('stop.graceSeconds', 0.2);
    const made = await runOperation('stubborn');
    await waitFor(async () => (await outputOf(made.metaPath)).includes('ready'));
    const start = Date.now();
    await vscode.commands.executeCommand('runyard.stop', await rowOf(made));
    await untilStatus(made.id, 'terminated');
    await setSetting('stop.graceSeconds', undefined);
    assert.ok(Date.now() - start < 8000, 'it was killed before the default of 10 s');
  });

  it('autoRecover: whether a run that died is brought to its end', async () => {
    await setSetting('autoRecover', false);
    const left = await runOperation('slow');
    await untilStatus(left.id, 'running');
    await killAll(left.id);
    await waitFor(async () => (await infoOf(left.id)).needsRecovery);
    const other = await runOperation('evaluate');
    await untilStatus(other.id, 'completed');
    assert.equal((await infoOf(left.id)).needsRecovery, true, 'it was left alone meanwhile');
    await vscode.commands.executeCommand('runyard.recover', await rowOf(await infoOf(left.id)));
    await waitFor(async () => (await infoOf(left.id)).exitCode !== null);
    await setSetting('autoRecover', undefined);
    const found = await runOperation('slow');
    await untilStatus(found.id, 'running');
    await killAll(found.id);
    await waitFor(async () => (await infoOf(found.id)).exitCode !== null, { timeoutMs: 25_000 });
    assert.equal((await infoOf(found.id)).status, 'terminated');
  });

  it('format: how the meta files are kept in the end', async () => {
    await setSetting('format', 'head');
    const zipped = await runOperation('evaluate');
    await waitFor(async () => (await infoOf(zipped.id)).metaForm === 'zip', { timeoutMs: 20_000 });
    await setSetting('format', undefined);
    assert.ok(existsSync(`${zipped.runDir}.meta.zip`));
    const uri = vscode.Uri.parse(
      `runyard://${(await root()).stores.entries[0]?.key ?? ''}/${zipped.id}/meta/output/40_run`,
    );
    const document = await vscode.workspace.openTextDocument(uri);
    assert.equal(document.getText(), 'looking\n');
    await vscode.commands.executeCommand(
      'runyard.showOutput',
      await rowOf(await infoOf(zipped.id)),
    );
    await waitFor(() => channelText(zipped).includes('looking'));
  });

  it('files.watcherExclude: the editor does not watch every file of every run', () => {
    const excluded: unknown = vscode.workspace.getConfiguration('files').get('watcherExclude');
    assert.ok(typeof excluded === 'object' && excluded !== null);
    assert.equal(new Map(Object.entries(excluded)).get('**/.gage/runs/**'), true);
    assert.ok(Object.keys(excluded).length > 1, 'those of the editor are still there');
  });

  it('acceptUnknownConfig: whether keys that the operation does not have are taken', async () => {
    const type = async (first: RegExp): Promise<RunInfo | undefined> =>
      await withForm('runyard.stageOperation', await operationRow('train'), async (form) => {
        await form.type('extra=1', first);
        await form.leave();
      });
    await type(/no config key "extra"/);
    await setSetting('acceptUnknownConfig', true);
    await type(/Set extra=1/);
    await setSetting('acceptUnknownConfig', undefined);
  });

  it('needed.matches: which runs make another one needless', async () => {
    const before = await runOperation('fixable', 'runyard.stageOperation');
    await untilStatus(before.id, 'pending');
    const ask = async (): Promise<RunInfo | undefined> =>
      await withForm('runyard.stageOperation', await operationRow('fixable'), async (form) => {
        await form.choose(/ Only if Needed \|/);
        await form.until(/ Only if Needed \| on/);
        await form.accept();
      });
    const dialogs = await answerDialogs(() => undefined);
    try {
      const made = await ask();
      assert.ok(made !== undefined, 'the run that is there has not completed');
      await setSetting('needed.matches', 'gage');
      assert.equal(await ask(), undefined, 'for Gage every run that did not fail counts');
      assert.ok(dialogs.messages.some((message) => message.startsWith('Skipped')));
    } finally {
      await setSetting('needed.matches', undefined);
      dialogs.restore();
    }
  });

  it('nodePath: which Node looks after runs', async () => {
    await setSetting('nodePath', '/no/such/node');
    const dialogs = await answerDialogs(() => undefined);
    try {
      await runOperation('evaluate');
      await waitFor(() => dialogs.messages.some((text) => text.includes('did not start')));
    } finally {
      dialogs.restore();
      await setSetting('nodePath', undefined);
    }
    const good = await runOperation('evaluate');
    await untilStatus(good.id, 'completed');
  });

  it('pollSeconds: how often a store is looked at as a whole', async () => {
    // A store that is not there cannot be watched: only looking again finds it.
    const dir = join(hostContext().sharedDir, 'later');
    const runsDir = join(dir, 'runs');
    rmSync(dir, { recursive: true, force: true });
    await setSetting('pollSeconds', 2);
    await setSetting('stores', [runsDir]);
    try {
      const { stores } = await root();
      await waitFor(() => stores.entryOf(runsDir)?.store.loaded === true);
      mkdirSync(dir, { recursive: true });
      makeStore(runsDir, 3);
      assert.equal((await listRuns(runsDir)).length, 3);
      await waitFor(() => stores.entryOf(runsDir)?.store.runs.size === 3, { timeoutMs: 8000 });
    } finally {
      await setSetting('stores', undefined);
      await setSetting('pollSeconds', undefined);
    }
  });

  it('addToTerminalPath: whether terminals have the runyard command', async () => {
    const { editorPath } = await terminalPath();
    assert.match(editorPath ?? '', /globalStorage.runyard\.runyard.bin/);
    await setSetting('addToTerminalPath', false);
    await waitFor(async () => (await terminalPath()).editorPath === undefined);
    await setSetting('addToTerminalPath', undefined);
    await waitFor(async () => (await terminalPath()).editorPath !== undefined);
  });
});

/** What the extension puts before the PATH of terminals. */
async function terminalPath(): Promise<{ editorPath: string | undefined }> {
  const { testing } = await api();
  return { editorPath: testing?.environment.get('PATH')?.value };
}

async function killAll(id: string): Promise<void> {
  const { supervisor, child } = await processesOf(await infoOf(id));
  process.kill(supervisor, 'SIGKILL');
  process.kill(-child, 'SIGKILL');
}

async function outputOf(metaPath: string): Promise<string> {
  const bytes = await vscode.workspace.fs.readFile(
    vscode.Uri.file(join(metaPath, 'output', '40_run')),
  );
  return new TextDecoder().decode(bytes);
}
