/**
 * What a person may not expect of a plain scalar: the reading of YAML 1.1 (PyYAML, which Gage
 * uses: gage-format.md 1.3) differs from that of YAML 1.2. Null when both agree.
 * @param source The scalar as written, without quotes.
 * @param value  What it was read as.
 */
export function yamlSurprise(
  source: string,
  value: null | boolean | string | bigint | number,
): string | null {
  const plain = readYaml12(source);
  if (Object.is(plain, value)) return null;
  if (typeof value === 'boolean') {
    return `${source} is the boolean ${String(value)} here (YAML 1.1); put it in quotes to mean the word`;
  }
  if (typeof value === 'bigint' || typeof value === 'number') {
    return `${source} is the number ${String(value)} here (YAML 1.1); put it in quotes to mean the text`;
  }
  if (typeof plain === 'number' && typeof value === 'string') {
    return `${source} is text here, not a number (YAML 1.1); write ${withDot(source)}, or quotes to mean the text`;
  }
  return typeof value === 'string' && value !== source
    ? `${source} is read as ${value} here (YAML 1.1); put it in quotes to mean the text`
    : null;
}

/** The core schema of YAML 1.2. */
function readYaml12(source: string): null | boolean | string | bigint | number {
  if (/^(?:~|null|Null|NULL|)$/.test(source)) return null;
  if (/^(?:true|True|TRUE)$/.test(source)) return true;
  if (/^(?:false|False|FALSE)$/.test(source)) return false;
  if (/^[-+]?\d+$/.test(source)) return BigInt(source.replace('+', ''));
  if (/^0o[0-7]+$/.test(source) || /^0x[0-9a-fA-F]+$/.test(source)) return BigInt(source);
  if (/^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(source)) return Number(source);
  if (/^[-+]?\.(?:inf|Inf|INF)$/.test(source)) return source.startsWith('-') ? -Infinity : Infinity;
  return /^\.(?:nan|NaN|NAN)$/.test(source) ? NaN : source;
}

/** The number as YAML 1.1 writes it: with a dot and with the sign of the exponent. */
function withDot(source: string): string {
  const [mantissa = '', exponent = ''] = source.toLowerCase().split('e');
  const sign = /^[-+]?/.exec(mantissa)?.[0] ?? '';
  const digits = mantissa.slice(sign.length);
  const body = digits.startsWith('.')
    ? `0${digits}`
    : digits.includes('.')
      ? digits
      : `${digits}.0`;
  const power = exponent === '' ? '' : `e${/^[-+]/.test(exponent) ? '' : '+'}${exponent}`;
  return `${sign}${body}${power}`;
}
