import { release } from 'node:os';

/** The machine as `sys/platform.json` names it, in the manner of Python's `platform.platform()`. */
export function platformName(): string {
  const names: Readonly<Record<string, string>> = {
    linux: 'Linux',
    darwin: 'macOS',
    win32: 'Windows',
  };
  return [names[process.platform] ?? process.platform, release(), process.arch].join('-');
}
