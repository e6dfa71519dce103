import type { ProcessFile } from '../../../src/core/meta/process-file.ts';
import type { ProcessIdentity } from '../../../src/core/process/identity.ts';

/** What `process.json` says of a run that `supervisor` looks after, without a child that is known. */
export function processFile(
  supervisor: ProcessIdentity,
  more: Partial<ProcessFile> = {},
): ProcessFile {
  return {
    version: 1,
    action: 'run',
    phase: 'run',
    supervisor,
    child: null,
    timeoutMs: 60_000,
    failure: null,
    ...more,
  };
}
