import { join } from 'node:path';
import { writeTree } from '../helpers/temp.ts';
import { writeBatchProject } from './batch-files.ts';
import { writeGuildProject } from './guild-project.ts';
import { writeLanguageProject } from './language-project.ts';
import { writeProject } from './project.ts';
import type { HostSession } from './session.ts';
import { makeBrokenStore, makeStore, makeUntrustedStore } from './stores.ts';

/** Every session of the host suite, in order. */
export const sessions: readonly HostSession[] = [
  {
    name: 'harness',
    workspace: (dir) => {
      writeTree(dir, { 'hello.txt': 'hello\n' });
    },
    settings: { 'editor.rulers': [77] },
    phases: [
      { name: 'first window', files: ['harness.test.ts'] },
      { name: 'after reload', files: ['harness-reload.test.ts'] },
      { name: 'after crash', files: ['harness-reload.test.ts'], after: 'crash' },
      { name: 'after restart', files: ['harness-reload.test.ts'], after: 'restart' },
    ],
  },
  {
    name: 'harness untrusted',
    trusted: false,
    workspace: (dir) => {
      writeTree(dir, { 'hello.txt': 'hello\n' });
    },
    phases: [{ name: 'window', files: ['harness-untrusted.test.ts'] }],
  },
  {
    name: 'first run',
    workspace: writeProject,
    phases: [{ name: 'window', files: ['first-run.test.ts'] }],
  },
  {
    name: 'commands',
    workspace: writeProject,
    phases: [{ name: 'window', files: ['commands.test.ts'] }],
  },
  {
    name: 'run form',
    workspace: writeProject,
    phases: [{ name: 'window', files: ['run-form.test.ts'] }],
  },
  {
    name: 'trial table',
    workspace: writeProject,
    phases: [{ name: 'window', files: ['trial-table.test.ts'] }],
  },
  {
    name: 'batch view',
    workspace: writeBatchProject,
    phases: [{ name: 'window', files: ['batch-view.test.ts'] }],
  },
  {
    name: 'batch queue',
    workspace: writeBatchProject,
    phases: [
      { name: 'window', files: ['batch-queue-view.test.ts'] },
      { name: 'after restart', files: ['batch-queue-again.test.ts'], after: 'restart' },
    ],
  },
  {
    name: 'guild',
    workspace: writeGuildProject,
    phases: [{ name: 'window', files: ['guild.test.ts'] }],
  },
  {
    name: 'settings',
    workspace: writeProject,
    phases: [{ name: 'window', files: ['settings.test.ts'] }],
  },
  ...(['reload', 'restart'] as const).map((after): HostSession => ({
    name: `run through a ${after}`,
    workspace: writeProject,
    phases: [
      { name: 'before', files: ['reload-before.test.ts'] },
      { name: 'after', files: ['reload-after.test.ts'], after },
    ],
  })),
  {
    name: 'untrusted',
    trusted: false,
    workspace: (dir) => {
      writeProject(dir);
      makeUntrustedStore(join(dir, '.gage', 'runs'));
    },
    phases: [{ name: 'window', files: ['untrusted.test.ts', 'language-untrusted.test.ts'] }],
  },
  {
    name: 'broken store',
    workspace: (dir) => {
      writeTree(dir, { 'gage.toml': '[good]\n[broken\nexec = 1\n' });
      makeBrokenStore(join(dir, '.gage', 'runs'));
    },
    phases: [{ name: 'window', files: ['language-broken.test.ts', 'broken-store.test.ts'] }],
  },
  {
    name: 'many runs',
    workspace: (dir) => {
      writeProject(dir);
      makeStore(join(dir, '.gage', 'runs'), 10_000);
    },
    phases: [
      { name: 'first', files: ['many-runs.test.ts'] },
      { name: 'again', files: ['many-runs-again.test.ts'] },
    ],
  },
  {
    name: 'filter',
    workspace: (dir) => {
      writeProject(dir);
      makeStore(join(dir, '.gage', 'runs'), 10_000);
    },
    phases: [{ name: 'window', files: ['filter.test.ts'] }],
  },
  {
    name: 'folders',
    folders: ['one', 'two'],
    workspace: (dir) => {
      writeProject(join(dir, 'one'));
      writeProject(join(dir, 'two'));
    },
    phases: [{ name: 'window', files: ['folders.test.ts'] }],
  },
  {
    name: 'language',
    workspace: writeLanguageProject,
    phases: [
      {
        name: 'window',
        files: [
          'language-diagnostics.test.ts',
          'language-providers.test.ts',
          'language-lenses.test.ts',
        ],
      },
    ],
  },
  {
    name: 'language new file',
    workspace: (dir) => {
      writeTree(dir, {
        'train.py': '"""Train a model."""\nlr = 0.1\nprint(lr)\n',
        'lib.py': 'def f():\n    return 1\n',
        'prepare.sh': '# Prepare the data\necho\n',
      });
    },
    phases: [{ name: 'window', files: ['language-new.test.ts'] }],
  },
  {
    name: 'no project',
    workspace: (dir) => {
      writeTree(dir, { '.vscode/settings.json': '{}', 'notes.txt': 'nothing here' });
    },
    phases: [{ name: 'window', files: ['no-project.test.ts'] }],
  },
];
