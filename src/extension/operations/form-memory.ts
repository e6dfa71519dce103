import type * as vscode from 'vscode';
import type { Project } from '../../opdef/project.ts';
import { fromMemory, toMemory, type FormSubject, type FormValues } from './run-form-model.ts';

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
