/** What the supervisor needs of the YAML package, bundled into a file of its own. */
export { parseDocument } from 'yaml';
