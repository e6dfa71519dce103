import stringWidth from 'string-width';
import { RunyardError } from '../../core/base/errors.ts';
import { formatBytes } from '../../core/base/format-bytes.ts';
import { formatDuration, localTime } from '../../core/base/time-text.ts';
import { plural } from '../../core/base/words.ts';
import { type Json, type JsonObject, isJsonObject } from '../../core/data/json.ts';
import { maskedConfig } from '../../core/data/secrets.ts';
import { quoted, shown } from '../../core/data/value-text.ts';
import { readAttempts } from '../../core/meta/attempts.ts';
import { formatOpRef } from '../../core/run/opref.ts';
import type { RunInfo } from '../../core/run/types.ts';
import { NO_DETAIL, readRunDetail, type RunDetail } from '../../core/status/run-detail.ts';
import { dependencyFacts, dependencyTitle } from '../../depends/describe.ts';
import { CONTAINER_OPTION, RUN_HELP, type CliCommand } from '../base/command.ts';
import type { Context } from '../base/context.ts';
import { showEntry } from '../base/contract.ts';
import { EXIT } from '../base/errors.ts';
import { namedRun } from '../base/named-runs.ts';
import { printable, spaceTo, statusStyle, type Paint } from '../base/text.ts';

/** Files that the human form shows without `--all`. */
const MAX_FILES = 40;
const TYPE_NAMES: Readonly<Record<string, string>> = {
  s: 'source code',
  r: 'runtime',
  d: 'dependency',
  g: 'generated',
};

export const showCommand: CliCommand = {
  name: 'show',
  usage: 'show [RUN] [OPTIONS]',
  summary: 'Show everything about one run, by default the newest',
  options: {
    container: CONTAINER_OPTION,
    all: {
      type: 'boolean',
      short: 'a',
      help: `All files, not only the first ${String(MAX_FILES)}`,
    },
  },
  details: RUN_HELP,
  maxArgs: 1,
  run: runShow,
};

async function runShow(context: Context): Promise<number> {
  const where = { container: 'active', elsewhere: true };
  const info = await namedRun(context, context.args.positionals[0], where);
  const detail = await detailOf(info);
  if (context.json) {
    context.outJson(showEntry(info, detail, readAttempts(info)));
    return EXIT.ok;
  }
  context.out(describe(info, detail, context.paint, context.args.isSet('all')));
  return EXIT.ok;
}

/** Details of a run; of an unreadable one there are none, and its row says why. */
async function detailOf(info: RunInfo): Promise<RunDetail> {
  try {
    return await readRunDetail(info);
  } catch (error) {
    if (info.status !== 'unreadable' || !(error instanceof RunyardError)) throw error;
    return NO_DETAIL;
  }
}

function describe(info: RunInfo, detail: RunDetail, paint: Paint, allFiles: boolean): string {
  const title = info.opref === null ? info.id : formatOpRef(info.opref);
  const status = paint(statusStyle(info.status), info.status);
  const label = info.label === null ? '' : `  ${printable(info.label)}`;
  const sections = [
    `${paint('bold', printable(title))}  ${status}${label}\n`,
    pairs(facts(info, detail)),
    section('Config', pairs(scalars(maskedConfig(detail.config))), paint),
    section('Summary', summaryText(detail.summary), paint),
    section('Attributes', pairs(scalars(detail.attributes)), paint),
    section('Depends on', pairs(dependencies(info, detail)), paint),
    section('Output', pairs(phaseFacts(detail)), paint),
    section('Former attempts', pairs(attemptFacts(info)), paint),
    section('Files', fileLines(detail, allFiles), paint),
    section('Comments', commentLines(detail), paint),
  ];
  return sections.filter((text) => text !== '').join('');
}

type Pair = readonly [key: string, value: string];

