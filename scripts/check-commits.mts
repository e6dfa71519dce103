/**
 * Checks the messages of the commits of a range: a subject of at most 72 characters, and a body.
 *
 *   node scripts/check-commits.mts [RANGE]     default: origin/main..HEAD
 *
 * Needs nothing but Node and git, so that it runs before anything is installed.
 */
import { execFileSync } from 'node:child_process';
import { commitFormat, commitProblems, logRange, parseCommits } from './lib/commits.mts';
import { repoRoot } from './lib/paths.mts';
import { say } from './lib/say.mts';

const range = logRange(process.argv[2] ?? 'origin/main..HEAD');
// What git itself writes for a merge needs no reason.
const log = execFileSync(
  'git',
  ['log', '--no-merges', `--format=${commitFormat}`, '--end-of-options', range, '--'],
  { cwd: repoRoot, encoding: 'utf8', maxBuffer: 1e8, timeout: 60_000 },
);
const commits = parseCommits(log);
const problems = commitProblems(commits);
for (const problem of problems) say(problem);
say(`${String(commits.length)} commits in ${range}, ${String(problems.length)} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
