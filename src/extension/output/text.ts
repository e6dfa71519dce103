import { formatDuration, localClock, localTime } from '../../core/base/time-text.ts';
import { plural } from '../../core/base/words.ts';
import type { OutputLine } from '../../core/output/lines.ts';
import { displayText } from '../../core/output/text.ts';
import type { RunInfo } from '../../core/run/types.ts';
import { phaseTitle, durationMs, operationText } from '../run/titles.ts';

/** Width of headings, in characters. */
const WIDTH = 72;

/** Terminal control sequences, which an editor cannot show. */
const CONTROL =
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])|[\u0000-\u0008\u000b-\u001f\u007f]/g;

/** One line of output as the channel shows it: time, `!` for stderr, and the text. */
export function formatLine(line: OutputLine): string {
  const time = line.timeMs === null ? ' '.repeat(12) : clockTime(line.timeMs);
  const mark = line.stream === 'stderr' ? '!' : ' ';
  return `${time} ${mark} ${displayText(line.text).replace(CONTROL, '')}`.trimEnd();
}

/** The first lines of a channel. */
export function formatHead(info: RunInfo): string {
  const operation = operationText(info.opref, null) ?? '';
  return `${operation} ${info.name}  ${info.id}\n${info.runDir}\n`;
}

/** Heading of a phase, given by the name of its output (`40_run`). */
export function formatPhase(name: string): string {
  return rule(phaseTitle(name));
}

/** What is said in place of lines that are not shown, with the link to all of them. */
export function formatEarlier(hidden: number, link: string): string {
  return `… ${plural(hidden, 'earlier line')}. The whole output: ${link}`;
}

/** The last line of the channel of a run that has ended. */
export function formatEnd(info: RunInfo, now: number): string {
  const duration = durationMs(info, now);
  const { stopped } = info.timestampsUs;
  const parts = [
    info.status,
    info.exitCode === null ? null : `exit code ${info.exitCode}`,
    duration === null ? null : `after ${formatDuration(duration)}`,
    stopped === null ? null : localTime(stopped / 1000),
  ];
  return rule(parts.filter((part) => part !== null).join(', '));
}

function rule(title: string): string {
  return `── ${title} ${'─'.repeat(Math.max(3, WIDTH - title.length))}`;
}

/** Local time as `14:03:59.123`. */
function clockTime(ms: number): string {
  return `${localClock(ms)}.${String(new Date(ms).getMilliseconds()).padStart(3, '0')}`;
}
