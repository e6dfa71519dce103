import type { GageFormat } from './syntax/tree.ts';

/** Writes `key = value` with places to fill in, in the snippet syntax of VS Code. */
export type Snippet = (key: string) => Readonly<Record<GageFormat, string>>;

/** A string; in YAML without quotes. */
export function text(example: string): Snippet {
  return valueSnippet((format) => (format === 'yaml' ? hole(example) : `"${hole(example)}"`));
}

/** A string with characters that YAML does not take without quotes. */
export function pattern(example: string): Snippet {
  return valueSnippet((format) =>
    format === 'yaml' ? `'${hole(example)}'` : `"${hole(example)}"`,
  );
}

/** A list of strings with one to begin with. */
export function list(example: string): Snippet {
  return (key) => ({
    toml: `${tomlKey(key)} = ["${hole(example)}"]`,
    yaml: `${escapeKey(key)}:\n  - "${hole(example)}"`,
    json: `"${escapeKey(key)}": ["${hole(example)}"]`,
  });
}

/** One of a few values, all strings or all constants. */
export function choice(...values: readonly (string | boolean)[]): Snippet {
  const options = `\${1|${values.map(String).join(',')}|}`;
  const isText = typeof values[0] === 'string';
  return valueSnippet((format) => (isText && format !== 'yaml' ? `"${options}"` : options));
}

/** A table with one key. */
export function group(key: string, inner: Snippet): Snippet {
  return (name) => {
    const { toml, yaml, json } = inner(key);
    return {
      toml: `${tomlKey(name)} = {${toml}}`,
      yaml: `${escapeKey(name)}:\n  ${yaml.replaceAll('\n', '\n  ')}`,
      json: `"${escapeKey(name)}": {${json}}`,
    };
  };
}

function valueSnippet(value: (format: GageFormat) => string): Snippet {
  return (key) => ({
    toml: `${tomlKey(key)} = ${value('toml')}`,
    yaml: `${escapeKey(key)}: ${value('yaml')}`,
    json: `"${escapeKey(key)}": ${value('json')}`,
  });
}

function hole(example: string): string {
  return `\${1:${example.replace(/[\\$}]/g, '\\$&')}}`;
}

function tomlKey(key: string): string {
  return /^[\w-]+$/.test(key) ? key : `"${escapeKey(key)}"`;
}

/** In a snippet a dollar begins a place to fill in. */
function escapeKey(key: string): string {
  return key.replaceAll('$', '\\$');
}
