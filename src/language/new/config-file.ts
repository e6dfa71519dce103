import { extname } from 'node:path';

/**
 * The text of a config file that does not exist yet, with the key that an operation asks for.
 * @param keyGlob the glob of the keys; only a plain name becomes a key.
 */
export function newConfigText(path: string, keyGlob: string | null): string {
  const key = keyGlob !== null && /^[A-Za-z_]\w*$/.test(keyGlob) ? keyGlob : null;
  switch (extname(path).toLowerCase()) {
    case '.json':
    case '.jsonc':
      return key === null ? '{}\n' : `{\n  "${key}": 0\n}\n`;
    case '.yaml':
    case '.yml':
      return key === null ? '' : `${key}: 0\n`;
    case '.ipynb':
      return `${JSON.stringify(notebook(key), null, 1)}\n`;
    case '.py':
    case '.toml':
      return key === null ? '' : `${key} = 0\n`;
    default:
      return key === null ? '' : `${key}=0\n`;
  }
}

function notebook(key: string | null): object {
  const cell = { cell_type: 'code', execution_count: null, metadata: {}, outputs: [] };
  const cells = key === null ? [] : [{ ...cell, id: 'config', source: [`${key} = 0`] }];
  return { cells, metadata: {}, nbformat: 4, nbformat_minor: 5 };
}
