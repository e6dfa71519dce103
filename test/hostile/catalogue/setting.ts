import { join } from 'node:path';
import type { ProcessIdentity } from '../../../src/core/process/identity.ts';

/** The places of one sandbox, and what a forger may know of the machine that it is made for. */
export interface Setting {
  /** Holds everything below; nothing else can be written. */
  readonly root: string;
  readonly home: string;
  readonly project: string;
  readonly store: string;
  /** What lies behind links out of the store. */
  readonly outside: string;
  /** Empty as long as no command of a hostile store was executed. */
  readonly executed: string;
  /** A process that has nothing to do with any run, and leads a group of its own. */
  readonly bystander: ProcessIdentity;
  /** Where that process writes its output. */
  readonly bystanderOutput: string;
}

/** The setting in `root`, where nothing is made yet. */
export function settingIn(root: string, bystander: ProcessIdentity): Setting {
  const world = join(root, 'world');
  const project = join(world, 'project');
  return {
    root: world,
    home: join(world, 'home'),
    project,
    store: join(project, '.gage', 'runs'),
    outside: join(world, 'outside'),
    executed: join(world, 'executed'),
    bystander,
    bystanderOutput: bystanderOutput(root),
  };
}

/** Where the bystander of a sandbox writes its output. */
export function bystanderOutput(root: string): string {
  return join(root, 'bystander.log');
}

/** A command that leaves a file when it is executed. */
export function canary({ executed }: Setting, name: string): string {
  return `touch '${join(executed, name.replace(/[^\w-]/g, '_'))}'`;
}
