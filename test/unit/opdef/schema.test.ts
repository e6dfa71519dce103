import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { JsonObject } from '../../../src/core/data/json.ts';
import { jsonOfNode } from '../../../src/opdef/document.ts';
import { gageFileJsonSchema } from '../../../src/opdef/json-schema.ts';
import { keyMarkdown } from '../../../src/opdef/key-markdown.ts';
import { keyDocAt, OP_KEYS, SETTING_KEYS, type KeyDoc } from '../../../src/opdef/keys.ts';
import { parseSyntax } from '../../../src/opdef/parse.ts';
import type { GageFormat } from '../../../src/opdef/syntax/tree.ts';
import { tableIssues } from '../../../src/opdef/table.ts';

test('the schema of the repository is that of the code', () => {
  const path = new URL('../../../schema/gagefile.schema.json', import.meta.url);
  const committed: unknown = JSON.parse(readFileSync(path, 'utf8'));
  const generated: unknown = JSON.parse(JSON.stringify(gageFileJsonSchema()));
  assert.deepEqual(committed, generated, 'run: npm run schema');
});

/** The issues as `code path [→ near]: message`. */
function issues(table: JsonObject): readonly string[] {
  return tableIssues(table).map(({ path, code, message, near }) =>
    [code, path.join('.'), ...(near === undefined ? [] : ['->', near]), '|', message].join(' '),
  );
}

describe('what is wrong in the table of an operation', () => {
  const phases = 'stage-sourcecode, stage-runtime, stage-dependencies, run, finalize';
  const command =
    'a command (a string or a list of strings), or a table with commands for ' + phases;
  const cases: readonly (readonly [JsonObject, readonly string[]])[] = [
    [
      { defalt: true },
      [
        'unknown-key defalt -> default | An operation has no key "defalt" (did you mean "default"?)',
      ],
    ],
    [{ zzz: 1n }, ['unknown-key zzz | An operation has no key "zzz"']],
    [
      { requires: 'x' },
      [
        'unknown-key requires -> depends | An operation has no key "requires" (did you mean "depends"?)',
      ],
    ],
    [{ exec: 5n }, [`wrong-type exec | "exec" must be ${command}`]],
    [{ exec: null }, [`wrong-type exec | "exec" must be ${command}`]],
    [{ exec: ['a', 1n] }, ['wrong-type exec.1 | Each item of "exec" must be a string']],
    [{ exec: ['a', ''] }, ['wrong-type exec.1 | Each item of "exec" must not be empty']],
    [
      { exec: { run: 5n } },
      ['wrong-type exec.run | "run" must be a command (a string or a list of strings)'],
    ],
    [
      { exec: { 'finalize-run': 'x' } },
      [
        `unknown-phase exec.finalize-run -> finalize | "exec" has no phase "finalize-run" (known: ${phases})`,
      ],
    ],
    [
      { progress: { rum: 'tqdm' } },
      [`unknown-phase progress.rum -> run | "progress" has no phase "rum" (known: ${phases})`],
    ],
    [
      { progress: true },
      [`wrong-type progress | "progress" must be a string, or a table with strings for ${phases}`],
    ],
    [{ default: 'yes' }, ['wrong-type default | "default" must be true or false']],
    [
      { version: 'a b' },
      ['bad-version version | "version" must be a number, or a string without white space'],
    ],
    [{ version: '' }, ['bad-version version | "version" must not be empty']],
    [
      { version: ['1'] },
      ['bad-version version | "version" must be a number, or a string without white space'],
    ],
    [{ sourcecode: 1n }, ['wrong-type sourcecode | "sourcecode" must be patterns, true or false']],
    [
      { sourcecode: ['a', 1n] },
      ['wrong-type sourcecode.1 | Each item of "sourcecode" must be a string'],
    ],
    [{ config: { keys: [] } }, ['wrong-type config.keys | "keys" must not be empty']],
    [{ config: { description: 'x' } }, ['wrong-type config | "config" needs "keys"']],
    [
      { config: ['a', 1n] },
      ['wrong-type config.1 | Each item of "config" must be a path or a table with "keys"'],
    ],
    [
      { config: [{ keys: 'a', prefx: 'b' }] },
      [
        'unknown-key config.0.prefx -> prefix | Each item of "config" has no key "prefx" (did you mean "prefix"?)',
      ],
    ],
    [{ depends: 'x' }, ['wrong-type depends | "depends" must be a table or a list of tables']],
    [
      { depends: [{ files: 'x', lnk: true }] },
      [
        'unknown-key depends.0.lnk -> link | Each item of "depends" has no key "lnk" (did you mean "link"?)',
      ],
    ],
    [
      { depends: { type: 'runs' } },
      ['wrong-type depends.type | "type" must be project-files, run-files or runs-summary'],
    ],
    [
      { 'output-summary': 1n },
      ['wrong-type output-summary | "output-summary" must be true, false or a pattern'],
    ],
    [{ summary: { file: 'x' } }, ['unknown-key summary.file | "summary" has no key "file"']],
    [
      { listing: { description: 'x' } },
      ['wrong-type listing.description | "description" must be a list of strings'],
    ],
  ];
  for (const [table, expected] of cases) {
    test(
      JSON.stringify(table, (_, one: unknown) => (typeof one === 'bigint' ? Number(one) : one)),
      () => {
        assert.deepEqual(issues(table), expected);
      },
    );
  }

  test('several at once, each at its place', () => {
    const table = { exec: { run: 5n, rn: 'x' }, config: [{ keys: [5n] }, 'b'], verson: 1n };
    assert.deepEqual(
      tableIssues(table)
        .map(({ path }) => path.join('.'))
        .sort(),
      ['config.0.keys.0', 'exec.rn', 'exec.run', 'verson'],
    );
  });

  test('nothing where all is right', () => {
    const tables: readonly JsonObject[] = [
      {},
      { exec: 'a', version: null, default: true, sourcecode: false, progress: 'tqdm' },
      { exec: ['a', 'b'], version: 1n, sourcecode: ['*.py'], config: 'a.py' },
      { exec: { run: ['a'] }, version: 1.5, config: [{ keys: ['a'], rename: 'a=b' }, 'b'] },
      { depends: [{ files: 'x', link: true }, { 'run-select': 'x' }], summary: { filename: 's' } },
      { listing: { description: ['a'] }, 'output-summary': 'a(b)', progress: { run: 'tqdm' } },
    ];
    for (const table of tables) assert.deepEqual(issues(table), []);
  });
});

