import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { runCli, type CliResult } from '../../helpers/cli.ts';
import { posix } from '../../helpers/posix.ts';
import { addRun } from '../../helpers/runs/runs.ts';
import { linkToDevice, makePipe } from '../../helpers/special-files.ts';
import { tempDir, writeTree } from '../../helpers/temp.ts';

/** Sets the title and a colour, and turns, ends and hides text. */
const HOSTILE = '\u001b]0;title\u0007\u001b[31m\u009b2J\u007f\u202eesrever\u2066\u2028\u200b';
const UNPRINTABLE = /[\p{Cc}\p{Bidi_Control}\u2028\u2029\u200b]/u;

function assertHarmless({ stdout, stderr }: CliResult, what: string): void {
  const lines = `${stdout}${stderr}`.split('\n');
  const bad = lines.find((line) => UNPRINTABLE.test(line));
  assert.equal(bad, undefined, `${what}: ${JSON.stringify(bad)}`);
}

describe('what is printed of files that anybody may have written', () => {
  test('controls no terminal', async (t) => {
    const dir = tempDir(t);
    const store = join(dir, 'runs');
    const json = (key: string): string => JSON.stringify({ [key + HOSTILE]: HOSTILE });
    const id = addRun(store, {
      'config.json': json('key'),
      'summary.json': `{"metrics": ${json('loss')}, "attributes": ${json('note')}}`,
      'output/40_run': `${HOSTILE}\n`,
      manifest: `g ${'0'.repeat(64)} ${HOSTILE}\n`,
      opref: `1 proj tr${HOSTILE}ain`,
    });
    writeTree(join(store, `${id}.user`), { label: JSON.stringify(HOSTILE) });
    writeTree(dir, {
      'gage.json': JSON.stringify({ [`op${HOSTILE}`]: { exec: 1, description: HOSTILE }, b: {} }),
    });
    const where = { cwd: dir };
    const runs = ['--runs', store];
    for (const args of [
      ['list', '--all'],
      ['show'],
      ['ops'],
      ['check'],
      ['label', '1', HOSTILE],
      ['show', `x${HOSTILE}`],
      ['run', `op${HOSTILE}`],
      ['run', 'b', `key${HOSTILE}=1`],
      ['delete', '1'],
      ['recover', HOSTILE],
      [HOSTILE],
      ['list', `--x${HOSTILE}`],
    ]) {
      const result = await runCli([...args, ...runs], where);
      assert.ok(result.stdout + result.stderr !== '', args.join(' '));
      assertHarmless(result, args.join(' '));
    }
  });

  test('is ASCII escapes in JSON, and the same values', async (t) => {
    const dir = tempDir(t);
    const store = join(dir, 'runs');
    addRun(store, { 'config.json': JSON.stringify({ key: HOSTILE }), 'output/40_run': HOSTILE });
    const where = { cwd: dir };
    const shown = await runCli(['show', '--json', '--runs', store], where);
    assertHarmless(shown, 'show --json');
    assert.equal((JSON.parse(shown.stdout) as { config: { key: string } }).config.key, HOSTILE);
    const output = await runCli(['output', '--json', '--runs', store], where);
    assertHarmless(output, 'output --json');
    assert.equal((JSON.parse(output.stdout) as { text: string }).text, HOSTILE);
  });

  test('the output of a run is what it printed', async (t) => {
    const dir = tempDir(t);
    const store = join(dir, 'runs');
    addRun(store, { 'output/40_run': `${HOSTILE}\n` });
    const { stdout } = await runCli(['output', '--runs', store], { cwd: dir });
    assert.equal(stdout, `${HOSTILE}\n`);
  });
});

test('a Gage file that is no file is named, and nobody waits', posix('named pipes'), async (t) => {
  const dir = tempDir(t);
  makePipe(join(dir, 'gage.toml'));
  linkToDevice(join(dir, 'train.py'));
  for (const args of [['ops'], ['check'], ['run', 'train']]) {
    const { code, stderr } = await runCli(args, { cwd: dir });
    assert.equal(code, 1, args.join(' '));
    assert.match(stderr, /gage\.toml is a named pipe, not a file/, args.join(' '));
  }
  assert.equal((await runCli(['list'], { cwd: dir })).code, 0);
});

test('a config file that is a link to a device has no values', posix('devices'), async (t) => {
  const dir = writeTree(tempDir(t), {
    'gage.toml': '[train]\nexec = "true"\nconfig = "train.py"\n',
  });
  linkToDevice(join(dir, 'train.py'));
  const { code, stdout } = await runCli(['run', 'train', '--preview'], { cwd: dir });
  assert.equal(code, 0);
  assert.match(stdout, /train/);
});
