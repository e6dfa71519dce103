import { parseSweep } from '../../batch/table/values.ts';
import { parseValue, splitFlags } from '../../config/flags.ts';
import { RunyardError } from '../../core/base/errors.ts';
import { encodeLine, type Json } from '../../core/data/json.ts';

/** What a person wrote where one value is edited: that value, or several by their rule. */
export type TypedValue =
  | { readonly kind: 'value'; readonly value: Json }
  | { readonly kind: 'sweep'; readonly text: string };

const BEGINS_QUOTED = /^\s*["']/;
const QUOTED = /^(?:"([^]*)"|'([^]*)')$/;

/**
 * Reads the text of one value as it is edited alone. For a text variable it is the text itself,
 * quotes and all, unless it is a list or a function: in quotation marks that is a text too.
 * Throws `bad-config` for what is neither.
 * @param original the value of the project, which says what type is meant.
 */
export function readTyped(text: string, original: Json | undefined): TypedValue {
  const isText = typeof original === 'string' && BEGINS_QUOTED.test(text);
  if (!isText && parseSweep(text).kind !== 'value') return { kind: 'sweep', text: text.trim() };
  if (typeof original !== 'string') return { kind: 'value', value: parseValue(text) };
  const quoted = QUOTED.exec(text);
  const content = quoted?.[1] ?? quoted?.[2] ?? null;
  return { kind: 'value', value: content !== null && needsQuotes(content) ? content : text };
}

/** The text of a value as {@link readTyped} takes it. */
export function typedText(value: Json, original: Json | undefined): string {
  if (typeof value !== 'string') return encodeLine(value);
  // Where a number may stand too, a text that looks like one needs its quotation marks.
  const plain =
    typeof original === 'string' || !/^["']|^[-+.\d]|^(?:true|false|null|inf|nan)/i.test(value);
  return plain && !needsQuotes(value) ? value : quote(value);
}

/**
 * Flags as one line that `splitFlags` takes apart again: a text in which another flag seems to
 * begin gets quotation marks.
 */
export function flagLine(flags: readonly string[]): string {
  const whole = flags.map((flag) => {
    const at = flag.indexOf('=') + 1;
    const text = flag.slice(at);
    const isOne = splitFlags(flag).length <= 1 || isSweep(text) || BEGINS_QUOTED.test(text);
    return isOne ? flag : flag.slice(0, at) + quote(text);
  });
  return whole.join(' ');
}

/** True for a text that a list or a function is, also inside of quotation marks. */
function needsQuotes(text: string): boolean {
  const quoted = QUOTED.exec(text);
  const content = quoted?.[1] ?? quoted?.[2];
  return content === undefined ? isSweep(text) : needsQuotes(content);
}

function isSweep(text: string): boolean {
  if (BEGINS_QUOTED.test(text)) return false;
  try {
    return parseSweep(text).kind !== 'value';
  } catch (error) {
    // Broken ones have to be told from texts as well.
    if (error instanceof RunyardError) return true;
    throw error;
  }
}

function quote(text: string): string {
  return text.includes('"') ? `'${text}'` : `"${text}"`;
}
