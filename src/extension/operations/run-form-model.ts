import { RunyardError } from '../../core/base/errors.ts';
import type { Json } from '../../core/data/json.ts';
import { maskedValue } from '../../core/data/secrets.ts';
import { shown } from '../../core/data/value-text.ts';
import {
  FORM_OPTIONS,
  givenTexts,
  optionText,
  setTyped,
  summary,
  trialCount,
  type FormField,
  type FormOption,
  type FormSubject,
  type FormValues,
} from './run-form-values.ts';

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
  const rows: FormRow[] = [];
  if (typed.includes('=')) rows.push(typedRow(subject, values, typed));
  rows.push(goRow(subject, values));
  if (last !== null && summary(values) === '') rows.push(lastRow(subject, last));
  if (subject.fields.length > 0) rows.push(separator('Configuration'));
  rows.push(...subject.fields.map((field) => fieldRow(field, values)));
  const known = new Set(subject.fields.map(({ key }) => key));
  for (const [key, text] of givenTexts(values)) {
    if (known.has(key)) continue;
    const field = { key, value: null, place: 'not in the operation', description: null };
    rows.push({ ...fieldRow(field, values), description: `${text} · ${field.place}` });
  }
  rows.push(separator('Run'), ...FORM_OPTIONS.map((option) => optionRow(option, values)));
  return rows;
}

function goRow(subject: FormSubject, values: FormValues): FormRow {
  const verb = subject.start ? 'Run' : 'Stage';
  const trials = trialCount(values);
  return {
    kind: 'go',
    label:
      trials === ''
        ? `$(${subject.start ? 'play' : 'layers'}) ${verb} ${subject.operation}`
        : `$(table) Show ${trials} of ${subject.operation}`,
    description: summary(values) || 'with the values of the project',
    values,
  };
}

function lastRow(subject: FormSubject, last: FormValues): FormRow {
  const verb = subject.start ? 'Run' : 'Stage';
  const trials = trialCount(last);
  return {
    kind: 'go',
    label:
      trials === ''
        ? `$(history) ${verb} with Last Values`
        : `$(history) Show ${trials} with Last Values`,
    description: summary(last),
    values: last,
  };
}

function typedRow(subject: FormSubject, values: FormValues, typed: string): FormRow {
  try {
    const next = setTyped(subject, values, typed);
    const trials = trialCount(next);
    const description = `${trials === '' ? '' : `${trials} · `}press Enter to take it`;
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
  const given = values.changes.get(field.key);
  const masked = (value: Json): string => shown(maskedValue(field.key, value));
  const change = values.sweeps.get(field.key) ?? (given === undefined ? given : masked(given));
  const before = masked(field.value);
  const value = change === undefined ? before : `${before} → ${change}`;
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
