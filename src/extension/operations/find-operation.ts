/**
 * Line (from 0) where an operation is defined in the text of a Gage file; 0 when it cannot be
 * told. Works on files that do not parse.
 * @param format extension of the file: `toml`, `yaml` or `json`.
 */
export function findOperationLine(text: string, name: string, format: string): number {
  const pattern = patternOf(name, format);
  const line = text.split('\n').findIndex((one) => pattern.test(one));
  return Math.max(0, line);
}

function patternOf(name: string, format: string): RegExp {
  const quoted = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const key = `(?:${quoted}|"${quoted}"|'${quoted}')`;
  switch (format) {
    case 'json':
      return new RegExp(`^\\s*"${quoted}"\\s*:`);
    case 'yaml':
      return new RegExp(`^${key}\\s*:`);
    default:
      // `[train]`, `[train.exec]`, `train.exec = …` and `train = {…}`.
      return new RegExp(`^\\s*(?:\\[\\s*${key}\\s*[\\].]|${key}\\s*[.=])`);
  }
}
