import { RunyardError } from '../base/errors.ts';
import type { OpRef } from './types.ts';

/**
 * Text of the `opref` file (gage-format.md 1.5), without a newline: v1 where the operation has no
 * version, which every Gage reads, and v2 otherwise (gage-format.md 0.1).
 * Throws `bad-opref` for an empty namespace or name, and for any part with white space.
 */
export function encodeOpRef(opref: OpRef): string {
  const { ns, name, version } = opref;
  for (const [what, value] of [
    ['namespace', ns],
    ['operation name', name],
    ['version', version ?? '-'],
  ] as const) {
    if (value === '') throw new RunyardError('bad-opref', `The ${what} is empty`);
    if (/\s/.test(value)) {
      throw new RunyardError('bad-opref', `The ${what} '${value}' contains a space`, {
        hint: `Remove the space from the ${what}.`,
      });
    }
  }
  return version === null ? `1 ${ns} ${name}` : `2 ${ns} ${name} ${version}`;
}

/** Reads the text of an `opref` file, either schema. Throws `bad-opref` when it is not one. */
export function decodeOpRef(text: string): OpRef {
  const [schema, ...parts] = text.trimEnd().split(' ');
  const [ns, name, version] = parts;
  const fits =
    (schema === '2' && (parts.length === 2 || parts.length === 3)) ||
    (schema === '1' && parts.length === 2);
  if (!fits || !ns || !name || version === '') {
    throw new RunyardError('bad-opref', `Not an operation reference: ${JSON.stringify(text)}`);
  }
  return { ns, name, version: version ?? null };
}

/** `ns:name v1.2`, or `name v1.2` for operations of the namespace at hand (gage-format.md 1.5). */
export function formatOpRef(opref: OpRef, currentNs?: string): string {
  const name = opref.ns === currentNs ? opref.name : `${opref.ns}:${opref.name}`;
  return opref.version === null ? name : `${name} v${opref.version}`;
}

/** Same namespace, name and version. */
export function sameOpRef(a: OpRef, b: OpRef): boolean {
  return a.ns === b.ns && a.name === b.name && a.version === b.version;
}
