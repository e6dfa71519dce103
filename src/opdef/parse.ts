import { extname } from 'node:path';
import { parseJsonSyntax } from './syntax/json/json.ts';
import { parseTomlSyntax } from './syntax/toml/toml.ts';
import type { GageFormat, SyntaxTree } from './syntax/tree.ts';
import { parseYamlSyntax } from './syntax/yaml/yaml.ts';

/** The format of a Gage file by its name; null when it is none (gage-format.md 1.3). */
export function formatOfGageFile(path: string): GageFormat | null {
  switch (extname(path)) {
    case '.toml':
      return 'toml';
    case '.yaml':
      return 'yaml';
    case '.json':
      return 'json';
    default:
      return null;
  }
}

/**
 * Reads a Gage file into a tree. Never throws: broken text gives what parses, and problems.
 * @param previous A tree of an earlier text of the same file: what did not change is not read again.
 */
export function parseSyntax(format: GageFormat, text: string, previous?: SyntaxTree): SyntaxTree {
  switch (format) {
    case 'toml':
      return parseTomlSyntax(text);
    case 'yaml':
      return parseYamlSyntax(text, previous);
    case 'json':
      return parseJsonSyntax(text);
  }
}
