import type { OutputLine } from '../../core/output/lines.ts';
import type { OutputReader } from '../../core/output/reader.ts';
import type { RunInfo } from '../../core/run/types.ts';
import { openRunFromInfo } from '../../core/status/run-info.ts';
import { isActive } from '../../core/status/status.ts';
import { readRunInfo } from '../../core/store/read.ts';
import { CONTAINER_OPTION, RUN_HELP, type CliCommand } from '../base/command.ts';
import type { Context } from '../base/context.ts';
import { EXIT } from '../base/errors.ts';
import { namedRun } from '../base/named-runs.ts';
import { terminal } from '../base/terminal.ts';
import { LiveLines } from '../follow/live-lines.ts';
import { openPhaseOutput } from '../follow/phase-output.ts';

export const outputCommand: CliCommand = {
  name: 'output',
  usage: 'output [RUN] [OPTIONS]',
  summary: 'Print what a run printed, by default the newest run',
  options: {
    phase: {
      type: 'string',
      short: 'p',
      value: 'NAME',
      help: 'Output of another phase than 40_run: 10_sourcecode, …, 50_finalize',
    },
    from: { type: 'string', value: 'N', help: 'First line, counted from 1' },
    to: { type: 'string', value: 'N', help: 'Last line' },
    follow: { type: 'boolean', short: 'f', help: 'Go on until the run ends' },
    container: CONTAINER_OPTION,
  },
  details: `--json prints one object per line of output: {"line", "timeMs", "stream", "text"}. Lines count from
1, timeMs is the time in milliseconds since 1970 or null, stream is 0 for stdout, 1 for stderr.

${RUN_HELP}`,
  maxArgs: 1,
  run: runOutput,
};

async function runOutput(context: Context): Promise<number> {
  const { args } = context;
  const from = args.integer('from', 1) ?? 1;
  const to = args.integer('to', 0) ?? Infinity;
  const where = { container: 'active', elsewhere: true };
  const info = await namedRun(context, args.positionals[0], where);
  const { reader, raw } = await openPhaseOutput(info, args.text('phase') ?? '40_run');
  try {
    if (args.isSet('follow') && info.metaForm === 'dir') {
      await follow(context, info, reader, { from, to });
    } else if (!context.json && from === 1 && to === Infinity) {
      // The bytes as they are, whatever their encoding.
      await terminal.pipeRunOutput(await raw());
    } else {
      await printLines(context, reader, { from, to });
    }
  } finally {
    await reader.close();
  }
  return EXIT.ok;
}

/** The middle of a longer line is left out: no text holds a gigabyte. */
const MAX_LINE_BYTES = 32 * 1024 * 1024;

/** Lines to print: from 1, both ends included. */
interface Range {
  readonly from: number;
  readonly to: number;
}

async function printLines(context: Context, reader: OutputReader, range: Range): Promise<void> {
  const options = { maxLineBytes: MAX_LINE_BYTES };
  for await (const lines of reader.batches(range.from - 1, range.to, options)) {
    const goesOn = context.json
      ? terminal.json(lines.map(jsonLine).join('\n'))
      : terminal.runOutput('stdout', lines.map(({ text }) => `${text}\n`).join(''));
    if (!goesOn) await terminal.drained();
  }
}

async function follow(
  context: Context,
  info: RunInfo,
  reader: OutputReader,
  range: Range,
): Promise<void> {
  const live = new LiveLines(reader, (line, text) => {
    const number = line.line + 1;
    if (number < range.from || number > range.to) return;
    if (!context.json) terminal.runOutput('stdout', text);
    else if (text.endsWith('\n') || live.ended) terminal.json(jsonLine(line));
  });
  const run = openRunFromInfo(info);
  await live.run(async () => {
    const now = await readRunInfo(run.runsDir, run.id);
    return now === null || !isActive(now.status) || now.needsRecovery || live.nextLine > range.to;
  });
}

/** What `output --json` prints of a line. */
function jsonLine({ line, timeMs, stream, text }: OutputLine): string {
  const number = stream === null ? null : stream === 'stdout' ? 0 : 1;
  return JSON.stringify({ line: line + 1, timeMs, stream: number, text });
}
