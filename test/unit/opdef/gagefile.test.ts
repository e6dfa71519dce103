import assert from 'node:assert/strict';
import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { RunyardError } from '../../../src/core/base/errors.ts';
import { type Json, type JsonObject, encodePretty } from '../../../src/core/data/json.ts';
import {
  findGageFile,
  GAGE_FILE_NAMES,
  loadGageFile,
  type GageFile,
} from '../../../src/opdef/gagefile.ts';
import { openProject } from '../../../src/opdef/project.ts';
import { nearestName } from '../../../src/opdef/suggest.ts';
import {
  isDefault,
  opCommand,
  opDescription,
  opExec,
  opProgress,
  opVersion,
} from '../../../src/opdef/table.ts';
import { posix } from '../../helpers/posix.ts';
import { linkToDevice, makePipe } from '../../helpers/special-files.ts';
import { tempDir, writeTree } from '../../helpers/temp.ts';

/** Loads one Gage file with this name and text. */
async function load(t: TestContext, name: string, text: string): Promise<GageFile> {
  return await loadGageFile(join(writeTree(tempDir(t), { [name]: text }), name));
}

async function failure(act: Promise<unknown>): Promise<RunyardError> {
  try {
    await act;
  } catch (error) {
    assert.ok(error instanceof RunyardError);
    return error;
  }
  return assert.fail('expected an error');
}

function messages(file: GageFile): string[] {
  return file.problems.map(({ message }) => message);
}

describe('finding the Gage file and the store (T3)', () => {
  test('the candidates come in order, one after the other is removed', (t) => {
    const tree = Object.fromEntries(GAGE_FILE_NAMES.map((name) => [name, '']));
    const dir = writeTree(tempDir(t), { ...tree, 'gage.yml': '' });
    for (const name of GAGE_FILE_NAMES) {
      assert.equal(findGageFile(dir), join(dir, name));
      rmSync(join(dir, name));
    }
    assert.equal(findGageFile(dir), null);
    assert.deepEqual(GAGE_FILE_NAMES, [
      '.gage/gage.toml',
      '.gage/gage.yaml',
      '.gage/gage.json',
      'gage.toml',
      'gage.yaml',
      'gage.json',
    ]);
  });

  test('the runs directory', async (t) => {
    const home = tempDir(t);
    const dir = tempDir(t);
    const env = { HOME: home };
    const runsDir = async (more: Record<string, string> = {}): Promise<string> =>
      (await openProject(dir, { env: { ...env, ...more } })).runsDir;
    assert.equal(await runsDir(), join(home, '.gage', 'runs'));
    writeTree(dir, { '.vscode': null });
    assert.equal(await runsDir(), join(dir, '.gage', 'runs'));
    writeTree(dir, { 'gage.yaml': '$runs-dir: xyz' });
    assert.equal(await runsDir(), join(dir, 'xyz'));
    assert.equal(await runsDir({ RUNS_DIR: 'xxx' }), join(dir, 'xxx'));
    assert.equal(await runsDir({ RUNS_DIR: 'xxx', GAGE_RUNS: 'yyy' }), join(dir, 'yyy'));
    assert.equal(await runsDir({ GAGE_RUNS: '' }), join(dir, 'xyz'));
    writeTree(dir, { 'gage.toml': 'not = [toml' });
    assert.equal(await runsDir(), join(dir, '.gage', 'runs'));
  });
});

