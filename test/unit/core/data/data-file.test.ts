import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDataFile } from '../../../../src/core/data/data-file.ts';
import { DataFileError } from '../../../../src/core/data/data-value.ts';
import { encodePretty, fromPlain, parseJson } from '../../../../src/core/data/json.ts';

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

test('data nested as deeply as anybody would is read, and what would use up the stack is refused', async () => {
  const forms: readonly [path: string, text: (depth: number) => string][] = [
    ['a.json', nested],
    ['a.yaml', nested],
    ['a.yaml', (depth) => `${'- '.repeat(depth)}a`],
    ['a.toml', (depth) => `a = ${nested(depth)}`],
    ['a.toml', (depth) => `[${'a.'.repeat(depth)}a]`],
  ];
  for (const [path, text] of forms) {
    encodePretty(await parseDataFile(path, text(150)));
    for (const depth of [300, 20_000]) {
      await assert.rejects(parseDataFile(path, text(depth)), DataFileError, path);
    }
  }
});

test('JSON nested too deeply is bad JSON, whoever has parsed it', () => {
  encodePretty(parseJson(nested(200)));
  assert.throws(() => parseJson(nested(201)), { code: 'bad-json' });
  assert.throws(() => fromPlain(JSON.parse(nested(5000))), { code: 'bad-json' });
});
