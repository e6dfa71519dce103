import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeTree } from '../../helpers/temp.ts';
import type { Setting } from '../catalogue/setting.ts';

/** The user's own things: a home with canaries, and a project with an operation that does no harm. */
export function writeHome(setting: Setting): void {
  const { home, project, outside, executed, root, store } = setting;
  writeTree(home, {
    '.bashrc': { data: 'export A=1\n', mode: 0o644 },
    '.ssh/id_ed25519': { data: 'secret\n', mode: 0o600 },
    'documents/thesis.txt': 'five years of work\n',
    'documents/read-only.txt': { data: 'final\n', mode: 0o444 },
    '.gage/runs': null,
  });
  writeTree(outside, { 'precious/letter.txt': 'precious\n' });
  writeTree(project, {
    'gage.toml': '[good]\nexec = "cat good.py"\nconfig = "good.py"\nsourcecode = "good.py"\n',
    'good.py': 'x = 1\n',
  });
  for (const dir of [executed, store, join(root, 'tmp')]) mkdirSync(dir, { recursive: true });
}

/** The environment of a user who lives there. Nothing of ours leads anywhere else. */
export function homeEnv({ home, root }: Setting): NodeJS.ProcessEnv {
  return {
    HOME: home,
    USER: 'ada',
    LANG: 'C.UTF-8',
    TERM: 'dumb',
    TMPDIR: join(root, 'tmp'),
    PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
    NODE_COMPILE_CACHE: join(dirname(root), 'compiled'),
  };
}
