/**
 * The first process of a sandbox: tries the worlds of one group, and prints what came of each, one
 * line of JSON for each.
 *
 *   node main.ts ROOT SCRIPT GROUP [WORLD]
 */
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GROUPS } from '../catalogue/groups.ts';
import { settingIn, type Setting } from '../catalogue/setting.ts';
import { Attempt } from './attempt.ts';
import { Cli } from './cli.ts';
import { homeEnv, writeHome } from './home.ts';
import type { WorldResult } from './result.ts';
import { replaceContent } from './tree-copy.ts';
import { MemoryWatch } from './watch.ts';
import { Witness } from './witness.ts';

const [, , root = '', script = '', group = '', only] = process.argv;

let witness = await Witness.start(root);
const template = join(root, 'template');

const setting = settingIn(root, witness.identity);
writeHome(setting);
const healthy = await makeHealthyRun(setting);
replaceContent(setting.root, template);

for (const world of GROUPS[group] ?? []) {
  if (only !== undefined && world.name !== only) continue;
  const started = Date.now();
  if (!witness.isAlive) witness = await Witness.start(root);
  const now = settingIn(root, witness.identity);
  replaceContent(template, now.root);
  const memory = new MemoryWatch([process.pid, witness.identity.pid]);
  const victims = await world.build(now);
  const attempt = new Attempt(world, { script, setting: now, witness, memory, healthy }, victims);
  const problems = await attempt.run();
  memory.stop();
  tell({ world: world.name, problems, tookMs: Date.now() - started });
}
witness.end();

/** A run of this user's own, which the hostile ones lie beside. */
async function makeHealthyRun(at: Setting): Promise<string> {
  mkdirSync(join(dirname(at.root), 'compiled'), { recursive: true });
  const cli = new Cli({ script, cwd: at.project, env: homeEnv(at) });
  const { code, stdout, stderr } = await cli.spawned(['run', 'good', '--wait', '--json']);
  const id = /"id": ?"([^"]+)"/.exec(stdout)?.[1];
  if (code !== 0 || id === undefined) throw new Error(`The healthy run failed: ${stdout}${stderr}`);
  return id;
}

function tell(result: WorldResult): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

rmSync(template, { recursive: true, force: true });
process.exit(0);
