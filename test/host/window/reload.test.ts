import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { RunInfo } from '../../../src/core/run/types.ts';
import { waitFor } from '../../helpers/temp.ts';
import { Handover, inPhase } from '../harness/context.ts';
import {
  channelText,
  root,
  infoOf,
  outputLines,
  rowOf,
  runOperation,
  untilChannel,
  untilLeft,
  untilStatus,
} from '../helpers.ts';
import { setGate } from '../runs/project.ts';

/** What a window leaves behind: the id of a run that goes on, and its own process. */
const left = new Handover<{ readonly runId: string; readonly pid: number }>('left');

/** Starts a run, and follows it to the middle of its output. */
async function leaveRun(): Promise<void> {
  setGate(false);
  await vscode.commands.executeCommand('runyard.runs.focus');
  const made = await runOperation('slow');
  await untilStatus(made.id, 'running');
  await vscode.commands.executeCommand('runyard.showOutput', made);
  await untilHalf(made);
  left.give({ runId: made.id, pid: process.pid });
}

async function untilHalf(info: RunInfo): Promise<void> {
  await waitFor(() => outputLines(channelText(info)).length === 20, {
    what: 'what the run prints before it waits',
  });
}

function comesBack(): void {
  it('a window that comes back finds the run running, and follows it to its end', async () => {
    const { runId, pid } = left.take();
    assert.notEqual(pid, process.pid, 'it has an extension host of its own');
    // Without a view being opened.
    const { statusBar } = await root();
    await waitFor(() => statusBar.text?.includes('1 running') === true, {
      what: 'the status bar',
    });
    const found = await infoOf(runId);
    assert.equal(found.status, 'running');
    assert.equal(found.needsRecovery, false);
    await vscode.commands.executeCommand('runyard.showOutput', await rowOf(found));
    await untilHalf(found);

    setGate(true);
    const info = await untilStatus(found.id, 'completed');
    assert.equal(info.exitCode, 0);
    const text = await untilChannel(info, 'completed, exit code 0');
    const expected = Array.from({ length: 40 }, (_, i) => `  line ${String(i + 1)}`);
    assert.deepEqual(outputLines(text), expected, 'all lines, each once');
    await untilLeft(info);
    const output = readFileSync(join(info.metaPath, 'output', '40_run'), 'utf8');
    assert.equal(output.split('\n').length, 41);
    await waitFor(() => statusBar.text === null, { what: 'the status bar to be empty' });
  });
}

inPhase('before', () => {
  it('a window goes away in the middle of the output of a run', leaveRun);
});

inPhase('after reload', () => {
  comesBack();
  after(leaveRun);
});

inPhase('after restart', comesBack);
