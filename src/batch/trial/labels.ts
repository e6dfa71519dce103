import { basename, sep } from 'node:path';
import { compareCodePoints, formatFloat, type Json } from '../../core/data/json.ts';
import type { RunConfig } from '../../core/run/types.ts';
import type { TrialFlags } from '../record/types.ts';
import { literal } from '../table/literal.ts';

/**
 * The flags of a trial as its log names them (guild-format.md 1.3): `k=v` by key, joined by `, `, those
 * that are null left out.
 */
export function formatFlags(flags: TrialFlags): string {
  return assignments(flags, flagText).join(', ');
}

/** The values in which a trial differs from the others of its batch: `depth=2 lr=0.1`. */
export function trialText(flags: TrialFlags, varying: readonly string[]): string {
  return varying
    .flatMap((key) => {
      const value = Object.hasOwn(flags, key) ? flags[key] : undefined;
      return value === undefined ? [] : [`${key}=${shortText(value)}`];
    })
    .join(' ');
}

/**
 * The label of a trial (guild-format.md 1.2). Without a template: its flags, `k=v` by key with blanks
 * between, null left out, floats cut after 5 decimals, long paths shortened. In a template
 * `${key}` is a value of the run, empty when there is none, and `${default_label}` the label
 * without a template; filters follow after bars: `${lr|%.3f}`, `${x|default:none}`,
 * `${path|basename}`, `${text|unquote}`.
 */
export function trialLabel(template: string | null, flags: TrialFlags, config: RunConfig): string {
  const defaultLabel = assignments(flags, shortText).join(' ');
  if (template === null) return defaultLabel;
  return template.replace(/\$\{([^}]*)\}/g, (_, reference: string) => {
    const [name = '', ...filters] = reference.split('|');
    if (name === 'default_label' && filters.length === 0) return defaultLabel;
    const value = Object.hasOwn(config, name) ? config[name] : undefined;
    return rendered(value ?? null, filters);
  });
}

function assignments(flags: TrialFlags, text: (value: Json) => string): readonly string[] {
  return Object.entries(flags)
    .filter(([, value]) => value !== null)
    .sort(([a], [b]) => compareCodePoints(a, b))
    .map(([key, value]) => `${key}=${text(value)}`);
}

/** A value as typed, with quotation marks around what holds blanks. */
function flagText(value: Json): string {
  const text = literal(value);
  return typeof value === 'string' && text === value && /\s/.test(text) ? `'${text}'` : text;
}

function shortText(value: Json): string {
  if (typeof value === 'number') return formatFloat(value).replace(/(\.\d{5})\d+/, '$1');
  if (typeof value === 'string' && isPath(value)) return shortPath(value);
  return flagText(value);
}

function isPath(text: string): boolean {
  return text.includes(sep) && !/\s/.test(text) && !text.includes('://');
}

const PATH_LENGTH = 20;

/** A path with `…` for its middle: as many parts of both ends as {@link PATH_LENGTH} allows. */
function shortPath(path: string): string {
  if (path.length <= PATH_LENGTH) return path;
  const parts = pathParts(path);
  const left = path.startsWith(sep) ? [] : parts.splice(0, 1);
  const right = parts.splice(-1);
  for (let fromRight = left.length > 0; parts.length > 0; fromRight = !fromRight) {
    const [part = ''] = parts.splice(fromRight ? -1 : 0, 1);
    const length = [...left, ...right, part, '…'].join(sep).length;
    if (length > PATH_LENGTH) break;
    if (fromRight) right.unshift(part);
    else left.push(part);
  }
  const short = [left.join(sep), '…', right.join(sep)].join(sep);
  return short.length < path.length ? short : path;
}

/** Parts between separators; those at the beginning and repeated ones belong to what follows. */
function pathParts(path: string): string[] {
  const names = path.split(sep);
  const parts: string[] = [];
  let lead = '';
  for (const name of names) {
    if (name === '') lead += sep;
    else {
      parts.push(lead + name);
      lead = '';
    }
  }
  return parts;
}

/** The text of a reference; what went through a filter comes as it is, without quotation marks. */
function rendered(value: Json, filters: readonly string[]): string {
  if (filters.length === 0) return value === null ? '' : shortText(value);
  let current = value;
  for (const filter of filters) {
    const [name = '', ...rest] = filter.split(':');
    if (name.startsWith('%')) current = formatted(filter, current);
    else if (name === 'default') current ??= rest.join(':');
    else if (name === 'basename')
      current = typeof current === 'string' ? basename(current) : current;
    else if (name === 'unquote') current = unquoted(current);
    else return '#error#';
  }
  if (current === null) return '';
  return typeof current === 'string' ? current : literal(current);
}

function unquoted(value: Json): Json {
  return typeof value === 'string' ? value.replace(/^'(.*)'$/s, '$1') : value;
}

/** `%05.2f` and the like, as Python's `%`; a value of another type stays as it is. */
function formatted(format: string, value: Json): Json {
  const match = /^%([-+ 0]*)(\d*)(?:\.(\d+))?([sdifeg])$/.exec(format);
  if (match === null || value === null) return value;
  const [, flags = '', width = '', precision, type = ''] = match;
  const body = formattedBody(type, precision === undefined ? null : Number(precision), value);
  if (body === null) return value;
  const signed =
    type !== 's' && !body.startsWith('-') && /[+ ]/.test(flags)
      ? `${flags.includes('+') ? '+' : ' '}${body}`
      : body;
  const length = Number(width || '0');
  if (flags.includes('-')) return signed.padEnd(length);
  if (!flags.includes('0') || type === 's') return signed.padStart(length);
  const sign = /^[-+ ]/.exec(signed)?.[0] ?? '';
  return sign + signed.slice(sign.length).padStart(length - sign.length, '0');
}

function formattedBody(type: string, precision: number | null, value: Json): string | null {
  if (type === 's') {
    const text = typeof value === 'string' ? value : shortText(value);
    return precision === null ? text : text.slice(0, precision);
  }
  if (typeof value !== 'number' && typeof value !== 'bigint') return null;
  const number = Number(value);
  switch (type) {
    case 'f':
      return number.toFixed(precision ?? 6);
    case 'e':
      return exponential(number, precision ?? 6);
    case 'g':
      return general(number, precision ?? 6);
    default:
      return Number.isFinite(number) ? BigInt(Math.trunc(number)).toString() : null;
  }
}

/** With two digits of exponent at least, as Python has it. */
function exponential(value: number, precision: number): string {
  return value.toExponential(precision).replace(/e([-+])(\d)$/, 'e$10$2');
}

function general(value: number, precision: number): string {
  const digits = Math.max(1, precision);
  const exponent = value === 0 ? 0 : Number(value.toExponential(digits - 1).split('e')[1]);
  const text =
    exponent < -4 || exponent >= digits
      ? exponential(value, digits - 1)
      : value.toFixed(digits - 1 - exponent);
  return text.replace(/(\.\d*?)0+(?=e|$)/, '$1').replace(/\.(?=e|$)/, '');
}
