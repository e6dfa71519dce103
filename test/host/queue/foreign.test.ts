import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { RunInfo } from '../../../src/core/run/types.ts';
import { forgeEntry, receive } from '../../helpers/runs/foreign.ts';
import { waitFor } from '../../helpers/temp.ts';
import {
  answerDialogs,
  api,
  infoOf,
  root,
  runOperation,
  runRows,
  untilStatus,
  type Dialogs,
  type ShownRow,
} from '../helpers.ts';

const { executeCommand } = vscode.commands;

/** A staged run that somebody else has put here. */
async function received(): Promise<RunInfo> {
  const made = await runOperation('hello', 'runyard.stageOperation');
  return receive(await untilStatus(made.id, 'staged'));
}

/** Looks at a queue that goes on. */
async function refresh({ runsDir }: RunInfo): Promise<void> {
  await executeCommand('runyard.resumeQueue', { runsDir });
}

async function foreignRow({ id }: RunInfo): Promise<ShownRow> {
  return await waitFor(
    async () => {
      const queue = (await runRows()).find(({ node }) => node.kind === 'queue');
      const rows = queue === undefined ? [] : await runRows(queue.node);
      const row = rows.find(({ node }) => node.kind === 'queueEntry' && node.entry.id === id);
      return row?.description.includes('not put there by you') === true ? row : null;
    },
    { what: 'the foreign run in the queue' },
  );
}

describe('what somebody else has put into a store', () => {
  let dialogs: Dialogs;
  let answer: string | undefined;
  let shown: readonly (readonly string[])[] = [];

  before(async () => {
    await api();
  });

  beforeEach(async () => {
    shown = [];
    dialogs = await answerDialogs((message, buttons) => {
      if (!/not put here by you/.test(message)) return undefined;
      shown = [...shown, buttons];
      return answer;
    });
  });

  afterEach(() => {
    dialogs.restore();
  });

  it('is not started, and asked about once for a store', async () => {
    answer = 'Leave';
    const first = await received();
    forgeEntry(first);
    await refresh(first);
    await waitFor(() => shown.length > 0, { what: 'the question' });
    assert.deepEqual(shown, [['Allow', 'Leave']]);
    await foreignRow(first);
    const second = await received();
    forgeEntry(second);
    await refresh(second);
    const row = await foreignRow(second);
    assert.equal(shown.length, 1, 'later ones are only shown');
    for (const { id } of [first, second]) {
      assert.ok(!existsSync(join((await infoOf(id)).metaPath, 'started')));
    }
    answer = 'Allow';
    await executeCommand('runyard.allowInQueue', row.node);
    await untilStatus(second.id, 'completed');
    assert.equal((await infoOf(first.id)).status, 'queued', 'the other one was not meant');
    await executeCommand('runyard.removeFromQueue', await infoOf(first.id));
    await untilStatus(first.id, 'staged');
  });

  it('shows its command before it is started by hand', async () => {
    const run = await received();
    answer = undefined;
    await executeCommand('runyard.start', run);
    assert.deepEqual(shown, [['Start']]);
    assert.equal((await infoOf(run.id)).status, 'staged');
    await executeCommand('runyard.addToQueue', run);
    assert.deepEqual(shown.at(-1), ['Add to Queue']);
    assert.equal((await infoOf(run.id)).status, 'staged');
    answer = 'Start';
    await executeCommand('runyard.start', run);
    await untilStatus(run.id, 'completed');
  });

  it('is not changed in a store outside the workspace without a word', async () => {
    const { stores } = await root();
    const outside = join(process.cwd(), 'somewhere', 'runs');
    assert.equal(stores.trust.isTrusted(outside), false);
    await assert.rejects(stores.trust.require([outside]), vscode.CancellationError);
    assert.match(dialogs.messages.at(-1) ?? '', /outside the folders of the window/);
  });
});
