import { spawnSync } from 'node:child_process';

/** Longer than looking for processes and ending them takes. */
const timeout = 10_000;

/**
 * Ends the process `pid` and everything below it at once, whatever it is doing: its process
 * group, and its descendants that have left the group (runs are detached). Synchronous, so that
 * it can be done while we end ourselves. Processes that are gone already are no error.
 */
export function killTree(pid: number): void {
  if (process.platform === 'win32') {
    spawnSync('taskkill', ['/pid', String(pid), '/T', '/F'], { stdio: 'ignore', timeout });
    return;
  }
  // Looked up first: what a dead process has left behind is nobody's child any more.
  const descendants = descendantsOf(pid);
  for (const target of [pid, -pid, ...descendants]) {
    try {
      process.kill(target, 'SIGKILL');
    } catch {
      // It has ended by itself, or leads no group.
    }
  }
}

function descendantsOf(root: number): number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8', timeout });
  const children = new Map<number, number[]>();
  // There is no output where there is no `ps`: then the group has to do.
  for (const line of ((stdout as string | null) ?? '').split('\n')) {
    const [pid, parent] = line.trim().split(/\s+/).map(Number);
    if (pid === undefined || parent === undefined) continue;
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const below = (pid: number): number[] =>
    (children.get(pid) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(root);
}
