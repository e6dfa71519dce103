import { RunyardError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import { encodeLine, formatFloat } from '../core/json.ts';
import type { Scalar } from './document.ts';

/**
 * The value as the type of the one it replaces, so that a script never meets a type that it
 * was not written for (gage.md 4.6 C5):
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

function refuse(key: string, value: Json, why: string): never {
  throw new RunyardError('bad-config', `${encodeLine(value)} does not fit "${key}": ${why}`, {
    hint: `Give "${key}" another value.`,
  });
}

function scalarText(value: boolean | bigint | number): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'bigint' ? value.toString() : formatFloat(value);
}
