import { PHASES, type Phase } from '../core/run/types.ts';
import { choice, group, list, pattern, text, type Snippet } from './snippets.ts';
import type { GageFormat } from './syntax/tree.ts';

/** One key of a Gage file: the one source of hover, completion, the docs page and the schema. */
export interface KeyDoc {
  readonly key: string;
  /** What it does, in a sentence or two. Plain text with code in backticks. */
  readonly summary: string;
  /** One or more forms in TOML, with a line `# or` between them. */
  readonly example: string;
  /** For example `string or list`. */
  readonly type: string;
  /** The whole `key = value` in the snippet syntax of VS Code. */
  readonly snippet: Readonly<Record<GageFormat, string>>;
  /** The keys of its table, where it can be one. */
  readonly children?: readonly KeyDoc[];
}

function doc(
  key: string,
  type: string,
  snippet: Snippet,
  summary: string,
  example: string,
  children?: readonly KeyDoc[],
): KeyDoc {
  const own = { key, type, snippet: snippet(key), summary, example };
  return children === undefined ? own : { ...own, children };
}

const PHASE_SUMMARIES: Readonly<Record<Phase, string>> = {
  'stage-sourcecode':
    'Runs in the run directory after the source code is copied and the config values are written into it.',
  'stage-runtime': 'Runs after the source code is staged: prepares an environment, for example.',
  'stage-dependencies': 'Runs after the dependencies are in the run directory.',
  run: 'The command of the run itself. Its output, exit code and progress are those of the run.',
  finalize:
    'Runs after the command has ended, before the run becomes read-only: cleans up, or makes a report.',
};

const PHASE_EXAMPLES: Readonly<Record<Phase, string>> = {
  'stage-sourcecode': 'exec.stage-sourcecode = "patch -p1 < local.patch"',
  'stage-runtime': 'exec.stage-runtime = "python3 -m venv .venv"',
  'stage-dependencies': 'exec.stage-dependencies = "unzip data.zip"',
  run: 'exec.run = ["python3", "train.py"]',
  finalize: 'exec.finalize = "rm -rf checkpoints/tmp"',
};

const EXEC_PHASES = PHASES.map((phase) =>
  doc(
    phase,
    'string or list of strings',
    text('python3 train.py'),
    PHASE_SUMMARIES[phase],
    PHASE_EXAMPLES[phase],
  ),
);

const PROGRESS_PHASES = PHASES.map((phase) =>
  doc(
    phase,
    'string',
    choice('tqdm'),
    `The kind of progress bar that the command of the phase \`${phase}\` prints.`,
    `progress.${phase} = "tqdm"`,
  ),
);

const CONFIG_CHILDREN: readonly KeyDoc[] = [
  doc(
    'keys',
    'string or list of strings',
    list('train.py#lr'),
    'The config values of this group: `file#key`, `file` for all keys of its top level, `#key` for a key of any file of the group, a leading `-` to leave out.',
    'config = {keys = ["train.py#lr", "train.py#epochs"]}',
  ),
  doc(
    'description',
    'string',
    text('Hyperparameters'),
    'What this group of values is for.',
    'config = {keys = "train.py", description = "Hyperparameters"}',
  ),
  doc(
    'prefix',
    'string',
    text('train'),
    'Put before the names of these values, so that two files may have the same key. Gage ignores it.',
    'config = {keys = "train.py#lr", prefix = "train"}  # the value is train.lr',
  ),
  doc(
    'strip-prefix',
    'string',
    text('defaults'),
    'Taken from the start of the names of these values. Gage ignores it.',
    'config = {keys = "conf.json#defaults.*", strip-prefix = "defaults"}',
  ),
  doc(
    'rename',
    'string, list of strings or table',
    text('old=new'),
    'Gives values another name: `old=new`, a list of those, or a table. Comes after `strip-prefix` and before `prefix`. Gage ignores it.',
    'config = {keys = "train.py#lr", rename = "lr=learning-rate"}',
  ),
];

const DEPENDS_CHILDREN: readonly KeyDoc[] = [
  doc(
    'files',
    'string or list of strings',
    list('data.csv'),
    'Patterns of the files that the run gets: of the project, or with `run-select` of the chosen run. They are written as those of `sourcecode`.',
    'depends = {files = ["data/*.csv", "-data/test*"]}',
  ),
  doc(
    'link',
    'true or false',
    choice(true, false),
    'Links the files instead of copying them: for data that is large and does not change.',
    'depends = {files = "data.csv", link = true}',
  ),
  doc(
    'run-select',
    'string',
    text('operation = prepare'),
    'Chooses the run whose files are needed: an expression over runs. Of those that match it is the newest that completed.',
    'depends = {run-select = "operation = prepare", files = "prepared/*"}',
  ),
  doc(
    'runs-select',
    'string',
    text('operation = train'),
    'Chooses the runs of a table of config values and summaries, which the run gets as a file.',
    'depends = {type = "runs-summary", runs-select = "operation = train"}',
  ),
  doc(
    'summary-filename',
    'string',
    text('runs.csv'),
    'The name of the table of `runs-select` in the run directory: a `.csv` or `.json` file.',
    'depends = {type = "runs-summary", runs-select = "operation = train", summary-filename = "runs.csv"}',
  ),
  doc(
    'type',
    'string',
    choice('project-files', 'run-files', 'runs-summary'),
    'The kind of dependency. Without it, the other keys tell: `run-select` makes `run-files`, `files` alone `project-files`.',
    'depends = {type = "run-files", run-select = "operation = prepare"}',
  ),
  doc(
    'description',
    'string',
    text('Prepared data'),
    'What the dependency is for.',
    'depends = {files = "data.csv", description = "Prepared data"}',
  ),
];

