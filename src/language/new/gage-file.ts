import { RunyardError } from '../../core/base/errors.ts';
import { encodeLine, type Json } from '../../core/data/json.ts';
import { parseGageDocument, type GageDocument } from '../../opdef/document.ts';
import type { GageFormat, TextEdit } from '../../opdef/syntax/tree.ts';
import type { NewOperation } from './scripts.ts';

/** What a Gage file begins with, also in a project that has nothing to run yet. */
const HEADING = 'Operations of this project. Run them from the Runyard view.';

/** Shows what an operation looks like when no script is there to be one. */
export const STARTER: NewOperation = {
  name: 'train',
  description: 'Train the model',
  exec: `${process.platform === 'win32' ? 'python' : 'python3'} train.py`,
  config: null,
};

/** What a person most likely means without naming an operation. */
const MAIN_NAMES = /^(?:train|main|run)$/;

/**
 * The text of a Gage file with these operations (gage-format.md 4.1), one of them marked as the default
 * one. Line ends are `\n`.
 */
export function newGageFile(format: GageFormat, operations: readonly NewOperation[]): string {
  const main = operations.find(({ name }) => MAIN_NAMES.test(name)) ?? operations[0];
  const blocks = operations.map((operation) =>
    block(format, operation, { isDefault: operation === main, indent: '' }),
  );
  if (format === 'json') return `// ${HEADING}\n{\n${blocks.join(',\n')}\n}\n`;
  return [`# ${HEADING}\n`, ...blocks].join('\n');
}

/**
 * The edit that adds an operation to a Gage file and changes nothing else of it. Throws
 * `bad-gage-file` when the file's structure leaves no place for one, and `bad-request` when it
 * has an operation with that name.
 */
export function addOperationEdit(document: GageDocument, operation: NewOperation): TextEdit {
  if (document.operations.some(({ name }) => name === operation.name)) {
    throw new RunyardError('bad-request', `There is an operation "${operation.name}" already`);
  }
  const edit = insertion(document, operation);
  const insert = document.text.includes('\r\n')
    ? edit.insert.replaceAll('\n', '\r\n')
    : edit.insert;
  const made = { ...edit, insert };
  if (!addsOnly(document, made, operation.name)) {
    throw new RunyardError('bad-gage-file', `${document.path}: there is no place to add to`, {
      hint: 'Mend what is underlined in the file first.',
    });
  }
  return made;
}

function insertion(document: GageDocument, operation: NewOperation): TextEdit {
  const { text, format, tree } = document;
  const last = tree.root.entries.at(-1);
  const options = { isDefault: false, indent: '' };
  if (format === 'json') {
    if (last === undefined) {
      const at = text.indexOf('{') + 1;
      if (at === 0) return atEnd(text, `{\n${block(format, operation, options)}\n}\n`);
      return { from: at, to: at, insert: `\n${block(format, operation, options)}\n` };
    }
    const at = last.range.to;
    return { from: at, to: at, insert: `,\n${block(format, operation, options)}` };
  }
  if (format === 'yaml' && last !== undefined) {
    const column = document.lines.positionAt(tree.root.entries[0]?.keyRange.from ?? 0).character;
    options.indent = ' '.repeat(column);
  }
  return atEnd(text, block(format, operation, options));
}

/** As a paragraph of its own. */
function atEnd(text: string, insert: string): TextEdit {
  const gap = text.trim() === '' || /\n[^\S\n]*\r?\n$/.test(text) ? '' : '\n';
  const newline = text === '' || text.endsWith('\n') ? '' : '\n';
  return { from: text.length, to: text.length, insert: newline + gap + insert };
}

/** True when the edit gives the file one operation more and leaves all else as it was. */
function addsOnly(before: GageDocument, edit: TextEdit, name: string): boolean {
  const text = before.text.slice(0, edit.from) + edit.insert + before.text.slice(edit.to);
  const after = parseGageDocument(before.path, text);
  const known = after.operations.filter((one) => one.name !== name);
  return (
    after.operations.length === known.length + 1 &&
    after.tree.problems.length <= before.tree.problems.length &&
    summary(known) === summary(before.operations)
  );
}

function summary(operations: GageDocument['operations']): string {
  return encodeLine(operations.map(({ name, opdef }): Json => [name, opdef.table]));
}

interface BlockOptions {
  readonly isDefault: boolean;
  readonly indent: string;
}

/** One operation; ends with a line end, but in JSON. */
function block(format: GageFormat, operation: NewOperation, options: BlockOptions): string {
  const { name, description, exec, config } = operation;
  const lines: readonly (readonly [string, string | true | null])[] = [
    ['description', description],
    ['default', options.isDefault ? true : null],
    ['exec', exec],
    ['config', config],
  ];
  const pairs = lines.flatMap(([key, value]) =>
    value === null ? [] : [[key, value === true ? 'true' : quote(value)] as const],
  );
  switch (format) {
    case 'toml': {
      const key = /^[\w-]+$/.test(name) ? name : quote(name);
      return `[${key}]\n${pairs.map(([k, v]) => `${k} = ${v}\n`).join('')}`;
    }
    case 'yaml': {
      const { indent } = options;
      const key = isPlainYaml(name) ? name : quote(name);
      const inner = pairs.map(([k, v]) => `${indent}  ${k}: ${v}\n`).join('');
      return `${indent}${key}:\n${inner}`;
    }
    case 'json': {
      const inner = pairs.map(([k, v]) => `    ${quote(k)}: ${v}`).join(',\n');
      return `  ${quote(name)}: {\n${inner}\n  }`;
    }
  }
}

/** A double-quoted text, the same in the three formats. */
function quote(text: string): string {
  return JSON.stringify(text).replaceAll('\x7f', '\\u007f');
}

/** A name that YAML 1.1 takes for nothing but a text. */
function isPlainYaml(name: string): boolean {
  return /^[a-z_][\w-]*$/i.test(name) && !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(name);
}
