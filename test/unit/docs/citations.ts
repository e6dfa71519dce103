/**
 * Finds where code cites a numbered section of a document, or a step, a case or a mark (`W9`) in it,
 * and tells which of these do not exist. Works on texts alone, so that tests can show that it fails.
 */

/** What a document can be cited for. */
export interface CitedDoc {
  /** Numbers of its sections, with the text of each, those of its subsections not included. */
  readonly sections: ReadonlyMap<string, string>;
}

/** Something that is wrong in a text. */
export interface CitationFault {
  /** From 1. */
  readonly line: number;
  /** As it is written, on one line. */
  readonly citation: string;
  readonly why: string;
}

/** A part of a citation. `section` is the one that it is written behind, null when there is none. */
type Reference =
  | { readonly kind: 'section'; readonly number: string }
  | { readonly kind: 'item'; readonly word: string; readonly section: string; readonly n: number }
  | { readonly kind: 'case'; readonly n: number }
  | { readonly kind: 'mark'; readonly mark: string; readonly section: string | null }
  | { readonly kind: 'name'; readonly name: string; readonly section: string };

const FENCE = /^\s*(?:```|~~~)/;
const HEADING = /^#{1,6}\s+(.*?)\s*#*$/;

/** The numbered sections of a Markdown text. What stands in code blocks is text, no heading. */
export function parseDoc(markdown: string): CitedDoc {
  const sections = new Map<string, string>();
  let number: string | null = null;
  for (const { text, isCode } of markdownLines(markdown)) {
    const title = isCode ? undefined : HEADING.exec(text)?.[1];
    if (title !== undefined) {
      number = /^(\d+(?:\.\d+)*)\.?(?=\s)/.exec(title)?.[1] ?? null;
      if (number !== null) sections.set(number, '');
    }
    if (number !== null) sections.set(number, `${sections.get(number) ?? ''}${text}\n`);
  }
  return { sections };
}

/**
 * Faults of the citations in the text of a source file. A name of a document counts as a citation
 * when a number follows it, or when a comment names it as `docs/….md`.
 * @param docs the documents by file name, `sample.md`.
 */
export function citationFaults(
  source: string,
  docs: ReadonlyMap<string, CitedDoc>,
): readonly CitationFault[] {
  const { text, lineAt, isComment } = unwrap(source);
  const faults: CitationFault[] = [];
  for (const { from, to, name, isPath, references } of citationsIn(text)) {
    if (references.length === 0 && !(isPath && isComment(from))) continue;
    const citation = text.slice(from, to);
    const line = lineAt(from);
    const doc = docs.get(name);
    if (doc === undefined) faults.push({ line, citation, why: `there is no docs/${name}` });
    else faults.push(...missing(references, doc).map((why) => ({ line, citation, why })));
  }
  return faults;
}

/** A part of a text. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** Where a text names a document, with what follows the name. */
interface Citation extends Range {
  /** `sample.md`. */
  readonly name: string;
  /** Named with the folder of the documents. */
  readonly isPath: boolean;
  readonly references: readonly Reference[];
}

function citationsIn(text: string): readonly Citation[] {
  return [...text.matchAll(/(docs\/)?([\w-]+\.md)\b/g)].map((match) => {
    const [named, folder, name = ''] = match;
    const from = match.index;
    const { references, length } = readReferences(text.slice(from + named.length));
    return {
      from,
      to: from + named.length + length,
      name,
      isPath: folder !== undefined,
      references,
    };
  });
}

/** Titles of tests; and messages, which begin with marks (`W9: …`) or end with them (`… (W9, C4)`). */
const TITLE = /\b(?:test|describe|it)\(\s*(['"`])(?:\\.|(?!\1).)*\1/g;
const MARKED = /['"`][WCT]\d{1,2}(?:, [WCT]\d{1,2})*: |\([WCT]\d{1,2}(?:, [WCT]\d{1,2})*\)['"`]/g;

/**
 * Faults of the marks (`W9`, `C10`, `T16`) that comments, titles of tests and messages name without
 * a document. Elsewhere in code such a word is a name like others.
 * @param doc the document that has them.
 */
export function markFaults(source: string, doc: CitedDoc): readonly CitationFault[] {
  const { text, lineAt, isComment } = unwrap(source);
  const told = [...text.matchAll(TITLE), ...text.matchAll(MARKED)].map((match): Range => ({
    from: match.index,
    to: match.index + match[0].length,
  }));
  const cited = citationsIn(text);
  return [...text.matchAll(/\b[WCT]\d{1,2}\b/g)].flatMap((match) => {
    const [mark] = match;
    const at = match.index;
    if (isWithin(cited, at) || !(isComment(at) || isWithin(told, at))) return [];
    if (hasMark(doc, mark, null)) return [];
    return [{ line: lineAt(at), citation: mark, why: 'no such mark' }];
  });
}

function isWithin(ranges: readonly Range[], at: number): boolean {
  return ranges.some(({ from, to }) => from <= at && at < to);
}

/** A source text in which what is wrapped over line ends stands on one line. */
interface Unwrapped {
  readonly text: string;
  readonly lineAt: (offset: number) => number;
  readonly isComment: (offset: number) => boolean;
}

function unwrap(source: string): Unwrapped {
  const lines = source.split(/\r?\n/);
  const starts: number[] = [];
  const commentsFrom: number[] = [];
  let text = '';
  for (const line of lines) {
    // The signs that begin a line of a comment, or continue one.
    const prefix = /^\s*(?:\/\*\*?(?!\/)|\*(?!\/)|\/\/+|#+(?= ))?\s*/.exec(line)?.[0] ?? '';
    const rest = line.slice(prefix.length);
    const comment = prefix.trim() === '' ? rest.search(/(?<!:)\/\/|\/\*/) : 0;
    starts.push(text.length);
    commentsFrom.push(comment === -1 ? Infinity : text.length + comment);
    text += `${rest.trimEnd()} `;
  }
  const indexAt = (offset: number): number => starts.findLastIndex((start) => start <= offset);
  return {
    text,
    lineAt: (offset) => indexAt(offset) + 1,
    isComment: (offset) => offset >= (commentsFrom[indexAt(offset)] ?? Infinity),
  };
}

/** What may stand between two references: `2.1, 2.2`, `2.3 to 2.6; 8, case 6`. */
const SEPARATOR = /(?:[,;]? (?:and|to)|[,;]) (?:order of )?| /y;
const SECTION = /(?:sections? )?(\d+(?:\.\d+)*)(?![\w%])/y;
const WORD = /(steps?|rules?|items?|cases?) (\d+)(?![\w.]\w)/y;
const MARK = /[WCT]\d+(?!\w)/y;
const NAME = /"([^"]+)"/y;

