import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { applyEdits } from '../../../../src/config/formats/document.ts';
import { parseDataFile } from '../../../../src/core/data/data-file.ts';
import { toPlain } from '../../../../src/core/data/json.ts';
import type { Diagnostic } from '../../../../src/language/checks/diagnostic.ts';
import { checkProject, checkText } from '../../../../src/language/checks/diagnostics.ts';
import { fixesFor } from '../../../../src/language/fixes/fixes.ts';
import { LanguageProject } from '../../../../src/language/places/project.ts';
import { parseGageDocument } from '../../../../src/opdef/document.ts';
import type { GageFormat } from '../../../../src/opdef/syntax/tree.ts';
import { FORMATS, writeGage, type PlainTable } from '../../../helpers/gage/sources.ts';
import { envWith } from '../../../helpers/gage/text.ts';
import { tempDir, writeTree, type TreeEntry } from '../../../helpers/temp.ts';

type Files = Readonly<Record<string, TreeEntry>>;

/** One mistake, the same in the three formats. */
interface Case {
  readonly name: string;
  readonly data: PlainTable;
  readonly files?: Files;
  /** `severity code 'text' message…` of everything that is told, in the order of the text. */
  readonly tells: readonly (readonly [code: string, text: string, message: RegExp])[];
  /** The data after the preferred fix of the first. */
  readonly fixed?: PlainTable;
  readonly createsFile?: readonly [path: string, text: RegExp];
}

const exec = 'echo hi';
const ok = { 'train.py': 'lr = 0.1\nsteps = 3\n', 'data/a.txt': 'a\n' };
const train = (table: PlainTable): PlainTable => ({ train: { exec, ...table } });

