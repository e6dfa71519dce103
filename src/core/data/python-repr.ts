/** Python's `str.isprintable`: no controls, formats, surrogates, unassigned, no blank but space. */
const PRINTABLE = /^(?: |[^\p{C}\p{Z}])$/u;
function escapeChar(char: string): string {
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
    else if (char === '\n') out += '\\n';
    else if (char === '\r') out += '\\r';
    else if (char === '\t') out += '\\t';

    // Plain ASCII without the tables of Unicode, which cost memory once they are loaded.
    else if (char >= ' ' && char <= '~') out += char;
    else out += PRINTABLE.test(char) ? char : escapeChar(char);
  }
  return quote + out + quote;
}
