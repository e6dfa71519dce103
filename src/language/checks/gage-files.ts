import { relative, sep } from 'node:path';
import { readRegularText } from '../../core/base/regular-file.ts';
import { parseGageDocument, type GageDocument } from '../../opdef/document.ts';
import { MAX_GAGE_FILE } from '../../opdef/gagefile.ts';
import type { LanguageProject } from '../places/project.ts';
import type { Diagnostic } from './diagnostic.ts';

/** A Gage file that nobody reads since the project has one that comes before it (gage-format.md 1.3). */
export function checkShadowed(
  { path, lines, text }: GageDocument,
  project: LanguageProject,
): readonly Diagnostic[] {
  const files = project.gageFiles();
  const [first] = files;
  if (first === undefined || files.indexOf(path) < 1) return [];
  const name = relative(project.dir, first).replaceAll(sep, '/');
  const to = lines.lineCount > 1 ? lines.offsetAt(1, 0) : text.length;
  const line = text.slice(0, to).trimEnd();
  return [
    {
      code: 'shadowed-gage-file',
      severity: 'warning',
      message: `Nothing reads this file: ${name} comes before it`,
      range: { from: 0, to: line.length },
      related: [{ path: first, range: null, message: `${name} defines the operations` }],
    },
  ];
}

/** Names of the operations of all Gage files of a project; of `document` as it is edited. */
export function operationsOfProject(
  document: GageDocument,
  project: LanguageProject,
): ReadonlySet<string> {
  const names = new Set(document.operations.map(({ name }) => name));
  for (const path of project.gageFiles()) {
    if (path === document.path) continue;
    try {
      const other = parseGageDocument(path, readRegularText(path, MAX_GAGE_FILE));
      for (const { name } of other.operations) names.add(name);
    } catch {
      // Gone or out of reach: it defines nothing.
    }
  }
  return names;
}
