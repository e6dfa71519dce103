import * as vscode from 'vscode';
import type { RunsChangeEvent, RunyardApi } from './api.ts';
import { ContextKeySetter } from './base/context-keys.ts';
import { DisposableStore } from './base/disposables.ts';
import { LazyTree } from './base/lazy-tree.ts';
import { registerCommands } from './base/register-commands.ts';
import { Reporter, detailsOf } from './base/reporter.ts';
import { Start, startError } from './base/start.ts';
import { LazyFileSystem } from './files/lazy-file-system.ts';
import { LanguageRegistration } from './language/registration.ts';
import type { OperationsNode } from './operations/rows.ts';
import type { CompositionRoot } from './root.ts';
import type { RunsNode } from './runs/model/nodes.ts';
import { wereRunsActive } from './runs/view/active-runs-memory.ts';

/** Lets host tests look at what has no public API. Only there in test mode. */
export interface TestApi extends RunyardApi {
  readonly testing?: {
    root(): Promise<CompositionRoot>;
    /** Whether more than views and commands is there. */
    readonly loaded: boolean;
    /** Time that `activate` took. Milliseconds. */
    readonly activationMs: number;
    /** The editor as this extension sees it, to answer its dialogs. */
    readonly editor: typeof vscode;
    /** What terminals get from us. */
    readonly environment: vscode.EnvironmentVariableCollection;
  };
}

/**
 * Registers views and commands. Everything else is loaded with the first of them that is used:
 * nothing is read and no library is loaded here. Throws what keeps that from being done, after
 * showing it.
 */
export function activate(context: vscode.ExtensionContext): TestApi {
  const log = vscode.window.createOutputChannel('Runyard', { log: true });
  const reporter = new Reporter(log);
  const own = new DisposableStore();
  context.subscriptions.push(new vscode.Disposable(() => disposeAll(own, log)), log);
  try {
    return register(context, own, log, reporter);
  } catch (cause) {
    const error = startError(cause);
    reporter.report(error, 'Activation');
    disposeAll(own, log);
    const message = `${error.message}. Reload the window to try again.`;
    for (const id of VIEWS) context.subscriptions.push(messageView(id, message));
    throw error;
  }
}

const RUNS_VIEW = 'runyard.runs';
const OPERATIONS_VIEW = 'runyard.operations';
const VIEWS = [RUNS_VIEW, OPERATIONS_VIEW] as const;

/** A view that says something and has no rows. */
function messageView(id: string, message: string): vscode.Disposable {
  const treeDataProvider: vscode.TreeDataProvider<never> = {
    getChildren: () => [],
    getTreeItem: (node) => node,
  };
  const view = vscode.window.createTreeView(id, { treeDataProvider });
  view.message = message;
  return view;
}

/** What could not be given up is for the log: nobody is there any more to be told. */
function disposeAll(own: DisposableStore, log: vscode.LogOutputChannel): void {
  try {
    own.dispose();
  } catch (error) {
    for (const one of error instanceof AggregateError ? (error.errors as unknown[]) : [error]) {
      log.error(`Disposing: ${detailsOf(one)}`);
    }
  }
}

