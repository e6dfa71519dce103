import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { waitFor } from '../helpers/temp.ts';
import { hostContext } from './context.ts';
import { channelText, outputLines, runOperation, untilStatus } from './helpers.ts';

describe('a window that goes away while a run goes on', () => {
  it('leaves the run in the middle of its output', async () => {
    await vscode.commands.executeCommand('runyard.runs.focus');
    const made = await runOperation('long');
    await untilStatus(made.id, 'running');
    await vscode.commands.executeCommand('runyard.showOutput', made);
    await waitFor(() => outputLines(channelText(made)).length >= 3, { timeoutMs: 20_000 });
    writeFileSync(join(hostContext().sharedDir, 'run'), made.id);
    assert.ok(outputLines(channelText(made)).length < 100);
  });
});
