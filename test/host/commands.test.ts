import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { RunInfo } from '../../src/core/run/types.ts';
import { COMMAND_IDS } from '../../src/extension/base/command-ids.ts';
import { removeTree, waitFor } from '../helpers/temp.ts';
import { hostContext } from './context.ts';
import {
  answerDialogs,
  answerPicks,
  api,
  catchCommand,
  catchForm,
  catchProgress,
  infoOf,
  pressKeyCommand,
  processesOf,
  root,
  rowOf,
  runOperation,
  runRows,
  runTexts,
  untilStatus,
} from './helpers.ts';

const { executeCommand } = vscode.commands;

describe('commands', () => {
  before(async () => {
    await vscode.commands.executeCommand('runyard.runs.focus');
    await api();
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
          'long',
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
    const [done] = (await runRows()).filter((row) => /\bcompleted\b/.test(row.contextValue));
    assert.ok(done !== undefined);
    await executeCommand('runyard.start', rows[0], [...rows, done.node]);
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
    const runs = (await (await api()).listRuns()).slice(0, 2);
    const rows = await Promise.all(runs.map(rowOf));
    await executeCommand('runyard.setLabel', rows[0], rows, 'a good one');
    for (const { id } of runs) assert.equal((await infoOf(id)).label, 'a good one');
    assert.ok((await runTexts()).filter((text) => text.includes('a good one')).length === 2);
    await executeCommand('runyard.setLabel', rows[0], rows, '');
    for (const { id } of runs) assert.equal((await infoOf(id)).label, null);
  });

  it('F2 labels the selected run', async () => {
    const [info] = await (await api()).listRuns();
    assert.ok(info !== undefined);
    const picks = await answerPicks(() => undefined, 'from a key');
    try {
      await pressKeyCommand('runyard.setLabel', await rowOf(info));
      assert.equal((await infoOf(info.id)).label, 'from a key');
    } finally {
      picks.restore();
    }
  });

  it('Copy ID, Name and Path go to the clipboard, a line each', async () => {
    const runs = (await (await api()).listRuns()).slice(0, 2);
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
    const runs = (await (await api()).listRuns()).slice(0, 2);
    const rows = await Promise.all(runs.map(rowOf));
    const dialogs = await answerDialogs((message) =>
      message.startsWith('Deleted') ? 'Undo' : undefined,
    );
    try {
      await executeCommand('runyard.delete', rows[0], rows);
      assert.deepEqual(dialogs.messages, ['Deleted 2 runs.']);
      await waitFor(async () => (await infoOf(runs[0]?.id ?? '')).container === 'active');
    } finally {
      dialogs.restore();
    }
    for (const { id } of runs) assert.equal((await infoOf(id)).container, 'active');
  });

  it('deleted runs are under Deleted, and Restore brings them back', async () => {
    const [info] = await (await api()).listRuns();
    assert.ok(info !== undefined);
    const dialogs = await answerDialogs(() => undefined);
    try {
      await executeCommand('runyard.delete', await rowOf(info));
      const deleted = (await runRows()).find(({ label }) => label === 'Deleted');
      assert.equal(deleted?.description, '1 run');
      const [row] = await runRows(deleted.node);
      assert.match(row?.contextValue ?? '', /\bcanPurge\b.*\bcanRestore\b/);
      await executeCommand('runyard.restore', row?.node);
      assert.equal((await infoOf(info.id)).container, 'active');
      assert.ok(!(await runTexts()).some((text) => text.startsWith('Deleted')));
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
    const made = await runOperation('evaluate');
    const info = await untilStatus(made.id, 'completed');
    await waitFor(() => !existsSync(join(info.metaPath, 'runyard', 'heartbeat')));
    let answer: string | undefined;
    const dialogs = await answerDialogs((message) =>
      message.startsWith('Delete ') ? answer : undefined,
    );
    try {
      await executeCommand('runyard.delete', await rowOf(made));
      dialogs.messages.length = 0;
      await executeCommand('runyard.purge', await rowOf(made));
      assert.equal(dialogs.messages.length, 1);
      assert.ok(existsSync(info.metaPath));
      answer = 'Delete Permanently';
      await executeCommand('runyard.purge', await rowOf(made));
      assert.ok(!existsSync(info.metaPath) && !existsSync(info.runDir));
      const runs = await (await api()).listRuns({ container: 'any' });
      assert.ok(!runs.some(({ id }) => id === made.id));
    } finally {
      dialogs.restore();
    }
  });

  it('Filter Runs filters and says so, Clear Filter shows all again', async () => {
    const { runsTree } = await root();
    await runOperation('fail');
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
    await executeCommand('runyard.groupByOperation');
    const operations = (await runRows()).map(({ label }) => label);
    assert.deepEqual(operations, ['evaluate', 'fail', 'slow', 'train']);
    await executeCommand('runyard.groupByStatus');
    const statuses = (await runRows()).map(({ label }) => label);
    assert.ok(statuses.includes('Completed') && statuses.includes('Terminated'));
    await executeCommand('runyard.groupByDay');
    const [today] = await runRows();
    assert.match(today?.label ?? '', /Today|\d{4}-\d\d-\d\d/);
    assert.ok((await runRows(today?.node)).length > 3);
    await executeCommand('runyard.groupByNone');
    assert.equal((await runRows())[0]?.node.kind, 'run');
  });

  it('Refresh shows what was done behind our back', async () => {
    const [info] = (await (await api()).listRuns()).filter(({ status }) => status === 'completed');
    assert.ok(info !== undefined);
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
      await waitFor(() => dialogs.messages.some((text) => text.includes('exit code 7')));
      const info = await untilStatus(made.id, 'pending');
      assert.match(info.reason ?? '', /stage-runtime/);
      await waitFor(() =>
        vscode.workspace.textDocuments.some(
          (one) => one.languageId === 'runyard-output' && one.getText().includes('no luck'),
        ),
      );
    } finally {
      dialogs.restore();
    }
  });

  it('Stage Again and Start try a failed staging once more', async () => {
    const dialogs = await answerDialogs(() => undefined);
    const fixed = join(hostContext().workspaceDir, 'fixed');
    const failed = async (): Promise<RunInfo> => {
      const { id } = await runOperation('fixable');
      await waitFor(async () => (await infoOf(id)).reason !== null);
      const [row] = await runRows();
      assert.match(row?.contextValue ?? '', /\bcanStage\b.*\bcanStart\b/);
      return await infoOf(id);
    };
    try {
      const one = await failed();
      const two = await failed();
      await executeCommand('runyard.stage', await rowOf(one));
      assert.match((await infoOf(one.id)).reason ?? '', /stage-runtime/, 'it fails again');
      await waitFor(() => dialogs.messages.length === 3);
      writeFileSync(fixed, '');
      await executeCommand('runyard.stage', await rowOf(one));
      await untilStatus(one.id, 'staged');
      await executeCommand('runyard.start', await rowOf(two));
      await untilStatus(two.id, 'completed');
      assert.equal(dialogs.messages.length, 3);
    } finally {
      removeTree(fixed);
      dialogs.restore();
    }
  });

  it('a staging that takes long shows its progress and can be cancelled', async () => {
    const dialogs = await answerDialogs(() => undefined);
    const progress = await catchProgress();
    try {
      const made = await runOperation('slow-hook');
      const title = await waitFor(() => progress.title());
      assert.equal(title, `Staging slow-hook ${made.name}`);
      assert.ok((await runTexts()).some((text) => text.includes('staging runtime')));
      progress.cancel();
      await waitFor(async () => {
        const { status, reason } = await infoOf(made.id);
        return status === 'pending' && reason !== null;
      });
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
      await waitFor(() =>
        vscode.workspace.textDocuments.some(
          (one) => one.languageId === 'runyard-output' && one.getText().includes(made.id),
        ),
      );
      assert.deepEqual(dialogs.messages, [`Run fail ${made.name} failed with exit code 3.`]);
    } finally {
      dialogs.restore();
    }
  });

  it('Open Run Directory opens it here or in a new window', async () => {
    const [info] = await (await api()).listRuns();
    assert.ok(info !== undefined);
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
    const [info] = await (await api()).listRuns();
    assert.ok(info !== undefined);
    const before = vscode.window.terminals.length;
    await executeCommand('runyard.openRunDirectoryInTerminal', await rowOf(info));
    const terminal = vscode.window.terminals[before];
    assert.ok(terminal !== undefined);
    const { cwd } = terminal.creationOptions as vscode.TerminalOptions;
    assert.equal(cwd instanceof vscode.Uri ? cwd.fsPath : cwd, info.runDir);
    terminal.dispose();
  });

  it('Reveal in File Explorer shows the directory where the editor can', async () => {
    const [info] = await (await api()).listRuns();
    assert.ok(info !== undefined);
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
    const editor = await waitFor(() => {
      const active = vscode.window.activeTextEditor;
      return active?.document.uri.scheme === 'runyard' ? active : null;
    });
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
    await waitFor(() => {
      const input: unknown = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
      return input instanceof vscode.TabInputTextDiff;
    });
  });

  it('Open Meta File opens a file of the meta directory', async () => {
    const [info] = await (await api()).listRuns();
    assert.ok(info !== undefined);
    const picks = await answerPicks((items) => items.filter(({ label }) => label === 'opref'));
    try {
      await executeCommand('runyard.openMetaFile', await rowOf(info));
      const editor = await waitFor(() => {
        const active = vscode.window.activeTextEditor;
        return active?.document.uri.path.endsWith('/meta/opref') === true ? active : null;
      });
      assert.match(editor.document.getText(), /^[12] \S+ \S+/);
    } finally {
      picks.restore();
    }
  });

  it('Open Whole Output opens the output as a document', async () => {
    const made = await runOperation('train');
    await untilStatus(made.id, 'completed');
    await executeCommand('runyard.openWholeOutput', await rowOf(made));
    const editor = await waitFor(() => {
      const active = vscode.window.activeTextEditor;
      return active?.document.uri.path.includes(made.id) === true ? active : null;
    });
    assert.match(editor.document.getText(), /^epoch 1\nepoch 2\nepoch 3\n/);
  });

  it('Open Gage File and Go to Operation go there', async () => {
    await executeCommand('runyard.openGageFile');
    assert.match(vscode.window.activeTextEditor?.document.fileName ?? '', /gage\.toml$/);
    const { operationsTree } = await root();
    const nodes = await operationsTree.children(undefined);
    await executeCommand('runyard.openOperation', nodes[2]);
    const editor = vscode.window.activeTextEditor;
    assert.equal(editor?.document.lineAt(editor.selection.active.line).text, '[slow]');
  });

  it('Show Running Runs shows the one that runs, beside the status bar and the badge', async () => {
    const { statusBar, channels } = await root();
    const made = await runOperation('slow');
    await untilStatus(made.id, 'running');
    await waitFor(() => statusBar.text !== null);
    assert.equal(statusBar.text, '$(sync~spin) 1 running');
    const before = channels.size;
    await executeCommand('runyard.showActiveRuns');
    assert.ok(channels.size >= Math.min(before + 1, 8));
    await executeCommand('runyard.stop', await rowOf(made));
    await untilStatus(made.id, 'terminated');
    await waitFor(() => statusBar.text === null);
  });

  it('Recover and Finalize bring a run to its end whose supervisor was killed', async () => {
    await vscode.workspace
      .getConfiguration('runyard')
      .update('autoRecover', false, vscode.ConfigurationTarget.Global);
    try {
      for (const command of ['runyard.recover', 'runyard.finalize']) {
        const made = await runOperation('slow');
        const info = await untilStatus(made.id, 'running');
        const { supervisor, child } = await processesOf(info);
        process.kill(supervisor, 'SIGKILL');
        process.kill(-child, 'SIGKILL');
        await waitFor(async () => (await infoOf(made.id)).needsRecovery);
        await executeCommand(command, await rowOf(made));
        const after = await waitFor(async () => {
          const now = await infoOf(made.id);
          return now.exitCode !== null && !now.needsRecovery ? now : null;
        });
        assert.equal(after.status, 'terminated');
      }
    } finally {
      await vscode.workspace
        .getConfiguration('runyard')
        .update('autoRecover', undefined, vscode.ConfigurationTarget.Global);
    }
  });

  it('Show Log shows the log', async () => {
    await executeCommand('runyard.showLog');
    await waitFor(() =>
      vscode.workspace.textDocuments.some(
        ({ uri, fileName }) => uri.scheme === 'output' && /Runyard/.test(fileName),
      ),
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
  await waitFor(() => !existsSync(join(info.metaPath, 'runyard', 'heartbeat')));
  await executeCommand('runyard.refresh');
  const sections = await runRows(await rowOf(info));
  const files = sections.find(({ label }) => label === 'Files');
  const types = await runRows(files?.node);
  const source = types.find(({ label }) => label === 'Source code');
  const rows = await runRows(source?.node);
  return rows.flatMap(({ node }) => (node.kind === 'file' ? [node] : []));
}
