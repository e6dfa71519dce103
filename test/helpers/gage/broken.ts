import fc from 'fast-check';
import { gageFileCorpus, type CorpusFile } from './corpus.ts';

/** One random change of a text. */
export const editArbitrary = fc.record({
  at: fc.nat(),
  length: fc.oneof({ weight: 3, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.nat(60) }),
  kind: fc.constantFrom('replace', 'truncate', 'swap', 'duplicate'),
  insert: fc.oneof(
    { weight: 4, arbitrary: fc.stringMatching(/^["'[\]{}=:,.#|>&*!%?@`\\$ \n\t\r0a_-]$/) },
    {
      weight: 2,
      arbitrary: fc.constantFrom('', '"""', "'''", '[[', ']]', '- ', ': ', '<<: ', '\r\n'),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) },
    { weight: 1, arbitrary: fc.constantFrom('\ufeff', '😀', 'é', '\u2028', '\0', '\ud800') },
  ),
});
type Edit = typeof editArbitrary extends fc.Arbitrary<infer T> ? T : never;

/** The text with one change made. */
export function applyEdit(text: string, { at, length, kind, insert }: Edit): string {
  const from = at % (text.length + 1);
  const to = Math.min(text.length, from + length);
  switch (kind) {
    case 'replace':
      return text.slice(0, from) + insert + text.slice(to);
    case 'truncate':
      return text.slice(0, from);
    case 'swap':
      return text.slice(to) + insert + text.slice(0, to);
    default:
      return text.slice(0, to) + text.slice(from);
  }
}

/** Files of the corpus, each with a few random changes. */
export const brokenFiles: fc.Arbitrary<CorpusFile> = fc
  .tuple(
    fc.constantFrom(...gageFileCorpus()),
    fc.array(editArbitrary, { minLength: 1, maxLength: 5 }),
  )
  .map(([file, edits]): CorpusFile => ({ ...file, text: edits.reduce(applyEdit, file.text) }));
