/**
 * The real `guild` command from PyPI, in a Python environment of its own in the user's cache.
 * Run directly it installs it and prints its path.
 */
import { ensureVenv, venvProgram } from './lib/python-venv.mts';
import { runChecked } from './lib/run.mts';
import { say } from './lib/say.mts';

const guildVersion = '0.9.0';

/**
 * What `guild run` imports, of the time of that release. What only its views, optimizers and
 * notebooks need (scikit-learn, Pillow, debugpy) is left out: it is ten times as large.
 */
const requirements = [
  '--no-deps',
  `guildai==${guildVersion}`,
  'absl-py==2.1.0',
  'certifi==2024.2.2',
  'chardet==5.2.0',
  'charset-normalizer==3.3.2',
  'click==8.1.7',
  'filelock==3.13.1',
  'grpcio==1.62.1',
  'idna==3.6',
  'Jinja2==3.1.3',
  'Markdown==3.6',
  'MarkupSafe==2.1.5',
  'natsort==8.4.0',
  'numpy==1.26.4',
  'pkginfo==1.10.0',
  'protobuf==4.25.3',
  'psutil==5.9.8',
  'PyYAML==6.0.1',
  'requests==2.31.0',
  'setuptools==69.2.0',
  'six==1.16.0',
  'tabview==1.4.4',
  'tensorboard==2.16.2',
  'tensorboard-data-server==0.7.2',
  'urllib3==2.2.1',
  'Werkzeug==3.0.1',
];

/**
 * Resolves to the absolute path of `guild`, installing it the first time. A `python` beside it
 * can import its modules. Rejects when there is no Python 3 with `venv`, or with pip's own words.
 */
export async function ensureGuild(): Promise<string> {
  const venv = await ensureVenv({
    name: `guild-${guildVersion}`,
    what: `guild ${guildVersion} from PyPI`,
    requirements,
    finish: async (dir) => await runChecked(venvProgram(dir, 'guild'), ['-H', dir, 'runs']),
  });
  return venvProgram(venv, 'guild');
}

if (import.meta.main) say(await ensureGuild());
