import type { GageFormat } from '../../../src/opdef/syntax/tree.ts';

/** The formats of Gage files. */
export const FORMATS: readonly GageFormat[] = ['toml', 'yaml', 'json'];

type Plain = null | boolean | number | string | readonly Plain[] | PlainTable;
/** A Gage file as plain data. */
export interface PlainTable {
  readonly [key: string]: Plain;
}

/** Writes a Gage file as people write it in a format. */
export function writeGage(format: GageFormat, data: PlainTable): string {
  if (format === 'json') return `${JSON.stringify(data, null, 2)}\n`;
  return format === 'yaml' ? yamlTable(data, '') : tomlFile(data);
}

function tomlFile(data: PlainTable): string {
  const entries = Object.entries(data);
  const plain = entries.filter(([, value]) => !isTable(value)).map(tomlEntry);
  const tables = entries.flatMap(([name, value]) =>
    isTable(value) ? [`[${tomlKey(name)}]\n${Object.entries(value).map(tomlEntry).join('')}`] : [],
  );
  return [...plain, ...tables].join('\n');
}

function tomlEntry([key, value]: readonly [string, Plain]): string {
  return `${tomlKey(key)} = ${tomlValue(value)}\n`;
}

function tomlValue(value: Plain): string {
  if (isTable(value)) {
    const inner = Object.entries(value).map(
      ([key, item]) => `${tomlKey(key)} = ${tomlValue(item)}`,
    );
    return inner.length === 0 ? '{}' : `{ ${inner.join(', ')} }`;
  }
  if (isList(value)) return `[${value.map(tomlValue).join(', ')}]`;
  return JSON.stringify(value);
}

function tomlKey(key: string): string {
  return /^[\w-]+$/.test(key) ? key : JSON.stringify(key);
}

function yamlTable(data: PlainTable, indent: string): string {
  return Object.entries(data)
    .map(([key, value]) => `${indent}${yamlText(key)}:${yamlValue(value, indent)}`)
    .join('');
}

function yamlValue(value: Plain, indent: string): string {
  if (isTable(value)) {
    return Object.keys(value).length === 0 ? ' {}\n' : `\n${yamlTable(value, `${indent}  `)}`;
  }
  if (!isList(value))
    return ` ${typeof value === 'string' ? yamlText(value) : JSON.stringify(value)}\n`;
  if (value.length === 0) return ' []\n';
  const items = value.map((item) => {
    if (!isTable(item)) return `${indent}  -${yamlValue(item, `${indent}  `)}`;
    const lines = yamlTable(item, `${indent}    `);
    return `${indent}  - ${lines.slice(indent.length + 4)}`;
  });
  return `\n${items.join('')}`;
}

/** Without quotes where that is surely the same. */
function yamlText(text: string): string {
  return /^[A-Za-z_$][\w./$-]*(?: [\w./-]+)*$/.test(text) ? text : JSON.stringify(text);
}

function isTable(value: Plain): value is PlainTable {
  return typeof value === 'object' && value !== null && !isList(value);
}

function isList(value: Plain): value is readonly Plain[] {
  return Array.isArray(value);
}
