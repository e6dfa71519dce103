import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { COMMANDS, COMMAND_IDS } from '../../../src/extension/base/command-ids.ts';
import { hostContext } from '../harness/context.ts';
import { answerDialogs, api, root, folder, operationTexts, runRows, runTexts } from '../helpers.ts';

describe('an untrusted workspace', () => {
  it('shows operations and runs', async () => {
    assert.equal(vscode.workspace.isTrusted, false);
    assert.equal((await operationTexts())[0], 'train: default · Train a small model');
    const rows = await runRows();
    assert.deepEqual(
      rows.map(({ label }) => label),
      ['train', 'train'],
    );
    const [first] = rows;
    const sections = await runTexts(first?.node);
    assert.ok(sections.some((text) => text.startsWith('Config')));
  });

  it('refuses to execute anything, even when asked past the menus', async () => {
    const { launcher, commands } = await root();
    const exported = await api();
    const [staged] = (await exported.listRuns()).filter(({ status }) => status === 'staged');
    assert.ok(staged !== undefined);
    const untrusted = /does not execute or change anything in an untrusted workspace/;
    await assert.rejects(exported.run(folder(), 'train'), untrusted);
    await assert.rejects(exported.stage(folder(), 'train'), untrusted);
    await assert.rejects(exported.start(staged), untrusted);
    await assert.rejects(exported.stop(staged), untrusted);
    await assert.rejects(launcher.recover(staged), untrusted);
    const trusted = COMMAND_IDS.filter((id) => COMMANDS[id] === 'trusted');
    assert.ok(trusted.length > 30);
    for (const id of trusted) {
      await assert.rejects(async () => await commands[id](staged), untrusted, id);
    }
    assert.equal((await exported.listRuns()).length, 2);
    assert.ok(!existsSync(join(hostContext().workspaceDir, 'executed')));
  });

  it('does not recover runs by itself', async () => {
    const { stores } = await root();
    await stores.refresh();
    const died = (await (await api()).listRuns()).find(({ needsRecovery }) => needsRecovery);
    assert.ok(died !== undefined, 'the run that died is still as it was');
  });

  it('changes no run, and says why', async () => {
    const [info] = await (await api()).listRuns();
    assert.ok(info !== undefined);
    const dialogs = await answerDialogs(() => undefined);
    try {
      await vscode.commands.executeCommand('runyard.setLabel', info, undefined, 'seen');
      await vscode.commands.executeCommand('runyard.delete', info);
      assert.equal(dialogs.messages.length, 2);
      for (const message of dialogs.messages) assert.match(message, /Trust the workspace/);
      assert.equal((await runRows()).length, 2);
      assert.ok(!(await runTexts()).some((text) => text.includes('seen')));
    } finally {
      dialogs.restore();
    }
  });
});
