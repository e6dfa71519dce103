import { literal } from '../../batch/table/literal.ts';
import { countTrials } from '../../batch/table/table.ts';
import { parseSweep } from '../../batch/table/values.ts';
import { effectiveConfig } from '../../config/config.ts';
import { parseFlag, splitFlags, type Flags } from '../../config/flags.ts';
import { RunyardError } from '../../core/base/errors.ts';
import { plural } from '../../core/base/words.ts';
import { jsonEqual, type Json } from '../../core/data/json.ts';
import { isSecret, MASK, maskedValue } from '../../core/data/secrets.ts';
import { shown } from '../../core/data/value-text.ts';
import type { RunConfig } from '../../core/run/types.ts';
import { splitWords } from '../../core/sourcecode/patterns.ts';
import { readTyped, typedText } from './typed-value.ts';

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
  /** Keys that get several values, with the list or function as typed: a trial for each. */
  readonly sweeps: ReadonlyMap<string, string>;
  readonly label: string;
  readonly tags: readonly string[];
  readonly description: string;
  /** Skip the run when an equal one has completed. */
  readonly needed: boolean;
  readonly env: Readonly<Record<string, string>>;
}

export const UNCHANGED: FormValues = {
  changes: new Map(),
  sweeps: new Map(),
  label: '',
  tags: [],
  description: '',
  needed: false,
  env: {},
};

/** What is asked for besides the configuration. */
export const FORM_OPTIONS = ['label', 'tags', 'description', 'env', 'needed'] as const;
export type FormOption = (typeof FORM_OPTIONS)[number];

/**
 * Takes `key=value`, or several of them, see `splitFlags`. Throws `bad-config` for what is no
 * flag, a key that is not there, or a value that does not fit.
 */
export function setTyped(subject: FormSubject, values: FormValues, typed: string): FormValues {
  let result = values;
  for (const flag of splitFlags(typed).map(parseFlag)) {
    result =
      parseSweep(flag.text).kind === 'value'
        ? setFlags(subject, result, [flag], flag.key)
        : setSweep(subject, result, flag.key, flag.text);
  }
  return result;
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
  const typed = readTyped(text, field?.value);
  if (typed.kind === 'sweep') return setSweep(subject, values, key, typed.text);
  return setFlags(subject, values, { [key]: typed.value }, key);
}

/** The text of a value as {@link setField} takes it. */
export function fieldText(values: FormValues, { key, value: original }: FormField): string {
  return values.sweeps.get(key) ?? typedText(values.changes.get(key) ?? original, original);
}

/** Gives a value back to the project. */
export function giveBackField(values: FormValues, key: string): FormValues {
  return { ...values, changes: without(values.changes, key), sweeps: without(values.sweeps, key) };
}

/** The values as a batch takes them: `lr=[0.1,0.01]`, `epochs=3`. */
export function flagTexts({ changes, sweeps }: FormValues): readonly string[] {
  return [
    ...[...changes].map(([key, value]) => `${key}=${literal(value)}`),
    ...[...sweeps].map(([key, text]) => `${key}=${text}`),
  ];
}

/** `6 trials`; empty when one plain run is meant. */
export function trialCount(values: FormValues): string {
  const count = countTrials(flagTexts(values));
  return count === null ? '' : plural(count, 'trial');
}

/**
 * The text of an option as it is edited: tags by comma, variables as `NAME=value` words, with
 * {@link MASK} for what looks like a secret.
 */
export function optionText(values: FormValues, option: FormOption): string {
  switch (option) {
    case 'label':
    case 'description':
      return values[option];
    case 'tags':
      return values.tags.join(', ');
    case 'env':
      return envText(
        Object.entries(values.env).map(([name, value]) => [
          name,
          isSecret(name, value) ? MASK : value,
        ]),
      );
    case 'needed':
      return values.needed ? 'yes' : '';
  }
}

/** Variables as `NAME=value` words. */
export function envText(variables: readonly (readonly [string, string])[]): string {
  return variables.map(([name, value]) => `${name}=${quoteWord(value)}`).join(' ');
}

/** Takes the text of an option; a variable that is still masked keeps its value. Throws `bad-request` when it is not understood. */
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
      return { ...values, env: variablesOf(text, values.env) };
    case 'needed':
      return { ...values, needed: text !== '' };
  }
}

/** What differs from a run with nothing filled in, in one line; empty when nothing does. */
export function summary(values: FormValues): string {
  const parts = [...givenTexts(values)].map(([key, text]) => `${key}=${text}`);
  if (values.label !== '') parts.push(`label “${values.label}”`);
  if (values.tags.length > 0) parts.push(`tags ${values.tags.join(', ')}`);
  if (values.description !== '') parts.push('with a description');
  // Their values may be secrets: only the row that edits them shows them.
  parts.push(...Object.keys(values.env).map((name) => `$${name}`));
  if (values.needed) parts.push('if needed');
  return parts.join(' · ');
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
      result = setFlags(subject, result, { [key]: value }, key);
    } catch (error) {
      if (!(error instanceof RunyardError)) throw error;
      left.push(key);
    }
  }
  return { values: result, left };
}

function setFlags(subject: FormSubject, values: FormValues, flags: Flags, key: string): FormValues {
  const defaults = defaultsOf(subject);
  const { acceptUnknown } = subject;
  const value = effectiveConfig(defaults, flags, { acceptUnknown })[key];
  const changes = new Map(values.changes);
  const same = Object.hasOwn(defaults, key) && jsonEqual(value ?? null, defaults[key] ?? null);
  if (value === undefined || same) changes.delete(key);
  else changes.set(key, value);
  return { ...values, changes, sweeps: without(values.sweeps, key) };
}

/** Takes a list or a function. Throws `bad-config` when a value of it does not fit. */
function setSweep(subject: FormSubject, values: FormValues, key: string, text: string): FormValues {
  const sweep = parseSweep(text);
  const defaults = defaultsOf(subject);
  const { acceptUnknown } = subject;
  for (const item of sweep.kind === 'list' ? sweep.values : [sweep]) {
    const flag =
      item.kind === 'value'
        ? { key, value: item.value, text: item.text }
        : { key, value: item.args[0], text };
    effectiveConfig(defaults, [flag], { acceptUnknown });
  }
  const sweeps = new Map([...values.sweeps, [key, text]]);
  return { ...values, changes: without(values.changes, key), sweeps };
}

function defaultsOf({ fields }: FormSubject): RunConfig {
  return Object.fromEntries(fields.map(({ key, value }) => [key, value]));
}

function without<V>(map: ReadonlyMap<string, V>, key: string): ReadonlyMap<string, V> {
  return new Map([...map].filter(([other]) => other !== key));
}

/** Everything given, by key, as people read it: without secrets. */
export function* givenTexts({ changes, sweeps }: FormValues): Iterable<readonly [string, string]> {
  for (const [key, value] of changes) yield [key, shown(maskedValue(key, value))];
  for (const [key, text] of sweeps) yield [key, shown(maskedValue(key, text))];
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

function variablesOf(text: string, before: FormValues['env']): FormValues['env'] {
  const variables = wordsOf(text).map(parseVariable);
  return Object.fromEntries(
    variables.map(([name, value]) => [name, value === MASK ? (before[name] ?? value) : value]),
  );
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
