import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempDir, waitFor, writeTree } from '../helpers/temp.ts';
import { openWorkbench } from './harness.ts';

test('the packaged extension installs into a fresh VS Code', { timeout: 180_000 }, async (t) => {
  const folder = writeTree(join(tempDir(t), 'project'), { 'notes.md': '# Notes  of a  run\n' });
  const workbench = await openWorkbench(t, { folder });

  await workbench.runCommand('Extensions: Show Installed Extensions');
  await workbench.page.locator('.extension-list-item', { hasText: 'Runyard' }).waitFor();

  await workbench.runCommand('View: Show Explorer');
  await workbench.page.locator('.explorer-folders-view .monaco-list-row').first().dblclick();
  assert.equal(
    await waitFor(async () => (await workbench.activeEditorText()).split('\n')[0], {
      what: 'the editor',
    }),
    '# Notes  of a  run',
  );

  const picture = await workbench.screenshot('harness');
  assert.ok(existsSync(picture) && statSync(picture).size > 10_000);
});
