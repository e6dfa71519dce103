import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { RunInfo } from '../../../src/core/run/types.ts';
import type { RunNode, RunsNode } from '../../../src/extension/runs/model/nodes.ts';
import { snapshot } from '../../helpers/guild/fixture.ts';
import { waitFor } from '../../helpers/temp.ts';
import {
  answerDialogs,
  answerPicks,
  api,
  channelText,
  root,
  folder,
  infoOf,
  outputLines,
  resetSettings,
  rowOf,
  runRows,
  runTexts,
  setSetting,
  untilEditor,
  untilStatus,
} from '../helpers.ts';

const BATCH = '3abe0ff243114218ac26ddde9128a09a';
const TRIAL = '1c5921d002c44a65a30bd01181fab6b7';
const FAILED = 'b53fcf6c6e8c43a9b23841c063e0b31d';

const home = (): string => join(folder().fsPath, '.guild');

async function guildNode(): Promise<RunsNode> {
  const rows = await runRows();
  const row = rows.find(({ label }) => label.startsWith('Guild: '));
  assert.ok(row, rows.map(({ label }) => label).join('\n'));
  return row.node;
}

/** The run with this label. */
async function labelled(label: string): Promise<RunInfo> {
  const runs = await (await api()).listRuns({ container: 'any' });
  const found = runs.filter((info) => info.label === label);
  assert.equal(found.length, 1, `${label} is not the label of one run`);
  return found[0] ?? assert.fail();
}

async function node(id: string): Promise<RunNode> {
  return await rowOf(await infoOf(id));
}

/** Texts of the rows in a section of a run. */
async function sectionOf(run: RunNode, title: string): Promise<readonly string[]> {
  const rows = await runRows(run);
  const section = rows.find(({ label }) => label === title);
  assert.ok(section, `no ${title} among ${rows.map(({ label }) => label).join(', ')}`);
  return await runTexts(section.node);
}

