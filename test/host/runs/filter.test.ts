import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { setUserAttributes } from '../../../src/core/run/attributes.ts';
import { waitFor } from '../../helpers/temp.ts';
import { hostContext } from '../harness/context.ts';
import { answerDialogs, api, root, runRows, showAllRuns } from '../helpers.ts';
import { makeRunFiles, storeRunId } from './stores.ts';

const { executeCommand } = vscode.commands;
const runsDir = join(hostContext().workspaceDir, '.gage', 'runs');

async function filter(text: string): Promise<void> {
  await executeCommand('runyard.filterRuns', text);
}

/** Labels of the runs that are shown. */
async function shown(): Promise<string[]> {
  const rows = await runRows();
  return rows.flatMap(({ node }) => (node.kind === 'run' ? [node.info.label ?? ''] : []));
}

async function untilShown(...labels: readonly string[]): Promise<void> {
  await waitFor(async () => (await shown()).join() === labels.join(), {
    what: `the runs ${labels.join()} to be shown`,
  });
}

describe('a filter over what is in 10,000 files', () => {
  /** What happened when it was set: the files are read for the first filter of a window only. */
  let messages: { readonly reading: string; readonly read: string };
  let turns = 0;

  before(async () => {
    const { runsTree, stores, view } = await root();
    await executeCommand('runyard.runs.focus');
    await stores.load();
    const timer = setInterval(() => {
      if (runsTree.filter.isReading) turns++;
    }, 1);
    try {
      await filter('config.lr == 0.4242 or lr == 0.1234');
      const reading = view.message;
      await waitFor(() => !runsTree.filter.isReading, { what: 'the files to be read' });
      await untilShown('number-4242', 'number-1234');
      messages = { reading, read: view.message };
    } finally {
      clearInterval(timer);
      await showAllRuns();
    }
  });

  it('finds its runs in the background, and says that it reads', () => {
    assert.match(messages.reading, /^Reading runs…/);
    assert.ok(turns > 3, 'others had their turn meanwhile');
    assert.doesNotMatch(messages.read, /Reading/);
    assert.match(messages.read, /2 of 10,\d{3} runs/);
  });
});

describe('a filter', () => {
  before(async () => {
    await executeCommand('runyard.runs.focus');
    await api();
    const { stores } = await root();
    await stores.load();
  });

  afterEach(showAllRuns);

  it('over fields of the row takes effect at once', async () => {
    await filter('status == completed and label in [number-7, number-9] and started > 2026-11-01');
    assert.deepEqual(await shown(), ['number-9', 'number-7']);
  });

  it('over config takes in a run that comes, and one that changes', async () => {
    await filter('lr == 0.123456 and status == error');
    const meta = makeRunFiles(runsDir, 123456);
    const { stores, runsTree } = await root();
    const id = storeRunId(123456);
    await waitFor(() => stores.entries[0]?.store.runs.has(id) === true, { what: 'the new run' });
    await waitFor(() => !runsTree.filter.isReading, { what: 'the files to be read' });
    assert.deepEqual(await shown(), []);
    writeFileSync(join(meta, 'proc', 'exit'), '3');
    await stores.refresh(runsDir, [id]);
    await untilShown('number-123456');
    setUserAttributes(runsDir, id, { label: 'mine' });
    await untilShown('mine');
    await filter('attribute.label == mine');
    await untilShown('mine');
  });

  it('that is no expression is refused with the place, and the last one stays', async () => {
    await filter('label == number-5');
    const dialogs = await answerDialogs(() => undefined);
    try {
      await filter('status == ').catch(() => undefined);
      assert.match(dialogs.messages.join(), /Expected a value after '=='\n {2}status == \n {12}\^/);
    } finally {
      dialogs.restore();
    }
    assert.deepEqual(await shown(), ['number-5']);
  });
});