/** The keys of an operation, in the order in which a person would write them (gage-format.md 4.1). */
export const OP_KEYS: readonly KeyDoc[] = [
  doc(
    'description',
    'string',
    text('What it does'),
    'What the operation does. Lists show the first line.',
    'description = "Train the model"',
  ),
  doc(
    'default',
    'true or false',
    choice(true, false),
    'Runs this operation where none is named. Without any default, the only operation of a file is meant.',
    'default = true',
  ),
  doc(
    'version',
    'string or number',
    text('1'),
    'The version of the operation, without spaces. Raise it when results are no longer comparable: `--needed` then runs again, and lists show it.',
    'version = "2"',
  ),
  doc(
    'exec',
    'string, list of strings or table of phases',
    text('python3 train.py'),
    'The command. A string goes to the shell, a list is a program with its arguments. A table has commands for the phases of a run. `$project_dir` stands for the project.',
    'exec = "python3 train.py"\n# or\nexec = ["python3", "train.py"]\n# or\nexec = {stage-runtime = "make env", run = "python3 train.py"}',
    EXEC_PHASES,
  ),
  doc(
    'progress',
    'string or table of phases',
    choice('tqdm'),
    'The kind of progress bar that the command prints, shown while the run goes on.',
    'progress = "tqdm"',
    PROGRESS_PHASES,
  ),
  doc(
    'sourcecode',
    'string, list of strings, true or false',
    list('*.py'),
    'Patterns of the files that are copied into the run. A leading `-` leaves out; `dir`, `text`, `binary`, `size<N` and `max-matches=N` behind a pattern narrow it. Only exclusions: the default files without these. `false` copies nothing.',
    'sourcecode = ["**/*.py", "-scratch dir"]',
  ),
  doc(
    'config',
    'string, list of strings, table or list of tables',
    list('train.py#lr'),
    'The values that can be changed for a run: `file#key`. The value in the copied file is what changes; your file stays. Python, notebooks, JSON, YAML, TOML and `.env` files have such values.',
    'config = ["train.py#lr", "train.py#epochs"]\n# or\nconfig = {keys = "conf.yaml#model.*", prefix = "model"}',
    CONFIG_CHILDREN,
  ),
  doc(
    'depends',
    'table or list of tables',
    group('files', list('data.csv')),
    'What a run needs before it starts: files of the project (`files`), files of another run (`run-select`), or a table of other runs (`runs-select`). A run that lacks one is not started.',
    'depends = [\n  {files = "data.csv", link = true},\n  {run-select = "operation = prepare", files = "prepared/*"},\n]',
    DEPENDS_CHILDREN,
  ),
  doc(
    'output-summary',
    'true, false or string',
    pattern('RESULT: (.*)'),
    'How the summary of a run is found in its output: a regular expression whose group holds JSON. `false` does not look for one.',
    'output-summary = "RESULT: (.*)"',
  ),
  doc(
    'summary',
    'table',
    group('filename', pattern('summary.json')),
    'Where the run leaves its summary. `gage check` does not know this key, running does.',
    'summary.filename = "result.json"',
    [
      doc(
        'filename',
        'string',
        text('summary.json'),
        'The file in the run directory that holds the summary; `summary.json` if not given.',
        'summary.filename = "result.json"',
      ),
    ],
  ),
  doc(
    'listing',
    'table',
    group('description', list('loss')),
    'How runs of this operation are listed.',
    'listing.description = ["loss", "lr"]',
    [
      doc(
        'description',
        'list of strings',
        list('loss'),
        'The names of the metrics, attributes and config values that the line of a run shows, instead of all of them.',
        'listing.description = ["loss", "lr"]',
      ),
    ],
  ),
];

/** The keys of a Gage file beside its operations (gage-format.md 1.1). */
export const SETTING_KEYS: readonly KeyDoc[] = [
  doc(
    '$runs-dir',
    'string',
    text('.gage/runs'),
    'The directory of the runs, relative to the project. `.gage/runs` if not given.',
    '"$runs-dir" = "runs"',
  ),
];

/** The documentation of the key at a path below an operation; indices of lists do not count. */
export function keyDocAt(path: readonly (string | number)[]): KeyDoc | null {
  const keys = path.filter((part) => typeof part === 'string');
  let docs: readonly KeyDoc[] | undefined = OP_KEYS;
  let found: KeyDoc | null = null;
  for (const key of keys) {
    found = docs?.find((one) => one.key === key) ?? null;
    docs = found?.children;
  }
  return found;
}
