const maxSubject = 72;

/** A commit as `git log` tells it. */
export interface Commit {
  readonly id: string;
  /** The whole message. */
  readonly message: string;
}

/** The format for `git log --format=` whose output {@link parseCommits} reads. */
export const commitFormat = '%h%x00%B%x00';

/** Reads the output of `git log` in {@link commitFormat}. */
export function parseCommits(log: string): Commit[] {
  const fields = log.split('\0');
  const commits: Commit[] = [];
  for (let i = 0; i + 1 < fields.length; i += 2) {
    commits.push({ id: (fields[i] ?? '').trim(), message: fields[i + 1] ?? '' });
  }
  return commits;
}

/** What is wrong with the messages of `commits`, one line each; none when all are good. */
export function commitProblems(commits: readonly Commit[]): string[] {
  return commits.flatMap(({ id, message }) => {
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
