/** No file that a person wrote is nested deeper. Parsers take their time, or all of the stack. */
const MAX_DEPTH = 1000;

/**
 * Whether a text of YAML, TOML or Python opens so many brackets, list items or parts of a key inside
 * each other that it is not to be parsed. It does not know quotation marks: a text of a string would
 * have to open a thousand brackets and close none.
 */
export function nestsTooDeeply(text: string): boolean {
  let brackets = 0;
  let items = 0;
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i] ?? '';
    if (c === '.') dots++;
    else if (!isOfKey(c)) dots = 0;
    if ((c === '-' || c === '?') && isBlank(text[i + 1])) items++;
    else if (!isBlank(c)) items = 0;
    if (c === '[' || c === '{' || c === '(') brackets++;
    else if ((c === ']' || c === '}' || c === ')') && brackets > 0) brackets--;
    if (Math.max(brackets, items, dots) > MAX_DEPTH) return true;
  }
  return false;
}

function isOfKey(c: string): boolean {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c === '_';
}

function isBlank(c: string | undefined): boolean {
  return c === ' ' || c === '\t';
}
