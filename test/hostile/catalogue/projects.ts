import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeTree, type TreeEntry } from '../../helpers/temp.ts';
import { replace, type Kind } from './kinds.ts';
import { canary, type Setting } from './setting.ts';
import type { World } from './world.ts';

/** Projects that came from somebody else. What a person runs in them runs; nothing else does. */
export const PROJECTS: readonly World[] = [
  ...replaced('gage.toml', ['device', 'pipe', 'socket', 'directory', 'huge']),
  ...replaced('good.py', ['device', 'pipe', 'socket', 'directory', 'huge']),
  ...replaced('pyproject.toml', ['device', 'pipe']),
  ...replaced('.gage/gage.toml', ['device', 'pipe']),
  ...replaced('other.bin', ['device', 'pipe', 'socket', 'huge'], {
    'gage.toml': '[good]\nexec = "true"\nsourcecode = "other.bin"\n',
  }),
  project('a YAML file that grows', { 'gage.yaml': yamlBomb() }, ['gage.toml']),
  project('a YAML config that grows', {
    'gage.toml': '[good]\nexec = "true"\nconfig = "good.yaml"\n',
    'good.yaml': yamlBomb(),
  }),
  project('a deep YAML file', { 'gage.yaml': `good: ${'['.repeat(100_000)}` }, ['gage.toml']),
  project('a deep JSON file', { 'gage.json': '{"good":'.repeat(100_000) }, ['gage.toml']),
  project('a deep TOML file', { 'gage.toml': `good = ${'['.repeat(100_000)}` }),
  project('a deep JSON config', {
    'gage.toml': '[good]\nexec = "true"\nconfig = "good.json"\n',
    'good.json': '['.repeat(100_000) + ']'.repeat(100_000),
  }),
  project('a deep Python config', {
    'good.py': `x = ${'['.repeat(100_000)}${']'.repeat(100_000)}`,
  }),
  project('names that change the terminal', {
    'gage.toml': `["\\u001b[2J\\u202ex"]\nexec = "true"\ndescription = "\\u001b]0;x\\u0007\\u202e"\n`,
  }),
  {
    ...project('long ranges', {}),
    steps: [
      ['batch', 'good', 'x=range[1:1000000000000]', '--preview'],
      ['batch', 'good', 'x=[1:1000000000000]', '--preview'],
      ['batch', 'good', 'x=range[0:1:0.000000000001]', '--preview'],
      ['batch', 'good', 'x=linspace[0:1:1000000000000]', '--preview'],
      ['batch', 'good', 'x=logspace[0:1:1000000000000]', '--preview'],
      ['batch', 'good', 'x=range[1:100000]', 'y=range[1:100000]', '--accept-unknown', '--preview'],
      ['batch', 'good', `x=${'['.repeat(60_000)}`, '--preview'],
      ['run', 'good', `x=${'['.repeat(60_000)}${']'.repeat(60_000)}`, '--preview'],
      ['run', 'good', 'x=range[1:1000000000000]', '--preview'],
      ['batch', 'good', 'x=uniform[0:1]', '--max-trials', '1000000000000', '--preview'],
      ['list', '--where', '('.repeat(60_000)],
      ['list', '--where', 'x =~ "(a+)+$"'],
    ],
  },
  {
    name: 'a directory whose name is a command',
    makesRuns: true,
    spawned: true,
    build: (setting) => {
      writeTree(commandDir(setting), {
        'gage.toml': OPERATIONS,
        'good.py': 'x = 1\n',
      });
      return [];
    },
    cwd: commandDir,
    steps: [
      ['run', 'arguments', '--wait'],
      ['run', 'quoted', '--wait'],
      ['run', 'hook', '--wait'],
      ['batch', 'good', 'x=[1,2]', '--wait'],
    ],
  },
];

/** `$project_dir` where a shell reads it, bare and in quotes, and where none does. */
const OPERATIONS = `[good]
exec = "ls $project_dir"
config = "good.py"

[quoted]
exec = "ls \\"$project_dir\\""

[arguments]
exec = ["ls", "$project_dir"]

[hook.exec]
stage-sourcecode = "ls $project_dir"
run = "true"
`;

/** A shell that reads this name as a part of a command executes a canary. */
function commandDir(setting: Setting): string {
  // No slash can be in a name: a shell makes them.
  const command = canary(setting, 'directory').replaceAll('/', '$(printf "\\057")');
  return join(setting.root, 'hostile', `$(${command.replaceAll("'", '')})`);
}

function replaced(
  path: string,
  kinds: readonly Kind[],
  files: Readonly<Record<string, TreeEntry>> = {},
): readonly World[] {
  return kinds.map((kind) => ({
    name: `${path} is ${kind}`,
    makesRuns: true,
    build: async (setting) => {
      writeTree(setting.project, files);
      await replace(setting, join(setting.project, path), kind);
      return [];
    },
  }));
}

function project(
  name: string,
  files: Readonly<Record<string, TreeEntry>>,
  without: readonly string[] = [],
): World {
  return {
    name,
    makesRuns: true,
    build: (setting) => {
      for (const path of without) rmSync(join(setting.project, path));
      writeTree(setting.project, files);
      return [];
    },
  };
}

/** Nine levels of nine: a billion values when all of it is unfolded. */
function yamlBomb(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let n = 1; n < 10; n++) {
    const before = Array.from({ length: 9 }, () => `*a${String(n - 1)}`).join(', ');
    lines.push(`a${String(n)}: &a${String(n)} [${before}]`);
  }
  return `${lines.join('\n')}\ngood:\n  exec: "true"\n  config: *a9\n`;
}
