/**
 * A process that has nothing to do with any run. It notes every signal that it gets, also in the
 * file that its first argument names, and tells on request. What cannot be caught shows in its end.
 */
import { appendFileSync } from 'node:fs';
import { constants } from 'node:os';

const [, , file] = process.argv;
const seen: string[] = [];
const uncaught = new Set(['SIGKILL', 'SIGSTOP', 'SIGPROF']);
for (const name of Object.keys(constants.signals) as NodeJS.Signals[]) {
  if (uncaught.has(name)) continue;
  try {
    process.on(name, () => {
      seen.push(name);
      if (file !== undefined) appendFileSync(file, `${name}\n`);
    });
  } catch {
    // This system does not know it.
  }
}
process.on('message', () => {
  // Signals that came before the question are handled in this turn of the loop.
  setImmediate(() => setImmediate(() => process.send?.(seen.splice(0))));
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
