import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { pythonRepr } from '../../../../src/core/data/python-repr.ts';
import {
  commandText,
  isEmptyCommand,
  phaseEnv,
  programOf,
  userEnv,
} from '../../../../src/core/phase/command.ts';
import { runPhase } from '../../../../src/core/phase/exec.ts';
import { runMetaPath } from '../../../../src/core/run/run.ts';
import type { Command, Run } from '../../../../src/core/run/types.ts';
import { posix } from '../../../helpers/posix.ts';
import { newTestRun } from '../../../helpers/runs/runs.ts';
import { find } from '../../../helpers/temp.ts';

function output(run: Run, name = '10_sourcecode'): string {
  return readFileSync(runMetaPath(run, 'output', name), 'utf8');
}

async function execute(
  t: test.TestContext,
  command: Command,
): Promise<{ run: Run; exitCode: number; output: string; log: string }> {
  const { run } = newTestRun(t, { command: 'true' });
  const exitCode = await runPhase(run, 'stage-sourcecode', command);
  const log = readFileSync(runMetaPath(run, 'log', 'runner'), 'utf8');
  return { run, exitCode, output: output(run), log };
}

test('exec kinds: argument vector, shell, script with an interpreter', () => {
  const base = { env: {}, verbatim: false };
  assert.deepEqual(programOf(['a', 'b c'], 'linux'), { ...base, file: 'a', args: ['b c'] });
  assert.deepEqual(programOf('echo $HOME', 'linux'), {
    ...base,
    file: '/bin/sh',
    args: ['-c', 'echo $HOME'],
  });
  assert.deepEqual(programOf('#!/usr/bin/env bash\na=1\necho $a\n', 'linux'), {
    ...base,
    file: '/usr/bin/env',
    args: ['bash', '-c', 'a=1\necho $a\n'],
  });
  assert.equal(programOf('\n#!/bin/bash\necho', 'linux').file, '/bin/sh');
});

test('exec on Windows: assignments before the command become variables', () => {
  const program = programOf('A=1 B="x y" python train.py --x=2', 'win32', {
    ComSpec: 'C:\\cmd.exe',
  });
  assert.deepEqual(program, {
    file: 'C:\\cmd.exe',
    args: ['/d', '/s', '/c', '"python train.py --x=2"'],
    env: { A: '1', B: 'x y' },
    verbatim: true,
  });
});

test('empty commands are nothing to run', () => {
  for (const command of [undefined, '', ' \n', []]) assert.ok(isEmptyCommand(command));
  for (const command of ['true', ['']]) assert.ok(!isEmptyCommand(command));
});

test('a command in the log is the string, or the list as Python prints it', () => {
  assert.equal(commandText('echo "a"\necho b'), 'echo "a"\necho b');
  assert.equal(
    commandText(['python', "it's", 'a"b\'c', 'é\n\t\\']),
    `['python', "it's", 'a"b\\'c', 'é\\n\\t\\\\']`,
  );
  assert.equal(
    pythonRepr('\u0001\u00a0\u2028\u{1f600}\u{e0001}'),
    "'\\x01\\xa0\\u2028😀\\U000e0001'",
  );
});

test('a script of several lines keeps its newlines', posix('a shell'), async (t) => {
  const script = '#!/usr/bin/env sh\nfor i in 1 2\ndo\n  echo "line $i"\ndone\n';
  const { exitCode, output, log } = await execute(t, script);
  assert.equal(exitCode, 0);
  assert.equal(output, 'line 1\nline 2\n');
  assert.ok(log.includes(`Starting stage-sourcecode (see output/10_sourcecode): ${script}`));
  assert.match(
    log,
    /Writing meta proc\/lock\n.*Exit code for stage-sourcecode: 0\n.*Deleting meta proc\/lock\n/,
  );
});

test('exit codes: own, by signal', posix('a shell'), async (t) => {
  assert.equal((await execute(t, 'exit 3')).exitCode, 3);
  assert.equal((await execute(t, 'kill -9 $$')).exitCode, -9);
});

