import * as z from 'zod/mini';
import {
  effectiveConfig,
  parseFlag,
  parseValue,
  splitFlags,
  type Flags,
} from '../../config/config.ts';
import { RunyardError } from '../../core/errors.ts';
import { encodeLine, jsonEqual, parseJson, type Json } from '../../core/json.ts';
import { splitWords } from '../../core/patterns.ts';

/** A config value that the form offers. */
export interface FormField {
  readonly key: string;
  /** The value that the project's files hold. */
  readonly value: Json;
  /** Where it is written, for people: `train.py:3`. */
  readonly place: string;
  readonly description: string | null;
}

/** What a form is about. */
export interface FormSubject {
  readonly operation: string;
  /** Whether the run is started after it was staged. */
  readonly start: boolean;
  readonly fields: readonly FormField[];
  /** Takes keys that the operation does not have, as Gage does. */
  readonly acceptUnknown: boolean;
}

/** What a person has filled in. */
export interface FormValues {
  /** Only values that differ from the project's, by key. */
  readonly changes: ReadonlyMap<string, Json>;
  readonly label: string;
  readonly tags: readonly string[];
  readonly description: string;
  /** Skip the run when an equal one has completed. */
  readonly needed: boolean;
  readonly env: Readonly<Record<string, string>>;
}

export const UNCHANGED: FormValues = {
  changes: new Map(),
  label: '',
  tags: [],
  description: '',
  needed: false,
  env: {},
};

/** What is asked for besides the configuration. */
export const FORM_OPTIONS = ['label', 'tags', 'description', 'env', 'needed'] as const;
export type FormOption = (typeof FORM_OPTIONS)[number];

/** One row of the form. */
export type FormRow = {
  readonly label: string;
  readonly description: string;
  readonly detail?: string;
  /** Whether it can be put back to what it was. */
  readonly changed?: boolean;
} & (
  | { readonly kind: 'go'; readonly values: FormValues }
  | { readonly kind: 'set'; readonly values: FormValues }
  | { readonly kind: 'problem' | 'separator' }
  | { readonly kind: 'field'; readonly field: FormField }
  | { readonly kind: 'option'; readonly option: FormOption }
);

/**
 * The rows of the form. The first is what Enter does: while `key=value` is being typed it sets
 * that value, else it runs.
 * @param last what was filled in the last time; null when that was nothing.
 */
export function formRows(
  subject: FormSubject,
  values: FormValues,
  last: FormValues | null,
  typed: string,
): readonly FormRow[] {
  const verb = subject.start ? 'Run' : 'Stage';
  const rows: FormRow[] = [];
  if (typed.includes('=')) rows.push(typedRow(subject, values, typed));
  rows.push({
    kind: 'go',
    label: `$(${subject.start ? 'play' : 'layers'}) ${verb} ${subject.operation}`,
    description: summary(values) || 'with the values of the project',
    values,
  });
  if (last !== null && summary(values) === '') {
    rows.push({
      kind: 'go',
      label: `$(history) ${verb} with Last Values`,
      description: summary(last),
      values: last,
    });
  }
  if (subject.fields.length > 0) rows.push(separator('Configuration'));
  rows.push(...subject.fields.map((field) => fieldRow(field, values)));
  const known = new Set(subject.fields.map(({ key }) => key));
  for (const [key, value] of values.changes) {
    if (known.has(key)) continue;
    const field = { key, value: null, place: 'not in the operation', description: null };
    rows.push({ ...fieldRow(field, values), description: `${valueText(value)} · ${field.place}` });
  }
  rows.push(separator('Run'), ...FORM_OPTIONS.map((option) => optionRow(option, values)));
  return rows;
}

/**
 * Takes `key=value`, or several of them, see `splitFlags`. Throws `bad-config` for what is no
 * flag, a key that is not there, or a value that does not fit.
 */
export function setTyped(subject: FormSubject, values: FormValues, typed: string): FormValues {
  const flags = splitFlags(typed).map(parseFlag);
  return setFlags(
    subject,
    values,
    flags,
    flags.map(({ key }) => key),
  );
}

/**
 * Takes the text of one value as it is edited alone: for a text variable the text itself, else
 * what `parseValue` makes of it. Throws `bad-config` when it does not fit.
 */
