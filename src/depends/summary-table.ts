import { stringify } from 'csv-stringify/sync';
import type { Pace } from '../core/base/pace.ts';
import { encodeLine, isJsonArray, type Json, type JsonObject } from '../core/data/json.ts';
import type { RunInfo } from '../core/run/types.ts';
import { readReportedValues } from '../core/status/run-values.ts';

/**
 * The text of a runs summary (gage-format.md 4.7): one row per run with its id, name, operation,
 * version, label, status, times (ISO 8601, UTC), config, attributes and metrics. JSON is an
 * array with one object per line; CSV has a column per value, named as in Gage's boards
 * (`config:lr`, gage-format.md 5.7).
 * @param filename its extension says which.
 */
export async function runsSummaryText(
  filename: string,
  runs: readonly RunInfo[],
  pace: Pace,
): Promise<string> {
  const rows: SummaryRow[] = [];
  for (const run of runs) {
    if (pace.due()) await pace.rest();
    const { config, attributes, metrics } = await readReportedValues(run);
    rows.push({
      head: headOf(run),
      config: finiteValues(config),
      attribute: finiteValues(attributes),
      metric: finiteValues(metrics),
    });
  }
  return filename.toLowerCase().endsWith('.csv') ? csvText(rows) : jsonText(rows);
}

interface SummaryRow {
  readonly head: JsonObject;
  readonly config: JsonObject;
  readonly attribute: JsonObject;
  readonly metric: JsonObject;
}

function headOf({ id, name, opref, label, status, timestampsUs }: RunInfo): JsonObject {
  return {
    id,
    name,
    operation: opref?.name ?? null,
    version: opref?.version ?? null,
    label,
    status,
    started: isoTime(timestampsUs.started),
    stopped: isoTime(timestampsUs.stopped),
  };
}

/** ISO 8601 in UTC with milliseconds. @param us epoch microseconds. */
function isoTime(us: number | null): string | null {
  return us === null ? null : new Date(us / 1000).toISOString();
}

/** What JSON has no word for is null, as in Gage's boards (gage-format.md 5.7). */
function finiteValues(values: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === 'number' && !Number.isFinite(value) ? null : value,
    ]),
  );
}

function jsonText(rows: readonly SummaryRow[]): string {
  const lines = rows.map(({ head, config, attribute, metric }) =>
    encodeLine({ ...head, config, attributes: attribute, metrics: metric }),
  );
  return lines.length === 0 ? '[]\n' : `[\n${lines.join(',\n')}\n]\n`;
}

const VALUE_GROUPS = ['config', 'attribute', 'metric'] as const;

function csvText(rows: readonly SummaryRow[]): string {
  const columns = VALUE_GROUPS.flatMap((group) => {
    const names = new Set(rows.flatMap((row) => Object.keys(row[group])));
    return [...names].sort().map((name) => ({ group, name }));
  });
  const head = [...HEAD, ...columns.map(({ group, name }) => `${group}:${name}`)];
  const lines = rows.map((row) => [
    ...HEAD.map((name) => cellText(row.head[name] ?? null)),
    ...columns.map(({ group, name }) => cellText(row[group][name] ?? null)),
  ]);
  return stringify([head, ...lines], { record_delimiter: 'windows', quoted_match: /[\r\n]/ });
}

const HEAD = ['id', 'name', 'operation', 'version', 'label', 'status', 'started', 'stopped'];

function cellText(value: Json): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  return isJsonArray(value) ? value.map(cellText).join(', ') : encodeLine(value);
}