describe('loading', () => {
  const expected = {
    runsDir: '.runs',
    operations: [
      {
        name: 'train',
        table: { version: 1n, description: 'Train', exec: 'python3 train.py', default: true },
      },
      {
        name: 'eval',
        table: { version: 1.5, sourcecode: ['*.py', '-scratch*'], exec: ['python3', 'eval.py'] },
      },
    ],
  };
  const sources = {
    'gage.toml':
      '"$runs-dir" = ".runs"\n[train]\nversion = 1\ndescription = "Train"\nexec = "python3 train.py"\n' +
      'default = true\n[eval]\nversion = 1.5\nsourcecode = ["*.py", "-scratch*"]\nexec = ["python3", "eval.py"]\n',
    'gage.yaml':
      '$runs-dir: .runs\ntrain:\n  version: 1\n  description: Train\n  exec: python3 train.py\n  default: yes\n' +
      'eval:\n  version: 1.5\n  sourcecode: ["*.py", "-scratch*"]\n  exec: [python3, eval.py]\n',
    'gage.json':
      '// operations\n{"$runs-dir": ".runs",\n  // the first\n"train": {"version": 1, "description": "Train", ' +
      '"exec": "python3 train.py", "default": true},\n"eval": {"version": 1.5, "sourcecode": ["*.py", "-scratch*"], ' +
      '"exec": ["python3", "eval.py"]}}',
  };
  for (const [name, text] of Object.entries(sources)) {
    test(`${name}, with and without a byte order mark and CRLF`, async (t) => {
      for (const form of [text, `\ufeff${text}`, text.replaceAll('\n', '\r\n')]) {
        const { runsDir, operations, problems } = await load(t, name, form);
        assert.deepEqual({ runsDir, operations }, expected);
        assert.deepEqual(problems, []);
      }
    });
  }

  test('values keep their kind: ints, floats, dates', async (t) => {
    const file = await load(
      t,
      'gage.toml',
      '[op]\na = 1\nb = 1.0\nc = 12345678901234567\nd = 1e3\ne = 2024-01-02\nf = 2024-01-02T03:04:05Z\ng = inf\n',
    );
    assert.equal(
      encodePretty(file.operations[0]?.table ?? null),
      '{\n  "a": 1,\n  "b": 1.0,\n  "c": 12345678901234567,\n  "d": 1000.0,\n  "e": "2024-01-02",\n' +
        '  "f": "2024-01-02T03:04:05Z",\n  "g": Infinity\n}'.replace('05Z', '05.000Z'),
    );
  });

  test('broken files say where', async (t) => {
    const cases = [
      ['gage.toml', '[a]\nexec = "x"\nb = [1,\n', /gage\.toml:\d+:\d+: Invalid TOML: /],
      ['gage.toml', '[a]\nexec = \n', /gage\.toml:2:\d+: Invalid TOML: /],
      ['gage.yaml', 'a:\n  exec: x\n b: 1\n', /gage\.yaml:3:\d+: Invalid YAML: /],
      ['gage.yaml', 'a: 1\n---\nb: 2\n', /gage\.yaml:2:1: Invalid YAML: more than one document/],
      ['gage.yaml', 'a: *b\n', /gage\.yaml.*: Invalid YAML: /],
      ['gage.json', '// one\n{\n  // two\n  "a": }\n', /gage\.json:4:8: Invalid JSON: /],
      ['gage.json', '[1]', /gage\.json: a Gage file holds a table/],
    ] as const;
    for (const [name, text, pattern] of cases) {
      const dir = writeTree(tempDir(t), { [name]: text });
      const error = await failure(loadGageFile(join(dir, name)));
      assert.equal(error.code, 'bad-gage-file');
      assert.match(error.message, pattern);
      assert.ok(!error.message.includes('\n'));
    }
  });

  test('a missing file, a directory, bytes that are no text', async (t) => {
    const dir = writeTree(tempDir(t), {
      'gage.toml': null,
      'gage.json': Buffer.from([0x7b, 0xff, 0x7d]),
      'gage.yaml': '',
    });
    assert.equal((await failure(loadGageFile(join(dir, 'none.toml')))).code, 'no-gage-file');
    assert.equal((await failure(loadGageFile(join(dir, 'gage.toml')))).code, 'io');
    assert.match((await failure(loadGageFile(join(dir, 'gage.json')))).message, /not UTF-8 text/);
    assert.deepEqual((await loadGageFile(join(dir, 'gage.yaml'))).operations, []);
  });

  test('what is no file, and what is too large', posix('named pipes'), async (t) => {
    const dir = tempDir(t);
    makePipe(join(dir, 'gage.toml'));
    linkToDevice(join(dir, 'gage.yaml'));
    mkdirSync(join(dir, 'gage.json'));
    writeFileSync(join(dir, 'large.toml'), '');
    truncateSync(join(dir, 'large.toml'), 5_000_000_000);
    for (const [name, what] of [
      ['gage.toml', 'is a named pipe, not a file'],
      ['gage.yaml', 'is a device, not a file'],
      ['gage.json', 'is a directory, not a file'],
      ['large.toml', 'is larger than 4 MB'],
    ] as const) {
      const error = await failure(loadGageFile(join(dir, name)));
      assert.deepEqual([error.code, error.message], ['io', `${join(dir, name)} ${what}`]);
    }
    const { problem } = await openProject(dir, { env: {} });
    assert.match(problem?.message ?? '', /gage\.toml is a named pipe, not a file$/);
  });

  test('a bad operation is a problem, the others load', async (t) => {
    const file = await load(
      t,
      'gage.json',
      '{"good": {"exec": "x", "unknown": 1}, "not a name": {"exec": "x"}, "": {}, "text": "x", "list": [], ' +
        '"odd": {"exec": 5, "default": "yes", "version": "1 2"}, "$other": 1, "$runs-dir": 5, ' +
        '"old": {"exec": {"run": "x", "finalize-run": "y"}}}',
    );
    assert.deepEqual(
      file.operations.map((op) => op.name),
      ['good', 'odd', 'old'],
    );
    assert.equal(file.runsDir, null);
    assert.deepEqual(messages(file), [
      'Operation "not a name": a name cannot contain white space',
      'An operation needs a name',
      'Operation "text" must be a table',
      'Operation "list" must be a table',
      'Operation "odd": "default" must be true or false',
      'Operation "odd": "version" must be a number, or a string without white space',
      'Operation "odd": "exec" must be a command (a string or a list of strings), or a table with commands for ' +
        'stage-sourcecode, stage-runtime, stage-dependencies, run, finalize',
      'Unknown setting "$other" (known: $runs-dir)',
      '"$runs-dir" must be a string',
      'Operation "old": "exec" has no phase "finalize-run" (known: stage-sourcecode, stage-runtime, ' +
        'stage-dependencies, run, finalize)',
    ]);
  });

  test('every form of every key that Gage takes is fine', async (t) => {
    const tables: readonly JsonObject[] = [
      { exec: ['a', 'b'], progress: 'tqdm', sourcecode: true, config: 'a.py', version: null },
      {
        exec: { run: ['a'], finalize: 'b' },
        progress: { run: 'tqdm' },
        sourcecode: false,
        version: '2.0',
      },
      {
        config: ['a.py', '-#b'],
        sourcecode: '*.py',
        'output-summary': 'Summary: (.*)',
        version: 1n,
      },
      {
        config: { keys: 'a.py#x', prefix: 'p' },
        'output-summary': false,
        listing: { description: ['x'] },
      },
      {
        config: [{ keys: ['a.py'] }, 'b.py'],
        depends: { files: 'x' },
        summary: { filename: 's.toml' },
      },
      { depends: [{ 'run-select': 'x' }], default: false, description: 'x', env: { A: '1' } },
    ];
    const data = Object.fromEntries(tables.map((table, i) => [`op${String(i)}`, table]));
    const file = await load(t, 'gage.json', encodePretty(data));
    assert.equal(file.operations.length, tables.length);
    assert.deepEqual(messages(file), []);
  });

  test('a name like a property of objects is only a name', async (t) => {
    const file = await load(t, 'gage.toml', '[__proto__]\nexec = "x"\n[constructor]\nexec = "y"\n');
    assert.deepEqual(
      file.operations.map((op) => op.name),
      ['__proto__', 'constructor'],
    );
  });
});

