import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Diagnostic } from '../../language/checks/diagnostic.ts';
import { fixesFor, type Fix } from '../../language/fixes/fixes.ts';
import type { LanguageProject } from '../../language/places/project.ts';
import type { GageDocument } from '../../opdef/document.ts';
import { type DiagnosticsFeed, toVscode } from './diagnostics-feed.ts';
import type { GageDocuments } from './documents.ts';
import { toRange, toTextEdits } from './gage-files.ts';
import type { LanguageProjects } from './language-projects.ts';

/** The quick fixes of a Gage file. */
export class GageCodeActions {
  readonly #documents: GageDocuments;
  readonly #projects: LanguageProjects;
  readonly #feed: DiagnosticsFeed;

  constructor(documents: GageDocuments, projects: LanguageProjects, feed: DiagnosticsFeed) {
    this.#documents = documents;
    this.#projects = projects;
    this.#feed = feed;
  }

  /** The fixes of the diagnostics that touch a range. */
  async actions(
    document: vscode.TextDocument,
    range: vscode.Range,
    context: vscode.CodeActionContext,
  ): Promise<vscode.CodeAction[]> {
    const { only } = context;
    if (only !== undefined && !only.contains(vscode.CodeActionKind.QuickFix)) return [];
    const diagnostics = await this.#feed.of(document);
    const gage = this.#documents.get(document);
    const project = this.#projects.of(gage.path);
    return diagnostics
      .filter((one) => toRange(gage.lines, one.range).intersection(range) !== undefined)
      .flatMap((one) =>
        fixesFor(gage, one, project).map((fix) => codeAction(document, gage, project, one, fix)),
      );
  }
}

function codeAction(
  document: vscode.TextDocument,
  gage: GageDocument,
  project: LanguageProject,
  diagnostic: Diagnostic,
  { title, edits, createFile, preferred }: Fix,
): vscode.CodeAction {
  const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
  action.edit = new vscode.WorkspaceEdit();
  if (edits.length > 0) action.edit.set(document.uri, toTextEdits(gage.lines, edits));
  if (createFile !== undefined) {
    action.edit.createFile(vscode.Uri.file(join(project.dir, createFile.path)), {
      contents: Buffer.from(createFile.text),
      ignoreIfExists: true,
    });
  }
  action.diagnostics = [toVscode(gage, diagnostic)];
  if (preferred === true) action.isPreferred = true;
  return action;
}
