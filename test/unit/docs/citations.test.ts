import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import { repoRoot } from '../../../scripts/lib/paths.mts';
import {
  anchorsOf,
  citationFaults,
  linkFaults,
  markFaults,
  parseDoc,
  type CitationFault,
} from './citations.ts';

const CODE = '{src,test,bench,scripts}/**/*.{ts,mts,cts,tsx,js,mjs,cjs,css,html,py,sh}';

function read(path: string): string {
  return readFileSync(join(repoRoot, path), 'utf8');
}

function paths(pattern: string): readonly string[] {
  return globSync(pattern, { cwd: repoRoot, exclude: ['**/node_modules', 'test/fixtures'] })
    .map((path) => path.replaceAll('\\', '/'))
    .sort();
}

/** `file:line: citation: why`, as editors and terminals make links of it. */
function report(path: string, faults: readonly CitationFault[]): readonly string[] {
  return faults.map(({ line, citation, why }) => `${path}:${line}: ${citation}: ${why}`);
}

describe('the repository', () => {
  const docs = new Map(paths('docs/*.md').map((path) => [basename(path), parseDoc(read(path))]));
  const format = docs.get('gage-format.md') ?? parseDoc('');
  const sources = paths(CODE);

  test('what comments and titles cite exists', () => {
    assert.ok(sources.length > 100, 'No source files were found');
    const faults = sources.flatMap((path) => report(path, citationFaults(read(path), docs)));
    assert.deepEqual(faults, []);
  });

  test('the marks in comments, titles and messages exist', () => {
    const faults = sources.flatMap((path) => report(path, markFaults(read(path), format)));
    assert.deepEqual(faults, []);
  });

  test('relative links between the documents lead somewhere', () => {
    const files = {
      exists: (path: string) => existsSync(join(repoRoot, path)),
      read: (path: string) => (path.endsWith('.md') ? read(path) : null),
    };
    const pages = [...paths('docs/*.md'), 'README.md', 'CHANGELOG.md'];
    assert.deepEqual(
      pages.flatMap((path) => report(path, linkFaults(path, files))),
      [],
    );
  });
});

// The name of the document stands apart from the numbers, or this file would cite it.
const DOC = 'sample.md';
const SAMPLE = `# Sample

## 1. First

Speaks of "Long words".

### 1.1 Inner

1. one
2. two

| W9 | a row |

## 2. Test cases

3. third

**T16 sources.** A paragraph.

\`\`\`
## 7. No heading
\`\`\`
`;

/** What is wrong with a text that cites {@link DOC}. */
function faultsOf(text: string): readonly string[] {
  const docs = new Map([[DOC, parseDoc(SAMPLE)]]);
  return citationFaults(text.replaceAll('DOC', DOC), docs).map(
    ({ line, why }) => `${line}: ${why}`,
  );
}

