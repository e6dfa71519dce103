import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { waitFor } from '../../helpers/temp.ts';
import { api, root, runRows, untilStatus } from '../helpers.ts';

const { executeCommand } = vscode.commands;

describe('a queue that waits when the editor starts', () => {
  it('is looked after before anybody opens a view, and goes on', async () => {
    const { testing } = await api();
    await waitFor(() => testing?.loaded === true, { what: 'the extension to wake up by itself' });
    const { statusBar } = await root();
    await waitFor(() => statusBar.text?.includes('1 queued') === true, { what: 'the status bar' });
    const queue = await waitFor(
      async () => (await runRows()).find(({ node }) => node.kind === 'queue') ?? null,
      { what: 'the queue' },
    );
    assert.match(queue.description, /1 waiting · paused/);
    const [entry] = await runRows(queue.node);
    assert.ok(entry?.node.kind === 'queueEntry');
    await executeCommand('runyard.resumeQueue', queue.node);
    await untilStatus(entry.node.entry.id, 'completed');
  });
});
