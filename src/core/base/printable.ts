/**
 * Text from files that anybody may have written, for one line of a terminal or of the editor:
 * nothing in it controls the terminal, changes the order in which the rest is read, or hides.
 * - control characters are shown as symbols (`␛`, `␊`), those above U+007F as `\ufffd`;
 * - what turns the direction of text (as in “Trojan Source”), ends a line or has no width is shown
 *   by its number: `<U+202E>`. The joiner of emoji stays where it joins.
 */
export function printable(text: string): string {
  return UNPRINTABLE.test(text) ? text.replace(EACH, visible) : text;
}

/** {@link printable} for text that may have several lines, such as a comment. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/**
 * JSON text in which only ASCII escapes stand for what {@link printable} changes: parsers read the
 * same values.
 */
export function printableJson(json: string): string {
  return json.replace(EACH, (c) => (c === '\n' ? c : escapeUnits(c)));
}

/** Noncharacters have no meaning, and may have one for whoever prints. */
const PATTERN =
  '[\\p{Cc}\\p{Bidi_Control}\\u2028\\u2029\\u180e\\u200b\\u200c\\u2060-\\u2064\\u206a-\\u206f' +
  '\\ufdd0-\\ufdef\\ufeff\\ufff9-\\ufffb\\u{e0000}-\\u{e007f}]' +
  '|(?<!\\p{Extended_Pictographic}[\\ufe0f\\u{1f3fb}-\\u{1f3ff}]?)\\u200d';
const UNPRINTABLE = new RegExp(PATTERN, 'u');
const EACH = new RegExp(PATTERN, 'gu');

function visible(c: string): string {
  const code = c.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return '\u2421';
  if (code < 0xa0 || (code >= 0xfdd0 && code <= 0xfdef)) return '\ufffd';
  return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
}

function escapeUnits(c: string): string {
  return c
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