function facts(info: RunInfo, detail: RunDetail): Pair[] {
  const { started, staged, stopped } = info.timestampsUs;
  const result: [string, string | null][] = [
    ['id', info.id],
    ['name', info.name],
    ['reason', info.reason],
    ['staged', staged === null ? null : localTime(staged / 1000)],
    ['started', started === null ? null : localTime(started / 1000)],
    ['stopped', stopped === null ? null : localTime(stopped / 1000)],
    [
      'duration',
      started === null || stopped === null ? null : formatDuration((stopped - started) / 1000),
    ],
    ['progress', info.progress === null ? null : `${String(info.progress.percent)}%`],
    ['exit code', info.exitCode === null ? null : String(info.exitCode)],
    ['container', info.container === 'active' ? null : info.container],
    ['location', info.runDir],
    ['project', detail.projectDir],
    ['command', commandText(detail)],
    ['tags', info.tags.length === 0 ? null : info.tags.join(', ')],
  ];
  return result.flatMap(([key, value]): Pair[] => (value === null ? [] : [[key, value]]));
}

function commandText({ command }: RunDetail): string | null {
  if (command === null) return null;
  return typeof command === 'string' ? command : quoted(command);
}

function scalars(values: JsonObject): Pair[] {
  return Object.entries(values).map(([key, value]) => [key, shown(value)]);
}

function summaryText(summary: JsonObject | null): string {
  if (summary === null) return '';
  const groups = Object.entries(summary).flatMap(([group, values]): Pair[] =>
    isJsonObject(values)
      ? Object.entries(values).map(([name, value]) => [`${group}.${name}`, metricText(value)])
      : [[group, shown(values)]],
  );
  return pairs(groups);
}

/** A metric may be an object with its value and how to show it (gage-format.md 2.11). */
function metricText(value: Json): string {
  if (!isJsonObject(value) || value['value'] === undefined) return shown(value);
  const label = value['label'];
  const text = shown(value['value']);
  return typeof label === 'string' ? `${text} (${label})` : text;
}

function dependencies({ runDir }: RunInfo, { depends }: RunDetail): Pair[] {
  return depends.map((one): Pair => [dependencyTitle(one), dependencyFacts(one, runDir)]);
}

function phaseFacts(detail: RunDetail): Pair[] {
  return detail.phases.map(({ name, bytes, lines }) => [
    name,
    `${plural(lines, 'line')}, ${formatBytes(bytes)}`,
  ]);
}

/** What a restart has kept; a negative exit code is that of a signal. */
function attemptFacts(info: RunInfo): Pair[] {
  return readAttempts(info).map(({ number, exitCode, startedUs, dir }) => {
    const started = startedUs === null ? '' : `, started ${localTime(startedUs / 1000)}`;
    return [String(number), `exit code ${String(exitCode)}${started}, in ${dir}`];
  });
}

function fileLines(detail: RunDetail, all: boolean): string {
  const shown = all ? detail.manifest : detail.manifest.slice(0, MAX_FILES);
  const rows = shown.map(([type, , path]): Pair => [path, TYPE_NAMES[type] ?? type]);
  const hidden = detail.manifest.length - shown.length;
  return pairs(rows) + (hidden > 0 ? `  … and ${String(hidden)} more (--all shows them)\n` : '');
}

function commentLines(detail: RunDetail): string {
  return detail.comments
    .map(({ author, timestampMs, msg }) => {
      const text = msg.trim().split('\n').map(printable).join('\n    ');
      return `  ${printable(author)}, ${localTime(timestampMs)}\n    ${text}\n`;
    })
    .join('');
}

function section(title: string, body: string, paint: Paint): string {
  return body === '' ? '' : `\n${paint('bold', title)}\n${body}`;
}

function pairs(rows: readonly Pair[]): string {
  const lines = rows.map(([key, value]): Pair => [printable(key), printable(value)]);
  const width = lines.reduce((most, [key]) => Math.max(most, Math.min(40, stringWidth(key))), 0);
  return lines.map(([key, value]) => `  ${key}${spaceTo(width, key)}  ${value}\n`).join('');
}
