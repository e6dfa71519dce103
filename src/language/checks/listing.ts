import { stringsOf, valueAt, type GageDocument, type OperationNode } from '../../opdef/document.ts';
import { nearestName } from '../../opdef/suggest.ts';
import { replaceIn } from '../places/edits.ts';
import { isText } from '../places/patterns-at.ts';
import type { LanguageProject } from '../places/project.ts';
import { configKeys, type KnownConfigFiles } from './config-files.ts';
import type { Diagnostic } from './diagnostic.ts';

/**
 * Fields of `listing.description` that look like a key of the configuration with a slip
 * (gage-format.md 5.2). Others may be what a run will report.
 */
export async function checkListing(
  document: GageDocument,
  operation: OperationNode,
  project: LanguageProject,
  files: KnownConfigFiles,
): Promise<readonly Diagnostic[]> {
  const nodes = stringsOf(valueAt(operation.table, 'listing', 'description')).filter(isText);
  if (nodes.length === 0) return [];
  const known = await configKeys(document, operation, project, files);
  return nodes.flatMap((node) => {
    const { value } = node;
    // Short names are near to each other by chance.
    const near = value.length < 4 || known.includes(value) ? null : nearestName(value, known);
    if (near === null || nodes.some((other) => other.value === near)) return [];
    const edit = replaceIn(document, node, 0, value.length, near);
    return [
      {
        code: 'config-key-missing',
        severity: 'hint',
        message: `The configuration has no '${value}'. Did you mean '${near}'?`,
        range: node.range,
        fixData: [{ kind: 'edit', title: `Change to '${near}'`, edits: [edit] }],
      },
    ];
  });
}
