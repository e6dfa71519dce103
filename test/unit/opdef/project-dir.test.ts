import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { programOf } from '../../../src/core/phase/command.ts';
import { insertProjectDir } from '../../../src/opdef/project-dir.ts';
import { posix } from '../../helpers/posix.ts';
import { randomFrom } from '../../helpers/random.ts';
import { tempDir } from '../../helpers/temp.ts';

const ROUNDS = process.env['RUNYARD_TEST_LONG'] === '1' ? 1000 : 60;

const insert = (command: string, dir: string): string =>
  String(insertProjectDir(command, dir, 'linux'));

/** Prints what stands between the bars, byte for byte. */
const PRINTED: readonly (readonly [command: string, expected: (dir: string) => string])[] = [
  [`printf '|%s|' $project_dir`, (dir) => `|${dir}|`],
  [`printf '|%s|' "$project_dir"`, (dir) => `|${dir}|`],
  [`printf '|%s|' '$project_dir'`, (dir) => `|${dir}|`],
  [
    `printf '|%s|' $project_dir/a "$project_dir/b c" '$project_dir/$d'`,
    (dir) => `|${dir}/a||${dir}/b c||${dir}/$d|`,
  ],
  [`printf '|%s|' --x=$project_dir "it's $project_dir"'s'`, (dir) => `|--x=${dir}||it's ${dir}s|`],
  [
    `printf '|%s|' "$(printf '%s.' "$project_dir")" "\`printf '%s.' $project_dir\`"`,
    (dir) => `|${dir}.||${dir}.|`,
  ],
  [
    `x=$project_dir; y="\${none:-$project_dir}"; printf '|%s|' "$x" "$y"`,
    (dir) => `|${dir}||${dir}|`,
  ],
  [`printf '|%s|' "\${none:-"$project_dir"}" # it's $project_dir`, (dir) => `|${dir}|`],
  [
    `(cd / && printf '|%s|' $project_dirs) # "\nprintf '|%s|' "$project_dir"`,
    (dir) => `|${dir}s||${dir}|`,
  ],
  [`cat <<EOF >/dev/null\nit's\nEOF\nprintf '|%s|' "$project_dir"`, (dir) => `|${dir}|`],
  [`printf '|%s|' \\$project_dir \\\\"$project_dir"`, (dir) => `|${dir}||\\${dir}|`],
  [`#!/bin/sh\nprintf '|%s|' $project_dir '$project_dir'`, (dir) => `|${dir}||${dir}|`],
];

const PIECES = [
  ...['$(touch canary)', '`touch canary`', '; touch canary;', '& touch canary &', '| touch canary'],
  ...["'; touch canary; '", '"; touch canary; "', "'", '"', '\\', '\n', '\n touch canary\n', ' '],
  ...['  ', '*', '?', '[a]', '~', '#', '!', '$HOME', '${HOME}', '$', '%', '\t', '\r', '{a,b}', '('],
  ...[')', '<', '>', '$((', '))', '\\$', "\\'", 'a', 'ä', '-', 'EOF', '\u202e', '$project_dir'],
];