test('near names', () => {
  assert.equal(nearestName('epoch', ['lr', 'epochs']), 'epochs');
  assert.equal(nearestName('LR', ['lr', 'epochs']), 'lr');
  assert.equal(nearestName('x', ['y', 'seed']), 'y');
  assert.equal(nearestName('momentum', ['lr', 'epochs']), null);
});

describe('what a table says', () => {
  test('versions are written as Python writes them (T22)', () => {
    const cases: readonly (readonly [Json, string | null])[] = [
      [1n, '1'],
      [1, '1.0'],
      [1.5, '1.5'],
      ['2.0', '2.0'],
      [1e16, '1e+16'],
      [null, null],
      [true, 'True'],
    ];
    for (const [version, text] of cases) assert.equal(opVersion({ version }), text);
    assert.equal(opVersion({}), null);
    for (const version of ['a b', '', ['1'], NaN]) {
      assert.throws(() => opVersion({ version }), { code: 'bad-gage-file' });
    }
  });

  test('commands by phase; empty ones are none', () => {
    assert.deepEqual(opExec({ exec: 'a b' }), { run: 'a b' });
    assert.deepEqual(opExec({ exec: ['a', 'b'] }), { run: ['a', 'b'] });
    assert.deepEqual(
      opExec({
        exec: {
          'stage-sourcecode': 's',
          'stage-runtime': '',
          finalize: [],
          run: ['r'],
          other: 'x',
        },
      }),
      { 'stage-sourcecode': 's', run: ['r'] },
    );
    assert.deepEqual(opExec({}), {});
    assert.throws(() => opExec({ exec: 5n }), { code: 'bad-gage-file' });
    assert.deepEqual(opProgress({ progress: 'tqdm' }), { run: 'tqdm' });
    assert.deepEqual(opProgress({ progress: { finalize: 'tqdm', run: '' } }), { finalize: 'tqdm' });
    assert.deepEqual(opProgress({}), {});
  });

  test('the command of a run, with the project directory in it', () => {
    const command = (exec: Json, dir = "/p/$& 'x'"): unknown =>
      opCommand({ name: 'op', table: { exec } }, dir);
    assert.equal(command('run $project_dir/a $project_dirs', '/p'), 'run /p/a /ps');
    assert.deepEqual(command({ run: ['cat', '$project_dir/a'] }), ['cat', "/p/$& 'x'/a"]);
    for (const exec of ['', ' ', [], { finalize: 'x' }, {}]) {
      assert.throws(() => command(exec), { code: 'missing-exec', message: /"op" has no command/ });
    }
  });

  test('description and default', () => {
    assert.equal(opDescription({ description: ' Train\n\nMore ' }), 'Train\n\nMore');
    assert.equal(opDescription({ description: ' ' }), null);
    assert.equal(opDescription({}), null);
    assert.equal(isDefault({ default: true }), true);
    assert.equal(isDefault({ default: 'yes' }), false);
  });
});
