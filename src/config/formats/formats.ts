import { basename, extname } from 'node:path';
import { describeError } from '../../core/base/errors.ts';
import { type ConfigDocument, type ConfigFormat, LiteralDocument } from './document.ts';
import { parseEnv } from './env.ts';
import { parseJsonConfig } from './json.ts';
import { parseNotebook } from './notebook.ts';
import { parsePython } from './python.ts';
import { parseTomlConfig } from './toml.ts';
import { parseYamlConfig } from './yaml.ts';

const BY_EXTENSION: ReadonlyMap<string, ConfigFormat> = new Map([
  ['.py', parsePython],
  ['.ipynb', parseNotebook],
  ['.json', parseJsonConfig],
  ['.jsonc', parseJsonConfig],
  ['.yaml', parseYamlConfig],
  ['.yml', parseYamlConfig],
  ['.toml', parseTomlConfig],
  ['.env', parseEnv],
]);

/** The kinds of files that have a format, for people. */
export const FORMATS = 'Python, notebook, JSON, YAML, TOML and .env files';

/** How to read the configuration in a file, by its name; null for a kind that has none. */
export function formatOf(path: string): ConfigFormat | null {
  // `.env` and `.env.local` have no extension as Node counts it.
  const isEnv = /^\.env(?:\.|$)/i.test(basename(path));
  const format = isEnv ? parseEnv : BY_EXTENSION.get(extname(path).toLowerCase());
  return format === undefined ? null : (text) => readOrReport(format, text);
}

/** The parsers recurse: a hostile file can be nested deeper than the stack. */
function readOrReport(format: ConfigFormat, text: string): ConfigDocument {
  try {
    return format(text);
  } catch (error) {
    const why = error instanceof RangeError ? 'nested too deeply' : describeError(error);
    return new LiteralDocument(text, [], [{ line: 1, message: `Not read: ${why}` }]);
  }
}
