import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { waitFor } from '../helpers/temp.ts';
import { hostContext } from './context.ts';
import { api, channelText, infoOf, outputLines, root, rowOf, untilStatus } from './helpers.ts';

describe('a window that comes back', () => {
  const runId = (): string => readFileSync(join(hostContext().sharedDir, 'run'), 'utf8');

  it('knows of the run without a view being opened', async () => {
    const { statusBar } = await root();
    await waitFor(() => statusBar.text !== null, { what: 'the status bar item' });
    assert.match(statusBar.text ?? '', /1 running/);
  });

  it('finds the run running', async () => {
    const info = await infoOf(runId());
    assert.equal(info.status, 'running');
    assert.equal(info.needsRecovery, false);
  });

  it('follows its output to the end: all lines, each once', async () => {
    const info = await infoOf(runId());
    await vscode.commands.executeCommand('runyard.showOutput', await rowOf(info));
    await waitFor(() => outputLines(channelText(info)).length >= 10);
    await untilStatus(info.id, 'completed');
    await waitFor(() => channelText(info).includes('completed, exit code 0'), {
      timeoutMs: 20_000,
    });
    const expected = Array.from({ length: 100 }, (_, i) => `  line ${String(i + 1)}`);
    assert.deepEqual(outputLines(channelText(info)), expected);
  });

  it('leaves the run complete and read-only', async () => {
    const info = await infoOf(runId());
    await waitFor(() => !existsSync(join(info.metaPath, 'runyard', 'heartbeat')));
    const output = readFileSync(join(info.metaPath, 'output', '40_run'), 'utf8');
    assert.equal(output.split('\n').length, 101);
    assert.equal(info.exitCode, 0);
    const runs = await (await api()).listRuns();
    assert.equal(runs.filter(({ status }) => status === 'running').length, 0);
  });
});