const CASES: readonly Case[] = [
  { name: 'nothing', data: train({}), tells: [] },
  {
    name: 'a misspelled key',
    data: train({ sourcecod: 'train.py' }),
    tells: [['error unknown-key', 'sourcecod', /'?sourcecode/]],
    fixed: train({ sourcecode: 'train.py' }),
  },
  {
    name: 'an unknown key',
    data: train({ nonsense: 1 }),
    tells: [['error unknown-key', 'nonsense', /nonsense/]],
  },
  {
    name: 'a wrong type',
    data: train({ description: 3 }),
    tells: [['error wrong-type', '3', /string/]],
  },
  {
    name: 'an unknown setting',
    data: { '$runs-dr': 'runs', ...train({}) },
    tells: [['error unknown-key', '$runs-dr', /\$runs-dir/]],
    fixed: { '$runs-dir': 'runs', ...train({}) },
  },
  {
    name: 'a setting of a wrong type',
    data: { '$runs-dir': 3, ...train({}) },
    tells: [['error wrong-type', '3', /string/]],
  },
  {
    name: 'a key outside of an operation',
    data: { exec, ...train({}) },
    tells: [['error wrong-type', 'exec', /belongs into an operation/]],
  },
  {
    name: 'a blank in a name',
    data: { 'my  train': { exec } },
    tells: [['error bad-name', 'my  train', /my-train/]],
    fixed: { 'my-train': { exec } },
  },
  {
    name: 'an empty name',
    data: { '': { exec } },
    tells: [['error bad-name', '', /needs a name/]],
  },
  {
    name: 'a blank in a version',
    data: train({ version: 'v 1' }),
    tells: [['error bad-version', 'v 1', /v-1/]],
    fixed: train({ version: 'v-1' }),
  },
  {
    name: 'an empty version',
    data: train({ version: '' }),
    tells: [['error bad-version', '', /mpty/]],
  },
  {
    name: 'a version that is a boolean',
    data: train({ version: true }),
    tells: [['error bad-version', 'true', /quote/]],
    fixed: train({ version: 'true' }),
  },
  {
    name: 'no exec',
    data: { train: { description: 'x' } },
    tells: [['error missing-exec', 'train', /add exec/]],
    fixed: { train: { exec: 'python3 train.py', description: 'x' } },
  },
  {
    name: 'exec without run',
    data: { train: { exec: { finalize: 'echo' } } },
    tells: [['error missing-exec', 'exec', /no phase 'run'/]],
    fixed: { train: { exec: { finalize: 'echo', run: 'python3 train.py' } } },
  },
  {
    name: 'an empty exec',
    data: { train: { exec: '' } },
    tells: [['error missing-exec', 'exec', /empty/]],
    fixed: { train: { exec: 'python3 train.py' } },
  },
  {
    name: 'an empty run',
    data: { train: { exec: { run: ' ' } } },
    tells: [['error missing-exec', 'run', /empty/]],
    fixed: { train: { exec: { run: 'python3 train.py' } } },
  },
  {
    name: 'exec of a wrong type is no missing exec too',
    data: { train: { exec: 3 } },
    tells: [['error wrong-type', '3', /command/]],
  },
  {
    name: 'an unknown phase',
    data: { train: { exec: { run: 'echo', 'finalise-x': 'echo', finalise: 'echo' } } },
    tells: [
      ['error unknown-phase', 'finalise-x', /finalise-x/],
      ['error unknown-phase', 'finalise', /finalize/],
    ],
  },
  {
    name: 'a misspelled phase',
    data: { train: { exec: { run: 'echo', finalise: 'echo' } } },
    tells: [['error unknown-phase', 'finalise', /finalize/]],
    fixed: { train: { exec: { run: 'echo', finalize: 'echo' } } },
  },
  {
    name: 'a misspelled run is no missing one too',
    data: { train: { exec: { rum: 'echo' } } },
    tells: [['error unknown-phase', 'rum', /run/]],
    fixed: { train: { exec: { run: 'echo' } } },
  },
  {
    name: 'unknown progress',
    data: train({ progress: 'tqm' }),
    tells: [['warning unknown-progress', 'tqm', /tqdm/]],
    fixed: train({ progress: 'tqdm' }),
  },
  {
    name: 'unknown progress of a phase',
    data: train({ progress: { 'stage-runtime': 'rich' } }),
    tells: [['warning unknown-progress', 'rich', /tqdm/]],
    fixed: train({ progress: { 'stage-runtime': 'tqdm' } }),
  },
  {
    name: 'two defaults',
    data: { b: { exec, default: true }, a: { exec, default: true } },
    tells: [['warning two-defaults', 'default', /'a' is the default/]],
    fixed: { b: { exec }, a: { exec, default: true } },
  },
  {
    name: 'a pattern with an open quote',
    data: train({ sourcecode: ["'train.py"] }),
    tells: [['error pattern-syntax', "'train.py", /quotation/]],
  },
  {
    name: 'an empty pattern',
    data: train({ sourcecode: ['train.py', ''] }),
    tells: [['error pattern-syntax', '', /empty/]],
  },
  {
    name: 'a leading slash',
    data: train({ sourcecode: ['/train.py'] }),
    tells: [['warning pattern-never-matches', '/train.py', /Write 'train.py'/]],
    fixed: train({ sourcecode: ['train.py'] }),
  },
  {
    name: 'a leading dot and slash',
    data: train({ sourcecode: ['train.py', '-./data dir'] }),
    tells: [['warning pattern-never-matches', './data', /Write 'data'/]],
    fixed: train({ sourcecode: ['train.py', '-data dir'] }),
  },
  {
    name: 'a backslash between folders',
    data: train({ sourcecode: ['data\\a.txt', 'train.py'] }),
    tells: [['warning pattern-syntax', '*', /data\/a\.txt/]],
    fixed: train({ sourcecode: ['data/a.txt', 'train.py'] }),
  },
  {
    name: 'a file outside',
    data: train({ sourcecode: ['../a.py'] }),
    tells: [['warning pattern-never-matches', '../a.py', /inside the project/]],
  },
  {
    name: 'a slash at the end',
    data: train({ sourcecode: ['data/', 'train.py'] }),
    tells: [['warning pattern-never-matches', 'data/', /data\/\*\*\/\*/]],
    fixed: train({ sourcecode: ['data/**/*', 'train.py'] }),
  },
  {
    name: 'a slash at the end of a folder to exclude',
    data: train({ sourcecode: ['**/*', '-data/'] }),
    tells: [['warning pattern-never-matches', 'data/', /data dir/]],
    fixed: train({ sourcecode: ['**/*', '-data dir'] }),
  },
  {
    name: 'two stars alone',
    data: train({ sourcecode: ['data/**'] }),
    tells: [['warning pattern-never-matches', 'data/**', /folders, not/]],
    fixed: train({ sourcecode: ['data/**/*'] }),
  },
  {
    name: 'size>0',
    data: train({ sourcecode: ['*.py size>0'] }),
    tells: [['warning pattern-never-matches', 'size>0', /matches nothing/]],
    fixed: train({ sourcecode: ['*.py'] }),
  },
  {
    name: 'an unknown option',
    data: train({ sourcecode: ['*.py txt'] }),
    tells: [['warning pattern-syntax', 'txt', /'text'/]],
    fixed: train({ sourcecode: ['*.py text'] }),
  },
  {
    name: 'a size with a unit',
    data: train({ sourcecode: ['*.py size<10k'] }),
    tells: [['warning pattern-syntax', 'size<10k', /digits only/]],
    fixed: train({ sourcecode: ['*.py'] }),
  },
  {
    name: 'a name with a blank',
    data: train({ sourcecode: ['my file.py'] }),
    files: { 'my file.py': '' },
    tells: [['warning pattern-syntax', 'file.py', /quotes/]],
    fixed: train({ sourcecode: ["'my file.py'"] }),
  },
  {
    name: 'a type beside another',
    data: train({ sourcecode: ['**/*', '-data text dir'] }),
    tells: [['warning pattern-syntax', 'text', /ignored beside 'dir'/]],
    fixed: train({ sourcecode: ['**/*', '-data dir'] }),
  },
  {
    name: 'no matches at all',
    data: train({ sourcecode: ['*.py max-matches=0'] }),
    tells: [['warning pattern-never-matches', 'max-matches=0', /matches nothing/]],
    fixed: train({ sourcecode: ['*.py'] }),
  },
  {
    name: 'a sentinel for files',
    data: train({ sourcecode: ['*.py sentinel=x'] }),
    tells: [['warning pattern-syntax', 'sentinel=x', /'dir' only/]],
    fixed: train({ sourcecode: ['*.py'] }),
  },
  {
    name: 'two sizes',
    data: train({ sourcecode: ['*.py size>1 size<100000'] }),
    tells: [['warning pattern-syntax', 'size>1 size<100000', /every file/]],
  },
  {
    name: 'a folder that is not excluded',
    data: train({ sourcecode: ['**/*', '-data'] }),
    tells: [['warning pattern-never-matches', 'data', /is a folder.*-data dir/]],
    fixed: train({ sourcecode: ['**/*', '-data dir'] }),
  },
  {
    name: 'a folder that is not included',
    data: train({ sourcecode: ['data', 'train.py'] }),
    tells: [['warning pattern-never-matches', 'data', /is a folder.*data\/\*\*\/\*/]],
    fixed: train({ sourcecode: ['data/**/*', 'train.py'] }),
  },
  {
    name: 'a file that does not exist',
    data: train({ sourcecode: ['trian.py'] }),
    tells: [['warning pattern-matches-nothing', 'trian.py', /Did you mean 'train.py'/]],
    fixed: train({ sourcecode: ['train.py'] }),
  },
  {
    name: 'a file that is like no other',
    data: train({ sourcecode: ['train.py', 'other.txt'] }),
    tells: [['warning pattern-matches-nothing', 'other.txt', /There is no file/]],
    createsFile: ['other.txt', /^$/],
  },
  {
    name: 'a wildcard that matches nothing',
    data: train({ sourcecode: ['*.py', '*.[ch]'] }),
    tells: [['warning pattern-matches-nothing', '*.[ch]', /No file matches.*themselves/]],
  },
  {
    name: 'an exclude of nothing',
    data: train({ sourcecode: ['-*.pyc'] }),
    tells: [['hint pattern-matches-nothing', '*.pyc', /at present/]],
  },
  {
    name: 'an include that is excluded later',
    data: train({ sourcecode: ['train.py', 'data/*', '-*.py'] }),
    tells: [['warning pattern-shadowed', 'train.py', /excluded later, by '-\*\.py'/]],
    fixed: train({ sourcecode: ['data/*', '-*.py'] }),
  },
  {
    name: 'an exclude that is included again',
    data: train({ sourcecode: ['*.py', '-train.py', '**/*.py'] }),
    tells: [['warning pattern-shadowed', '-train.py', /included again later/]],
    fixed: train({ sourcecode: ['*.py', '**/*.py'] }),
  },
  {
    name: 'a pattern given twice',
    data: train({ sourcecode: ['*.py', 'data/*', '*.py'] }),
    tells: [['warning pattern-shadowed', '*.py', /twice/]],
    fixed: train({ sourcecode: ['*.py', 'data/*'] }),
  },
  {
    name: 'an include in an excluded folder',
    data: train({ sourcecode: ['*.py', 'data/*', '-data dir'] }),
    tells: [['warning pattern-shadowed', 'data/*', /excludes the folder 'data'/]],
    fixed: train({ sourcecode: ['*.py', '-data dir'] }),
  },
  {
    name: 'a config file that does not exist',
    data: train({ config: 'trian.py' }),
    tells: [['warning config-file-missing', 'trian.py', /Did you mean 'train.py'/]],
    fixed: train({ config: 'train.py' }),
  },
  {
    name: 'a config file that is like no other',
    data: train({ config: ['train.py', 'params.yaml#rate'] }),
    tells: [['warning config-file-missing', 'params.yaml', /There is no file/]],
    createsFile: ['params.yaml', /^rate: 0\n$/],
  },
  {
    name: 'config of a wildcard that matches nothing',
    data: train({ config: '*/train.py' }),
    tells: [['warning config-file-missing', '*/train.py', /No file matches/]],
  },
  {
    name: 'a key that the file does not have',
    data: train({ config: ['train.py#stepz'] }),
    tells: [['warning config-key-missing', 'stepz', /train.py has no key.*'steps'/]],
    fixed: train({ config: ['train.py#steps'] }),
  },
  {
    name: 'a key of the group that no file has',
    data: train({ config: { keys: ['train.py#', '#step'] } }),
    tells: [['warning config-key-missing', 'step', /'steps'/]],
    fixed: train({ config: { keys: ['train.py#', '#steps'] } }),
  },
  {
    name: 'a key that is a table',
    data: train({ config: 'train.py#opt' }),
    files: { 'train.py': 'opt = {"lr": 1}\n' },
    tells: [['warning config-key-missing', 'opt', /'opt\.\*'/]],
    fixed: train({ config: 'train.py#opt.*' }),
  },
  {
    name: 'two stars for keys',
    data: train({ config: 'train.py#**' }),
    tells: [['warning pattern-never-matches', '**', /\*\*\.\*/]],
    fixed: train({ config: 'train.py#**.*' }),
  },
  {
    name: 'a key given twice',
    data: train({ config: ['train.py#lr', 'train.py#steps', 'train.py#lr'] }),
    tells: [['warning config-duplicate', 'train.py#lr', /twice/]],
    fixed: train({ config: ['train.py#lr', 'train.py#steps'] }),
  },
  {
    name: 'a key that the file gives already',
    data: train({ config: ['train.py', 'train.py#lr'] }),
    tells: [['warning config-duplicate', 'train.py#lr', /already/]],
    fixed: train({ config: ['train.py'] }),
  },
  {
    name: 'a key without a file',
    data: train({ config: ['#lr'] }),
    tells: [['warning config-file-missing', '#lr', /of no file/]],
  },
  {
    name: 'a config file of an unknown kind',
    data: train({ config: 'notes.txt' }),
    files: { 'notes.txt': 'a' },
    tells: [['warning config-unsupported', 'notes.txt', /notes\.txt/]],
  },
  {
    name: 'a config file with a value that cannot be read',
    data: train({ config: 'params.json' }),
    files: { 'params.json': '{\n  "lr": 1,\n  "lr": 2\n}\n' },
    tells: [['information config-problem', 'params.json', /params\.json:2: .*twice/]],
  },
  {
    name: 'a config file without values',
    data: train({ config: 'empty.py' }),
    files: { 'empty.py': 'print()\n' },
    tells: [['information config-key-missing', 'empty.py', /no values/]],
  },
  {
    name: 'a rename of no key',
    data: train({ config: { keys: 'train.py', rename: 'lrx=rate' } }),
    tells: [['warning config-key-missing', 'lrx=rate', /lrx/]],
  },
  {
    name: 'config that names nothing',
    data: train({ config: ['train.py', '#'] }),
    tells: [['error pattern-syntax', '#', /no file and no key/]],
  },
  {
    name: 'a slash before a config file',
    data: train({ config: './train.py#lr' }),
    tells: [['warning pattern-never-matches', './train.py', /Write 'train.py'/]],
    fixed: train({ config: 'train.py#lr' }),
  },
  {
    name: 'a dependency on nothing',
    data: train({ depends: { description: 'x' } }),
    tells: [['error depends-shape', /* the table or its first key */ '*', /needs "files"/]],
  },
  {
    name: 'a dependency of an unknown type',
    data: train({ depends: [{ type: 'files', files: 'data/*' }] }),
    tells: [['error depends-shape', 'files', /unknown type/]],
  },
  {
    name: 'a run-select that does not parse',
    data: train({ depends: { 'run-select': 'status = (error' } }),
    tells: [['error run-select-syntax', '(', /closing/]],
  },
  {
    name: 'a runs-select that ends early',
    data: train({ depends: { type: 'runs-summary', 'runs-select': 'status =' } }),
    tells: [['error run-select-syntax', '=', /value after/]],
  },
  {
    name: 'an operation that does not exist',
    data: { ...train({ depends: { 'run-select': 'operation = prepair' } }), prepare: { exec } },
    tells: [['warning depends-unknown-operation', 'prepair', /'prepare'/]],
    fixed: { ...train({ depends: { 'run-select': 'operation = prepare' } }), prepare: { exec } },
  },
  {
    name: 'a word that is nearly an operation',
    data: { ...train({ depends: { 'run-select': 'prepair' } }), prepare: { exec } },
    tells: [['information depends-unknown-operation', 'prepair', /'prepare'/]],
    fixed: { ...train({ depends: { 'run-select': 'prepare' } }), prepare: { exec } },
  },
  {
    name: 'a word that may be a run',
    data: train({ depends: { 'run-select': 'kafom-fikud' } }),
    tells: [],
  },
  {
    name: 'project files that are not there',
    data: train({ depends: { files: ['data/a.txt', 'data/b.txt'] } }),
    tells: [['warning pattern-matches-nothing', 'data/b.txt', /Did you mean 'data\/a.txt'/]],
    fixed: train({ depends: { files: ['data/a.txt', 'data/a.txt'] } }),
  },
  {
    name: 'a secret',
    data: train({}),
    files: { '.env': 'x' },
    tells: [['warning secret-copied', 'train', /\.env/]],
    fixed: { train: { exec, sourcecode: ['-.env'] } },
  },
  {
    name: 'a secret with other patterns',
    data: train({ sourcecode: ['**/*'] }),
    files: { '.env': 'x', 'my keys/a.pem': 'x' },
    tells: [['warning secret-copied', 'sourcecode', /and 1 more/]],
    fixed: train({ sourcecode: ['**/*', '-.env', '-"my keys/a.pem"'] }),
  },
  {
    name: 'a secret with one pattern',
    data: train({ sourcecode: '**/*' }),
    files: { '.env': 'x' },
    tells: [['warning secret-copied', 'sourcecode', /\.env/]],
    fixed: train({ sourcecode: ['**/*', '-.env'] }),
  },
  {
    name: 'a program that is not there',
    data: { train: { exec: 'no-such-program-here --flag' } },
    tells: [['hint command-not-found', 'no-such-program-here', /PATH/]],
  },
  {
    name: 'a program that is not there, as a list',
    data: { train: { exec: ['no-such-program-here', 'a b'] } },
    tells: [['hint command-not-found', 'no-such-program-here', /PATH/]],
  },
  {
    name: 'commands that only a shell knows',
    data: {
      a: { exec: 'cd x && no-such-program' },
      b: { exec: 'X=1 no-such-program' },
      c: { exec: '$PROG x' },
      d: { exec: 'export X' },
      e: { exec: './tool.sh' },
    },
    files: { 'tool.sh': 'true\n' },
    tells: [],
  },
  {
    name: 'a script that is not there',
    data: { train: { exec: 'sh trian.sh', sourcecode: ['*.sh'] } },
    files: { 'train.sh': 'true\n' },
    tells: [['warning command-not-found', 'trian.sh', /Did you mean 'train.sh'/]],
    fixed: { train: { exec: 'sh train.sh', sourcecode: ['*.sh'] } },
  },
  {
    name: 'a script that is not copied',
    data: { train: { exec: 'sh train.sh', sourcecode: ['*.py'] } },
    files: { 'train.sh': 'true\n' },
    tells: [['warning command-not-found', 'train.sh', /not copied/]],
  },
  {
    name: 'an output-summary without a group',
    data: train({ 'output-summary': 'SUMMARY: .*' }),
    tells: [['warning summary-no-group', 'SUMMARY: .*', /parentheses/]],
  },
  {
    name: 'an output-summary of Python',
    data: train({ 'output-summary': '(?m)^SUMMARY (?P<json>.*)$' }),
    tells: [],
  },
  {
    name: 'an output-summary that is broken',
    data: train({ 'output-summary': '(.*' }),
    tells: [['warning summary-no-group', '(.*', /cannot use/]],
  },
  {
    name: 'a listing with a slip',
    data: train({ config: 'train.py', listing: { description: ['stepps', 'loss'] } }),
    tells: [['hint config-key-missing', 'stepps', /'steps'/]],
    fixed: train({ config: 'train.py', listing: { description: ['steps', 'loss'] } }),
  },
];

async function check(
  project: LanguageProject,
  name: string,
  text: string,
): Promise<{ document: ReturnType<typeof parseGageDocument>; found: readonly Diagnostic[] }> {
  const document = parseGageDocument(join(project.dir, name), text);
  const found = [...checkText(document), ...(await checkProject(document, project))];
  return { document, found: found.sort((a, b) => a.range.from - b.range.from) };
}

/** The part of a text that a diagnostic is about; quotes are no part of what people say. */
function sliceOf(text: string, { range }: Diagnostic): string {
  return text.slice(range.from, range.to).replace(/^(["'])(.*)\1$/s, '$2');
}

function projectOf(t: TestContext, format: GageFormat, text: string, files: Files = {}) {
  const dir = writeTree(tempDir(t), { ...ok, ...files, [`gage.${format}`]: text });
  return new LanguageProject(dir, { env: envWith(t, 'python3', 'sh') });
}

for (const format of FORMATS) {
  describe(`diagnostics in ${format}`, () => {
    for (const { name, data, files, tells, fixed, createsFile } of CASES) {
      test(name, async (t) => {
        const text = writeGage(format, data);
        const project = projectOf(t, format, text, files);
        const { document, found } = await check(project, `gage.${format}`, text);
        const told = found.map(({ severity, code }) => `${severity} ${code}`);
        const explain = `${text}\n${JSON.stringify(found, null, 1)}`;
        assert.deepEqual(told.sort(), tells.map(([code]) => code).sort(), explain);
        for (const [code, slice, message] of tells) {
          const one = found.find(
            (other) =>
              `${other.severity} ${other.code}` === code &&
              (slice === '*' || sliceOf(text, other).replaceAll('\\"', '"') === slice),
          );
          assert.ok(one, `${code} at ${slice}\n${explain}`);
          assert.match(one.message, message);
        }
        const fixes = found[0] === undefined ? [] : fixesFor(document, found[0], project);
        if (createsFile !== undefined) {
          const created = fixes.find((fix) => fix.createFile !== undefined)?.createFile;
          assert.equal(created?.path, createsFile[0]);
          assert.match(created.text, createsFile[1]);
          writeTree(project.dir, { [created.path]: created.text });
          project.event('created', join(project.dir, created.path));
          const after = await check(project, `gage.${format}`, text);
          assert.deepEqual(codesOf(after.found), []);
        }
        if (fixed === undefined) return;
        const [fix] = fixes;
        assert.ok(fix, `a fix for ${explain}`);
        assert.equal(fix.preferred, true);
        const after = applyEdits(
          text,
          [...fix.edits].sort((a, b) => a.from - b.from),
        );
        assert.deepEqual(
          toPlain(await parseDataFile(`gage.${format}`, after)),
          toPlain(await parseDataFile(`gage.json`, JSON.stringify(fixed))),
          after,
        );
        const left = (await check(project, `gage.${format}`, after)).found;
        assert.ok(
          !codesOf(left).includes(found[0]?.code ?? '') ||
            name === 'project files that are not there',
          after,
        );
      });
    }
  });
}

function codesOf(found: readonly Diagnostic[]): readonly string[] {
  return found.map(({ code }) => code);
}
