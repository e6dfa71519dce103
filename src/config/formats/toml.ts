import { formatFloat } from '../../core/data/json.ts';
import { parseTomlSyntax } from '../../opdef/syntax/toml/toml.ts';
import type { EntryNode, ScalarNode, ValueNode } from '../../opdef/syntax/tree.ts';
import { type DataEntry, type DataNode, dataDocument } from './data.ts';
import { type ConfigDocument, endOfLine, lineCounter } from './document.ts';
import { type Scalar, isRealDate, refuse } from './scalar.ts';

/**
 * Reads the configuration of a TOML file; of an array of tables `[[step]]` as `step.0.name`.
 * A date is a string as written, and takes only another date of its kind. Never throws.
 */
export function parseTomlConfig(text: string): ConfigDocument {
  const { root, problems } = parseTomlSyntax(text);
  const reader = new TomlConfig(text);
  const [first] = problems;
  const found =
    first === undefined
      ? []
      : [
          {
            line: lineCounter(text)(first.range.from),
            message: `Not understood as TOML (${first.message}); values near it may be missing`,
          },
        ];
  return dataDocument(text, reader.node(root), found);
}

class TomlConfig {
  readonly #text: string;
  readonly #eol: string;

  constructor(text: string) {
    this.#text = text;
    this.#eol = endOfLine(text);
  }

  node(value: ValueNode): DataNode {
    switch (value.kind) {
      case 'table':
        return { kind: 'table', entries: value.entries.flatMap((entry) => this.#entry(entry)) };
      case 'list':
        return { kind: 'list', items: value.items.map((item) => this.node(item)) };
      case 'scalar':
        return this.#scalar(value);
    }
  }

  #entry({ key, keyRange, value }: EntryNode): DataEntry[] {
    if (value === null) return [];
    return [{ key, keyFrom: keyRange.from, keyTo: keyRange.to, value: this.node(value) }];
  }

  #scalar({ range: { from, to }, value }: ScalarNode): DataNode {
    const token = this.#text.slice(from, to);
    const quote = /^(?:"""|'''|"|')/.exec(token)?.[0] ?? '';
    if (typeof value !== 'string') return { kind: 'scalar', from, to, value, encode: encodeBare };
    if (quote === '') {
      const encode = (wanted: Scalar, key: string): string => encodeDate(wanted, key, token);
      return { kind: 'scalar', from, to, value: token, encode };
    }
    const style = { quote, opensLine: /^...\r?\n/.test(token), eol: this.#eol };
    const encode = (wanted: Scalar, key: string): string =>
      typeof wanted === 'string' ? encodeString(wanted, key, style) : encodeBare(wanted, key);
    return { kind: 'scalar', from, to, value: withLineFeeds(token, value), encode };
  }
}

/** A string value; the line ends of its text are line feeds, as for Python's reader. */
function withLineFeeds(token: string, value: string): string {
  if (!token.includes('\r\n')) return value;
  const [entry] = parseTomlSyntax(`x = ${token.replaceAll('\r\n', '\n')}`).root.entries;
  return entry?.value?.kind === 'scalar' ? String(entry.value.value) : value;
}

function encodeBare(value: Scalar, key: string): string {
  switch (typeof value) {
    case 'bigint':
      return BigInt.asIntN(64, value) === value
        ? value.toString()
        : refuse(key, value, 'numbers of TOML have 64 bits');
    case 'number':
      if (Number.isNaN(value)) return 'nan';
      return Number.isFinite(value) ? formatFloat(value) : value > 0 ? 'inf' : '-inf';
    case 'boolean':
      return String(value);
    case 'string':
      return encodeString(value, key, { quote: '"', opensLine: false, eol: '\n' });
    default:
      return refuse(key, value, 'TOML has no null');
  }
}

const DATE = String.raw`\d{4}-\d\d-\d\d`;
const TIME = String.raw`\d\d:\d\d:\d\d(?:\.\d+)?`;

/** The kinds of dates in TOML; each stays what it is. */
const DATE_KINDS: readonly RegExp[] = [
  new RegExp(`^${DATE}$`),
  new RegExp(`^${TIME}$`),
  new RegExp(`^${DATE}[Tt ]${TIME}$`),
  new RegExp(`^${DATE}[Tt ]${TIME}(?:[Zz]|[-+]\\d\\d:\\d\\d)$`),
];

function encodeDate(value: Scalar, key: string, old: string): string {
  const kind = DATE_KINDS.find((pattern) => pattern.test(old));
  if (typeof value === 'string' && kind?.test(value) === true && isRealDate(value)) return value;
  return refuse(key, value, `it is a date like ${old}`);
}

interface TomlStyle {
  readonly quote: string;
  /** Whether the text begins on the line after the quotes. */
  readonly opensLine: boolean;
  readonly eol: string;
}

function encodeString(value: string, key: string, { quote, opensLine, eol }: TomlStyle): string {
  if (!value.isWellFormed()) return refuse(key, value, 'it holds half a character');
  const long = quote.length === 3;
  const open = long && (opensLine || value.startsWith('\n')) ? quote + eol : quote;
  if (quote.startsWith("'")) {
    const inner = value.replace(long ? /[\t\n]/g : /\t/g, '');
    const closes = long ? value.includes(quote) || value.endsWith("'") : value.includes("'");
    if (!closes && !CONTROL.test(inner)) return open + value.replaceAll('\n', eol) + quote;
    return encodeString(value, key, { quote: quote.replaceAll("'", '"'), opensLine, eol });
  }
  const escaped = value
    .replaceAll('\\', '\\\\')
    .replace(long ? /"(?=""|$)|""(?=$)/g : /"/g, (found) => found.replaceAll('"', '\\"'))
    .replace(CONTROLS, (c) => (long && c === '\n' ? eol : escapeControl(c)));
  return open + escaped + quote;
}

// What TOML forbids in its strings.
const CONTROL = /[\0-\x1f\x7f]/;
const CONTROLS = new RegExp(CONTROL.source, 'g');
const SHORT: ReadonlyMap<string, string> = new Map([
  ['\b', '\\b'],
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\f', '\\f'],
  ['\r', '\\r'],
]);

function escapeControl(c: string): string {
  return SHORT.get(c) ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
