import type { OptionSpecs } from './args.ts';
import type { Context } from './context.ts';

/** A command of the program. */
export interface CliCommand {
  readonly name: string;
  /** What follows the program's name, for example `show [RUN]`. */
  readonly usage: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** More help, after the options. */
  readonly details?: string;
  readonly options: OptionSpecs;
  /** Most arguments that it takes; Infinity by default. */
  readonly maxArgs?: number;
  /** Least arguments that it takes; 0 by default. */
  readonly minArgs?: number;
  /** Resolves to the exit code. */
  readonly run: (context: Context) => Promise<number>;
}

/** Help on how runs are named, for the commands that take them. */
export const RUN_HELP = `RUN is a number of 'runyard list' (1 is the newest), a slice of them (2:4, -3:), or the
beginning of an id or a name.`;

/** The option that says where runs are looked for. */
export const CONTAINER_OPTION = {
  type: 'string',
  short: 'c',
  value: 'NAME',
  help: 'active, trash, or the id or name of an archive',
} as const;