describe('the filter box', () => {
  type Box = vscode.QuickPick<vscode.QuickPickItem>;
  const closed = new WeakSet<Box>();
  let last: Box | undefined;
  let restore: () => void;

  before(async () => {
    const { testing } = await api();
    assert.ok(testing !== undefined);
    const own = testing.editor.window;
    const window: Record<'createQuickPick', unknown> = own;
    const { createQuickPick } = own;
    window.createQuickPick = (): Box => {
      const box = createQuickPick();
      box.onDidHide(() => closed.add(box));
      last = box;
      return box;
    };
    restore = () => {
      window.createQuickPick = createQuickPick;
    };
  });

  after(() => {
    restore();
  });

  afterEach(async () => {
    await executeCommand('workbench.action.closeQuickOpen');
    await showAllRuns();
  });

  async function open(): Promise<Box> {
    await executeCommand('runyard.filterRuns');
    assert.ok(last !== undefined);
    return last;
  }

  /** What the editor does when somebody types. */
  async function type(box: Box, value: string): Promise<void> {
    box.value = value;
    await waitFor(() => labels(box)[0] !== '$(check) Show all runs', { what: 'the rows' });
  }

  async function untilClosed(box: Box): Promise<void> {
    await waitFor(() => closed.has(box), { what: 'the box to be closed' });
  }

  /** Waits for the label of the second row, the first proposal. */
  async function untilProposed(box: Box, ...anyOf: readonly string[]): Promise<void> {
    const what = `the proposal ${anyOf.join(' or ')}`;
    await waitFor(() => anyOf.includes(labels(box)[1] ?? ''), { what });
  }

  function labels(box: Box): string[] {
    return box.items.map(({ label }) => label);
  }

  const accept = (): Thenable<unknown> =>
    executeCommand('workbench.action.acceptSelectedQuickOpenItem');

  it('filters while typing, Enter keeps it', async () => {
    const box = await open();
    await type(box, 'label == number-3');
    await untilShown('number-3');
    assert.equal(labels(box)[0], '$(check) Apply');
    await accept();
    await untilClosed(box);
    assert.deepEqual(await shown(), ['number-3']);
  });

  it('brings the former filter back on Escape', async () => {
    await filter('label == number-4');
    const box = await open();
    assert.equal(box.value, 'label == number-4 ');
    await type(box, 'label == number-5');
    await untilShown('number-5');
    await executeCommand('runyard.cancelFilter');
    await untilShown('number-4');
    await untilClosed(box);
  });

  it('keeps it when the person goes on with what was found', async () => {
    const box = await open();
    await type(box, 'label == number-5');
    await untilShown('number-5');
    await executeCommand('workbench.action.closeQuickOpen');
    await untilClosed(box);
    assert.deepEqual(await shown(), ['number-5']);
  });

  it('proposes fields, operators and values, and Tab puts them in', async () => {
    const box = await open();
    await type(box, 'stat');
    await untilProposed(box, 'status');
    await executeCommand('runyard.completeFilter');
    assert.equal(box.value, 'status ');
    await untilProposed(box, '==');
    await executeCommand('runyard.completeFilter');
    assert.equal(box.value, 'status == ');
    await untilProposed(box, 'error', 'completed');
    await type(box, 'status == comp');
    await waitFor(() => labels(box).length === 2, { what: 'one proposal' });
    await untilProposed(box, 'completed');
    await executeCommand('runyard.completeFilter');
    assert.equal(box.value, 'status == completed ');
  });

  it('proposes config keys of the store, Enter on one puts it in', async () => {
    const box = await open();
    await waitFor(() => labels(box).includes('config.lr'), { what: 'the config keys' });
    await type(box, 'lr');
    // The window knows the rows as soon as it says which one is active.
    await waitFor(() => labels(box).length === 2 && box.activeItems[0] === box.items[0], {
      what: 'one proposal',
    });
    assert.deepEqual(labels(box), ['$(check) Apply', 'config.lr']);
    await executeCommand('workbench.action.quickOpenSelectNext');
    await waitFor(() => box.activeItems[0]?.label === 'config.lr', { what: 'the row' });
    await accept();
    await waitFor(() => box.value === 'config.lr ', { what: 'the key in the box' });
    assert.equal(closed.has(box), false);
  });

  it('shows what is wrong in its first row, keeps the last good filter, and does not close', async () => {
    const box = await open();
    await type(box, 'label == number-6');
    await untilShown('number-6');
    await type(box, 'label == number-6 and (');
    await waitFor(() => /^\$\(error\) Expected a condition/.test(labels(box)[0] ?? ''), {
      what: 'what is wrong',
    });
    assert.match(box.items[0]?.description ?? '', /^at the end, character 24$/);
    await accept();
    assert.equal(closed.has(box), false);
    assert.deepEqual(await shown(), ['number-6']);
  });
});
