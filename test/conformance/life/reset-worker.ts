import { resetRun } from '../../../src/core/life/reset.ts';
import { openRun } from '../../../src/core/run/run.ts';
import { crashAt } from '../../helpers/runs/crashing-fs.ts';

/** Brings a run back and is killed before a change: `reset-worker.ts STORE ID CHANGE`. */
const [runsDir = '', id = '', at = ''] = process.argv.slice(2);
await crashAt(
  Number(at),
  () => resetRun(openRun(runsDir, id), 'staged'),
  () => process.kill(process.pid, 'SIGKILL'),
);
