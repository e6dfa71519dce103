import * as vscode from 'vscode';
import { completionsAt } from '../../language/completion/completion.ts';
import type { Completion } from '../../language/completion/item.ts';
import { hoverAt } from '../../language/hover/hover.ts';
import { definitionAt } from '../../language/navigation/definition.ts';
import { foldingOf } from '../../language/navigation/folding.ts';
import { linksOf } from '../../language/navigation/links.ts';
import { referencesAt } from '../../language/navigation/references.ts';
import { renameAt, renameRangeAt } from '../../language/navigation/rename.ts';
import { symbolsOf, type OutlineSymbol } from '../../language/navigation/symbols.ts';
import type { LanguageProject } from '../../language/places/project.ts';
import type { GageDocument } from '../../opdef/document.ts';
import type { LineIndex } from '../../opdef/syntax/lines.ts';
import type { GageDocuments } from './documents.ts';
import { signalOf, toRange, toTextEdits } from './gage-files.ts';
import type { LanguageProjects } from './language-projects.ts';

/** Where in a Gage file something is asked. */
interface Place {
  readonly gage: GageDocument;
  readonly offset: number;
  readonly project: LanguageProject;
}

/** What the editor asks about a Gage file, answered by the functions of `src/language`. */
export class GageProviders {
  readonly #documents: GageDocuments;
  readonly #projects: LanguageProjects;

  constructor(documents: GageDocuments, projects: LanguageProjects) {
    this.#documents = documents;
    this.#projects = projects;
  }

  async completions(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.CompletionItem[]> {
    const { gage, offset, project } = this.#at(document, position);
    const found = await completionsAt(gage, offset, project, signalOf(token));
    return found.map((one) => completionItem(gage.lines, one));
  }

  async hover(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.Hover | null> {
    const { gage, offset, project } = this.#at(document, position);
    const found = await hoverAt(gage, offset, project, signalOf(token));
    if (found === null) return null;
    return new vscode.Hover(
      new vscode.MarkdownString(found.markdown),
      toRange(gage.lines, found.range),
    );
  }

  async definition(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.LocationLink[]> {
    const { gage, offset, project } = this.#at(document, position);
    const targets = await definitionAt(gage, offset, project, signalOf(token));
    return targets.map(({ path, range: { start, end }, origin }) => ({
      originSelectionRange: toRange(gage.lines, origin),
      targetUri: vscode.Uri.file(path),
      targetRange: new vscode.Range(start.line, start.character, end.line, end.character),
    }));
  }

  references(
    document: vscode.TextDocument,
    position: vscode.Position,
    { includeDeclaration }: vscode.ReferenceContext,
  ): vscode.Location[] {
    const { gage, offset } = this.#at(document, position);
    const own = gage.operations.flatMap(({ entry }) => [entry.keyRange, ...entry.alsoAt]);
    return referencesAt(gage, offset)
      .filter(({ from }) => includeDeclaration || !own.some((range) => range.from === from))
      .map((range) => new vscode.Location(document.uri, toRange(gage.lines, range)));
  }

  /** Throws what is shown to the person where nothing can be renamed. */
  prepareRename(
    document: vscode.TextDocument,
    position: vscode.Position,
  ): { range: vscode.Range; placeholder: string } {
    const { gage, offset } = this.#at(document, position);
    const found = renameRangeAt(gage, offset);
    if (found === null) throw new Error('Only the names of operations can be renamed here.');
    return { range: toRange(gage.lines, found.range), placeholder: found.name };
  }

  rename(
    document: vscode.TextDocument,
    position: vscode.Position,
    newName: string,
  ): vscode.WorkspaceEdit {
    const { gage, offset } = this.#at(document, position);
    const edit = new vscode.WorkspaceEdit();
    edit.set(document.uri, toTextEdits(gage.lines, renameAt(gage, offset, newName)));
    return edit;
  }

  symbols(document: vscode.TextDocument): vscode.DocumentSymbol[] {
    const gage = this.#documents.get(document);
    return symbolsOf(gage).map((one) => documentSymbol(gage.lines, one));
  }

  folding(document: vscode.TextDocument): vscode.FoldingRange[] {
    return foldingOf(this.#documents.get(document)).map(({ startLine, endLine, kind }) =>
      kind === 'comment'
        ? new vscode.FoldingRange(startLine, endLine, vscode.FoldingRangeKind.Comment)
        : new vscode.FoldingRange(startLine, endLine),
    );
  }

  links(document: vscode.TextDocument): vscode.DocumentLink[] {
    const gage = this.#documents.get(document);
    return linksOf(gage, this.#projects.of(gage.path)).map(
      ({ range, path }) =>
        new vscode.DocumentLink(toRange(gage.lines, range), vscode.Uri.file(path)),
    );
  }

  #at(document: vscode.TextDocument, position: vscode.Position): Place {
    const gage = this.#documents.get(document);
    const offset = gage.lines.offsetAt(position.line, position.character);
    return { gage, offset, project: this.#projects.of(gage.path) };
  }
}

const COMPLETION_KINDS: Readonly<Record<Completion['kind'], vscode.CompletionItemKind>> = {
  key: vscode.CompletionItemKind.Property,
  value: vscode.CompletionItemKind.Value,
  file: vscode.CompletionItemKind.File,
  folder: vscode.CompletionItemKind.Folder,
  config: vscode.CompletionItemKind.Variable,
  operation: vscode.CompletionItemKind.Function,
  phase: vscode.CompletionItemKind.EnumMember,
  option: vscode.CompletionItemKind.Keyword,
};

function completionItem(lines: LineIndex, completion: Completion): vscode.CompletionItem {
  const { label, kind, insert, snippet, range, filter, detail, markdown, sortText } = completion;
  const item = new vscode.CompletionItem(label, COMPLETION_KINDS[kind]);
  item.insertText = snippet ? new vscode.SnippetString(insert) : insert;
  item.range = toRange(lines, range);
  if (filter !== undefined) item.filterText = filter;
  if (detail !== undefined) item.detail = detail;
  if (markdown !== undefined) item.documentation = new vscode.MarkdownString(markdown);
  if (sortText !== undefined) item.sortText = sortText;
  if (completion.retrigger === true) {
    item.command = { command: 'editor.action.triggerSuggest', title: 'Suggest' };
  }
  return item;
}

const SYMBOL_KINDS: Readonly<Record<OutlineSymbol['kind'], vscode.SymbolKind>> = {
  operation: vscode.SymbolKind.Function,
  setting: vscode.SymbolKind.Constant,
  key: vscode.SymbolKind.Property,
  item: vscode.SymbolKind.Array,
};

function documentSymbol(lines: LineIndex, symbol: OutlineSymbol): vscode.DocumentSymbol {
  const { name, detail, kind, range, selection, children } = symbol;
  const made = new vscode.DocumentSymbol(
    name,
    detail,
    SYMBOL_KINDS[kind],
    toRange(lines, range),
    toRange(lines, selection),
  );
  made.children = children.map((child) => documentSymbol(lines, child));
  return made;
}