export function setField(
  subject: FormSubject,
  values: FormValues,
  key: string,
  text: string,
): FormValues {
  const field = subject.fields.find((one) => one.key === key);
  const value = typeof field?.value === 'string' ? text : parseValue(text);
  return setFlags(subject, values, [{ key, value, text }], [key]);
}

/** The text of a value as {@link setField} takes it. */
export function fieldText(values: FormValues, { key, value: original }: FormField): string {
  const value = values.changes.get(key) ?? original;
  if (typeof value !== 'string') return encodeLine(value);
  // Where a number may stand too, a text that looks like one needs its quotation marks.
  if (typeof original === 'string' || !/^["']|^[-+.\d]|^(?:true|false|null|inf|nan)/i.test(value)) {
    return value;
  }
  return value.includes('"') ? `'${value}'` : `"${value}"`;
}

/** Gives a value back to the project. */
export function resetField(values: FormValues, key: string): FormValues {
  return { ...values, changes: new Map([...values.changes].filter(([other]) => other !== key)) };
}

/** The text of an option as it is edited: tags by comma, variables as `NAME=value` words. */
export function optionText(values: FormValues, option: FormOption): string {
  switch (option) {
    case 'label':
    case 'description':
      return values[option];
    case 'tags':
      return values.tags.join(', ');
    case 'env':
      return Object.entries(values.env)
        .map(([name, value]) => `${name}=${quoteWord(value)}`)
        .join(' ');
    case 'needed':
      return values.needed ? 'yes' : '';
  }
}

/** Takes the text of an option. Throws `bad-request` when it is not understood. */
export function setOption(values: FormValues, option: FormOption, text: string): FormValues {
  switch (option) {
    case 'label':
    case 'description':
      return { ...values, [option]: text.trim() };
    case 'tags': {
      const tags = text.split(',').map((tag) => tag.trim());
      return { ...values, tags: [...new Set(tags.filter((tag) => tag !== ''))] };
    }
    case 'env':
      return { ...values, env: Object.fromEntries(wordsOf(text).map(parseVariable)) };
    case 'needed':
      return { ...values, needed: text !== '' };
  }
}

/** What differs from a run with nothing filled in, in one line; empty when nothing does. */
export function summary(values: FormValues): string {
  const parts = [...values.changes].map(([key, value]) => `${key}=${valueText(value)}`);
  if (values.label !== '') parts.push(`label “${values.label}”`);
  if (values.tags.length > 0) parts.push(`tags ${values.tags.join(', ')}`);
  if (values.description !== '') parts.push('with a description');
  // Their values may be secrets: only the row that edits them shows them.
  parts.push(...Object.keys(values.env).map((name) => `$${name}`));
  if (values.needed) parts.push('if needed');
  return parts.join(' · ');
}

/** A value as people read it. */
export function valueText(value: Json): string {
  return typeof value === 'string' && value !== '' ? value : encodeLine(value);
}

const MemorySchema = z.object({
  /** Values as JSON text: numbers keep their type. */
  changes: z.record(z.string(), z.string()),
  tags: z.array(z.string()),
  needed: z.boolean(),
});

/** What is remembered for the next run: not its names, and no variables, which may be secrets. */
export function toMemory(values: FormValues): unknown {
  const { tags, needed } = values;
  const changes = new Map([...values.changes].map(([key, value]) => [key, encodeLine(value)]));
  return { changes: Object.fromEntries(changes), tags, needed };
}

/**
 * Remembered values, as far as they still fit the operation; null when nothing is left that
 * differs from the project.
 */
export function fromMemory(subject: FormSubject, memory: unknown): FormValues | null {
  const parsed = MemorySchema.safeParse(memory);
  if (!parsed.success) return null;
  const { tags, needed } = parsed.data;
  const changes = new Map<string, Json>();
  for (const [key, text] of Object.entries(parsed.data.changes)) {
    try {
      changes.set(key, parseJson(text));
    } catch {
      // Not written by us: there is nothing to remember of it.
    }
  }
  const { values } = withConfig(subject, { ...UNCHANGED, tags, needed }, changes);
  return summary(values) === '' ? null : values;
}

/**
 * Takes values by key, such as those of another run, as far as the operation has them.
 * @returns also the keys that were left out: gone from the operation, or of another type now.
 */
export function withConfig(
  subject: FormSubject,
  values: FormValues,
  config: Iterable<readonly [string, Json]>,
): { readonly values: FormValues; readonly left: readonly string[] } {
  let result = values;
  const left: string[] = [];
  for (const [key, value] of config) {
    try {
      result = setFlags(subject, result, { [key]: value }, [key]);
    } catch (error) {
      if (!(error instanceof RunyardError)) throw error;
      left.push(key);
    }
  }
  return { values: result, left };
}

function setFlags(
  subject: FormSubject,
  values: FormValues,
  flags: Flags,
  keys: readonly string[],
): FormValues {
  const defaults = Object.fromEntries(subject.fields.map(({ key, value }) => [key, value]));
  const { acceptUnknown } = subject;
  const config = effectiveConfig(defaults, flags, { acceptUnknown });
  const changes = new Map(values.changes);
  for (const key of keys) {
    const value = config[key];
    const same = Object.hasOwn(defaults, key) && jsonEqual(value ?? null, defaults[key] ?? null);
    if (value === undefined || same) changes.delete(key);
    else changes.set(key, value);
  }
  return { ...values, changes };
}

function typedRow(subject: FormSubject, values: FormValues, typed: string): FormRow {
  try {
    const next = setTyped(subject, values, typed);
    const description = 'press Enter to take it';
    return { kind: 'set', label: `$(edit) Set ${typed.trim()}`, description, values: next };
  } catch (error) {
    if (!(error instanceof RunyardError)) throw error;
    const description = error.hint ?? '';
    return { kind: 'problem', label: `$(error) ${error.message}`, description };
  }
}

function separator(label: string): FormRow {
  return { kind: 'separator', label, description: '' };
}

function fieldRow(field: FormField, values: FormValues): FormRow & { readonly kind: 'field' } {
  const change = values.changes.get(field.key);
  const before = valueText(field.value);
  const value = change === undefined ? before : `${before} → ${valueText(change)}`;
  return {
    kind: 'field',
    label: `$(${change === undefined ? 'blank' : 'edit'}) ${field.key}`,
    description: `${value} · ${field.place}`,
    ...(field.description === null ? {} : { detail: field.description }),
    changed: change !== undefined,
    field,
  };
}

const OPTION_TITLES: Readonly<Record<FormOption, string>> = {
  label: 'Label',
  tags: 'Tags',
  description: 'Description',
  env: 'Environment',
  needed: 'Only if Needed',
};

function optionRow(option: FormOption, values: FormValues): FormRow {
  const text = optionText(values, option);
  const changed = text !== '';
  const icon = option === 'needed' ? (changed ? 'pass-filled' : 'circle-large') : 'blank';
  return {
    kind: 'option',
    label: `$(${changed && option !== 'needed' ? 'edit' : icon}) ${OPTION_TITLES[option]}`,
    description:
      option === 'needed'
        ? `${changed ? 'on' : 'off'} · skip when an equal run has completed`
        : text || 'none',
    changed,
    option,
  };
}

/** Words as a shell splits them; what is wrong with them is said without the pattern they are not. */
function wordsOf(text: string): readonly string[] {
  try {
    return splitWords(text);
  } catch (error) {
    if (!(error instanceof RunyardError)) throw error;
    throw new RunyardError('bad-request', 'A quotation mark or a backslash at the end is open', {
      hint: 'Close the quotation mark; write two backslashes for one.',
      cause: error,
    });
  }
}

function parseVariable(word: string): readonly [string, string] {
  const match = /^([^\s=]+)=(.*)$/s.exec(word);
  if (match?.[1] !== undefined) return [match[1], match[2] ?? ''];
  throw new RunyardError('bad-request', `"${word}" is not an environment variable`, {
    hint: 'Write NAME=value; quote a value that has blanks.',
  });
}

function quoteWord(word: string): string {
  return /[\s"'\\]/.test(word) ? `"${word.replace(/["\\]/g, '\\$&')}"` : word;
}
