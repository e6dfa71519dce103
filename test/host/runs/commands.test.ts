import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { RunInfo } from '../../../src/core/run/types.ts';
import { COMMAND_IDS } from '../../../src/extension/base/command-ids.ts';
import { removeTree, waitFor } from '../../helpers/temp.ts';
import { hostContext } from '../harness/context.ts';
import {
  answerDialogs,
  answerPicks,
  api,
  catchCommand,
  catchForm,
  catchProgress,
  closeEditors,
  root,
  deletedRow,
  endedRun,
  infoOf,
  pressKeyCommand,
  processesOf,
  resetSettings,
  rowOf,
  runOperation,
  runRows,
  runTexts,
  setSetting,
  showAllRuns,
  shownRow,
  untilChannel,
  untilEditor,
  untilLeft,
  untilStatus,
} from '../helpers.ts';

const { executeCommand } = vscode.commands;

describe('commands', () => {
  before(async () => {
    await vscode.commands.executeCommand('runyard.runs.focus');
    await api();
  });

  afterEach(async () => {
    await resetSettings();
    await showAllRuns();
    await closeEditors();
  });

  it('are all registered', async () => {
    const known = new Set(await vscode.commands.getCommands(true));
    for (const id of COMMAND_IDS) assert.ok(known.has(id), id);
  });

  it('Stage Operation stages, Start starts', async () => {
    const made = await runOperation('train', 'runyard.stageOperation');
    const staged = await untilStatus(made.id, 'staged');
    assert.ok(existsSync(join(staged.runDir, 'train.py')));
    await executeCommand('runyard.start', await rowOf(staged));
    const done = await untilStatus(made.id, 'completed');
    assert.equal(done.exitCode, 0);
  });

  it('Run Operation asks for the operation, the default first', async () => {
    const picks = await answerPicks((items) => {
      assert.deepEqual(
        items.map(({ label }) => label),
        [
          'train',
          'evaluate',
          'slow',
          'fail',
          'chatty',
          'stubborn',
          'slow-hook',
          'bad-hook',
          'fixable',
        ],
      );
      return [items[1]];
    });
    const form = await catchForm();
    try {
      const making = executeCommand<{ id: string }>('runyard.runOperation');
      await form.shown();
      await form.accept();
      const made = await making;
      const info = await untilStatus(made.id, 'completed');
      assert.deepEqual(info.opref?.name, 'evaluate');
      assert.equal(info.opref.version, '2');
    } finally {
      form.restore();
      picks.restore();
    }
  });

  it('Start takes only staged runs, many at once', async () => {
    const one = await runOperation('evaluate', 'runyard.stageOperation');
    const two = await runOperation('evaluate', 'runyard.stageOperation');
    await untilStatus(one.id, 'staged');
    await untilStatus(two.id, 'staged');
    const rows = await Promise.all([one, two].map(rowOf));
    const done = await rowOf(await endedRun());
    await executeCommand('runyard.start', rows[0], [...rows, done]);
    await untilStatus(one.id, 'completed');
    await untilStatus(two.id, 'completed');
  });

  it('Stop ends a run and its processes: terminated', async () => {
    const made = await runOperation('slow');
    await untilStatus(made.id, 'running');
    const dialogs = await answerDialogs(() => undefined);
    try {
      await executeCommand('runyard.stop', await rowOf(made));
      const info = await untilStatus(made.id, 'terminated');
      assert.ok((info.exitCode ?? 0) < 0);
      assert.deepEqual(dialogs.messages, [], 'what was asked for is no failure');
    } finally {
      dialogs.restore();
    }
  });

  it('Set Label sets and clears, for many runs', async () => {
    const runs = [await endedRun(), await endedRun()];
    const rows = await Promise.all(runs.map(rowOf));
    await executeCommand('runyard.setLabel', rows[0], rows, 'a good one');
    for (const { id } of runs) assert.equal((await infoOf(id)).label, 'a good one');
    assert.ok((await runTexts()).filter((text) => text.includes('a good one')).length === 2);
    await executeCommand('runyard.setLabel', rows[0], rows, '');
    for (const { id, label } of runs) assert.equal((await infoOf(id)).label, label);
  });

  it('F2 labels the selected run', async () => {
    const info = await endedRun();
    const picks = await answerPicks(() => undefined, 'from a key');
    try {
      await pressKeyCommand('runyard.setLabel', await rowOf(info));
      assert.equal((await infoOf(info.id)).label, 'from a key');
    } finally {
      picks.restore();
    }
  });

  it('Copy ID, Name and Path go to the clipboard, a line each', async () => {
    const runs = [await endedRun(), await endedRun()];
    const rows = await Promise.all(runs.map(rowOf));
    const copied = async (command: string): Promise<string> => {
      await executeCommand(command, rows[0], rows);
      return await vscode.env.clipboard.readText();
    };
    const lines = (textOf: (one: (typeof runs)[number]) => string): string =>
      runs.map(textOf).join('\n');
    assert.equal(
      await copied('runyard.copyId'),
      lines(({ id }) => id),
    );
    assert.equal(
      await copied('runyard.copyName'),
      lines(({ name }) => name),
    );
    assert.equal(
      await copied('runyard.copyPath'),
      lines(({ runDir }) => runDir),
    );
  });

  it('Delete moves runs to the trash without a question, Undo brings them back', async () => {
    const runs = [await endedRun(), await endedRun()];
    const rows = await Promise.all(runs.map(rowOf));
    const dialogs = await answerDialogs((message) =>
      message.startsWith('Deleted') ? 'Undo' : undefined,
    );
    try {
      await executeCommand('runyard.delete', rows[0], rows);
      assert.deepEqual(dialogs.messages, ['Deleted 2 runs.']);
      for (const { id } of runs) {
        await waitFor(async () => (await infoOf(id)).container === 'active', {
          what: 'the run to be back',
        });
      }
    } finally {
      dialogs.restore();
    }
  });

  it('deleted runs are under Deleted, and Restore brings them back', async () => {
    const info = await endedRun();
    const dialogs = await answerDialogs(() => undefined);
    try {
      await executeCommand('runyard.delete', await rowOf(info));
      const deleted = (await runRows()).find(({ label }) => label === 'Deleted');
      assert.equal(deleted?.description, '1 run');
      const row = await deletedRow(info);
      assert.match(row?.contextValue ?? '', /\bcanPurge\b.*\bcanRestore\b/);
      await executeCommand('runyard.restore', row?.node);
      assert.equal((await infoOf(info.id)).container, 'active');
      assert.equal(await deletedRow(info), undefined);
    } finally {
      dialogs.restore();
    }
  });

  it('a running run cannot be deleted, and says why', async () => {
    const made = await runOperation('slow');
    await untilStatus(made.id, 'running');
    const dialogs = await answerDialogs(() => undefined);
    try {
      await executeCommand('runyard.delete', await rowOf(made));
      assert.match(dialogs.messages.join(), /not possible .* which is running/);
      assert.equal((await infoOf(made.id)).container, 'active');
    } finally {
      await executeCommand('runyard.stop', await rowOf(made));
      await untilStatus(made.id, 'terminated');
      dialogs.restore();
    }
  });

  it('Delete Permanently asks once, and does nothing without a yes', async () => {
    const info = await endedRun();
    let answer: string | undefined;
    const dialogs = await answerDialogs((message) =>
      message.startsWith('Delete ') ? answer : undefined,
    );
    try {
      await executeCommand('runyard.delete', await rowOf(info));
      dialogs.messages.length = 0;
      await executeCommand('runyard.purge', await rowOf(info));
      assert.equal(dialogs.messages.length, 1);
      assert.ok(existsSync(info.metaPath));
      answer = 'Delete Permanently';
      await executeCommand('runyard.purge', await rowOf(info));
      assert.ok(!existsSync(info.metaPath) && !existsSync(info.runDir));
      const runs = await (await api()).listRuns({ container: 'any' });
      assert.ok(!runs.some(({ id }) => id === info.id));
    } finally {
      dialogs.restore();
    }
  });

  it('a run whose lock names another process is not stopped, and ended after a question', async () => {
    const other = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
    let answer: string | undefined;
    const dialogs = await answerDialogs((message) =>
      message.includes('may still be running elsewhere') ? answer : undefined,
    );
    const locked = async (): Promise<RunInfo> => {
      const info = await endedRun();
      for (const name of ['stopped', 'proc/exit']) rmSync(join(info.metaPath, name));
      writeFileSync(join(info.metaPath, 'proc', 'lock'), String(other.pid));
      await (await root()).stores.refresh(info.runsDir, [info.id]);
      return await untilStatus(info.id, 'lost');
    };
    try {
      const first = await locked();
      await executeCommand('runyard.stop', await rowOf(first));
      assert.match(
        dialogs.messages.join(),
        /not possible .* lost: Running elsewhere, or a stale lock/,
      );
      for (const command of ['runyard.delete', 'runyard.finalize']) {
        await executeCommand(command, await rowOf(first));
        const { status, container } = await infoOf(first.id);
        assert.deepEqual([status, container], ['lost', 'active'], command);
      }
      answer = 'Finalize';
      await executeCommand('runyard.finalize', await rowOf(first));
      await untilStatus(first.id, 'terminated');
      answer = 'Delete';
      const second = await locked();
      await executeCommand('runyard.delete', await rowOf(second));
      assert.equal((await infoOf(second.id)).container, 'trash');
      assert.deepEqual([other.exitCode, other.signalCode], [null, null]);
    } finally {
      dialogs.restore();
      other.kill('SIGKILL');
    }
  });

  it('Filter Runs filters and says so, Clear Filter shows all again', async () => {
    const { runsTree } = await root();
    await endedRun('fail');
    await endedRun('train');
    const all = (await runRows()).length;
    const dialogs = await answerDialogs(() => undefined);
    try {
      await executeCommand('runyard.filterRuns', 'fail');
      const rows = await runRows();
      assert.ok(rows.length > 0 && rows.every(({ label }) => label === 'fail'));
      assert.equal(runsTree.model.counts.matching, rows.length);
      await executeCommand('runyard.filterRuns', 'nothing like this');
      assert.deepEqual(await runRows(), []);
      await executeCommand('runyard.clearFilter');
      assert.equal((await runRows()).length, all);
    } finally {
      dialogs.restore();
    }
  });

  it('Group Runs by operation, status, day, or not at all', async () => {
    await endedRun('group-b');
    await endedRun('group-a');
    await untilStatus((await runOperation('train', 'runyard.stageOperation')).id, 'staged');
    await executeCommand('runyard.groupByOperation');
    const operations = (await runRows()).map(({ label }) => label);
    assert.deepEqual(
      operations.filter((label) => label.startsWith('group')),
      ['group-a', 'group-b'],
    );
    await executeCommand('runyard.groupByStatus');
    const statuses = (await runRows()).map(({ label }) => label);
    assert.ok(statuses.includes('Completed') && statuses.includes('Staged'));
    await executeCommand('runyard.groupByDay');
    const days = (await runRows()).filter(({ label }) => label !== 'Deleted');
    assert.ok(days.length > 0);
    for (const { label } of days) assert.match(label, /Today|Yesterday|\d{4}-\d\d-\d\d/);
    await executeCommand('runyard.groupByNone');
    assert.equal((await runRows())[0]?.node.kind, 'run');
  });

  it('Refresh shows what was done behind our back', async () => {
    const info = await endedRun();
    removeTree(info.metaPath);
    await executeCommand('runyard.refresh');
    const runs = await (await api()).listRuns();
    assert.ok(!runs.some(({ id }) => id === info.id));
  });

  it('Show Output shows the output of any phase, and of a failed staging', async () => {
    const dialogs = await answerDialogs((message, buttons) =>
      message.includes('exit code 7') ? buttons.find((one) => one === 'Show Output') : undefined,
    );
    try {
      const made = await runOperation('bad-hook');
      await waitFor(() => dialogs.messages.some((text) => text.includes('exit code 7')), {
        what: 'the message',
      });
      const info = await untilStatus(made.id, 'pending');
      assert.match(info.reason ?? '', /stage-runtime/);
      await untilChannel(made, 'no luck');
    } finally {
      dialogs.restore();
    }
  });

  it('Stage Again and Start try a failed staging once more', async () => {
    const dialogs = await answerDialogs(() => undefined);
    const fixed = join(hostContext().workspaceDir, 'fixed');
    const failed = async (): Promise<RunInfo> => {
      const { id } = await runOperation('fixable');
      const info = await waitFor(
        async () => {
          const now = await infoOf(id);
          return now.reason === null ? null : now;
        },
        { what: 'the staging to fail' },
      );
      assert.match((await shownRow(info)).contextValue, /\bcanStage\b.*\bcanStart\b/);
      return info;
    };
    try {
      const one = await failed();
      const two = await failed();
      await executeCommand('runyard.stage', await rowOf(one));
      assert.match((await infoOf(one.id)).reason ?? '', /stage-runtime/, 'it fails again');
      await waitFor(() => dialogs.messages.length === 3, { what: 'the third message' });
      writeFileSync(fixed, '');
      await executeCommand('runyard.stage', await rowOf(one));
      await untilStatus(one.id, 'staged');
      await executeCommand('runyard.start', await rowOf(two));
      await untilStatus(two.id, 'completed');
      assert.equal(dialogs.messages.length, 3);
    } finally {
      rmSync(fixed, { force: true });
      dialogs.restore();
    }
  });

  it('a staging that takes long shows its progress and can be cancelled', async () => {
    const dialogs = await answerDialogs(() => undefined);
    const progress = await catchProgress();
    try {
      const made = await runOperation('slow-hook');
      const title = await waitFor(() => progress.title(), { what: 'the progress' });
      assert.equal(title, `Staging slow-hook ${made.name}`);
      assert.ok((await runTexts()).some((text) => text.includes('staging runtime')));
      progress.cancel();
      await waitFor(
        async () => {
          const { status, reason } = await infoOf(made.id);
          return status === 'pending' && reason !== null;
        },
        { what: 'the staging to be given up' },
      );
      await progress.ended();
      assert.deepEqual(dialogs.messages, [], 'what was asked for is no failure');
    } finally {
      progress.restore();
      dialogs.restore();
    }
  });

  it('tells once when a run fails, with a way to its output', async () => {
    const dialogs = await answerDialogs((message, buttons) =>
      message.includes('failed with') ? buttons[0] : undefined,
    );
    try {
      const made = await runOperation('fail');
      await untilStatus(made.id, 'error');
      await untilChannel(made, made.id);
      assert.deepEqual(dialogs.messages, [`Run fail ${made.name} failed with exit code 3.`]);
    } finally {
      dialogs.restore();
    }
  });

  it('Open Run Directory opens it here or in a new window', async () => {
    const info = await endedRun();
    for (const [command, forceNewWindow] of [
      ['runyard.openRunDirectory', false],
      ['runyard.openRunDirectoryInNewWindow', true],
    ] as const) {
      const caught = await catchCommand('vscode.openFolder');
      try {
        await executeCommand(command, await rowOf(info));
        const [uri, options] = caught.args;
        assert.ok(uri instanceof vscode.Uri);
        assert.equal(uri.fsPath, info.runDir);
        assert.deepEqual(options, { forceNewWindow });
      } finally {
        caught.restore();
      }
    }
  });

  it('Open Run Directory in Terminal opens a terminal there', async () => {
    const info = await endedRun();
    const before = vscode.window.terminals.length;
    await executeCommand('runyard.openRunDirectoryInTerminal', await rowOf(info));
    const terminal = vscode.window.terminals[before];
    assert.ok(terminal !== undefined);
    const { cwd } = terminal.creationOptions as vscode.TerminalOptions;
    assert.equal(cwd instanceof vscode.Uri ? cwd.fsPath : cwd, info.runDir);
    terminal.dispose();
  });

  it('Reveal in File Explorer shows the directory where the editor can', async () => {
    const info = await endedRun();
    const caught = await catchCommand('revealInExplorer');
    try {
      await executeCommand('runyard.revealInFileExplorer', await rowOf(info));
      assert.ok(caught.args[0] instanceof vscode.Uri);
      assert.equal(caught.args[0].fsPath, info.runDir);
    } finally {
      caught.restore();
    }
  });

  it('Open File opens a file of a run, read-only', async () => {
    const [file] = await filesOfNewRun();
    assert.ok(file !== undefined);
    await executeCommand('runyard.openFile', file);
    const editor = await untilEditor('the file', ({ uri }) => uri.scheme === 'runyard');
    assert.match(editor.document.getText(), /\[train\]/);
    await assert.rejects(
      async () => await vscode.workspace.fs.writeFile(editor.document.uri, new Uint8Array()),
    );
  });

  it('Compare with Workspace shows the differences', async () => {
    const files = await filesOfNewRun();
    const train = files.find((node) => node.path === 'train.py');
    assert.ok(train !== undefined);
    const path = join(hostContext().workspaceDir, 'train.py');
    const before = readFileSync(path, 'utf8');
    writeFileSync(path, `${before}# changed\n`);
    const caught = await catchCommand('vscode.diff');
    try {
      await executeCommand('runyard.compareWithWorkspace', train);
      const [left, right, title] = caught.args;
      assert.ok(left instanceof vscode.Uri && right instanceof vscode.Uri);
      assert.equal(left.scheme, 'runyard');
      assert.equal(right.fsPath, path);
      assert.match(String(title), /train\.py .*Workspace/);
    } finally {
      caught.restore();
      writeFileSync(path, before);
    }
    await executeCommand('runyard.compareWithWorkspace', train);
    await waitFor(
      () => {
        const input: unknown = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
        return input instanceof vscode.TabInputTextDiff;
      },
      { what: 'the comparison' },
    );
  });

  it('Open Meta File opens a file of the meta directory', async () => {
    const info = await endedRun();
    const picks = await answerPicks((items) => items.filter(({ label }) => label === 'opref'));
    try {
      await executeCommand('runyard.openMetaFile', await rowOf(info));
      const editor = await untilEditor('the opref', ({ uri }) => uri.path.endsWith('/meta/opref'));
      assert.match(editor.document.getText(), /^[12] \S+ \S+/);
    } finally {
      picks.restore();
    }
  });

  it('Open Whole Output opens the output as a document', async () => {
    const made = await runOperation('train');
    await untilStatus(made.id, 'completed');
    await executeCommand('runyard.openWholeOutput', await rowOf(made));
    const editor = await untilEditor('the output', ({ uri }) => uri.path.includes(made.id));
    assert.match(editor.document.getText(), /^epoch 1\nepoch 2\nepoch 3\n/);
  });

  it('Open Gage File and Go to Operation go there', async () => {
    await executeCommand('runyard.openGageFile');
    await untilEditor('the Gage file', ({ fileName }) => fileName.endsWith('gage.toml'));
    const { operationsTree } = await root();
    const nodes = await operationsTree.children(undefined);
    await executeCommand('runyard.openOperation', nodes[2]);
    await waitFor(
      () => {
        const { activeTextEditor: editor } = vscode.window;
        return editor?.document.lineAt(editor.selection.active.line).text === '[slow]';
      },
      { what: 'the cursor at the operation' },
    );
  });

  it('Show Running Runs shows the one that runs, beside the status bar and the badge', async () => {
    const { statusBar, channels } = await root();
    const made = await runOperation('slow');
    await untilStatus(made.id, 'running');
    await waitFor(() => statusBar.text === '$(sync~spin) 1 running', { what: 'the status bar' });
    const before = channels.size;
    await executeCommand('runyard.showActiveRuns');
    assert.ok(channels.size >= Math.min(before + 1, 8));
    await executeCommand('runyard.stop', await rowOf(made));
    await untilStatus(made.id, 'terminated');
    await waitFor(() => statusBar.text === null, { what: 'the status bar to be empty' });
  });

  it('Recover and Finalize bring a run to its end whose supervisor was killed', async () => {
    await setSetting('autoRecover', false);
    for (const command of ['runyard.recover', 'runyard.finalize']) {
      const made = await runOperation('slow');
      const info = await untilStatus(made.id, 'running');
      const { supervisor, child } = await processesOf(info);
      process.kill(supervisor, 'SIGKILL');
      process.kill(-child, 'SIGKILL');
      await waitFor(async () => (await infoOf(made.id)).needsRecovery, {
        what: 'the run to need recovery',
      });
      await executeCommand(command, await rowOf(made));
      const after = await waitFor(
        async () => {
          const now = await infoOf(made.id);
          return now.exitCode !== null && !now.needsRecovery ? now : null;
        },
        { what: 'the run to be at its end' },
      );
      assert.equal(after.status, 'terminated');
    }
  });

  it('Show Log shows the log', async () => {
    await executeCommand('runyard.showLog');
    await waitFor(
      () =>
        vscode.workspace.textDocuments.some(
          ({ uri, fileName }) => uri.scheme === 'output' && /Runyard/.test(fileName),
        ),
      { what: 'the log' },
    );
  });

  it('an error is told once, with what to do', async () => {
    const dialogs = await answerDialogs(() => undefined);
    try {
      await executeCommand('runyard.runOperation', {
        folder: hostContext().workspaceDir,
        operation: 'trian',
      });
      assert.equal(dialogs.messages.length, 1);
      assert.match(dialogs.messages[0] ?? '', /No operation "trian".*Did you mean "train"/);
    } finally {
      dialogs.restore();
    }
  });
});

/** File rows of the source code of a new run. */
async function filesOfNewRun() {
  const made = await runOperation('train');
  const info = await untilStatus(made.id, 'completed');
  await untilLeft(info);
  await executeCommand('runyard.refresh');
  const sections = await runRows(await rowOf(info));
  const files = sections.find(({ label }) => label === 'Files');
  const types = await runRows(files?.node);
  const source = types.find(({ label }) => label === 'Source code');
  const rows = await runRows(source?.node);
  return rows.flatMap(({ node }) => (node.kind === 'file' ? [node] : []));
}
