import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { WAIT_MS } from './temp.ts';

/** Makes a named pipe: whoever opens it as a file waits for ever. */
export function makePipe(path: string): string {
  execFileSync('mkfifo', [path], { timeout: WAIT_MS });
  return path;
}

/** Makes a link to a device: whoever reads it as a file never comes to its end. */
export function linkToDevice(path: string): string {
  symlinkSync('/dev/zero', path);
  return path;
}
