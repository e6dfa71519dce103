import {
  type Document,
  type ScalarTag,
  type YAMLError,
  isAlias,
  isScalar,
  parseDocument,
  visit,
} from 'yaml';
import { DataFileError, nestedTooDeeply, toJson } from './data-value.ts';
import { nestsTooDeeply } from './depth.ts';
import type { Json } from './json.ts';

/**
 * Reads YAML as the safe loader of PyYAML does (gage-format.md 1.3). That is YAML 1.1, but not all of
 * it: `y` and `n` are strings, an exponent needs a dot and a sign (`1e-4` is a string), and a
 * key given twice keeps its last value. Throws `DataFileError`.
 */
export function parseYaml11(source: string): Json {
  const document = parseYamlDocument(source);
  const [error] = document.errors;
  if (error !== undefined) {
    const place = error.linePos?.[0];
    throw new DataFileError(
      `Invalid YAML: ${yamlReason(error)}`,
      place?.line ?? null,
      place?.col ?? null,
      error,
    );
  }
  try {
    if (hasCollectionKey(document)) {
      throw new DataFileError(`Invalid YAML: ${COLLECTION_KEY}`, null, null, undefined);
    }
    return toJson(document.toJS());
  } catch (cause) {
    if (cause instanceof DataFileError) throw cause;
    // Both walk down the tree, and the stack is used up.
    if (cause instanceof RangeError) throw nestedTooDeeply(cause);
    // The library refuses aliases that expand without end, and unknown anchors.
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataFileError(`Invalid YAML: ${reason}`, null, null, cause);
  }
}

/** Why PyYAML refuses a list or a table as a key: Python cannot hash them. */
export const COLLECTION_KEY = 'a key must be a plain value';

function hasCollectionKey(document: Document): boolean {
  let found = false;
  visit(document, {
    Pair(_, { key }) {
      const target = isAlias(key) ? key.resolve(document) : key;
      found = target !== null && target !== undefined && !isScalar(target);
      return found ? visit.BREAK : undefined;
    },
  });
  return found;
}

/**
 * The nodes of a YAML text, with the values that {@link parseYaml11} gives them, and its errors.
 * Throws `DataFileError` for a text that is nested too deeply.
 */
export function parseYamlDocument(source: string): Document.Parsed {
  if (nestsTooDeeply(source)) {
    throw new DataFileError('Invalid YAML: nested too deeply', null, null, undefined);
  }
  return parseDocument(source, {
    version: '1.1',
    schema: 'failsafe',
    customTags: PYYAML_TAGS,
    merge: true,
    uniqueKeys: false,
    intAsBigInt: true,
    prettyErrors: true,
  });
}

/** What a scalar without quotes is by its look: `null`, `int`, `timestamp`, …, else `str`. */
export function plainType(text: string): string {
  const tag = PYYAML_TAGS.find(({ default: implicit, test }) => implicit && test?.test(text));
  return tag?.tag.slice(TAG.length) ?? 'str';
}

/** What an error of the library says, without the place. */
export function yamlReason(error: YAMLError): string {
  return error.code === 'MULTIPLE_DOCS'
    ? 'more than one document'
    : (error.message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');
}

const TAG = 'tag:yaml.org,2002:';
const INT =
  /^(?:[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/;
const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const TIMESTAMP =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(?:\.(\d*))?(?:[ \t]*(Z|[-+]\d\d?(?::\d\d)?))?)?$/;

/** The implicit types of PyYAML, with its own regular expressions. */
const PYYAML_TAGS: ScalarTag[] = [
  { tag: `${TAG}null`, default: true, test: /^(?:~|null|Null|NULL|)$/, resolve: () => null },
  {
    tag: `${TAG}bool`,
    default: true,
    test: /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/,
    resolve: (text) => ['yes', 'true', 'on'].includes(text.toLowerCase()),
  },
  { tag: `${TAG}int`, default: true, test: INT, resolve: readInt },
  { tag: `${TAG}float`, default: true, test: FLOAT, resolve: readFloat },
  {
    tag: `${TAG}timestamp`,
    default: true,
    // Only the date may stand alone in a strict form; `2024-1-1` is a string.
    test: /^(?:\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:.*)$/,
    resolve: readTimestamp,
  },
  // `!!float 3`: a tag without a test takes what is written.
  { tag: `${TAG}float`, resolve: readFloat },
];

function readInt(text: string): bigint | string {
  const plain = text.replaceAll('_', '');
  const negative = plain.startsWith('-');
  const digits = plain.replace(/^[-+]/, '');
  try {
    const magnitude = digits.includes(':')
      ? digits.split(':').reduce((sum, part) => sum * 60n + BigInt(part), 0n)
      : BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits);
    return negative ? -magnitude : magnitude;
  } catch {
    return text;
  }
}

function readFloat(text: string): number | string {
  const plain = text.replaceAll('_', '').toLowerCase();
  const sign = plain.startsWith('-') ? -1 : 1;
  const digits = plain.replace(/^[-+]/, '');
  if (digits === '.inf') return sign * Infinity;
  if (digits === '.nan') return NaN;
  const value = digits.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return Number.isNaN(value) ? text : sign * value;
}

/** ISO text of a YAML timestamp; a date stays a date. Text that is no date stays as it is. */
function readTimestamp(text: string): string {
  const match = TIMESTAMP.exec(text);
  if (match === null) return text;
  const [, year = '', month = '', day = '', hour, minute, second, fraction = '', zone] = match;
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  if (hour === undefined) return date;
  const micros = fraction === '' ? '' : `.${fraction.slice(0, 6).padEnd(6, '0')}`;
  const time = `${hour.padStart(2, '0')}:${minute ?? '00'}:${second ?? '00'}${micros}`;
  return `${date}T${time}${isoZone(zone)}`;
}

function isoZone(zone: string | undefined): string {
  if (zone === undefined) return '';
  if (zone === 'Z') return '+00:00';
  const [hours = '', minutes = '00'] = zone.slice(1).split(':');
  return `${zone.slice(0, 1)}${hours.padStart(2, '0')}:${minutes}`;
}
