import { join } from 'node:path';
import { formatBytes } from '../core/base/format-bytes.ts';
import { quoted } from '../core/data/value-text.ts';
import { commandText } from '../core/phase/command.ts';
import { runTitle } from '../core/run/title.ts';
import type { Command } from '../core/run/types.ts';
import type { ResolvedDependency } from '../depends/resolve.ts';
import type { TextRange } from '../opdef/syntax/tree.ts';
import type { Preview, PreviewValue } from './preview.ts';

/** A part of the text that leads to a file. */
export interface PreviewLink extends TextRange {
  /** Absolute. */
  readonly path: string;
  /** From 1; null for the file as a whole. */
  readonly line: number | null;
}

/** A preview as plain text for people. */
export interface RenderedPreview {
  readonly text: string;
  /** In the order of the text. */
  readonly links: readonly PreviewLink[];
}

/** Lays a preview out as text: what needs attention first, the list of files last. */
export function renderPreview(preview: Preview): RenderedPreview {
  const { projectDir } = preview;
  const page = new Page();
  const version = preview.version === null ? '' : ` ${preview.version}`;
  page.line([{ text: `${preview.operation}${version}  ` }, fileCell(preview.gageFile)]);
  if (preview.description !== null) page.block(preview.description);
  page.list('Problems', preview.problems);
  page.list('Warnings', preview.warnings);
  page.section('Commands');
  for (const { phase, command } of preview.commands) {
    page.line([{ text: `  ${phase}` }]);
    page.block(commandLine(command), '    ');
  }
  if (preview.progress.length > 0) {
    page.section('Progress');
    page.table(preview.progress.map(({ phase, parser }) => [{ text: phase }, { text: parser }]));
  }
  if (preview.outputSummary !== null) {
    page.section('Output summary');
    page.line([{ text: `  ${String(preview.outputSummary)}` }]);
  }
  if (preview.config.length > 0) {
    const changed = preview.config.filter((value) => value.changed).length;
    page.section(`Config: ${count(preview.config.length, 'value')}, ${String(changed)} changed`);
    page.table(preview.config.map((value) => configRow(value, projectDir)));
  }
  if (preview.depends.length > 0) {
    page.section('Dependencies');
    for (const dependency of preview.depends) addDependency(page, dependency);
  }
  addSource(page, preview);
  return page;
}

function addDependency(page: Page, resolved: ResolvedDependency): void {
  const { dependency, runs, sourceDir, files, problem } = resolved;
  const { type, description } = dependency;
  const what = type === 'project-files' ? dependency.patterns.join(', ') : dependency.select;
  page.line([{ text: `  ${type.replace('-', ' ')}: ${what}` }]);
  if (description !== null) page.block(description, '    ');
  if (problem !== null) page.block('Not met', '    ');
  page.table(
    runs.map((run) => [
      { text: runTitle(run), link: { path: run.runDir, line: null } },
      { text: run.status },
      { text: run.label ?? '' },
    ]),
    '    ',
  );
  page.table(
    files.map(({ path, size }) =>
      sourceDir === null
        ? [{ text: path }, { text: 'written anew' }]
        : [fileCell(path, sourceDir), { text: formatBytes(size), right: true }],
    ),
    '    ',
  );
}

function addSource(page: Page, { source, projectDir }: Preview): void {
  const { files, rules, patterns, complete } = source;
  if (patterns.length > 0) {
    page.section('Source patterns');
    page.table(
      patterns.map((pattern, i) => {
        const { matched = 0, decided = 0 } = rules[i] ?? {};
        return [{ text: pattern }, { text: ruleText(pattern, matched, decided) }];
      }),
    );
    if (!complete)
      page.line([{ text: '  The limit was reached: other files were not looked at.' }]);
  }
  const total = files.reduce((sum, { size }) => sum + size, 0);
  page.section(`Source code: ${count(files.length, 'file')}, ${formatBytes(total)}`);
  page.table(
    files.map(({ path, size, rule }) => [
      fileCell(path, projectDir),
      { text: formatBytes(size), right: true },
      { text: patterns[rule] ?? '' },
    ]),
  );
}

/** `3 files`, `left out 3 of 5 files`: what a pattern decided, of what it matched. */
function ruleText(pattern: string, matched: number, decided: number): string {
  const excludes = pattern.startsWith('-');
  const isDir = / dir( |$)/.test(pattern);
  const [one, many] = isDir ? ['directory', 'directories'] : ['file', 'files'];
  if (matched === 0) return `matches no ${one}`;
  const verb = excludes ? 'leaves out' : isDir ? 'enters' : 'takes';
  const of = decided === matched ? '' : `${String(decided)} of `;
  return `${verb} ${of}${count(matched, one, many)}`;
}

function configRow(value: PreviewValue, projectDir: string): readonly Cell[] {
  const { key, changed, source, fileValue } = value;
  const cells: Cell[] = [{ text: key }, { text: quoted(value.value) }];
  if (source === null) return [...cells, { text: 'given; no file has this key' }];
  const { path, line } = source;
  const place: Cell = {
    text: `${path}:${String(line)}`,
    link: { path: join(projectDir, path), line },
  };
  return changed ? [...cells, place, { text: `was ${quoted(fileValue)}` }] : [...cells, place];
}

function commandLine(command: Command): string {
  return commandText(command).trim();
}

function count(n: number, one: string, many = `${one}s`): string {
  return `${String(n)} ${n === 1 ? one : many}`;
}

/** A path that leads to its file. @param dir what a relative path counts from. */
function fileCell(path: string, dir = ''): Cell {
  return { text: path, link: { path: join(dir, path), line: null } };
}

interface Cell {
  readonly text: string;
  readonly link?: Omit<PreviewLink, 'from' | 'to'>;
  /** Aligned to the right. */
  readonly right?: boolean;
}

class Page implements RenderedPreview {
  text = '';
  readonly links: PreviewLink[] = [];

  section(title: string): void {
    this.text += `\n${title}\n`;
  }

  list(title: string, items: readonly string[]): void {
    if (items.length === 0) return;
    this.section(title);
    for (const item of items) this.block(item, '  ');
  }

  /** Text of one or more lines. */
  block(text: string, indent = ''): void {
    for (const line of text.split(/\r\n|\n|\r/)) this.text += `${indent}${line}`.trimEnd() + '\n';
  }

  line(cells: readonly Cell[]): void {
    for (const cell of cells) this.#cell(cell);
    this.text += '\n';
  }

  /** Rows with aligned columns, two spaces between them. */
  table(rows: readonly (readonly Cell[])[], indent = '  '): void {
    const widths: number[] = [];
    for (const row of rows) {
      for (const [i, { text }] of row.entries()) {
        widths[i] = Math.max(widths[i] ?? 0, text.length);
      }
    }
    for (const row of rows) {
      this.text += indent;
      for (const [i, cell] of row.entries()) {
        const space = ' '.repeat((widths[i] ?? 0) - cell.text.length);
        if (cell.right === true) this.text += space;
        this.#cell(cell);
        if (i < row.length - 1) this.text += `${cell.right === true ? '' : space}  `;
      }
      this.text += '\n';
    }
  }

  #cell({ text, link }: Cell): void {
    const from = this.text.length;
    this.text += text;
    if (link !== undefined) this.links.push({ from, to: this.text.length, ...link });
  }
}