describe('the finder of citations', () => {
  const good = [
    '/** Text (DOC 1.1): more. */',
    '/** Text (DOC 1, 1.1). */',
    '/** Text (DOC 1 to 2; 2, cases 3 and 3). */',
    '/** Text (DOC section 1). */',
    '/** Text (DOC 1.1 step 2, T16). */',
    '/** Text (DOC 1.1 steps 1 and 2, order of 2). */',
    '/** Text (DOC 1.1 W9). A sentence, 99 words. */',
    '/** The project of DOC T16. */',
    '/** Text (DOC 1, "Long words"). */',
    '/**\n * Text (DOC\n * 1.1).\n */',
    '// Text (docs/DOC).',
    "test('a title (DOC 2, case 3)', () => {});",
    "write(dir, { 'docs/other.md': '# 3' });",
    '/** 8 of them are in DOC. 9 are not. */',
  ];
  for (const text of good) {
    test(`good: ${JSON.stringify(text)}`, () => {
      assert.deepEqual(faultsOf(text), []);
    });
  }

  const bad: readonly (readonly [text: string, ...faults: string[]])[] = [
    ['/** Text (DOC 1.2). */', '1: no section 1.2'],
    ['/** Text (DOC 7). */', '1: no section 7'],
    ['/** Text (DOC 1, 1.9, 3). */', '1: no section 1.9', '1: no section 3'],
    ['/** Text (DOC 1 to 4). */', '1: no section 4'],
    ['/** Text (DOC section 5). */', '1: no section 5'],
    ['/** Text (DOC 1.1 step 3). */', '1: no step 3 in section 1.1'],
    ['/** Text (DOC 1.1 steps 2 to 4). */', '1: no step 4 in section 1.1'],
    ['/** Text (DOC 1 W9). */', '1: no W9 in section 1'],
    ['/** Text (DOC 1.1, C4). */', '1: no C4'],
    ['/** Text (DOC T17). */', '1: no T17'],
    ['/** Text (DOC 2, cases 3, 4 and 5). */', '1: no case 4', '1: no case 5'],
    ['/** Text (DOC 1, "Short words"). */', '1: section 1 does not say "Short words"'],
    ['/** Text (DOC 1.1 step 1, order of 9). */', '1: no section 9'],
    ['const a = 1;\n/**\n * Text (DOC\n * 1.2).\n */', '3: no section 1.2'],
    ['  // Text (DOC 1,\n  // 1.3): more', '1: no section 1.3'],
    ["test('a title (DOC 2.4)', () => {});", '1: no section 2.4'],
    ['// See docs/xDOC.', `1: there is no docs/x${DOC}`],
  ];
  for (const [text, ...faults] of bad) {
    test(`bad: ${JSON.stringify(text)}`, () => {
      assert.deepEqual(faultsOf(text), faults);
    });
  }

  test('a document that does not exist', () => {
    const [fault] = citationFaults(`// ${DOC} 1.1`, new Map());
    assert.deepEqual(fault, { line: 1, citation: `${DOC} 1.1`, why: `there is no docs/${DOC}` });
  });

  test('marks in comments, titles and messages, and nowhere else', () => {
    const lines = [
      "test('T16: a', f);",
      "test(\n 'b, beyond T7', f);",
      "describe('c (W9)', f);",
      '// W9: here',
      '/**\n * As\n * W7 says.\n */',
      'f(); // see C3',
      "assert.equal(a, b, 'text (W9, W6)');",
      "assert.ok(a, 'W9, C2: text');",
      "const T1 = read(T2, 'T5 is data') + T4;",
      `// ${DOC} 1.1 C8, which is told of the document`,
    ];
    const faults = markFaults(lines.join('\n'), parseDoc(SAMPLE));
    assert.deepEqual(
      faults.map(({ line, citation }) => `${String(line)}: ${citation}`),
      ['3: T7', '8: W7', '10: C3', '11: W6', '12: C2'],
    );
  });
});

describe('the finder of links', () => {
  const pages: Readonly<Record<string, string>> = {
    'README.md': '[a](docs/a.md) [b](docs/b.md#x) `[c](no.md)`\n```\n[d](no.md)\n```\n',
    'docs/a.md': '# A page, and `code`\n[b](b.md "title") [r](../README.md) ![i](images/i.png)\n',
    'docs/b.md': '[a](a.md#a-page-and-code) [x](#here) [w](https://example.org/x#y)\n\n## Here\n',
  };
  const files = {
    exists: (path: string) => path in pages,
    read: (path: string) => pages[path] ?? null,
  };

  test('files and anchors', () => {
    const faults = Object.keys(pages).flatMap((path) => report(path, linkFaults(path, files)));
    assert.deepEqual(faults, [
      'README.md:1: docs/b.md#x: docs/b.md has no #x',
      'docs/a.md:2: images/i.png: there is no docs/images/i.png',
    ]);
  });

  test('anchors are those of GitHub', () => {
    const text = '# The `--queue` (new)\n## Step 1: go\n## Step 1: go\n## [Link](x.md) & more\n';
    assert.deepEqual(
      [...anchorsOf(text)],
      ['the---queue-new', 'step-1-go', 'step-1-go-1', 'link--more'],
    );
  });
});
