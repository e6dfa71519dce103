import type * as vscode from 'vscode';
import { DisposableStore } from '../base/disposables.ts';
import type { Settings } from '../base/settings.ts';
import type { Projects } from '../stores/projects.ts';
import type { Stores } from '../stores/stores.ts';
import { GageCodeActions } from './code-actions.ts';
import { OperationLenses } from './code-lens.ts';
import { DiagnosticsFeed } from './diagnostics-feed.ts';
import { GageDocuments } from './documents.ts';
import { LanguageProjects } from './language-projects.ts';
import { PreviewDocuments } from './preview-documents.ts';
import { GageProviders } from './providers.ts';

/** What the language needs of the rest. */
interface LanguageParts {
  readonly projects: Projects;
  readonly stores: Stores;
  readonly settings: Settings;
  readonly log: vscode.LogOutputChannel;
}

/** All that makes Gage files a language in the editor; made with the first of them. */
export class LanguageFeatures implements vscode.Disposable {
  readonly #own = new DisposableStore();
  readonly documents: GageDocuments;
  readonly projects: LanguageProjects;
  readonly diagnostics: DiagnosticsFeed;
  readonly providers: GageProviders;
  readonly actions: GageCodeActions;
  readonly lenses: OperationLenses;
  readonly previews: PreviewDocuments;

  constructor(parts: LanguageParts) {
    this.documents = this.#own.add(new GageDocuments());
    this.projects = this.#own.add(new LanguageProjects(parts.projects));
    const { documents, projects: languageProjects } = this;
    this.diagnostics = this.#own.add(
      new DiagnosticsFeed({
        documents,
        languageProjects,
        projects: parts.projects,
        log: parts.log,
      }),
    );
    this.providers = new GageProviders(documents, languageProjects);
    this.actions = new GageCodeActions(documents, languageProjects, this.diagnostics);
    this.lenses = this.#own.add(new OperationLenses({ documents, ...parts }));
    this.previews = this.#own.add(new PreviewDocuments(parts.projects, languageProjects));
  }

  dispose(): void {
    this.#own.dispose();
  }
}