function register(
  context: vscode.ExtensionContext,
  own: DisposableStore,
  log: vscode.LogOutputChannel,
  reporter: Reporter,
): TestApi {
  const start = performance.now();
  const runs = own.add(new LazyTree<RunsNode>(async () => (await root()).runsTree));
  const language = own.add(
    new LanguageRegistration(
      async () => await (await root()).language(),
      context.extensionPath,
      log,
    ),
  );
  const operations = own.add(
    new LazyTree<OperationsNode>(async () => {
      const { operationsTree } = await root();
      // Whoever looks at operations wants to know what is wrong with them.
      language.start();
      return operationsTree;
    }),
  );
  const runsView = own.add(
    vscode.window.createTreeView(RUNS_VIEW, {
      treeDataProvider: runs,
      canSelectMany: true,
      showCollapseAll: true,
    }),
  );
  const operationsView = own.add(
    vscode.window.createTreeView(OPERATIONS_VIEW, {
      treeDataProvider: operations,
    }),
  );
  const starting = new Start(load, {
    views: [runsView, operationsView],
    show: (error) => reporter.report(error, 'Start'),
    log: (error) => log.error(detailsOf(error)),
    refresh: () => {
      runs.refresh();
      operations.refresh();
    },
  });
  async function root(): Promise<CompositionRoot> {
    return await starting.get();
  }
  async function load(): Promise<CompositionRoot> {
    const begin = performance.now();
    const module = await import('./root.ts');
    const parts = new DisposableStore();
    try {
      const made = new module.CompositionRoot({ context, log, reporter, runsView, own: parts });
      own.add(parts);
      log.debug(`Loaded in ${(performance.now() - begin).toFixed(0)} ms`);
      return made;
    } catch (error) {
      // What it had made already must not listen on beside what the next try makes.
      disposeAll(parts, log);
      throw error;
    }
  }
  const files = own.add(new LazyFileSystem(async () => (await root()).fileSystem));
  own.add(
    vscode.workspace.registerFileSystemProvider('runyard', files, {
      isCaseSensitive: true,
      isReadonly: new vscode.MarkdownString(
        'Files of runs are read-only: they record what was run.',
      ),
    }),
  );
  for (const one of registerCommands(async () => (await root()).commands, log, reporter)) {
    own.add(one);
  }
  own.add(
    vscode.window.registerWebviewPanelSerializer('runyard.trials', {
      deserializeWebviewPanel: async (panel, state: unknown) => {
        (await (await root()).trials()).restore(panel, state);
      },
    }),
  );
  own.add(
    vscode.languages.registerDocumentLinkProvider(LINK_DOCUMENTS, {
      provideDocumentLinks: async (document) => {
        const { OutputLinks } = await import('./output/windows.ts');
        return new OutputLinks().provideDocumentLinks(document);
      },
    }),
  );

  const afterwards = setImmediate(() => {
    language.followDocuments();
    afterActivation(context, root).catch((error: unknown) => {
      reporter.report(error, 'After activation');
    });
  });
  own.add(
    new vscode.Disposable(() => {
      clearImmediate(afterwards);
    }),
  );

  new ContextKeySetter().set('runyard.active', true);
  const activationMs = performance.now() - start;
  log.info(`Activated in ${activationMs.toFixed(1)} ms`);
  const api = lazyApi(async () => (await root()).api);
  if (context.extensionMode !== vscode.ExtensionMode.Test) return api;
  return {
    ...api,
    testing: {
      root,
      get loaded() {
        return starting.isWanted;
      },
      activationMs,
      editor: vscode,
      environment: context.environmentVariableCollection,
    },
  };
}

/** Outputs that may hold links to more of them. */
const LINK_DOCUMENTS: vscode.DocumentSelector = [
  { language: 'runyard-output' },
  { scheme: 'runyard' },
];

/** What can wait until the window is up. */
async function afterActivation(
  context: vscode.ExtensionContext,
  root: () => Promise<CompositionRoot>,
): Promise<void> {
  const { putCliOnPath } = await import('./processes/cli-path.ts');
  const enabled = vscode.workspace.getConfiguration('runyard').get<unknown>('addToTerminalPath');
  putCliOnPath(context, enabled !== false);
  const { somethingWaits } = await import('./queue/wake.ts');
  const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
  if (wereRunsActive(context.workspaceState) || (await somethingWaits(folders))) {
    await (await root()).stores.load();
  }
}

/** The API, which loads what it needs with its first call. */
function lazyApi(load: () => Promise<RunyardApi>): RunyardApi {
  return {
    version: 1,
    stores: async () => await (await load()).stores(),
    listRuns: async (options) => await (await load()).listRuns(options),
    getRun: async (run) => await (await load()).getRun(run),
    stage: async (...args) => await (await load()).stage(...args),
    run: async (...args) => await (await load()).run(...args),
    start: async (run) => {
      await (await load()).start(run);
    },
    stop: async (run) => {
      await (await load()).stop(run);
    },
    onDidChangeRuns: (listener, thisArg, disposables) => {
      let inner: vscode.Disposable | null = null;
      let disposed = false;
      const listen = async (): Promise<void> => {
        const api = await load();
        if (disposed) return;
        inner = api.onDidChangeRuns((event: RunsChangeEvent) => {
          listener.call(thisArg, event);
        });
        await api.listRuns();
      };
      // A store that cannot be read is told in the Runs view.
      listen().catch(() => undefined);
      const subscription = new vscode.Disposable(() => {
        disposed = true;
        inner?.dispose();
      });
      disposables?.push(subscription);
      return subscription;
    },
  };
}
