import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { waitFor } from '../helpers/temp.ts';
import {
  api,
  channelText,
  operationTexts,
  outputLines,
  root,
  rowOf,
  runOperation,
  runRows,
  runTexts,
  untilStatus,
} from './helpers.ts';

describe('a first run', () => {
  it('activates without reading anything', async () => {
    const { testing } = await api();
    assert.ok(testing !== undefined);
    assert.equal(testing.loaded, false, 'nothing is loaded before it is used');
    const { stores } = await testing.root();
    assert.equal(testing.loaded, true);
    assert.deepEqual(stores.entries, [], 'and no store is looked at before a view shows it');
  });

  it('lists the operations of the Gage file, the default marked', async () => {
    await vscode.commands.executeCommand('runyard.operations.focus');
    assert.deepEqual(await operationTexts(), [
      'train: default · Train a small model',
      'evaluate: v2 · Look at a model',
      'slow',
      'fail',
      'long',
      'chatty',
      'stubborn',
      'slow-hook',
      'bad-hook',
      'fixable',
    ]);
  });

  it('has no runs yet', async () => {
    await vscode.commands.executeCommand('runyard.runs.focus');
    assert.deepEqual(await runTexts(), []);
  });

  it('runs an operation to its end', async () => {
    const made = await runOperation('train');
    const [row] = await runRows();
    assert.equal(row?.label, 'train', 'the run appears at once');
    const info = await untilStatus(made.id, 'completed');
    assert.equal(info.exitCode, 0);
    assert.match(readFileSync(join(info.metaPath, 'output', '40_run'), 'utf8'), /epoch 3/);
    await waitFor(() => !existsSync(join(info.metaPath, 'runyard', 'heartbeat')));
    assert.equal(statSync(join(info.metaPath, 'proc', 'exit')).mode & 0o222, 0, 'it is read-only');
  });

  it('shows the run with its icon and what can be done with it', async () => {
    const [row] = await runRows();
    assert.equal(row?.icon, 'pass');
    assert.match(row.contextValue, /\bcanDelete\b.*\bcompleted\b.*\bhasOutput\b/);
    assert.match(row.description, /just now · \d/);
  });

  it('shows what is in the run', async () => {
    const [row] = await runRows();
    assert.ok(row !== undefined);
    const sections = await runRows(row.node);
    assert.deepEqual(
      sections.map(({ label }) => label),
      ['Config', 'Summary', 'Output', 'Files', 'Attributes'],
    );
    const [config, summary, output, files] = sections;
    assert.ok(config && summary && output && files);
    assert.deepEqual(await runTexts(config.node), ['epochs: 3', 'lr: 0.1']);
    assert.match((await runTexts(summary.node)).join(), /metrics/);
    assert.match((await runTexts(output.node)).join(), /^Run: 4 lines, \d+ bytes$/);
    assert.deepEqual(await runTexts(files.node), ['Generated: 2 files', 'Source code: 2 files']);
  });

  it('has a tooltip with config and summary', async () => {
    const { runsTree } = await root();
    const [row] = await runRows();
    assert.ok(row !== undefined);
    const item = await runsTree.resolve(new vscode.TreeItem('x'), row.node);
    assert.ok(item.tooltip instanceof vscode.MarkdownString);
    assert.match(item.tooltip.value, /Status.*completed[\s\S]*acc[\s\S]*epochs/);
  });

  it('shows the output with times, and stderr marked', async () => {
    const [row] = await runRows();
    assert.ok(row?.node.kind === 'run');
    const { info } = row.node;
    await vscode.commands.executeCommand('runyard.showOutput', await rowOf(info));
    const text = await waitFor(() => {
      const now = channelText(info);
      return now.includes('completed, exit code 0') ? now : null;
    });
    assert.match(text, /── Run ─/);
    const lines = outputLines(text);
    // What a script prints to both streams within a millisecond may come in either order.
    const [epochs, warnings] = [
      lines.filter((line) => !line.startsWith('!')),
      lines.filter((line) => line.startsWith('!')),
    ];
    assert.deepEqual(epochs, ['  epoch 1', '  epoch 2', '  epoch 3']);
    assert.deepEqual(warnings, ['! a warning']);
  });

  it('follows the output of a run live, each line once', async () => {
    const made = await runOperation('slow');
    await vscode.commands.executeCommand('runyard.showOutput', made);
    await waitFor(() => outputLines(channelText(made)).length >= 3, { timeoutMs: 20_000 });
    const early = outputLines(channelText(made));
    assert.ok(early.length < 40, 'it came before the end');
    await untilStatus(made.id, 'completed');
    const text = await waitFor(
      () => {
        const now = channelText(made);
        return now.includes('completed, exit code 0') ? now : null;
      },
      { timeoutMs: 20_000 },
    );
    const expected = Array.from({ length: 40 }, (_, i) => `  line ${String(i + 1)}`);
    assert.deepEqual(outputLines(text), expected);
  });
});