describe('the project directory in a shell text', posix('a shell'), () => {
  test('is printed as it is, and never run', (t) => {
    const cwd = tempDir(t);
    const root = tempDir(t);
    const random = randomFrom(7);
    const pick = (): string => PIECES[Math.floor(random() * PIECES.length)] ?? '';
    const names = [...PIECES, ...Array.from({ length: ROUNDS }, () => pick() + pick() + pick())];
    for (const name of names) {
      const dir = join(root, `x${name}`);
      mkdirSync(dir, { recursive: true });
      for (const [command, expected] of PRINTED) {
        const { file, args } = programOf(insert(command, dir), 'linux');
        const { stdout, stderr } = spawnSync(file, args, {
          cwd,
          encoding: 'utf8',
          timeout: 10_000,
        });
        assert.equal(stdout, expected(dir), `${command}\n${args.join(' ')}\n${stderr}`);
      }
      assert.deepEqual(readdirSync(cwd), [], JSON.stringify(name));
    }
  });

  test('is refused where another program would read it as code, and never run there', (t) => {
    const cwd = tempDir(t);
    const dir = join(cwd, "a'$(touch canary)");
    const refused = [
      `sh -c 'ls $project_dir'`,
      `sh -c "ls $project_dir"`,
      `env A=1 /bin/bash -ec "ls '$project_dir'"`,
      `python3 -c "print('$project_dir')"`,
      `python3 -c"print('$project_dir')"`,
      `perl -ne 'print "$project_dir"'`,
      `node --eval 'x("$project_dir")'`,
      `eval "ls $project_dir"`,
      `true; trap "rm $project_dir/x" EXIT`,
      `x=$(ssh host ls $project_dir)`,
      `sed "s#a#$project_dir#" file`,
      `echo $((1 + $project_dir))`,
      `echo $'$project_dir'`,
      `python3 - <<EOF\nprint("$project_dir")\nEOF`,
      `cat <<'EOF'\n$project_dir\nEOF`,
      `#!/usr/bin/env python3\nprint("$project_dir")`,
      `#!$project_dir/bin/sh\nls`,
    ];
    for (const command of refused) {
      assert.throws(
        () => insert(command, dir),
        (error) => {
          assert.ok(error instanceof Error && 'code' in error && 'hint' in error);
          assert.equal(error.code, 'unsafe-path');
          assert.ok(error.message.includes(JSON.stringify(dir)), error.message);
          return true;
        },
        command,
      );
      // Names that are no code may stand anywhere, blanks or not.
      insert(command, '/home/me/my project');
      assert.equal(insert(command, '/p/x-1'), command.replaceAll('$project_dir', '/p/x-1'));
    }
    for (const command of [
      `python3 train.py -c "$project_dir/conf.yaml"`,
      `tar -c "$project_dir"`,
      `[ -e $project_dir/x ] || bash $project_dir/run.sh`,
      `sed -i s/a/b/ "$project_dir/x"`,
      `awk -v dir="$project_dir" '{print dir}'`,
    ]) {
      assert.match(insert(command, dir), /^runyard_project_dir=/);
    }
    assert.equal(existsSync(join(cwd, 'canary')), false);
  });

  test('is replaced as text, byte for byte, when its name is no code', () => {
    const command = 'run $project_dir/a "$project_dir" \'$project_dirs\' `x <<E\n$project_dir';
    for (const dir of [
      '/p',
      '/home/jürgen/проект_1',
      '/a@b/c+d/e=f,g:h%i.j-k',
      '/$&'.slice(0, 1),
    ]) {
      assert.equal(
        insert(command, dir),
        command.replaceAll('$project_dir', () => dir),
      );
    }
    assert.equal(insert('echo "a', '/p/$x'), 'echo "a');
  });
});

test('a list has the project directory as it is', () => {
  const dir = "/p/$& '$(x)'\n";
  assert.deepEqual(insertProjectDir(['sh', '-c', 'ls $project_dir', '$project_dirs'], dir), [
    'sh',
    '-c',
    `ls ${dir}`,
    `${dir}s`,
  ]);
});

test('cmd.exe gets the project directory in double quotes', () => {
  const win = (command: string, dir: string): unknown => insertProjectDir(command, dir, 'win32');
  const command = 'python $project_dir\\a.py "$project_dir\\b c"';
  assert.equal(win(command, 'C:\\p-1'), 'python C:\\p-1\\a.py "C:\\p-1\\b c"');
  assert.equal(win(command, 'C:\\a b&c'), 'python "C:\\a b&c"\\a.py "C:\\a b&c\\b c"');
  for (const dir of ['C:\\%PATH%', 'C:\\a!b!']) {
    assert.throws(() => win(command, dir), { code: 'unsafe-path' });
  }
  assert.throws(() => win('echo \\"$project_dir\\"', 'C:\\a&b'), { code: 'unsafe-path' });
  assert.throws(() => win('python -c "print(\'$project_dir\')"', "C:\\a'b"), {
    code: 'unsafe-path',
  });
});
