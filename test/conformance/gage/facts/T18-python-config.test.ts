import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { applyConfig } from '../../../../src/config/apply.ts';
import { readConfigFiles } from '../../../../src/config/config.ts';
import type { JsonObject } from '../../../../src/core/data/json.ts';
import type { RunConfig } from '../../../../src/core/run/types.ts';
import { tempDir } from '../../../helpers/temp.ts';

const table: JsonObject = { config: 'x.py#**.*' };

/** The values of a Python source, and the source after some are set in a run. */
async function config(
  t: Parameters<typeof tempDir>[0],
  source: string,
  values: RunConfig = {},
): Promise<{ readonly values: RunConfig; readonly written: string }> {
  const dir = tempDir(t);
  const path = join(dir, 'x.py');
  writeFileSync(path, source);
  const { values: before } = await readConfigFiles(dir, table);
  applyConfig(dir, { name: 'op', table }, { ...before, ...values });
  return { values: before, written: readFileSync(path, 'utf8') };
}

const SOURCE = `
# All types
i = 1
f = 1.0
b = True
s = "Hello"
n = None
l = [1, 1.0, "Hello", False]
d = {
  "i": 1,  # one
  "f": 1.0,
  "s": "Hi", "b": False
}
`;

test('T18: thirteen keys of all types', async (t) => {
  const { values, written } = await config(t, SOURCE);
  assert.deepEqual(values, {
    ...{ i: 1n, f: 1, b: true, s: 'Hello', n: null },
    ...{ 'l.0': 1n, 'l.1': 1, 'l.2': 'Hello', 'l.3': false },
    ...{ 'd.i': 1n, 'd.f': 1, 'd.s': 'Hi', 'd.b': false },
  });
  assert.equal(Object.keys(values).length, 13);
  assert.equal(written, SOURCE);
});

test('T18: only the literals that are set change, the layout stays', async (t) => {
  const { written } = await config(t, SOURCE, {
    ...{ i: 11n, f: 2.22, s: 'Hola', 'l.1': 22.44, 'l.2': 'Buenos días' },
    ...{ 'd.b': true, 'd.s': 'Buenas' },
  });
  assert.equal(
    written,
    `
# All types
i = 11
f = 2.22
b = True
s = "Hola"
n = None
l = [1, 22.44, "Buenos días", False]
d = {
  "i": 1,  # one
  "f": 1.0,
  "s": "Buenas", "b": True
}
`,
  );
});

test('T18: tuples, function and class bodies are ignored; annotations and signs are read', async (t) => {
  const source =
    't = (1, 2)\nu, v = 1, 2\ndef fn():\n    w = 1\nclass C:\n    z = 1\n' +
    'x: int = 123\na = -1\nb = +True\nc = ~1\ne = 1e-2\n';
  const { values } = await config(t, source);
  assert.deepEqual(values, { x: 123n, a: -1n, b: 1n, c: -2n, e: 0.01 });
});

test('T18: a string keeps its quotes', async (t) => {
  const { written } = await config(t, "x = 'Hello'\n", { x: 'Goodbye' });
  assert.equal(written, "x = 'Goodbye'\n");
});

test('T18: applying no change returns identical bytes', async (t) => {
  const sources = [
    'x = 1e-4',
    'x = r"a"',
    'x = """a"""',
    'x = 1\r\ny = "a"\r\n',
    '\ufeffx = 1_0\n',
  ];
  for (const source of sources) {
    const { values, written } = await config(t, source);
    assert.notDeepEqual(values, {}, source);
    assert.equal(written, source);
  }
});
