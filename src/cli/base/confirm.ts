import { createInterface } from 'node:readline/promises';

/** Whether there is a person to ask. */
export function canAsk(): boolean {
  return process.stdin.isTTY;
}

/** Asks on the terminal. @param question ends with a question mark. @returns true for a yes only. */
export async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} (y/N) `)).trim());
  } finally {
    terminal.close();
  }
}
