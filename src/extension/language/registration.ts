import * as vscode from 'vscode';
import { describeError } from '../../core/base/errors.ts';
import { DisposableStore } from '../base/disposables.ts';
import { isCancellation } from '../base/reporter.ts';
import { DOCS_SCHEME, docsText } from './docs.ts';
import type { LanguageFeatures } from './features.ts';
import { GAGE_FILES, isGageUri, PREVIEW_SCHEME } from './gage-files.ts';

/** What opens completion besides the letters of a word. */
const COMPLETION_CHARACTERS = ['"', "'", '#', '/', '-', '[', '.', ' ', '='] as const;

/**
 * Registers everything that the editor may ask about Gage files. What answers is loaded with
 * the first of them.
 */
export class LanguageRegistration implements vscode.Disposable {
  readonly #own = new DisposableStore();
  readonly #load: () => Promise<LanguageFeatures>;
  readonly #log: vscode.LogOutputChannel;
  readonly #lensesChanged = this.#own.add(new vscode.EventEmitter<void>());
  readonly #previewChanged = this.#own.add(new vscode.EventEmitter<vscode.Uri>());
  #features: LanguageFeatures | null = null;

  /** @param extensionDir directory of the installed extension. */
  constructor(
    load: () => Promise<LanguageFeatures>,
    extensionDir: string,
    log: vscode.LogOutputChannel,
  ) {
    this.#load = load;
    this.#log = log;
    this.#own.add(
      vscode.workspace.registerTextDocumentContentProvider(DOCS_SCHEME, {
        provideTextDocumentContent: (uri) => docsText(extensionDir, uri),
      }),
    );
    for (const one of [...this.#text(), ...this.#places(), ...this.#changes()]) this.#own.add(one);
  }

  /** Loads the language when a Gage file is open, else with the first one that is opened. */
  followDocuments(): void {
    if (vscode.workspace.textDocuments.some(({ uri }) => isGageUri(uri))) this.start();
    else {
      this.#own.add(
        vscode.workspace.onDidOpenTextDocument(({ uri }) => {
          if (isGageUri(uri)) this.start();
        }),
      );
    }
  }

  /** Begins to follow the Gage files of the window. */
  start(): void {
    if (this.#features === null) void this.#use(() => undefined);
  }

  dispose(): void {
    this.#own.dispose();
  }

  /** An answer, or none when it fails: the editor has no place for errors of providers. */
  async #use<T>(
    ask: (features: LanguageFeatures) => T | Promise<T>,
  ): Promise<Awaited<T> | undefined> {
    try {
      return await ask(await this.#get());
    } catch (error) {
      if (!isCancellation(error)) this.#log.error(`Gage files: ${describeError(error)}`);
      return undefined;
    }
  }

  async #get(): Promise<LanguageFeatures> {
    const features = await this.#load();
    if (this.#features === null) {
      this.#features = features;
      this.#own.add(features.lenses.onDidChange(() => this.#lensesChanged.fire()));
      this.#own.add(features.previews.onDidChange((uri) => this.#previewChanged.fire(uri)));
    }
    return features;
  }

  /** What helps while writing. */
  #text(): readonly vscode.Disposable[] {
    const { languages } = vscode;
    return [
      languages.registerCompletionItemProvider(
        GAGE_FILES,
        {
          provideCompletionItems: (document, position, token) =>
            this.#use(({ providers }) => providers.completions(document, position, token)),
        },
        ...COMPLETION_CHARACTERS,
      ),
      languages.registerHoverProvider(GAGE_FILES, {
        provideHover: (document, position, token) =>
          this.#use(({ providers }) => providers.hover(document, position, token)),
      }),
      languages.registerDocumentSymbolProvider(
        GAGE_FILES,
        {
          provideDocumentSymbols: (document) =>
            this.#use(({ providers }) => providers.symbols(document)),
        },
        { label: 'Runyard' },
      ),
      languages.registerFoldingRangeProvider(GAGE_FILES, {
        provideFoldingRanges: (document) =>
          this.#use(({ providers }) => providers.folding(document)),
      }),
    ];
  }

  /** What leads to other places. */
  #places(): readonly vscode.Disposable[] {
    const { languages, workspace } = vscode;
    return [
      languages.registerDefinitionProvider(GAGE_FILES, {
        provideDefinition: (document, position, token) =>
          this.#use(({ providers }) => providers.definition(document, position, token)),
      }),
      languages.registerReferenceProvider(GAGE_FILES, {
        provideReferences: (document, position, context) =>
          this.#use(({ providers }) => providers.references(document, position, context)),
      }),
      languages.registerDocumentLinkProvider(GAGE_FILES, {
        provideDocumentLinks: (document) => this.#use(({ providers }) => providers.links(document)),
      }),
      languages.registerDocumentLinkProvider(
        { scheme: PREVIEW_SCHEME },
        {
          provideDocumentLinks: (document) => this.#use(({ previews }) => previews.links(document)),
        },
      ),
      workspace.registerTextDocumentContentProvider(PREVIEW_SCHEME, {
        onDidChange: this.#previewChanged.event,
        // An error is shown in place of the document.
        provideTextDocumentContent: async (uri, token) =>
          (await this.#get()).previews.text(uri, token),
      }),
    ];
  }

  /** What changes the text, or runs what it says. */
  #changes(): readonly vscode.Disposable[] {
    const { languages } = vscode;
    return [
      languages.registerRenameProvider(GAGE_FILES, {
        // Why something cannot be renamed is told to the person.
        prepareRename: async (document, position) =>
          (await this.#get()).providers.prepareRename(document, position),
        provideRenameEdits: async (document, position, newName) =>
          (await this.#get()).providers.rename(document, position, newName),
      }),
      languages.registerCodeActionsProvider(
        GAGE_FILES,
        {
          provideCodeActions: (document, range, context) =>
            this.#use(({ actions }) => actions.actions(document, range, context)),
        },
        { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] },
      ),
      languages.registerCodeLensProvider(GAGE_FILES, {
        onDidChangeCodeLenses: this.#lensesChanged.event,
        provideCodeLenses: (document) => this.#use(({ lenses }) => lenses.lenses(document)),
      }),
    ];
  }
}
