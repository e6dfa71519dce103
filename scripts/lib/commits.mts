const maxSubject = 72;

/** A commit as `git log` tells it. */
export interface Commit {
  readonly id: string;
  readonly author: string;
  /** The whole message. */
  readonly message: string;
}

/** The format for `git log --format=` whose output {@link parseCommits} reads. */
export const commitFormat = '%h%x00%an%x00%B%x00';

/** Reads the output of `git log` in {@link commitFormat}. */
export function parseCommits(log: string): Commit[] {
  const fields = log.split('\0');
  const commits: Commit[] = [];
  for (let i = 0; i + 2 < fields.length; i += 3) {
    const [id = '', author = '', message = ''] = fields.slice(i, i + 3);
    commits.push({ id: id.trim(), author, message });
  }
  return commits;
}

/**
 * The range that `git log` understands. The first push of a branch has only zeros for what was
 * there before, which tells nobody what is new: the range is its last commit then.
 */
export function logRange(range: string): string {
  return range.replace(/^0+\.\.(.*)$/, '$1^!');
}

/** What is wrong with the messages of `commits`, one line each; none when all are good. */
export function commitProblems(commits: readonly Commit[]): string[] {
  return commits.flatMap(({ id, author, message }) => {
    // Its messages are not ours.
    if (author === 'dependabot[bot]') return [];
    const [subject = '', between = '', ...body] = message.trimEnd().split('\n');
    const problems: string[] = [];
    // As a person counts: an emoji or an umlaut is one.
    const length = [...new Intl.Segmenter().segment(subject)].length;
    if (length > maxSubject) {
      problems.push(`the subject has ${length} characters, at most ${maxSubject} are shown`);
    }
    if (between.trim() !== '') {
      problems.push('an empty line must follow the subject');
    } else if (!body.some((line) => line.trim() !== '' && !isTrailer(line))) {
      problems.push('it has no body: say why the change is made');
    }
    return problems.map((problem) => `${id} ${subject}\n    ${problem}`);
  });
}

/** `Co-authored-by: …` says nothing about the change. */
function isTrailer(line: string): boolean {
  return /^(signed-off-by|co-authored-by|reviewed-by|acked-by): /i.test(line);
}