/** Reads the references behind the name of a document, and how far they go. */
function readReferences(rest: string): { references: readonly Reference[]; length: number } {
  const references: Reference[] = [];
  let section: string | null = null;
  let word: string | null = null;
  let length = 0;
  for (;;) {
    const separator = matchAt(SEPARATOR, rest, length)?.[0];
    if (separator === undefined) break;
    const at = length + separator.length;
    const isClose = separator === ' ';
    const found: RegExpExecArray | null =
      matchAt(WORD, rest, at) ??
      matchAt(MARK, rest, at) ??
      (section === null ? null : matchAt(NAME, rest, at)) ??
      // A number directly behind another one is not of the citation.
      (isClose && references.length > 0 ? null : matchAt(SECTION, rest, at));
    if (found === null) break;
    const [text] = found;
    const first: string = found[1] ?? '';
    const second = found[2];
    if (second !== undefined) {
      word = first.replace(/s$/, '');
      references.push(itemOf(word, section, Number(second)));
    } else if (/^[WCT]\d/.test(text)) {
      references.push({ kind: 'mark', mark: text, section: isClose ? section : null });
    } else if (text.startsWith('"')) {
      references.push({ kind: 'name', name: first, section: section ?? '' });
    } else if (word !== null && /^\d+$/.test(text) && !/;|order/.test(separator)) {
      references.push(itemOf(word, section, Number(text)));
    } else {
      section = first;
      word = null;
      references.push({ kind: 'section', number: first });
    }
    length = at + text.length;
  }
  return { references, length };
}

