import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { basename, dirname, join } from 'node:path';
import type { Setting } from './setting.ts';

/** What can lie where a file or a directory of ours should be. */
export type Kind = 'link' | 'device' | 'pipe' | 'socket' | 'directory' | 'huge' | 'file';

/** What a file is replaced by. */
export const FILE_KINDS: readonly Kind[] = [
  'link',
  'device',
  'pipe',
  'socket',
  'directory',
  'huge',
];

/** What a directory is replaced by. */
export const DIRECTORY_KINDS: readonly Kind[] = ['link', 'device', 'pipe', 'socket', 'file'];

/** More than any process may have of memory; what must read all of it ends in time, too. */
const HUGE_BYTES = 600 * 1024 ** 2;

/**
 * Puts something else in the place of a file or directory, which need not exist.
 * A link leads to what was there, now outside the store: all of it looks as it did before, and
 * whoever follows the link changes what is not theirs.
 */
export async function replace(setting: Setting, path: string, kind: Kind): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  if (kind === 'link') {
    linkOut(setting, path);
    return;
  }
  rmSync(path, { recursive: true, force: true });
  switch (kind) {
    case 'device':
      symlinkSync('/dev/zero', path);
      break;
    case 'pipe':
      execFileSync('mkfifo', [path]);
      break;
    case 'socket':
      await makeSocket(setting, path);
      break;
    case 'directory':
      mkdirSync(path);
      writeFileSync(join(path, 'file'), 'in the way\n');
      break;
    case 'huge':
      writeFileSync(path, '');
      truncateSync(path, HUGE_BYTES);
      break;
    case 'file':
      writeFileSync(path, 'no directory\n');
  }
}

let links = 0;

function linkOut({ outside }: Setting, path: string): void {
  const dir = join(outside, `behind-${String(++links)}`);
  const target = join(dir, basename(path));
  mkdirSync(dir, { recursive: true });
  if (!existsSync(path)) writeFileSync(target, 'precious\n');
  else renameSync(path, target);
  symlinkSync(target, path);
}

/** Its name is too long for an address: it is made under a short one, and moved. */
async function makeSocket({ root }: Setting, path: string): Promise<void> {
  const short = join(dirname(root), 'socket');
  const server = createServer().listen(short);
  await once(server, 'listening');
  renameSync(short, path);
  server.close();
  await once(server, 'close');
}
