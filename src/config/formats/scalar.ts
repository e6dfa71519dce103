import { RunyardError } from '../../core/base/errors.ts';
import { type Json, formatFloat } from '../../core/data/json.ts';
import { quoted } from '../../core/data/value-text.ts';

/**
 * The value as the type of the one it replaces, so that a script never meets a type that it
 * was not written for (gage-format.md 4.6 C5):
 * - a string takes any scalar as text;
 * - a float takes an int;
 * - an int takes a float, which becomes an int when it is integral (`1e3`);
 * - a bool takes `true`, `false` and Python's `True`, `False`;
 * - `None` takes anything, and everything takes null.
 * Throws `bad-config` naming the key when the value does not fit.
 * @param text The value as a person typed it: what a string variable takes for an unquoted
 *   value (`007` stays `007`).
 */
export function fitValue(key: string, value: Json, current: Scalar, text?: string): Scalar {
  if (typeof value === 'object' && value !== null) {
    return refuse(key, value, 'config values are single values, not lists or tables');
  }
  if (value === null || current === null) return value;
  if (typeof current === 'string') {
    return typeof value === 'string' ? value : (text ?? scalarText(value));
  }
  if (typeof current === 'boolean') {
    if (typeof value === 'boolean') return value;
    if (value === 'True') return true;
    if (value === 'False') return false;
    return refuse(key, value, 'it is true or false');
  }
  if (typeof value === 'bigint') return typeof current === 'bigint' ? value : toFloat(key, value);
  if (typeof value === 'number') {
    return typeof current === 'bigint' && Number.isInteger(value) ? BigInt(value) : value;
  }
  return refuse(key, value, 'it is a number');
}

/** True when two values are written alike: same type, same value (`1` and `1.0` differ). */
export function sameScalar(a: Scalar, b: Scalar): boolean {
  return Object.is(a, b);
}

function toFloat(key: string, value: bigint): number {
  const float = Number(value);
  return Number.isFinite(float) ? float : refuse(key, value, 'it is too large for a float');
}

/** False for the 30th of February and for 25 o'clock, in a text that looks like a date or time. */
export function isRealDate(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d\d?)-(\d\d?)/.exec(text) ?? [];
  if (year !== undefined) {
    const date = new Date(0);
    date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
    if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return false;
  }
  const [, hour = '0', minute = '0', second = '0'] = /(\d\d?):(\d\d):(\d\d)/.exec(text) ?? [];
  const [, zoneHour = '0', zoneMinute = '0'] = /:\d\d.*[-+](\d\d?)(?::(\d\d))?$/.exec(text) ?? [];
  const isHour = [hour, zoneHour].every((h) => Number(h) < 24);
  return isHour && [minute, second, zoneMinute].every((m) => Number(m) < 60);
}

/** Throws `bad-config`: `value` is nothing that `key` can hold. @param why `it is a number`. */
export function refuse(key: string, value: Json, why: string): never {
  throw new RunyardError('bad-config', `${quoted(value)} does not fit "${key}": ${why}`, {
    hint: `Give "${key}" another value.`,
  });
}

function scalarText(value: boolean | bigint | number): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'bigint' ? value.toString() : formatFloat(value);
}

/** A value of the configuration: one scalar. */
export type Scalar = null | boolean | string | bigint | number;
