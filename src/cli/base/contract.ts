import { formatFloat, fromPlain, isJsonObject, type Json } from '../../core/data/json.ts';
import { maskedConfig } from '../../core/data/secrets.ts';
import type { Attempt } from '../../core/meta/attempts.ts';
import type { RunInfo, RunStatus } from '../../core/run/types.ts';
import type { RunDetail } from '../../core/status/run-detail.ts';

/**
 * The JSON that the program prints: a contract that scripts rely on. Field names, their order
 * and the nulls do not change.
 */

/** What `list --json` prints of one run. An unreadable run also has its `reason`. */
export function listEntry(info: RunInfo): Json {
  const { opref, timestampsUs: stamps } = info;
  return {
    id: info.id,
    name: info.name,
    opref: opref === null ? null : { ns: opref.ns, name: opref.name, version: opref.version },
    status: info.status,
    label: info.label,
    container: info.container,
    metaForm: info.metaForm,
    runDir: info.runDir,
    exitCode: int(info.exitCode),
    timestampsUs: {
      initialized: int(stamps.initialized),
      staged: int(stamps.staged),
      started: int(stamps.started),
      stopped: int(stamps.stopped),
    },
    ...(info.reason === null ? {} : { reason: info.reason }),
  };
}

/**
 * What `show --json` prints: the fields of the listing and what the run holds, with `attempts`
 * when it was restarted.
 */
export function showEntry(info: RunInfo, detail: RunDetail, attempts: readonly Attempt[]): Json {
  return {
    ...object(listEntry(info)),
    config: maskedConfig(detail.config),
    summary: detail.summary,
    attributes: detail.attributes,
    comments: detail.comments.map(({ id, author, timestampMs, msg }) => ({
      id,
      author,
      timestampMs: BigInt(timestampMs),
      msg,
    })),
    manifest: detail.manifest.map(([type, sha256, path]) => [type, sha256, path]),
    phases: detail.phases.map(({ name, bytes, lines }) => ({
      name,
      bytes: BigInt(bytes),
      lines: BigInt(lines),
    })),
    depends: fromPlain(detail.depends),
    ...(attempts.length > 0 && {
      attempts: attempts.map(({ number, dir, exitCode, startedUs, stoppedUs }) => ({
        number: BigInt(number),
        exitCode: BigInt(exitCode),
        startedUs: int(startedUs),
        stoppedUs: int(stoppedUs),
        dir,
      })),
    }),
  };
}

/** What commands that change a run print of it. */
export function runEntry(run: { id: string; name: string }, status: RunStatus | 'deleted'): Json {
  return { id: run.id, name: run.name, status };
}

/**
 * JSON text that every parser reads: ints stay ints and floats stay floats (`1.0`), while `NaN`
 * and the infinities, which JSON does not know, become null. Not ASCII only.
 * @param indent spaces per level; 0 gives one line.
 */
export function encodeContract(value: Json, indent = 2): string {
  return encode(value, indent, '\n');
}

function encode(value: Json, indent: number, newline: string): string {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number') return Number.isFinite(value) ? formatFloat(value) : 'null';
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = indent === 0 ? '' : newline + ' '.repeat(indent);
  const wrap = (open: string, items: readonly string[], close: string): string => {
    if (items.length === 0) return open + close;
    return open + inner + items.join(`,${inner}`) + (indent === 0 ? '' : newline) + close;
  };
  if (!isJsonObject(value)) {
    return wrap(
      '[',
      value.map((item) => encode(item, indent, inner)),
      ']',
    );
  }
  const colon = indent === 0 ? ':' : ': ';
  const entries = Object.entries(value);
  return wrap(
    '{',
    entries.map(([k, v]) => JSON.stringify(k) + colon + encode(v, indent, inner)),
    '}',
  );
}

function int(value: number | null): Json {
  return value === null ? null : BigInt(value);
}

function object(value: Json): { readonly [key: string]: Json } {
  return isJsonObject(value) ? value : {};
}
