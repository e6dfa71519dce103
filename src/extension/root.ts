import type * as vscode from 'vscode';
import { createApi } from './api-impl.ts';
import type { RunyardApi } from './api.ts';
import type { CommandHandlers } from './base/command-ids.ts';
import { ContextKeySetter } from './base/context-keys.ts';
import type { DisposableStore } from './base/disposables.ts';
import { Lazy } from './base/lazy.ts';
import { inTrust } from './base/register-commands.ts';
import type { Reporter } from './base/reporter.ts';
import { Settings } from './base/settings.ts';
import { batchCommands } from './batches/commands.ts';
import { openCommands } from './files/commands.ts';
import { RunFileSystem } from './files/file-system.ts';
import { GuildActions } from './guild/actions.ts';
import { guildCommands } from './guild/commands.ts';
import { languageCommands } from './language/commands.ts';
import type { LanguageFeatures } from './language/features.ts';
import { Notices } from './notices/notices.ts';
import { RunTransitions } from './notices/transitions.ts';
import { operationCommands } from './operations/commands.ts';
import { FormMemory } from './operations/form-memory.ts';
import type { RunParts } from './operations/run-with-form.ts';
import { OperationsTree } from './operations/tree.ts';
import { OutputChannels } from './output/channels.ts';
import { StagingFailures } from './output/staging-failures.ts';
import { OutputWindows } from './output/windows.ts';
import { AutoRecover } from './processes/auto-recover.ts';
import { putCliOnPath } from './processes/cli-path.ts';
import { Launcher } from './processes/launcher.ts';
import { queueCommands } from './queue/commands.ts';
import { QueueFeed } from './queue/feed.ts';
import { ForeignQueue } from './queue/foreign.ts';
import { Targets } from './run/targets.ts';
import { runUri } from './run/uri.ts';
import type { RunsNode } from './runs/model/nodes.ts';
import { ActiveRunsMemory } from './runs/view/active-runs-memory.ts';
import { runCommands } from './runs/view/run-commands.ts';
import { StatusBar } from './runs/view/status-bar.ts';
import { RunsTree } from './runs/view/tree.ts';
import { viewCommands } from './runs/view/view-commands.ts';
import { RunsView } from './runs/view/view.ts';
import { Projects } from './stores/projects.ts';
import { StoreTrust } from './stores/store-trust.ts';
import { Stores } from './stores/stores.ts';
import { trialCommands } from './trials/commands.ts';
import { TrialMemory } from './trials/memory.ts';
import type { TrialTables } from './trials/tables.ts';

/** What `activate` has made already, because VS Code wants it at once. */
interface Shell {
  readonly context: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
  readonly reporter: Reporter;
  readonly runsView: vscode.TreeView<RunsNode>;
  /** Gives up what the root has made. */
  readonly own: DisposableStore;
}

/** Builds everything that works, once somebody needs it. */
export class CompositionRoot {
  readonly #own: DisposableStore;
  readonly #log: vscode.LogOutputChannel;
  readonly #shell: Shell;
  readonly #runParts: RunParts;
  readonly #language = new Lazy(() => this.#loadLanguage());
  readonly #trials = new Lazy(() => this.#loadTrials());
  readonly stores: Stores;
  readonly projects: Projects;
  readonly launcher: Launcher;
  readonly channels: OutputChannels;
  readonly runsTree: RunsTree;
  readonly operationsTree: OperationsTree;
  readonly fileSystem: RunFileSystem;
  readonly view: RunsView;
  readonly statusBar: StatusBar;
  readonly settings: Settings;
  readonly commands: CommandHandlers;
  readonly api: RunyardApi;

