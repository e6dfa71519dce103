import { join } from 'node:path';
import { writeTree } from '../helpers/temp.ts';
import { writeBatchProject } from './batches/files.ts';
import { writeGuildProject } from './guild/project.ts';
import type { HostSession } from './harness/session.ts';
import { writeHostileWorkspace } from './hostile/store.ts';
import { writeLanguageProject, writeScripts } from './language/project.ts';
import { writeQueuedProject } from './queue/store.ts';
import { writeProject } from './runs/project.ts';
import { makeBrokenStore, makeStore, makeUntrustedStore } from './runs/stores.ts';

/**
 * Every session of the host suite, in order. What can share a window does: opening one takes
 * longer than most test files.
 */
export const sessions: readonly HostSession[] = [
  {
    name: 'harness',
    workspace: (dir) => {
      writeTree(dir, { 'hello.txt': 'hello\n' });
    },
    settings: { 'editor.rulers': [77] },
    phases: [
      { name: 'first window', files: ['harness/harness.test.ts'] },
      { name: 'after crash', files: ['harness/harness.test.ts'], after: 'crash' },
    ],
  },
  {
    name: 'runs',
    posix: 'a shell and signals',
    workspace: writeProject,
    phases: [
      {
        name: 'window',
        files: [
          'runs/first-run.test.ts',
          'runs/commands.test.ts',
          'runs/run-form.test.ts',
          'batches/trial-table.test.ts',
          'window/settings.test.ts',
        ],
      },
    ],
  },
  {
    name: 'batches',
    workspace: writeBatchProject,
    phases: [
      {
        name: 'window',
        files: ['batches/view.test.ts', 'queue/view.test.ts', 'queue/foreign.test.ts'],
      },
    ],
  },
  {
    name: 'queue restart',
    workspace: writeQueuedProject,
    phases: [{ name: 'window', files: ['queue/restart.test.ts'] }],
  },
  {
    name: 'guild',
    posix: 'a shell and symbolic links',
    workspace: writeGuildProject,
    phases: [{ name: 'window', files: ['guild/guild.test.ts'] }],
  },
  {
    name: 'reload',
    posix: 'a shell',
    workspace: writeProject,
    phases: [
      { name: 'before', files: ['window/reload.test.ts'] },
      { name: 'after reload', files: ['window/reload.test.ts'] },
      { name: 'after restart', files: ['window/reload.test.ts'], after: 'restart' },
    ],
  },
  {
    name: 'untrusted',
    trusted: false,
    workspace: (dir) => {
      writeProject(dir);
      makeUntrustedStore(join(dir, '.gage', 'runs'));
    },
    phases: [{ name: 'window', files: ['window/untrusted.test.ts', 'language/untrusted.test.ts'] }],
  },
  {
    name: 'broken store',
    workspace: (dir) => {
      writeTree(dir, { 'gage.toml': '[good]\n[broken\nexec = 1\n' });
      makeBrokenStore(join(dir, '.gage', 'runs'));
    },
    phases: [
      { name: 'untouched', files: ['window/activation.test.ts'] },
      { name: 'window', files: ['runs/broken-store.test.ts'] },
    ],
  },
  {
    name: 'hostile store',
    posix: 'links, pipes and signals',
    workspace: writeHostileWorkspace,
    phases: [{ name: 'window', files: ['hostile/hostile.test.ts'] }],
  },
  {
    name: 'hostile store untrusted',
    posix: 'links, pipes and signals',
    trusted: false,
    workspace: writeHostileWorkspace,
    phases: [{ name: 'window', files: ['hostile/hostile.test.ts'] }],
  },
  {
    name: 'many runs',
    workspace: (dir) => {
      writeProject(dir);
      makeStore(join(dir, '.gage', 'runs'), 10_000);
    },
    phases: [
      { name: 'first', files: ['runs/many-runs.test.ts'] },
      { name: 'again', files: ['runs/many-runs.test.ts', 'runs/filter.test.ts'] },
    ],
  },
  {
    name: 'folders',
    folders: ['one', 'two'],
    workspace: (dir) => {
      writeProject(join(dir, 'one'));
      writeProject(join(dir, 'two'));
    },
    phases: [{ name: 'window', files: ['window/folders.test.ts'] }],
  },
  {
    name: 'language',
    workspace: writeLanguageProject,
    phases: [
      {
        name: 'window',
        files: [
          'language/diagnostics.test.ts',
          'language/providers.test.ts',
          'language/lenses.test.ts',
        ],
      },
    ],
  },
  {
    name: 'language new file',
    workspace: writeScripts,
    phases: [{ name: 'window', files: ['language/new.test.ts'] }],
  },
  {
    name: 'no project',
    workspace: (dir) => {
      writeTree(dir, { '.vscode/settings.json': '{}', 'notes.txt': 'nothing here' });
    },
    phases: [{ name: 'window', files: ['window/no-project.test.ts'] }],
  },
];
