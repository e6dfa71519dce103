import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { RunInfo } from '../../../src/core/run/types.ts';
import { listRuns } from '../../../src/core/store/read.ts';
import { waitFor } from '../../helpers/temp.ts';
import { hostContext } from '../harness/context.ts';
import {
  answerDialogs,
  api,
  root,
  infoOf,
  operationRow,
  outputLines,
  processesOf,
  resetSettings,
  rowOf,
  runOperation,
  setSetting,
  untilChannel,
  untilStatus,
  withForm,
} from '../helpers.ts';
import { makeStore } from '../runs/stores.ts';

describe('settings', () => {
  before(async () => {
    await vscode.commands.executeCommand('runyard.runs.focus');
    await api();
  });

  afterEach(resetSettings);

  it('output.maxLines: how much history a channel shows', async () => {
    const made = await runOperation('chatty');
    await untilStatus(made.id, 'completed');
    await setSetting('output.maxLines', 100);
    await vscode.commands.executeCommand('runyard.showOutput', await rowOf(made));
    const text = await untilChannel(made, 'completed, exit code 0');
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
      await waitFor(() => dialogs.messages.length > 0, { what: 'the message' });
      assert.deepEqual(dialogs.messages, [`Run fail ${loud.name} failed with exit code 3.`]);
    } finally {
      dialogs.restore();
    }
  });

  it('showOutputOnRun: whether the output is shown by itself', async () => {
    await setSetting('showOutputOnRun', true);
    const made = await runOperation('evaluate');
    await untilChannel(made, 'looking');
  });

  it('stop.graceSeconds: how long a process may take to end', async () => {
    const patient = await runOperation('stubborn');
    const other = await runOperation('stubborn');
    for (const { id, metaPath } of [patient, other]) {
      await waitFor(async () => (await outputOf(metaPath)).includes('ready'), {
        what: `run ${id} to be ready`,
      });
    }
    await setSetting('stop.graceSeconds', 3600);
    await vscode.commands.executeCommand('runyard.stop', await rowOf(patient));
    await setSetting('stop.graceSeconds', 0.2);
    await vscode.commands.executeCommand('runyard.stop', await rowOf(other));
    await untilStatus(other.id, 'terminated');
    assert.equal((await infoOf(patient.id)).status, 'running', 'it may go on for an hour');
    process.kill(-(await processesOf(patient)).child, 'SIGKILL');
    await untilStatus(patient.id, 'terminated');
  });

  it('autoRecover: whether a run that died is brought to its end', async () => {
    await setSetting('autoRecover', false);
    const left = await runOperation('slow');
    await untilStatus(left.id, 'running');
    await killAll(left.id);
    await waitFor(async () => (await infoOf(left.id)).needsRecovery, {
      what: 'the run to need recovery',
    });
    const other = await runOperation('evaluate');
    await untilStatus(other.id, 'completed');
    assert.equal((await infoOf(left.id)).needsRecovery, true, 'it was left alone meanwhile');
    await vscode.commands.executeCommand('runyard.recover', await rowOf(await infoOf(left.id)));
    await waitFor(async () => (await infoOf(left.id)).exitCode !== null, {
      what: 'the run to be recovered',
    });
    await setSetting('autoRecover', undefined);
    const found = await runOperation('slow');
    await untilStatus(found.id, 'running');
    await killAll(found.id);
    await waitFor(async () => (await infoOf(found.id)).exitCode !== null, {
      what: 'the run to be recovered by itself',
    });
    assert.equal((await infoOf(found.id)).status, 'terminated');
  });

  it('format: how the meta files are kept in the end', async () => {
    await setSetting('format', 'head');
    const zipped = await runOperation('evaluate');
    await waitFor(async () => (await infoOf(zipped.id)).metaForm === 'zip', {
      what: 'the meta files to be packed',
    });
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
    await untilChannel(zipped, 'looking');
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
  });

  it('needed.matches: which runs make another one needless', async () => {
    const before = await runOperation('bad-hook', 'runyard.stageOperation');
    await untilStatus(before.id, 'pending');
    const ask = async (): Promise<RunInfo | undefined> =>
      await withForm('runyard.stageOperation', await operationRow('bad-hook'), async (form) => {
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
      dialogs.restore();
    }
  });

  it('nodePath: which Node looks after runs', async () => {
    await setSetting('nodePath', '/no/such/node');
    const dialogs = await answerDialogs(() => undefined);
    try {
      await runOperation('evaluate');
      await waitFor(() => dialogs.messages.some((text) => text.includes('did not start')), {
        what: 'the message',
      });
    } finally {
      dialogs.restore();
    }
    await setSetting('nodePath', undefined);
    const good = await runOperation('evaluate');
    await untilStatus(good.id, 'completed');
  });

  it('pollSeconds: how often a store is looked at as a whole', async () => {
    // A store that is not there cannot be watched: only looking again finds it.
    const dir = join(hostContext().sharedDir, 'later');
    const runsDir = join(dir, 'runs');
    rmSync(dir, { recursive: true, force: true });
    const { stores } = await root();
    await setSetting('pollSeconds', 2);
    await setSetting('stores', [runsDir]);
    await waitFor(() => stores.entryOf(runsDir)?.store.loaded === true, { what: 'the store' });
    mkdirSync(dir, { recursive: true });
    makeStore(runsDir, 3);
    assert.equal((await listRuns(runsDir)).length, 3);
    await waitFor(() => stores.entryOf(runsDir)?.store.runs.size === 3, {
      // Less than the default of the setting.
      timeoutMs: 14_000,
      what: 'the runs to be found',
    });
  });

  it('addToTerminalPath: whether terminals have the runyard command', async () => {
    const untilPath = async (
      what: string,
      is: (path: string | undefined) => boolean,
    ): Promise<void> => {
      await waitFor(async () => is(await terminalPath()), { what });
    };
    const ours = (path: string | undefined): boolean =>
      /globalStorage.runyard\.runyard.bin/.test(path ?? '');
    await untilPath('terminals to have the command', ours);
    await setSetting('addToTerminalPath', false);
    await untilPath('terminals not to have it', (path) => path === undefined);
    await setSetting('addToTerminalPath', undefined);
    await untilPath('terminals to have it again', ours);
  });
});

/** What the extension puts before the PATH of terminals. */
async function terminalPath(): Promise<string | undefined> {
  const { testing } = await api();
  return testing?.environment.get('PATH')?.value;
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
