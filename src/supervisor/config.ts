/** What the supervisor loads only for a run that needs it: bundled into a file of its own. */
export { applyConfig } from '../config/apply.ts';
export { parseDocument } from 'yaml';
