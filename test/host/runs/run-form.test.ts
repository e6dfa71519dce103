import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { RunInfo } from '../../../src/core/run/types.ts';
import { waitFor } from '../../helpers/temp.ts';
import { hostContext } from '../harness/context.ts';
import {
  answerDialogs,
  closeEditors,
  root,
  operationRow,
  rowOf,
  runOperation,
  untilStatus,
  withForm,
} from '../helpers.ts';

const { executeCommand } = vscode.commands;
const ACCEPT = 'workbench.action.acceptSelectedQuickOpenItem';

const configOf = ({ metaPath }: RunInfo): unknown =>
  JSON.parse(readFileSync(join(metaPath, 'config.json'), 'utf8'));

describe('the form of a run', () => {
  before(async () => {
    await executeCommand('runyard.runs.focus');
  });

  afterEach(closeEditors);

  it('runs with the values of the project when Enter is pressed', async () => {
    const run = await withForm('runyard.runOperation', await operationRow('train'), (form) =>
      form.accept(),
    );
    assert.ok(run !== undefined);
    assert.deepEqual(configOf(run), { epochs: 3, lr: 0.1 });
    await untilStatus(run.id, 'completed');
  });

  it('sets a value that is typed, and the code of the run has it', async () => {
    const run = await withForm(
      'runyard.runOperation',
      await operationRow('train'),
      async (form) => {
        await form.type('lr=0.5', /Set lr=0\.5/);
        await form.accept();
        await form.until(/^.*Run train \| lr=0\.5$/);
        assert.ok(form.rows().some((row) => row.includes('0.1 → 0.5')));
        await form.accept();
      },
    );
    assert.ok(run !== undefined);
    const done = await untilStatus(run.id, 'completed');
    assert.equal(readFileSync(join(done.runDir, 'model.txt'), 'utf8'), '0.5');
    assert.match(readFileSync(join(done.runDir, 'train.py'), 'utf8'), /^lr = 0\.5$/m);
  });

  it('offers the last values below, and runs with them', async () => {
    await withForm('runyard.stageOperation', await operationRow('train'), async (form) => {
      await form.type('lr=0.5', /Set lr=0\.5/);
      await form.accept();
      await form.until(/^.*Stage train \| lr=0\.5$/);
      await form.accept();
    });
    const run = await withForm(
      'runyard.runOperation',
      await operationRow('train'),
      async (form) => {
        await form.until(/Run with Last Values/);
        assert.match(form.rows()[0] ?? '', /with the values of the project/);
        assert.match(form.rows()[1] ?? '', /Run with Last Values \| lr=0\.5/);
        await form.accept(1);
      },
    );
    assert.ok(run !== undefined);
    assert.deepEqual(configOf(run), { epochs: 3, lr: 0.5 });
  });

  it('does nothing while what is typed is wrong, and says why', async () => {
    const run = await withForm(
      'runyard.runOperation',
      await operationRow('train'),
      async (form) => {
        await form.type('epochz=5', /no config key "epochz" \| Did you mean "epochs"/);
        await form.accept();
        await form.type('epochs=5', /Set epochs=5/);
        await form.accept();
        await form.until(/Run train \| epochs=5/);
        await form.accept();
      },
    );
    assert.ok(run !== undefined);
    assert.deepEqual(configOf(run), { epochs: 5, lr: 0.1 });
  });

  it('creates nothing when it is left', async () => {
    const { stores } = await root();
    const before = stores.entries.map(({ store }) => store.runs.size);
    const run = await withForm('runyard.stageOperation', await operationRow('train'), (form) =>
      form.leave(),
    );
    assert.equal(run, undefined);
    assert.deepEqual(
      stores.entries.map(({ store }) => store.runs.size),
      before,
    );
  });

  it('asks for one value in a box that checks it', async () => {
    const run = await withForm(
      'runyard.stageOperation',
      await operationRow('train'),
      async (form) => {
        const box = await form.edit(/ epochs \|/);
        assert.equal(box.value, '3');
        box.value = 'three';
        await executeCommand(ACCEPT);
        await waitFor(() => box.validationMessage ?? null, { what: 'the value to be refused' });
        assert.match(JSON.stringify(box.validationMessage), /three\\" does not fit \\"epochs/);
        box.value = '4';
        await executeCommand(ACCEPT);
        await form.until(/Stage train \| epochs=4/);
        await form.accept();
      },
    );
    assert.ok(run !== undefined);
    await untilStatus(run.id, 'staged');
    assert.deepEqual(configOf(run), { epochs: 4, lr: 0.1 });
  });

  it('sets label, tags, description and environment', async () => {
    const run = await withForm(
      'runyard.runOperation',
      await operationRow('evaluate'),
      async (form) => {
        const answers = [
          [/ Label \|/, 'a label'],
          [/ Tags \|/, 'red, blue'],
          [/ Description \|/, 'what for'],
          [/ Environment \|/, 'GREETING="hello there"'],
        ] as const;
        for (const [row, text] of answers) {
          const box = await form.edit(row);
          box.value = text;
          await executeCommand(ACCEPT);
          await form.until(new RegExp(`${row.source} ${text}`));
        }
        await form.accept();
      },
    );
    assert.ok(run !== undefined);
    assert.equal(run.label, 'a label');
    assert.deepEqual(run.tags, ['red', 'blue']);
    const env: unknown = JSON.parse(readFileSync(join(run.metaPath, 'proc/env.json'), 'utf8'));
    assert.deepEqual(env, { GREETING: 'hello there' });
    await untilStatus(run.id, 'completed');
  });

  it('skips what is not needed, and tells of the run that is there', async () => {
    const equal = await runOperation('evaluate');
    await untilStatus(equal.id, 'completed');
    const dialogs = await answerDialogs(() => undefined);
    try {
      const run = await withForm(
        'runyard.runOperation',
        await operationRow('evaluate'),
        async (form) => {
          await form.choose(/ Only if Needed \|/);
          await form.until(/ Only if Needed \| on/);
          await form.accept();
        },
      );
      assert.equal(run, undefined);
      assert.equal(dialogs.messages.length, 1);
      assert.match(dialogs.messages[0] ?? '', /^Skipped: evaluate .* has the same configuration/);
    } finally {
      dialogs.restore();
    }
  });

  it('begins with the values of a run that is run again', async () => {
    const first = await withForm(
      'runyard.stageOperation',
      await operationRow('train'),
      async (form) => {
        await form.type('lr=0.25 epochs=7', /Set lr=0\.25 epochs=7/);
        await form.accept();
        await form.until(/Stage train \| lr=0\.25 · epochs=7/);
        await form.accept();
      },
    );
    assert.ok(first !== undefined);
    await untilStatus(first.id, 'staged');
    const again = await withForm('runyard.runAgain', await rowOf(first), async (form) => {
      assert.match(form.rows()[0] ?? '', /Run train \| epochs=7 · lr=0\.25/);
      await form.type('epochs=1', /Set epochs=1/);
      await form.accept();
      await form.until(/Run train \| epochs=1 · lr=0\.25/);
      await form.accept();
    });
    assert.ok(again !== undefined);
    assert.deepEqual(configOf(again), { epochs: 1, lr: 0.25 });
    await untilStatus(again.id, 'completed');
  });

  it('saves what is being edited before it reads the values', async () => {
    const path = join(hostContext().workspaceDir, 'train.py');
    const before = readFileSync(path, 'utf8');
    const document = await vscode.workspace.openTextDocument(path);
    await vscode.window.showTextDocument(document);
    const edit = new vscode.WorkspaceEdit();
    const at = before.indexOf('epochs = 3') + 'epochs = '.length;
    const range = new vscode.Range(document.positionAt(at), document.positionAt(at + 1));
    edit.replace(document.uri, range, '2');
    assert.ok(await vscode.workspace.applyEdit(edit));
    assert.ok(document.isDirty);
    try {
      const run = await withForm('runyard.runOperation', await operationRow('train'), (form) =>
        form.accept(),
      );
      assert.ok(run !== undefined);
      assert.deepEqual(configOf(run), { epochs: 2, lr: 0.1 });
    } finally {
      await closeEditors();
      writeFileSync(path, before);
    }
  });

  it('saves the Gage file before it reads the operation', async () => {
    const path = join(hostContext().workspaceDir, 'gage.toml');
    const before = readFileSync(path, 'utf8');
    const document = await vscode.workspace.openTextDocument(path);
    await vscode.window.showTextDocument(document);
    const edit = new vscode.WorkspaceEdit();
    const at = before.indexOf('python3 train.py');
    edit.insert(document.uri, document.positionAt(at), 'echo edited; ');
    assert.ok(await vscode.workspace.applyEdit(edit));
    assert.ok(document.isDirty);
    try {
      const run = await withForm('runyard.runOperation', await operationRow('train'), (form) =>
        form.accept(),
      );
      assert.ok(run !== undefined);
      const command = readFileSync(join(run.metaPath, 'proc/cmd.json'), 'utf8');
      assert.equal(JSON.parse(command), 'echo edited; python3 train.py');
      await untilStatus(run.id, 'completed');
    } finally {
      await closeEditors();
      writeFileSync(path, before);
    }
  });
});