describe('a Guild home', () => {
  it('is a store beside that of the project, and looking at it changes nothing', async () => {
    const before = snapshot(home());
    await (await root()).stores.load();
    const top = await runTexts();
    assert.deepEqual(top, ['Guild: workspace: 17 runs']);
    const texts = await runTexts(await guildNode());
    const batch = texts.find((text) => text.includes('3abe0ff2')) ?? '';
    assert.match(batch, /^train\.py\+: .*\b3 trials\b/);
    assert.ok(!texts.some((text) => text.includes('1c5921d0')), 'trials are below their batch');
    const marked = texts.find((text) => text.includes('0ae9c5a7')) ?? '';
    assert.match(marked, /★ marked/);
    assert.match(marked, /\b2 staged\b/);
    const failed = texts.find((text) => text.includes('b53fcf6c')) ?? '';
    assert.match(failed, /mode=bad n=2 x=0\.1 · #model · exit 3/);
    const trials = (await runTexts(await node(BATCH))).slice(0, 3);
    assert.deepEqual(
      trials.map((text) => text.split(' · ').slice(0, 2).join(' · ')),
      ['1 2989a80d: x=1 · #model', '2 1c5921d0: x=2 · #model', '3 510e8d3d: x=3 · #model'],
    );
    assert.deepEqual(snapshot(home()), before);
  });

  it('shows flags, files, attributes and output of a run', async () => {
    const run = await node(TRIAL);
    assert.deepEqual(await sectionOf(run, 'Config'), ['mode: a', 'n: 2', 'x: 2']);
    assert.deepEqual(await sectionOf(run, 'Files'), ['Source code: 1 file']);
    const attributes = await sectionOf(run, 'Attributes');
    assert.ok(attributes.includes('random_seed: 1894938254'), attributes.join('\n'));
    await vscode.commands.executeCommand('runyard.showOutput', run);
    const text = await waitFor(() => channelText(run.info), { what: 'the output' });
    assert.deepEqual(outputLines(text), ['  x: 2.000000', '  loss: 4.000000']);
    assert.match(text, /\d\d:\d\d:\d\d\.\d{3}   x: 2/);
    await vscode.commands.executeCommand('runyard.openWholeOutput', run);
    const whole = await untilEditor('the output', ({ uri }) => uri.scheme === 'runyard');
    assert.equal(whole.document.getText(), 'x: 2.000000\nloss: 4.000000\n');
  });

  it('shows the best trial of a batch by its objective, from the event files', async () => {
    let text = '';
    await waitFor(
      async () => {
        const texts = await runTexts(await guildNode());
        text = texts.find((one) => one.startsWith('op.py+: ')) ?? '';
        return /best loss=70\.0 \(x=30\)/.test(text);
      },
      { what: 'the best' },
    ).catch(() => assert.fail(text));
    const best = await labelled('wait=0.0 x=30');
    const summary = await sectionOf(await rowOf(best), 'Summary');
    assert.ok(
      summary.some((text) => text.startsWith('metrics')),
      summary.join('\n'),
    );
  });

  it('offers what guild can do, and nothing else', async () => {
    const flags = async (id: string): Promise<string> => {
      const { runsTree } = await root();
      return runsTree.item(await node(id)).contextValue ?? '';
    };
    assert.equal(await flags(FAILED), 'canDelete canLabel error guild hasOutput run');
    assert.match(await flags(BATCH), /^batch canDelete canLabel completed guild hasOutput run$/);
    assert.match(
      await flags((await labelled('wait=0.0 x=7')).id),
      /\bcanStart\b.*\bguild\b.*\bstaged\b/,
    );
    await assert.rejects(
      (await api()).stop({ runsDir: join(home(), 'runs'), id: FAILED }),
      /only guild changes it/,
    );
  });

  it('is filtered as every store', async () => {
    await vscode.commands.executeCommand(
      'runyard.filterRuns',
      'config.x > 2 and status = completed',
    );
    try {
      await waitFor(
        async () => {
          const texts = await runTexts(await guildNode());
          return texts.length > 0 && !texts.some((text) => text.includes('b53fcf6c'));
        },
        { what: 'the runs to be filtered' },
      );
    } finally {
      await vscode.commands.executeCommand('runyard.clearFilter');
    }
  });
});

describe('actions through guild', () => {
  afterEach(resetSettings);

  it('starts a staged trial, which stays below its batch', async () => {
    const trial = await labelled('wait=0.0 x=8');
    await vscode.commands.executeCommand('runyard.start', await rowOf(trial));
    const done = await untilStatus(trial.id, 'completed');
    assert.equal(done.batch?.role === 'trial' ? done.batch.text : null, 'x=8');
  });

  it('stops a running run', async () => {
    const { id } = await labelled('slow');
    await vscode.commands.executeCommand('runyard.start', await node(id));
    await untilStatus(id, 'running');
    await vscode.commands.executeCommand('runyard.stop', await node(id));
    await untilStatus(id, 'terminated');
  });

  it('labels, tags, marks and comments', async () => {
    // Two that no other test looks at.
    const trial = await labelled('wait=0.0 x=20');
    const { id } = trial;
    const batch = trial.batch?.role === 'trial' ? trial.batch.batch : assert.fail();
    const runs = [await node(id), await node(batch)];
    await vscode.commands.executeCommand('runyard.setLabel', runs[0], runs, 'of two');
    for (const one of [id, batch]) {
      await waitFor(async () => (await infoOf(one)).label === 'of two', { what: 'the label' });
    }
    const picks = await answerPicks(() => undefined, 'one, two words');
    try {
      await vscode.commands.executeCommand('runyard.guildTag', runs[0]);
      await waitFor(async () => (await infoOf(id)).tags.includes('two words'), {
        what: 'the tags',
      });
      assert.deepEqual((await infoOf(id)).tags, ['one', 'two words']);
      await vscode.commands.executeCommand('runyard.guildComment', runs[0]);
      const attributes = await sectionOf(await node(id), 'Attributes');
      assert.ok(attributes.includes('comment 1: one, two words'), attributes.join('\n'));
    } finally {
      picks.restore();
    }
    await vscode.commands.executeCommand('runyard.guildMark', runs[0]);
    await waitFor(async () => (await infoOf(id)).marked === true, { what: 'the mark' });
    await vscode.commands.executeCommand('runyard.guildUnmark', await node(id));
    await waitFor(async () => (await infoOf(id)).marked !== true, { what: 'no mark' });
  });

  it('deletes with a way back', async () => {
    const dialogs = await answerDialogs((_, buttons) => buttons.find((one) => one === 'Undo'));
    try {
      await vscode.commands.executeCommand('runyard.delete', await node(FAILED));
      assert.deepEqual(dialogs.messages, ['Deleted run train.py b53fcf6c.']);
      await waitFor(async () => (await infoOf(FAILED)).container === 'active', {
        what: 'the run to be back',
      });
    } finally {
      dialogs.restore();
    }
  });

  it('refuses a command that is not Guild AI', async () => {
    const path = join(folder().fsPath, 'other-guild');
    writeFileSync(path, '#!/bin/sh\necho "@guildai/cli 3.0"\n');
    chmodSync(path, 0o755);
    await setSetting('guild.command', path);
    const dialogs = await answerDialogs(() => undefined);
    try {
      await vscode.commands.executeCommand('runyard.guildMark', await node(FAILED));
      assert.equal(dialogs.messages.length, 1);
      assert.match(dialogs.messages[0] ?? '', /is not Guild AI: it answered '@guildai\/cli 3\.0'/);
    } finally {
      dialogs.restore();
    }
  });
});

describe('the settings', () => {
  afterEach(resetSettings);

  it('homes are looked for, or given', async () => {
    const titles = async (): Promise<string[]> =>
      (await root()).stores.entries.map(({ title }) => title);
    await setSetting('guild.findHomes', false);
    await waitFor(async () => (await titles()).length === 1, { what: 'the home to be left out' });
    await setSetting('guild.homes', ['.guild']);
    await waitFor(async () => (await titles()).includes('Guild: workspace'), {
      what: 'the home that was given',
    });
    await setSetting('guild.findHomes', undefined);
    await setSetting('guild.homes', undefined);
    await waitFor(async () => (await titles()).length === 2, { what: 'the home that is found' });
    await vscode.commands.executeCommand('runyard.refresh');
    await waitFor(async () => (await runTexts(await guildNode())).length > 0, {
      what: 'its runs',
    });
  });
});
