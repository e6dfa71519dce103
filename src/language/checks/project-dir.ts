import { RunyardError } from '../../core/base/errors.ts';
import { valueAt, type OperationNode } from '../../opdef/document.ts';
import { insertProjectDir } from '../../opdef/project-dir.ts';
import { isText } from '../places/patterns-at.ts';
import type { LanguageProject } from '../places/project.ts';
import type { Diagnostic } from './diagnostic.ts';

/** A command that cannot be run in this project: the name of its directory would be code in it. */
export function checkProjectDir({ table }: OperationNode, project: LanguageProject): Diagnostic[] {
  const exec = valueAt(table, 'exec');
  const command = exec?.kind === 'table' ? valueAt(exec, 'run') : exec;
  if (command === null || !isText(command)) return [];
  try {
    insertProjectDir(command.value, project.realDir);
    return [];
  } catch (error) {
    if (!(error instanceof RunyardError)) throw error;
    const { message, hint = '' } = error;
    return [
      {
        code: 'unsafe-project-dir',
        severity: 'error',
        message: `${message}. ${hint}`,
        range: command.range,
      },
    ];
  }
}
