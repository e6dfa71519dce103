import { isUtf8 } from 'node:buffer';
import { RunyardError, describeError, hasErrno } from '../../core/base/errors.ts';
import { readRegularFile } from '../../core/base/regular-file.ts';
import { parseGageDocument, type GageDocument } from '../../opdef/document.ts';
import { MAX_GAGE_FILE } from '../../opdef/gagefile.ts';
import { formatOfGageFile } from '../../opdef/parse.ts';
import type { LanguageProject } from '../places/project.ts';
import type { Diagnostic } from './diagnostic.ts';
import { checkProject, checkText } from './diagnostics.ts';

/** A Gage file with all that is wrong with it, by place. */
export interface CheckedGageFile {
  readonly document: GageDocument;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Checks a Gage file as it is on the disk.
 * @param path absolute.
 * Throws `no-gage-file` when it does not exist, `io` when it cannot be read, `bad-gage-file`
 * when its name does not say its format.
 */
export async function checkGageFile(
  path: string,
  project: LanguageProject,
  signal?: AbortSignal,
): Promise<CheckedGageFile> {
  const bytes = readBytes(path);
  if (formatOfGageFile(path) === null) {
    throw new RunyardError('bad-gage-file', `${path} is not a Gage file`, {
      hint: 'A Gage file ends in .toml, .yaml or .json.',
    });
  }
  const document = parseGageDocument(
    path,
    new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes),
  );
  if (!isUtf8(bytes)) return { document, diagnostics: [BAD_ENCODING] };
  const found = [...checkText(document), ...(await checkProject(document, project, signal))];
  return { document, diagnostics: found.sort((a, b) => a.range.from - b.range.from) };
}

function readBytes(path: string): Uint8Array {
  try {
    return readRegularFile(path, MAX_GAGE_FILE);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) {
      throw new RunyardError('no-gage-file', `There is no file ${path}`, {
        cause: error,
        hint: 'Name a Gage file such as gage.toml, or the directory that holds it.',
      });
    }
    throw new RunyardError('io', describeError(error), { cause: error });
  }
}

const BAD_ENCODING: Diagnostic = {
  code: 'syntax',
  severity: 'error',
  message: 'The file is not UTF-8 text: save it in that encoding',
  range: { from: 0, to: 1 },
};