/** Puts a snippet's first values in place of its holes. */
function filled(snippet: string): string {
  return snippet
    .replace(/\$\{\d+\|([^,|]*)[^}]*\|\}/g, '$1')
    .replace(/\$\{\d+:((?:[^\\}]|\\.)*)\}/g, '$1')
    .replace(/\\([\\$}])/g, '$1');
}

const WRAP: Readonly<Record<GageFormat, (body: string) => string>> = {
  toml: (body) => `[op]\n${body}\n`,
  yaml: (body) => `op:\n  ${body.replaceAll('\n', '\n  ')}\n`,
  json: (body) => `{"op": {${body}}}`,
};

function withChildren(docs: readonly KeyDoc[]): readonly KeyDoc[] {
  return docs.flatMap((doc) => [doc, ...withChildren(doc.children ?? [])]);
}

describe('documentation and snippets of keys', () => {
  for (const format of ['toml', 'yaml', 'json'] as const) {
    test(`${format}: each snippet of an operation's key is right`, () => {
      for (const { key, snippet } of OP_KEYS) {
        const tree = parseSyntax(format, WRAP[format](filled(snippet[format])));
        assert.deepEqual(tree.problems, [], snippet[format]);
        const [operation] = tree.root.entries;
        assert.equal(operation?.value?.kind, 'table');
        const table = jsonOfNode(operation.value);
        assert.deepEqual(Object.keys(table ?? {}), [key]);
        assert.deepEqual(issues(table as JsonObject), [], snippet[format]);
      }
    });

    test(`${format}: each other snippet can be read`, () => {
      for (const { snippet } of [...withChildren(OP_KEYS), ...SETTING_KEYS]) {
        const tree = parseSyntax(format, WRAP[format](filled(snippet[format])));
        assert.deepEqual(tree.problems, [], snippet[format]);
      }
    });
  }

  for (const format of ['toml', 'yaml', 'json'] as const) {
    test(`${format}: each example can be read, and is right`, () => {
      for (const doc of [...withChildren(OP_KEYS), ...SETTING_KEYS]) {
        const fence = /```(\w+)\n([^]*?)\n```$/.exec(keyMarkdown(doc, format));
        assert.equal(fence?.[1], format === 'json' ? 'jsonc' : format);
        const forms = (fence[2] ?? '').split(/^(?:#|\/\/) or\n/m);
        assert.equal(forms.length, doc.example.split('# or\n').length);
        for (const [i, form] of forms.entries()) {
          const tree = parseSyntax(format, format === 'json' ? `{\n${form}\n}` : form);
          assert.deepEqual(tree.problems, [], form);
          const table = jsonOfNode(tree.root) as JsonObject;
          const source = doc.example.split('# or\n')[i] ?? '';
          assert.deepEqual(table, jsonOfNode(parseSyntax('toml', source).root));
          if (!SETTING_KEYS.includes(doc)) assert.deepEqual(issues(table), [], form);
        }
      }
    });
  }

  test('the documentation of a key is found by its path', () => {
    assert.equal(keyDocAt(['exec'])?.key, 'exec');
    assert.equal(keyDocAt(['exec', 'run'])?.key, 'run');
    assert.equal(keyDocAt(['config', 0, 'keys'])?.key, 'keys');
    assert.equal(keyDocAt(['depends', 1, 'run-select'])?.key, 'run-select');
    assert.equal(keyDocAt(['exec', 'nothing']), null);
    assert.equal(keyDocAt([]), null);
  });
});
