import { wrongStatus } from '../../core/base/errors.ts';
import type { LaunchAction } from '../../core/launch/launch-messages.ts';
import { PHASES, type Run } from '../../core/run/types.ts';
import { openRunFromInfo } from '../../core/status/run-info.ts';
import { findEqualRun } from '../../operation/needed.ts';
import type { NewRunOptions } from '../../operation/new-run.ts';
import { RUN_HELP, type CliCommand } from '../base/command.ts';
import type { Context } from '../base/context.ts';
import { runEntry } from '../base/contract.ts';
import { EXIT } from '../base/errors.ts';
import { namedRun } from '../base/named-runs.ts';
import { envOption, operationArgs } from '../base/operation-args.ts';
import { FOREIGN_HELP, YES_OPTION, askForeign } from '../follow/ask-foreign.ts';
import { execute, untilStarted } from '../follow/execute.ts';

const LABEL = { type: 'string', short: 'l', value: 'TEXT', help: 'Label of the new run' } as const;
const NEW_RUN_OPTIONS = {
  label: LABEL,
  tag: {
    type: 'string',
    multiple: true,
    value: 'TAG',
    help: 'Tag of the new run; may be repeated',
  },
  description: { type: 'string', value: 'TEXT', help: 'What the new run is about' },
  env: {
    type: 'string',
    multiple: true,
    value: 'NAME=VALUE',
    help: 'Environment variable of the new run; may be repeated',
  },
  'accept-unknown': {
    type: 'boolean',
    help: 'Take keys that the operation does not have, as Gage does',
  },
} as const;
const WAIT = {
  type: 'boolean',
  short: 'w',
  help: "Print the run's output until it ends, and exit with its code",
} as const;
const QUIET = { type: 'boolean', short: 'q', help: "Do not print the run's output" } as const;
const FLAGS_HELP = `OP may be left out: the only operation, or the default one, is meant. KEY=VALUE sets a value of
the run's configuration: 3, 1e-3, true, false, null, or text.`;

export const runCommand: CliCommand = {
  name: 'run',
  usage: 'run [OP] [KEY=VALUE…] [OPTIONS]',
  summary: 'Stage and start a run of an operation',
  options: {
    ...NEW_RUN_OPTIONS,
    needed: {
      type: 'boolean',
      short: 'n',
      help: 'Skip when a completed run has the same operation and configuration',
    },
    preview: { type: 'boolean', help: 'Only show what would be staged and run' },
    wait: WAIT,
    quiet: QUIET,
  },
  details: `${FLAGS_HELP}

The run goes on when this command ends. With --wait, Ctrl-C stops the run.`,
  run: async (context) => {
    const { args } = context;
    const { opName, options } = await newRunArguments(context);
    if (args.isSet('preview')) {
      const { printPreview } = await import('./preview.ts');
      return await printPreview(context, opName, options);
    }
    if (args.isSet('needed')) {
      const equal = await findEqualRun(await context.project(), opName, options);
      if (equal !== null) {
        if (context.json) context.outJson(runEntry(equal, equal.status));
        context.note(`Skipped: run ${equal.name} (${equal.id}) has the same configuration`);
        return EXIT.skipped;
      }
    }
    return await executeRun(context, await createRun(context, opName, options), 'stage+start');
  },
};

export const stageCommand: CliCommand = {
  name: 'stage',
  usage: 'stage [OP] [KEY=VALUE…] [OPTIONS]',
  summary: "Stage a run of an operation; 'runyard start' starts it",
  options: NEW_RUN_OPTIONS,
  details: FLAGS_HELP,
  run: async (context) => {
    const { opName, options } = await newRunArguments(context);
    return await executeRun(context, await createRun(context, opName, options), 'stage');
  },
};

export const startCommand: CliCommand = {
  name: 'start',
  usage: 'start RUN [OPTIONS]',
  summary: 'Start a staged run or batch',
  options: { wait: WAIT, quiet: QUIET, yes: YES_OPTION },
  details: `${FOREIGN_HELP}

${RUN_HELP}`,
  minArgs: 1,
  maxArgs: 1,
  run: async (context) => {
    const where = { container: 'active' };
    const info = await namedRun(context, context.args.positionals[0], where);
    if (info.batch?.role === 'batch') {
      const { resumeBatch } = await import('./resume.ts');
      return await resumeBatch(context, info);
    }
    if (info.status !== 'staged' && info.status !== 'queued') {
      throw wrongStatus(info.id, info.status);
    }
    await askForeign(context, [info]);
    return await executeRun(context, openRunFromInfo(info), 'start');
  },
};

async function newRunArguments(
  context: Context,
): Promise<{ opName: string | undefined; options: NewRunOptions }> {
  const { parseFlags } = await import('../../config/flags.ts');
  const { args } = context;
  const { opName, values } = operationArgs(args);
  const label = args.text('label');
  const description = args.text('description');
  const options: NewRunOptions = {
    flags: parseFlags(values),
    tags: args.texts('tag'),
    env: envOption(args),
    acceptUnknown: args.isSet('accept-unknown'),
    ...(label === undefined ? {} : { label }),
    ...(description === undefined ? {} : { description }),
  };
  return { opName, options };
}

/** Makes a run, and notes what keeps values of the project's files out of it. */
export async function createRun(
  context: Context,
  opName: string | undefined,
  options: NewRunOptions,
): Promise<Run> {
  const { newRun } = await import('../../operation/new-run.ts');
  const { configProblemText } = await import('../../config/config.ts');
  const { run, configProblems } = await newRun(await context.project(), opName, options);
  for (const problem of configProblems) context.note(configProblemText(problem));
  return run;
}

/** Has a supervisor do `action`, waits as far as asked, and reports the run. */
export async function executeRun(
  context: Context,
  run: Run,
  action: LaunchAction,
): Promise<number> {
  const phases = PHASES.filter((phase) => action !== 'start' || !phase.startsWith('stage'));
  return await untilStarted(context, `run ${run.name}`, (interruption) =>
    execute(context, run, { action, phases }, interruption),
  );
}
