import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { RunInfo } from '../../../src/core/run/types.ts';
import { waitFor } from '../../helpers/temp.ts';
import {
  channelText,
  root,
  operationTexts,
  outputLines,
  rowOf,
  runOperation,
  runRows,
  runTexts,
  shownRow,
  untilChannel,
  untilLeft,
  untilStatus,
} from '../helpers.ts';
import { setGate } from './project.ts';

describe('a first run', () => {
  before(async () => {
    await vscode.commands.executeCommand('runyard.runs.focus');
  });

  afterEach(() => {
    setGate(false);
  });

  it('lists the operations of the Gage file, the default marked', async () => {
    await vscode.commands.executeCommand('runyard.operations.focus');
    assert.deepEqual(await operationTexts(), [
      'train: default · Train a small model',
      'evaluate: v2 · Look at a model',
      'slow',
      'fail',
      'chatty',
      'stubborn',
      'slow-hook',
      'bad-hook',
      'fixable',
    ]);
  });

  it('runs an operation to its end', async () => {
    const made = await runOperation('train');
    assert.equal((await runRows())[0]?.label, 'train', 'the run appears at once');
    const info = await untilStatus(made.id, 'completed');
    assert.equal(info.exitCode, 0);
    assert.match(readFileSync(join(info.metaPath, 'output', '40_run'), 'utf8'), /epoch 3/);
    await untilLeft(info);
    assert.equal(statSync(join(info.metaPath, 'proc', 'exit')).mode & 0o222, 0, 'it is read-only');
  });

  it('follows the output of a run live, each line once', async () => {
    const made = await runOperation('slow');
    await vscode.commands.executeCommand('runyard.showOutput', made);
    await waitFor(() => outputLines(channelText(made)).length === 20, {
      what: 'what it prints before it waits',
    });
    setGate(true);
    const text = await untilChannel(made, 'completed, exit code 0');
    const expected = Array.from({ length: 40 }, (_, i) => `  line ${String(i + 1)}`);
    assert.deepEqual(outputLines(text), expected);
  });
});

describe('a run that has completed', () => {
  let run: RunInfo;

  before(async () => {
    run = await untilStatus((await runOperation('train')).id, 'completed');
    await untilLeft(run);
  });

  it('shows the run with its icon and what can be done with it', async () => {
    const row = await shownRow(run);
    assert.equal(row.icon, 'pass');
    assert.match(row.contextValue, /\bcanDelete\b.*\bcompleted\b.*\bhasOutput\b/);
    assert.match(row.description, /(just now|\d+ min ago) · \d/);
  });

  it('shows what is in the run', async () => {
    const sections = await runRows(await rowOf(run));
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
    const item = await runsTree.resolve(new vscode.TreeItem('x'), await rowOf(run));
    assert.ok(item.tooltip instanceof vscode.MarkdownString);
    assert.match(item.tooltip.value, /Status.*completed[\s\S]*acc[\s\S]*epochs/);
  });

  it('shows the output with times, and stderr marked', async () => {
    await vscode.commands.executeCommand('runyard.showOutput', await rowOf(run));
    const text = await untilChannel(run, 'completed, exit code 0');
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
});
