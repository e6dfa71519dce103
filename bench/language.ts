import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureGage } from '../scripts/gage-venv.mts';
import { repoRoot } from '../scripts/lib/paths.mts';
import { checkProject, checkText } from '../src/language/checks/diagnostics.ts';
import { LanguageProject } from '../src/language/places/project.ts';
import { parseGageDocument, type GageDocument } from '../src/opdef/document.ts';
import type { GageFormat } from '../src/opdef/syntax/tree.ts';
import {
  formatMs,
  formatRatio,
  median,
  medianTime,
  runProgram,
  time,
  type Bench,
  type Result,
} from './lib.ts';

const FORMATS: readonly GageFormat[] = ['toml', 'yaml', 'json'];
const EDITS = 60;

/** Diagnostics after a change in a Gage file of 5,000 lines, and `runyard check` beside `gage check`. */
export const language: Bench = async ({ dir, scale, log }) => {
  const results: Result[] = [];
  const gage = await ensureGage();
  for (const format of FORMATS) {
    const project = join(dir, format);
    mkdirSync(project);
    writeFileSync(join(project, 'train.py'), 'lr = 0.1\nseed = 1\n');
    const path = join(project, `gage.${format}`);
    const text = SOURCES[format](Math.round(500 * scale));
    writeFileSync(path, text);
    log(`${String(text.split('\n').length)} lines of ${format}`);
    results.push(...(await latency(path, text)));

    const theirs = await medianTime(3, () => runProgram(gage, ['-C', project, 'check', path]));
    const cli = join(repoRoot, 'dist', 'cli.js');
    const ours = await medianTime(3, () => runProgram(process.execPath, [cli, 'check', path]));
    results.push({
      what: `${format}: runyard check, beside gage check with ${formatMs(theirs)}`,
      value: `${formatMs(ours)}, ${formatRatio(theirs / ours)} as fast`,
    });
  }
  return results;
};

/** Types into the file, at a different place each time, and checks it as the editor does. */
async function latency(path: string, text: string): Promise<readonly Result[]> {
  const project = new LanguageProject(join(path, '..'));
  let document: GageDocument = parseGageDocument(path, text);
  await checkProject(document, project);
  const first: number[] = [];
  const rest: number[] = [];
  for (let i = 0; i < EDITS; i++) {
    const at = text.indexOf('Operation', Math.floor((text.length * i) / EDITS));
    const edited = `${text.slice(0, at)}x${text.slice(at)}`;
    first.push(
      await time(() => {
        document = parseGageDocument(path, edited, document);
        checkText(document);
      }),
    );
    rest.push(await time(() => checkProject(document, project)));
  }
  const name = document.format;
  const slow = [...first].sort((a, b) => a - b)[Math.floor(EDITS * 0.95)] ?? 0;
  return [
    {
      what: `${name}: parse and check the text after a change, 95 of 100 within`,
      value: formatMs(slow),
      limit: 'at most 50 ms',
      ok: slow <= 50,
    },
    { what: `${name}: the same, median`, value: formatMs(median(first)) },
    { what: `${name}: check it against the project, median`, value: formatMs(median(rest)) },
  ];
}

/** Gage files of that many operations, ten lines each. */
const SOURCES: Readonly<Record<GageFormat, (count: number) => string>> = {
  toml: (count) =>
    each(
      count,
      (i) => `[op${i}]
description = "Operation ${i}"
exec = "python3 train.py --index ${i}"
config = ["train.py", "-train.py#seed"]
sourcecode = ["*.py", "-tests dir"]
progress = "tqdm"
default = false
# a comment
# another
`,
    ),
  yaml: (count) =>
    each(
      count,
      (i) => `op${i}:
  description: Operation ${i}
  exec: python3 train.py --index ${i}
  config:
    - train.py
    - -train.py#seed
  sourcecode: ["*.py", "-tests dir"]
  progress: tqdm
  # a comment
`,
    ),
  json: (count) => {
    const operations = each(
      count,
      (i) => `  "op${i}": {
    "description": "Operation ${i}",
    "exec": "python3 train.py --index ${i}",
    "config": [
      "train.py",
      "-train.py#seed"
    ],
    "sourcecode": ["*.py", "-tests dir"],
    "progress": "tqdm"
  },`,
    );
    return `{\n${operations.replace(/,$/, '')}\n}\n`;
  },
};

function each(count: number, operation: (i: string) => string): string {
  return Array.from({ length: count }, (_, i) => operation(String(i))).join('\n');
}
