import type * as vscode from 'vscode';
import * as z from 'zod/mini';
import { RunyardError } from '../../core/base/errors.ts';
import { encodeLine, parseJson, type Json } from '../../core/data/json.ts';
import { isSecretConfig } from '../../core/data/secrets.ts';
import type { Project } from '../../opdef/project.ts';
import {
  setField,
  summary,
  UNCHANGED,
  withConfig,
  type FormSubject,
  type FormValues,
} from './run-form-values.ts';

/** What was filled in for each operation the last time, in this workspace. */
export class FormMemory {
  readonly #state: vscode.Memento;

  constructor(state: vscode.Memento) {
    this.#state = state;
  }

  /** The last values, as far as they still fit; null when they are those of the project. */
  last(project: Project, subject: FormSubject): FormValues | null {
    return fromMemory(subject, this.#state.get<unknown>(keyOf(project, subject)));
  }

  /** Remembers what a run was made with. */
  async remember(project: Project, subject: FormSubject, values: FormValues): Promise<void> {
    await this.#state.update(keyOf(project, subject), toMemory(values));
  }
}

function keyOf(project: Project, { operation }: FormSubject): string {
  return `runForm|${project.projectDir ?? project.commandDir}|${operation}`;
}

const MemorySchema = z.object({
  /** Values as JSON text: numbers keep their type. */
  changes: z.record(z.string(), z.string()),
  sweeps: z._default(z.record(z.string(), z.string()), {}),
  tags: z.array(z.string()),
  needed: z.boolean(),
});

/** What is remembered for the next run: not its names, no variables, and no secrets. */
export function toMemory(values: FormValues): unknown {
  const { tags, needed } = values;
  const changes = new Map(
    [...values.changes]
      .filter(([key, value]) => !isSecretConfig(key, value))
      .map(([key, value]) => [key, encodeLine(value)]),
  );
  const sweeps = Object.fromEntries(
    [...values.sweeps].filter(([key, text]) => !isSecretConfig(key, text)),
  );
  return { changes: Object.fromEntries(changes), sweeps, tags, needed };
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
  let { values } = withConfig(subject, { ...UNCHANGED, tags, needed }, changes);
  for (const [key, text] of Object.entries(parsed.data.sweeps)) {
    try {
      values = setField(subject, values, key, text);
    } catch (error) {
      if (!(error instanceof RunyardError)) throw error;
    }
  }
  return summary(values) === '' ? null : values;
}