  constructor(shell: Shell) {
    const { context, log, reporter } = shell;
    this.#shell = shell;
    this.#own = shell.own;
    this.#log = log;
    const keys = new ContextKeySetter();
    this.settings = this.#own.add(new Settings(log));
    this.projects = this.#own.add(new Projects(log));
    const storageDir = context.globalStorageUri.fsPath;
    this.stores = this.#own.add(
      new Stores(
        this.projects,
        this.settings,
        storageDir,
        new StoreTrust(context.globalState),
        log,
      ),
    );
    this.launcher = new Launcher(this.stores, this.settings, context, log);
    const windows = new OutputWindows();
    this.channels = this.#own.add(new OutputChannels(this.stores, this.settings, windows, log));
    this.fileSystem = this.#own.add(new RunFileSystem(this.stores, windows));
    this.operationsTree = this.#own.add(new OperationsTree(this.projects, keys));
    this.runsTree = this.#own.add(
      new RunsTree(this.stores, ({ storeKey, info }, path) =>
        runUri({ kind: 'files', storeKey, id: info.id, path }),
      ),
    );
    this.view = this.#own.add(
      new RunsView(shell.runsView, this.runsTree, this.stores, keys, context.workspaceState),
    );
    this.statusBar = this.#own.add(new StatusBar(this.runsTree));
    const transitions = this.#own.add(new RunTransitions(this.stores));
    this.#own.add(new Notices(transitions, this.launcher, this.channels, this.settings, reporter));
    const foreign = new ForeignQueue(context.globalState);
    const feed = this.#own.add(
      new QueueFeed(this.stores, this.runsTree, this.launcher, this.settings, foreign, log),
    );
    this.#own.add(new AutoRecover(this.stores, this.launcher, this.settings, log));
    this.#own.add(new ActiveRunsMemory(this.runsTree, context.workspaceState));
    this.#own.add(
      this.settings.onDidChange((affects) => {
        if (affects('addToTerminalPath'))
          putCliOnPath(context, this.settings.get('addToTerminalPath'));
      }),
    );
    const { stores, launcher, channels, projects, runsTree: tree, view, settings } = this;
    const guild = new GuildActions(stores, settings, storageDir, log);
    const targets = new Targets(stores, () => view.selectedRuns);
    const failures = new StagingFailures(stores, channels, reporter);
    const afterRun = async (runsDir: string, id: string): Promise<void> => {
      const info = settings.get('showOutputOnRun') ? await stores.info(runsDir, id) : null;
      if (info !== null) await channels.show(info);
    };
    this.#runParts = {
      launcher,
      tree,
      view,
      failures,
      settings,
      afterRun,
      memory: new FormMemory(context.workspaceState),
      openTrials: async (draft) => await (await this.trials()).open(draft),
    };
    this.commands = inTrust({
      ...operationCommands({ ...this.#runParts, projects, targets }),
      ...trialCommands({ ...this.#runParts, projects, targets }),
      ...runCommands({ targets, stores, launcher, channels, reporter, failures, tree, guild }),
      ...guildCommands({ targets, guild, reporter }),
      ...batchCommands({ targets, stores, tree, launcher, reporter }),
      ...queueCommands({ targets, stores, tree, launcher, feed, foreign, reporter }),
      ...openCommands({ targets, stores, channels, windows }),
      ...viewCommands({ stores, tree, view, channels, log }),
      ...languageCommands({ projects, stores, tree, view, extensionDir: context.extensionPath }),
    });
    this.api = createApi(this.stores, this.projects, this.launcher);
  }

  /** What makes Gage files a language, loaded when it is used. */
  async language(): Promise<LanguageFeatures> {
    return await this.#language.get();
  }

  /** The tables of trials, loaded when the first is shown. */
  async trials(): Promise<TrialTables> {
    return await this.#trials.get();
  }

  async #loadTrials(): Promise<TrialTables> {
    const { TrialTables: Made } = await import('./trials/tables.ts');
    const { context, reporter } = this.#shell;
    const memory = new TrialMemory(context.workspaceState);
    return this.#own.add(new Made(this.#runParts, memory, reporter, context.extensionUri));
  }

  async #loadLanguage(): Promise<LanguageFeatures> {
    const { LanguageFeatures: Made } = await import('./language/features.ts');
    const { projects, stores, settings } = this;
    // Where the runs are matters from the first look at the files.
    if (projects.all.length === 0) await projects.read();
    return this.#own.add(new Made({ projects, stores, settings, log: this.#log }));
  }
}
