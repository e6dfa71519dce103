import { sep } from 'node:path';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import { describeError, RunyardError } from '../../core/base/errors.ts';
import { LineIndex } from '../../opdef/syntax/lines.ts';
import { previewOperation } from '../../operation/preview.ts';
import { renderPreview, type PreviewLink } from '../../operation/render-preview.ts';
import { Coalescer } from '../base/coalescer.ts';
import { DisposableStore } from '../base/disposables.ts';
import type { Projects } from '../stores/projects.ts';
import { PREVIEW_SCHEME, signalOf, toRange } from './gage-files.ts';
import type { LanguageProjects } from './language-projects.ts';

/** A preview is not made anew more often. Milliseconds. */
const REFRESH_MS = 500;

const subjectSchema = z.object({ folder: z.string(), operation: z.string() });
type Subject = z.infer<typeof subjectSchema>;

/** What is shown of a preview. */
interface Shown {
  readonly lines: LineIndex;
  readonly links: readonly PreviewLink[];
  readonly projectDir: string;
  readonly runsDir: string;
}

/** What would be staged, as documents that follow the files of the project. */
export class PreviewDocuments implements vscode.Disposable {
  readonly #own = new DisposableStore();
  readonly #projects: Projects;
  readonly #changed = this.#own.add(new vscode.EventEmitter<vscode.Uri>());
  readonly #shown = new Map<string, Shown>();
  readonly #refresh = this.#own.add(new Coalescer<string>((all) => this.#fire(all), REFRESH_MS));

  constructor(projects: Projects, languageProjects: LanguageProjects) {
    this.#projects = projects;
    this.#own.add(languageProjects.onDidTouch((path) => this.#onFile(path)));
    this.#own.add(projects.onDidChange(() => this.#refresh.add(this.#shown.keys())));
    this.#own.add(
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        this.#shown.delete(uri.toString());
      }),
    );
  }

  /** Fires when a preview may say something else now. */
  readonly onDidChange = this.#changed.event;

  /** The text of a preview; of one that cannot be made, why. */
  async text(uri: vscode.Uri, token: vscode.CancellationToken): Promise<string> {
    const { folder: path, operation } = subjectSchema.parse(JSON.parse(uri.query));
    const folder = (vscode.workspace.workspaceFolders ?? []).find((one) => one.uri.fsPath === path);
    if (folder === undefined) return `${path} is not open in this window any more.\n`;
    const project = await this.#projects.fresh(folder);
    const place = { projectDir: project.projectDir ?? path, runsDir: project.runsDir };
    try {
      const preview = await previewOperation(project, operation, {}, signalOf(token));
      const { text, links } = renderPreview(preview);
      this.#shown.set(uri.toString(), { lines: new LineIndex(text), links, ...place });
      return text;
    } catch (error) {
      if (!(error instanceof RunyardError)) throw error;
      this.#shown.set(uri.toString(), { lines: new LineIndex(''), links: [], ...place });
      const hint = error.hint === undefined ? '' : `\n${error.hint}`;
      return `${operation} cannot be staged: ${describeError(error)}${hint}\n`;
    }
  }

  /** The places that a preview names. */
  links({ uri }: vscode.TextDocument): vscode.DocumentLink[] {
    const shown = this.#shown.get(uri.toString());
    if (shown === undefined) return [];
    return shown.links.map((link) => {
      const target = vscode.Uri.file(link.path);
      return new vscode.DocumentLink(
        toRange(shown.lines, link),
        link.line === null ? target : target.with({ fragment: `L${String(link.line)}` }),
      );
    });
  }

  dispose(): void {
    this.#own.dispose();
  }

  #onFile(path: string): void {
    for (const [uri, { projectDir, runsDir }] of this.#shown) {
      const isInside = path.startsWith(projectDir + sep) && !path.startsWith(runsDir + sep);
      if (isInside && !path.startsWith(`${projectDir}${sep}.git${sep}`)) this.#refresh.add([uri]);
    }
  }

  #fire(uris: readonly string[]): void {
    for (const uri of uris) this.#changed.fire(vscode.Uri.parse(uri));
  }
}

/** The document that previews an operation. @param folder path of a folder of the window. */
export function previewUri(subject: Subject): vscode.Uri {
  return vscode.Uri.from({
    scheme: PREVIEW_SCHEME,
    path: `/Preview of ${subject.operation.replaceAll('/', '∕')}`,
    query: JSON.stringify(subject),
  });
}