test(
  'a program that cannot be started ends with 127 or 126, and says so',
  posix('/dev/null'),
  async (t) => {
    const missing = await execute(t, ['no-such-program-anywhere', 'x']);
    assert.equal(missing.exitCode, 127);
    assert.equal(missing.output, 'runyard: no-such-program-anywhere: command not found\n');
    assert.ok(missing.log.includes('Error starting stage-sourcecode: no-such-program-anywhere'));
    assert.ok(missing.log.includes('Exit code for stage-sourcecode: 127'));
    assert.ok(!find(missing.run.metaPath).includes('proc/lock'));

    const script = await execute(t, ['/dev/null']);
    assert.equal(script.exitCode, 126);
    assert.match(script.output, /^runyard: \/dev\/null: Permission denied\n$/);

    // Only spawn itself finds these.
    const nul = await execute(t, ['echo', 'a\0b']);
    assert.equal(nul.exitCode, 126);
    assert.match(nul.output, /cannot be executed/);
  },
);

test('the variables of a phase win over those of an outer run', () => {
  const run = { id: 'inner', runDir: '/store/inner' };
  const base = { RUN_ID: 'outer', run_dir: '/outer', project_dir: '/p', PATH: '/bin', PWD: '/x' };
  assert.deepEqual(phaseEnv(run, 'run', { base, parentDir: '/home', env: { A: '1' } }), {
    PATH: '/bin',
    PWD: '/store/inner',
    PYTHONUNBUFFERED: '1',
    RUN_ID: 'inner',
    RUN_DIR: '/store/inner',
    PARENT_PWD: '/home',
    PYTHONDONTWRITEBYTECODE: '1',
    A: '1',
  });
  const hook = phaseEnv(run, 'stage-runtime', { base, projectDir: '/project' });
  assert.equal(hook['project_dir'], '/project');
  assert.equal(hook['run_id'], 'inner');
  assert.equal(hook['RUN_ID'], undefined);
  const finalize = phaseEnv(run, 'finalize', { base: { ...base, PYTHONUNBUFFERED: '' } });
  assert.equal(finalize['project_dir'], undefined);
  assert.equal(finalize['PYTHONUNBUFFERED'], '', 'the user decides');
});

test("the editor's variables are not handed on, the user's are", () => {
  const kept = { PATH: '/bin', NODE_ENV: 'test', BROWSER: 'firefox', GIT_ASKPASS: '/usr/bin/ask' };
  const editor = {
    ELECTRON_RUN_AS_NODE: '1',
    VSCODE_IPC_HOOK_CLI: '/x',
    VSCODE_PID: '1',
    NODE_EXEC_PATH: '/node',
    NODE_OPTIONS: '--require bootloader.js',
    NODE_CHANNEL_FD: '3',
    NODE_CHANNEL_SERIALIZATION_MODE: 'json',
    CODE_SERVER_SESSION_SOCKET: '/x',
    CHROME_DESKTOP: 'code.desktop',
    APPLICATION_INSIGHTS_NO_STATSBEAT: '1',
    TERM_PROGRAM: 'vscode',
    TERM_PROGRAM_VERSION: '1.110',
  };
  assert.deepEqual(userEnv({ ...kept, ...editor }, 'linux'), kept);
  const pointers = {
    BROWSER: '/home/u/.vscode-server/bin/x/bin/helpers/browser.sh',
    GIT_ASKPASS: '/opt/code/resources/app/extensions/git/dist/askpass.sh',
  };
  assert.deepEqual(userEnv({ ...kept, ...pointers }, 'linux'), { PATH: '/bin', NODE_ENV: 'test' });
  assert.deepEqual(userEnv({ Run_Id: 'x', vscode_pid: '1', Path: 'C:\\' }, 'win32'), {
    Path: 'C:\\',
  });
});

test('aborting a phase ends the whole process group', posix('a shell'), async (t) => {
  const { run } = newTestRun(t, { command: 'true' });
  const abort = new AbortController();
  const exitCode = runPhase(run, 'stage-runtime', 'sleep 600 & echo ready; wait', {
    signal: abort.signal,
    onProgress: () => undefined,
  });
  const { waitFor } = await import('../../../helpers/temp.ts');
  await waitFor(() => output(run, '20_runtime') === 'ready\n');
  abort.abort();
  assert.equal(await exitCode, -15);
});