function itemOf(word: string, section: string | null, n: number): Reference {
  return word === 'case' || section === null
    ? { kind: 'case', n }
    : { kind: 'item', word, section, n };
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** What the references name that the document does not have, one sentence each. */
function missing(references: readonly Reference[], doc: CitedDoc): readonly string[] {
  return references.flatMap((reference) => {
    switch (reference.kind) {
      case 'section':
        return doc.sections.has(reference.number) ? [] : [`no section ${reference.number}`];
      case 'item': {
        const { word, section, n } = reference;
        return hasItem(doc, section, n) ? [] : [`no ${word} ${n} in section ${section}`];
      }
      case 'case': {
        const isCases = ([, text]: readonly [string, string]): boolean =>
          /^#+ .*\bcases\b/i.test(text);
        const where = [...doc.sections].filter(isCases);
        const found = where.some(([section]) => hasItem(doc, section, reference.n));
        return found ? [] : [`no case ${reference.n}`];
      }
      case 'mark': {
        const { mark, section } = reference;
        if (hasMark(doc, mark, section)) return [];
        return [section === null ? `no ${mark}` : `no ${mark} in section ${section}`];
      }
      case 'name': {
        const { name, section } = reference;
        const text = doc.sections.get(section) ?? '';
        return text.includes(name) ? [] : [`section ${section} does not say "${name}"`];
      }
    }
  });
}

/** A numbered item of a list in a section. */
function hasItem(doc: CitedDoc, section: string, n: number): boolean {
  return new RegExp(`^ *${n}\\. `, 'm').test(doc.sections.get(section) ?? '');
}

/** A mark that begins a row of a table, an item of a list, or a paragraph. */
function hasMark(doc: CitedDoc, mark: string, section: string | null): boolean {
  const texts = section === null ? [...doc.sections.values()] : [doc.sections.get(section) ?? ''];
  const pattern = new RegExp(`^(?:\\| *|[-*] +)?(?:\\*\\*)?${mark}\\b`, 'm');
  return texts.some((text) => pattern.test(text));
}

/** A Markdown file, or another one that links may lead to. */
export interface LinkedFiles {
  /** Text of a Markdown file by its path from the root, or null. */
  read(path: string): string | null;
  exists(path: string): boolean;
}

/**
 * Faults of the relative links of a Markdown file: files and `#anchors` that do not exist.
 * @param path of the file from the root, `/` as separator.
 */
export function linkFaults(path: string, files: LinkedFiles): readonly CitationFault[] {
  const faults: CitationFault[] = [];
  const dir = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
  for (const [i, { text, isCode }] of markdownLines(files.read(path) ?? '').entries()) {
    if (isCode) continue;
    const plain = text.replace(/`[^`]*`/g, '``');
    for (const match of plain.matchAll(/\]\(([^)\s]+)[^)]*\)|\b(?:src|href)="([^"]+)"/g)) {
      const citation = match[1] ?? match[2] ?? '';
      if (/^[a-z][\w+.-]*:/i.test(citation)) continue;
      const why = linkFault(dir, path, decodeURI(citation), files);
      if (why !== null) faults.push({ line: i + 1, citation, why });
    }
  }
  return faults;
}

function linkFault(dir: string, path: string, link: string, files: LinkedFiles): string | null {
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? path : join(dir, file);
  if (!files.exists(target)) return `there is no ${target}`;
  if (anchor === undefined) return null;
  const text = files.read(target);
  return text === null || anchorsOf(text).has(anchor) ? null : `${target} has no #${anchor}`;
}

/** `../docs/./a.md` from `docs` without its dots. */
function join(dir: string, file: string): string {
  const parts: string[] = [];
  for (const part of `${dir}/${file}`.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** The anchors that GitHub gives the headings of a Markdown text. */
export function anchorsOf(markdown: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const { text, isCode } of markdownLines(markdown)) {
    const title = isCode ? undefined : HEADING.exec(text)?.[1];
    if (title === undefined) continue;
    const slug = title
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}_\- ]/gu, '')
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let n = 1; anchors.has(anchor); n++) anchor = `${slug}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}

interface MarkdownLine {
  readonly text: string;
  readonly isCode: boolean;
}

function markdownLines(markdown: string): readonly MarkdownLine[] {
  let inCode = false;
  return markdown.split(/\r?\n/).map((text) => {
    const isFence = FENCE.test(text);
    const isCode = inCode || isFence;
    if (isFence) inCode = !inCode;
    return { text, isCode };
  });
}
