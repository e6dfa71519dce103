import { plural } from '../../core/base/words.ts';
import { setLabel } from '../../core/run/attributes.ts';
import { pokeRun } from '../../core/run/run.ts';
import { RUN_HELP, type CliCommand } from '../base/command.ts';
import type { Context } from '../base/context.ts';
import { runEntry } from '../base/contract.ts';
import { EXIT } from '../base/errors.ts';
import { namedRuns } from '../base/named-runs.ts';

export const labelCommand: CliCommand = {
  name: 'label',
  usage: 'label RUN… (--set TEXT | --clear)',
  summary: 'Set or clear the label of runs',
  options: {
    set: { type: 'string', short: 's', value: 'TEXT', help: 'The new label' },
    clear: { type: 'boolean', help: 'Remove the label' },
  },
  details: RUN_HELP,
  minArgs: 1,
  run: runLabel,
};

async function runLabel(context: Context): Promise<number> {
  const { args } = context;
  const text = args.text('set');
  if ((text === undefined) !== args.isSet('clear')) throw args.usage('Give --set TEXT or --clear');
  if (text === '') throw args.usage('--set needs a text; --clear removes a label');
  const runs = await namedRuns(context, args.positionals, {
    container: 'active',
    elsewhere: true,
  });
  for (const run of runs) {
    setLabel(run.runsDir, run.id, text ?? null);
    pokeRun(run);
  }
  if (context.json) context.outJson(runs.map((run) => runEntry(run, run.status)));
  else {
    const what = text === undefined ? 'Cleared the label of' : 'Labeled';
    context.note(`${what} ${plural(runs.length, 'run')}`);
  }
  return EXIT.ok;
}
