import { readFileSync, readdirSync } from 'node:fs';

/** No process of ours may need more. Megabytes. */
export const MEMORY_LIMIT_MB = 500;

/** Between two looks at the processes of the sandbox. Milliseconds. */
const LOOK_MS = 20;

/** Watches the memory of all processes of the sandbox, and ends those that take too much. */
export class MemoryWatch {
  readonly #spared: ReadonlySet<number>;
  readonly #found: string[] = [];
  readonly #timer: NodeJS.Timeout;

  /** @param spared pids of processes that are no part of what is tried. */
  constructor(spared: readonly number[]) {
    this.#spared = new Set(spared);
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  /** What took too much since the last call. */
  take(): readonly string[] {
    this.#look();
    return this.#found.splice(0);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    for (const pid of otherProcesses(this.#spared)) {
      const megabytes = peakOf(pid);
      if (megabytes <= MEMORY_LIMIT_MB) continue;
      this.#found.push(`took ${String(Math.round(megabytes))} MB: ${commandOf(pid)}`);
      endProcess(pid);
    }
  }
}

/** Live processes of this sandbox but those. */
export function otherProcesses(spared: ReadonlySet<number>): readonly number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && !spared.has(pid) && isAlive(pid));
}

export function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** The most memory that a process ever had; 0 for one that is gone. */
function peakOf(pid: number): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(text(pid, 'status'))?.[1] ?? 0;
  return Number(kilobytes) / 1024;
}

/** Nobody fetches the end of a process whose parent is gone: it stays in the table. */
function isAlive(pid: number): boolean {
  const status = text(pid, 'status');
  return status !== '' && !/^State:\s+[ZX]/m.test(status);
}

function commandOf(pid: number): string {
  return text(pid, 'cmdline').replaceAll('\0', ' ').trim().slice(-200);
}

function text(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${String(pid)}/${name}`, 'utf8');
  } catch {
    return '';
  }
}
