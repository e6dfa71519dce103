const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

/** Python's `str.isprintable`: no controls, formats, surrogates, unassigned, no blank but space. */
const PRINTABLE = /^(?: |[^\p{C}\p{Z}])$/u;

/** A character that is not printable as Python and YAML escape it in quotation marks. */
export function escapeChar(char: string): string {
  const short = SHORT_ESCAPES.get(char);
  if (short !== undefined) return short;
  const code = char.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

/** Python's `repr` of a string. */
export function pythonRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let out = '';
  for (const char of text) {
    if (char === quote || char === '\\') out += `\\${char}`;
    // Plain ASCII without the tables of Unicode, which cost memory once they are loaded.
    else if (char >= ' ' && char <= '~') out += char;
    else out += PRINTABLE.test(char) ? char : escapeChar(char);
  }
  return quote + out + quote;
}
