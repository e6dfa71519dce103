import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_SOURCE_PATTERNS } from '../src/core/sourcecode/patterns.ts';
import { LanguageProject } from '../src/language/places/project.ts';
import { formatMs, formatRatio, median, medianTime, runProgram, type Bench } from './lib.ts';

const PATTERNS = ['**/* text', ...DEFAULT_SOURCE_PATTERNS.slice(1)];

/** Selecting the files of a project of 50,000, beside `git ls-files` and `find`. */
export const projectWalk: Bench = async ({ dir, scale, log }) => {
  const count = Math.round(50_000 * scale);
  const project = join(dir, 'project');
  log(`Writing ${String(count)} files`);
  for (let i = 0; i < count; i++) {
    const folder = join(project, `part${String(i % 100)}`, `group${String(i % 1000)}`);
    if (i < 1000) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `file${String(i)}.py`), `x = ${String(i)}\n`);
  }
  const git = (...args: string[]): Promise<void> => runProgram('git', ['-C', project, ...args]);
  await git('init', '--quiet');
  const find = await medianTime(5, () =>
    runProgram('find', [project, '-type', 'f', '-size', '-9']),
  );
  const list = await medianTime(5, () =>
    git('ls-files', '--others', '--cached', '--exclude-standard'),
  );

  const select = async (language: LanguageProject, patterns: readonly string[]): Promise<void> => {
    const { files } = await language.selection(patterns);
    if (files.length !== count) throw new Error(`${String(files.length)} files were selected.`);
  };
  const first = await medianTime(5, () => select(new LanguageProject(project), PATTERNS));
  const language = new LanguageProject(project);
  await select(language, PATTERNS);
  const turns: number[] = [];
  for (let i = 0; i < 5; i++) {
    turns.push(await longestTurn(() => select(new LanguageProject(project), PATTERNS)));
  }
  const changed = join(project, 'part1', 'group1', 'file1.py');
  const again = await medianTime(9, () => {
    language.event('changed', changed);
    return select(language, PATTERNS);
  });
  const kept = await medianTime(9, () => select(language, PATTERNS));
  return [
    { what: `find -type f -size -9, ${String(count)} files`, value: formatMs(find) },
    { what: 'git ls-files --others --cached', value: formatMs(list) },
    {
      what: 'first selection of the project',
      value: `${formatMs(first)}, ${formatRatio(first / find)} as long as find`,
      limit: 'at most 5 times as long as find',
      ok: first <= 5 * find,
    },
    {
      what: 'longest that it holds the event loop, processor time',
      value: formatMs(median(turns)),
      limit: 'at most 20 ms',
      ok: median(turns) <= 20,
    },
    {
      what: 'one event, and selecting again',
      value: formatMs(again),
      limit: 'at most 100 ms',
      ok: again <= 100,
    },
    { what: 'selecting again without an event', value: formatMs(kept) },
  ];
};

/**
 * The longest turn of the event loop while `work` goes on, in milliseconds of processor time:
 * other programs of a busy machine do not count.
 */
async function longestTurn(work: () => Promise<void>): Promise<number> {
  let longest = 0;
  let last = processorMs();
  let isDone = false;
  const look = (): void => {
    const now = processorMs();
    longest = Math.max(longest, now - last);
    last = now;
    if (!isDone) setImmediate(look);
  };
  setImmediate(look);
  await work();
  isDone = true;
  return longest;
}

function processorMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
