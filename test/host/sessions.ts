import { writeTree } from '../helpers/temp.ts';
import { writeProject } from './project.ts';
import type { HostSession } from './session.ts';

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
];
