import { isAlias, isMap, isScalar, isSeq, type Pair, type Scalar as YamlScalar } from 'yaml';
import { parseYamlDocument, plainType } from '../../core/data/yaml11.ts';
import { type DataEntry, type DataNode, dataDocument } from './data.ts';
import { type ConfigDocument, endOfLine } from './document.ts';
import type { Scalar } from './scalar.ts';
import { encodeYaml } from './yaml-literals.ts';

/**
 * Reads the configuration of a YAML file as PyYAML reads it (see `parseYaml11`). A value with an
 * anchor is edited where it stands, which changes it everywhere; its aliases, what `<<` merges,
 * and values with a tag are no keys. A date is a string as written, and takes only a date.
 * A file of several documents is not read. Never throws, unless values are nested thousands deep.
 */
export function parseYamlConfig(text: string): ConfigDocument {
  const { errors, contents } = parseYamlDocument(text);
  const [error] = errors;
  const line = error?.linePos?.[0].line ?? 1;
  if (errors.some(({ code }) => code === 'MULTIPLE_DOCS')) {
    return dataDocument(text, null, [{ line, message: 'Not read: it has several documents' }]);
  }
  const reason = error?.message.split(/ at line \d|\n/)[0] ?? '';
  const message = `Not understood as YAML (${reason}); values near it may be missing`;
  const root = contents === null ? null : new YamlConfig(text).node(contents, false);
  // A file that is one scalar has no keys; one that is empty is as good.
  return dataDocument(text, root, error === undefined ? [] : [{ line, message }]);
}

class YamlConfig {
  readonly #text: string;
  readonly #eol: string;

  constructor(text: string) {
    this.#text = text;
    this.#eol = endOfLine(text);
  }

  /** @param inFlow whether it stands within brackets or braces. */
  node(value: unknown, inFlow: boolean): DataNode {
    if (isMap(value) || isSeq(value)) {
      const flow = inFlow || value.flow === true;
      if (isSeq(value)) return { kind: 'list', items: value.items.map((v) => this.node(v, flow)) };
      return { kind: 'table', entries: value.items.flatMap((pair) => this.#entry(pair, flow)) };
    }
    if (isScalar(value)) return this.#scalar(value, inFlow);
    if (!isAlias(value)) return { kind: 'unread', from: 0, why: 'cannot be read' };
    const from = value.range?.[0] ?? 0;
    return { kind: 'unread', from, why: `is the alias *${value.source}: change it at its anchor` };
  }

  #entry({ key, value }: Pair, inFlow: boolean): DataEntry[] {
    if (!isScalar(key) || !key.range) return [];
    const [keyFrom, keyTo] = key.range;
    const name = this.#keyText(key);
    const entry = { key: name, keyFrom, keyTo };
    if (name === '<<' && key.type === 'PLAIN') {
      return [{ ...entry, value: { kind: 'unread', from: keyFrom, why: 'merges values' } }];
    }
    const isEmpty = value === null || (isScalar(value) && this.#isEmpty(value));
    return [{ ...entry, value: isEmpty ? this.#empty(keyTo) : this.node(value, inFlow) }];
  }

  /** `yes:` and `1:` are named as written, whatever type they have for the reader. */
  #keyText({ value, source }: YamlScalar): string {
    return typeof value === 'string' ? value : (source ?? '');
  }

  #isEmpty({ range, anchor, tag }: YamlScalar): boolean {
    return range?.[0] === range?.[1] && anchor === undefined && tag === undefined;
  }

  /** The value that a key without one has: it is written after the colon. */
  #empty(keyTo: number): DataNode {
    const colon = /^\s*:/.exec(this.#text.slice(keyTo, keyTo + 100))?.[0];
    if (colon === undefined) return { kind: 'unread', from: keyTo, why: 'has no value' };
    const from = keyTo + colon.length;
    const style = { token: '', indent: '', inFlow: true, isLast: false, eol: this.#eol };
    const encode = (value: Scalar, key: string): string => ` ${encodeYaml(value, key, style)}`;
    return { kind: 'scalar', from, to: from, value: null, encode };
  }

  #scalar(node: YamlScalar, inFlow: boolean): DataNode {
    const [from, end] = node.range ?? [0, 0];
    const why = this.#unreadable(node);
    if (why !== null) return { kind: 'unread', from, why };
    const isBlock = /^BLOCK_/.test(node.type ?? '');
    const to = isBlock ? from + trimmedLength(this.#text.slice(from, end)) : end;
    const token = this.#text.slice(from, to);
    const indent = isBlock ? (/[\r\n]( +)[^ \r\n]/.exec(token)?.[1] ?? '') : '';
    const isDate = node.type === 'PLAIN' && plainType(token) === 'timestamp';
    const style = { token, indent, inFlow, isLast: to === this.#text.length, eol: this.#eol };
    const encode = (value: Scalar, key: string): string => encodeYaml(value, key, style);
    const value = isDate ? token : this.#valueOf(node, end);
    return { kind: 'scalar', from, to, value, encode };
  }

  #unreadable({ range, tag }: YamlScalar): string | null {
    if (tag !== undefined) return `has a tag (${tag.replace('tag:yaml.org,2002:', '!!')})`;
    return range?.[0] === range?.[1] ? 'has no value' : null;
  }

  #valueOf({ value, type }: YamlScalar, end: number): Scalar {
    if (typeof value === 'string') {
      // A block that ends with the text has no line feed of its own.
      const open = type === 'BLOCK_LITERAL' || type === 'BLOCK_FOLDED';
      const cut = open && end === this.#text.length && !/[\r\n]$/.test(this.#text);
      return cut ? value.replace(/\n$/, '') : value;
    }
    return isNumberOrSo(value) ? value : null;
  }
}

function isNumberOrSo(value: unknown): value is number | bigint | boolean {
  return ['number', 'bigint', 'boolean'].includes(typeof value);
}

/** Length without the line ends and blank lines at the end. */
function trimmedLength(token: string): number {
  for (let end = token.length; ;) {
    const from = Math.max(token.lastIndexOf('\n', end - 1), token.lastIndexOf('\r', end - 1));
    if (from === -1 || token.slice(from + 1, end).trim() !== '') return end;
    end = from;
  }
}
