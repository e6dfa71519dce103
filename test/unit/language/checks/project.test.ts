import assert from 'node:assert/strict';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Diagnostic } from '../../../../src/language/checks/diagnostic.ts';
import { checkProject, checkText } from '../../../../src/language/checks/diagnostics.ts';
import { LanguageProject, type FileEventKind } from '../../../../src/language/places/project.ts';
import { parseGageDocument } from '../../../../src/opdef/document.ts';
import { envWith } from '../../../helpers/gage/text.ts';
import { tempDir, writeTree, type TreeEntry } from '../../../helpers/temp.ts';

function openProject(t: TestContext, files: Readonly<Record<string, TreeEntry>>) {
  const dir = writeTree(tempDir(t), files);
  const project = new LanguageProject(dir, { env: envWith(t, 'sh') });
  return {
    dir,
    project,
    check: async (name: string, text: string, signal?: AbortSignal) =>
      await checkProject(parseGageDocument(join(dir, name), text), project, signal),
    told: (kind: FileEventKind, path: string) => {
      project.event(kind, join(dir, path));
    },
  };
}

function lines(found: readonly Diagnostic[]): readonly string[] {
  return found.map(({ severity, code, message }) => `${severity} ${code}: ${message}`);
}

const GAGE = `[train]
exec = "sh train.sh"
sourcecode = ["train.sh", "train.py"]
config = "train.py#lr"
`;

test('another file that goes, comes or changes changes what is told', async (t) => {
  const { dir, check, told } = openProject(t, { 'train.py': 'lr = 1\n', 'train.sh': 'echo\n' });
  assert.deepEqual(await check('gage.toml', GAGE), []);

  renameSync(join(dir, 'train.py'), join(dir, 'train2.py'));
  told('deleted', 'train.py');
  told('created', 'train2.py');
  assert.deepEqual(lines(await check('gage.toml', GAGE)), [
    "warning pattern-matches-nothing: There is no file 'train.py'. Did you mean 'train2.py'?",
    "warning config-file-missing: There is no file 'train.py'. Did you mean 'train2.py'?",
  ]);

  writeFileSync(join(dir, 'train.py'), 'rate = 1\n');
  told('created', 'train.py');
  assert.deepEqual(lines(await check('gage.toml', GAGE)), [
    "warning config-key-missing: train.py has no key 'lr'",
  ]);

  writeFileSync(join(dir, 'train.py'), 'lr = 1\nrate = 1\n');
  told('changed', 'train.py');
  assert.deepEqual(await check('gage.toml', GAGE), []);
});

test('a Gage file that another one shadows', async (t) => {
  const text = '# second\n[train]\nexec = "echo"\n';
  const { dir, check } = openProject(t, { '.gage/gage.toml': text, 'gage.toml': text });
  const [first, ...others] = await check('gage.toml', text);
  assert.deepEqual(others, []);
  assert.equal(first?.code, 'shadowed-gage-file');
  assert.equal(text.slice(first.range.from, first.range.to), '# second');
  assert.match(first.message, /\.gage\/gage\.toml/);
  assert.equal(first.related?.[0]?.path, join(dir, '.gage/gage.toml'));
  assert.deepEqual(await check('.gage/gage.toml', text), []);
});

test('operations of every Gage file of the project can be depended on', async (t) => {
  const other = '[prepare]\nexec = "echo"\n';
  const text = '[train]\nexec = "echo"\ndepends = { run-select = "op = prepare" }\n';
  const { check } = openProject(t, { 'gage.toml': text, 'gage.yaml': 'prepare:\n  exec: echo\n' });
  assert.deepEqual(await check('gage.toml', text), []);
  const { check: alone } = openProject(t, { 'gage.toml': text, 'other.toml': other });
  assert.deepEqual(lines(await alone('gage.toml', text)), [
    "warning depends-unknown-operation: No operation is called 'prepare'",
  ]);
});

test('a selection that was aborted gives no diagnostics', async (t) => {
  const { check } = openProject(t, { 'train.py': '' });
  await assert.rejects(check('gage.toml', GAGE, AbortSignal.abort()), { name: 'AbortError' });
});

test('operations with the same patterns share one walk', async (t) => {
  const { project, check } = openProject(t, { 'a.txt': '' });
  const asked: string[] = [];
  const list = project.tree.list.bind(project.tree);
  project.tree.list = (dir) => {
    asked.push(dir.path);
    return list(dir);
  };
  const text = Array.from({ length: 50 }, (_, i) => `[op${String(i)}]\nexec = "echo"\n`).join('');
  assert.deepEqual(await check('gage.toml', text), []);
  assert.deepEqual(asked, ['']);
  await check('gage.toml', `${text}\n# a comment\n`);
  assert.deepEqual(asked, ['']);
});

test('what cannot be read tells of nothing else', async (t) => {
  const { dir, project } = openProject(t, { 'train.py': 'lr = 1\n' });
  const sources = {
    'gage.toml': '[train]\nexec = \nsourcecode = ["/x"]\n\n[b]\nexec = "echo"\nprogress = "x"\n',
    'gage.yaml': 'train:\n  exec: "echo\n\nb:\n  exec: echo\n',
    'gage.json': '{"train": {"exec": }, "b": {"exec": "echo", "progress": "x"}}',
  };
  for (const [name, text] of Object.entries(sources)) {
    const document = parseGageDocument(join(dir, name), text);
    const found = [...checkText(document), ...(await checkProject(document, project))];
    const codes = new Set(found.map(({ code }) => code));
    assert.ok(codes.has('syntax'), name);
    assert.ok(!codes.has('missing-exec'), `${name}: ${JSON.stringify(found)}`);
    if (name !== 'gage.yaml') assert.ok(codes.has('unknown-progress'), name);
  }
});

test('what is wrong in a config file is told with its place in that file', async (t) => {
  const { dir, check } = openProject(t, {
    'params.json': '\ufeff{\n  "lr": 1,\n  "b": [],\n  "lr": 2\n}\n',
  });
  const text = '[train]\nexec = "echo"\nconfig = "params.json"\n';
  const [first, ...others] = await check('gage.toml', text);
  assert.deepEqual(others, []);
  assert.equal(first?.severity, 'information');
  const [place] = first.related ?? [];
  assert.equal(place?.path, join(dir, 'params.json'));
  const source = readFileSync(place.path, 'utf8');
  assert.match(source.slice(place.range?.from, place.range?.to), /^ {2}"lr": \d,?$/);
});
