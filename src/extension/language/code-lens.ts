import * as vscode from 'vscode';
import { describeError } from '../../core/base/errors.ts';
import { relativeTime } from '../../core/base/time-text.ts';
import type { RunInfo } from '../../core/run/types.ts';
import { findGageFile } from '../../opdef/gagefile.ts';
import type { Project } from '../../opdef/project.ts';
import { Coalescer } from '../base/coalescer.ts';
import { DisposableStore } from '../base/disposables.ts';
import type { Settings } from '../base/settings.ts';
import { isBusy } from '../run/actions.ts';
import { timeOf, STATUS_ICONS } from '../run/titles.ts';
import type { FolderProject, Projects } from '../stores/projects.ts';
import type { Stores } from '../stores/stores.ts';
import { openGageFiles, type GageDocuments } from './documents.ts';
import { toRange } from './gage-files.ts';

/** The times in lenses are looked at this often. Milliseconds. */
const TICK_MS = 30_000;

/** Lenses move the text: not more often than this. Milliseconds. */
const REFRESH_MS = 500;

/** What the lenses need. */
interface LensParts {
  readonly documents: GageDocuments;
  readonly projects: Projects;
  readonly stores: Stores;
  readonly settings: Settings;
  readonly log: vscode.LogOutputChannel;
}

/** Above each operation of the Gage files of the window: what to do with it, and its last run. */
export class OperationLenses implements vscode.Disposable {
  readonly #own = new DisposableStore();
  readonly #parts: LensParts;
  readonly #changed = this.#own.add(new vscode.EventEmitter<void>());
  readonly #refresh = this.#own.add(new Coalescer<'all'>(() => this.#changed.fire(), REFRESH_MS));
  #loading: Promise<void> | null = null;
  #tick: NodeJS.Timeout | null = null;

  constructor(parts: LensParts) {
    this.#parts = parts;
    const { projects, stores, settings } = parts;
    const refresh = (): void => this.#refresh.add(['all']);
    this.#own.add(projects.onDidChange(refresh));
    this.#own.add(stores.onDidChangeRuns(refresh));
    this.#own.add(stores.onDidChangeList(refresh));
    this.#own.add(vscode.workspace.onDidGrantWorkspaceTrust(refresh));
    this.#own.add(
      settings.onDidChange((affects) => {
        if (affects('codeLens')) refresh();
      }),
    );
  }

  readonly onDidChange = this.#changed.event;

  async lenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    const { documents, projects, settings } = this.#parts;
    if (!settings.get('codeLens')) return [];
    const all = projects.all.length > 0 ? projects.all : await projects.read();
    const path = document.uri.fsPath;
    const owner = all.find(({ project }) => gageFileOf(project) === path);
    if (owner === undefined) return [];
    const gage = documents.get(document);
    const last = this.#lastRuns(owner);
    const now = Date.now();
    this.#startTick();
    return gage.operations.flatMap(({ name, nameRange }) => {
      const line = toRange(gage.lines, nameRange).start.line;
      const at = new vscode.Range(line, 0, line, 0);
      const commands = commandsOf(owner, name, last.get(name) ?? null, now);
      return commands.map((command) => new vscode.CodeLens(at, command));
    });
  }

  dispose(): void {
    if (this.#tick !== null) clearInterval(this.#tick);
    this.#own.dispose();
  }

  /** The newest run of each operation; none before the store has been read, which begins here. */
  #lastRuns({ project }: FolderProject): ReadonlyMap<string, RunInfo> {
    const { stores, log } = this.#parts;
    const last = new Map<string, RunInfo>();
    const store = stores.entryOf(project.runsDir)?.store;
    if (store?.loaded !== true) {
      // It may be made by another window meanwhile, or not be there yet: asked again later.
      this.#loading ??= stores
        .load()
        .then(() => {
          if (stores.entryOf(project.runsDir)?.store.loaded === true) this.#refresh.add(['all']);
        })
        .catch((error: unknown) => log.error(`Reading the runs failed: ${describeError(error)}`))
        .finally(() => {
          this.#loading = null;
        });
      return last;
    }
    for (const info of store.runs.values()) {
      const { opref, container } = info;
      if (opref === null || opref.ns !== project.ns || container !== 'active') continue;
      const known = last.get(opref.name);
      if (known === undefined || (timeOf(info) ?? 0) > (timeOf(known) ?? 0)) {
        last.set(opref.name, info);
      }
    }
    return last;
  }

  /** Only while a Gage file is open. */
  #startTick(): void {
    this.#tick ??= setInterval(() => {
      if (openGageFiles().length > 0) this.#refresh.add(['all']);
      else if (this.#tick !== null) {
        clearInterval(this.#tick);
        this.#tick = null;
      }
    }, TICK_MS);
  }
}

/** The Gage file that counts, also while it cannot be read. */
function gageFileOf({ projectDir, commandDir }: Project): string | null {
  return findGageFile(projectDir ?? commandDir);
}

function commandsOf(
  { folder }: FolderProject,
  name: string,
  last: RunInfo | null,
  now: number,
): readonly vscode.Command[] {
  const target = { folder: folder.uri.fsPath, name };
  const run: readonly vscode.Command[] = [
    { title: '$(play) Run', command: 'runyard.runOperationNow', arguments: [target] },
    { title: 'Run with…', command: 'runyard.runOperation', arguments: [target] },
    { title: 'Stage', command: 'runyard.stageOperationNow', arguments: [target] },
    { title: 'Trials…', command: 'runyard.runBatch', arguments: [target] },
  ];
  return [
    ...(vscode.workspace.isTrusted ? run : []),
    { title: 'Preview', command: 'runyard.previewOperation', arguments: [target] },
    ...(last === null
      ? []
      : [
          {
            title: runText(last, now),
            tooltip: `Show run ${last.name} in the Runs view`,
            command: 'runyard.revealRun',
            arguments: [{ runsDir: last.runsDir, id: last.id }],
          },
        ]),
  ];
}

/** `$(pass) completed · 5 min ago`. `now` in epoch milliseconds. */
function runText(info: RunInfo, now: number): string {
  const { status, progress, exitCode } = info;
  const time = timeOf(info);
  const parts = [
    isBusy(info) && status === 'pending' ? 'staging' : status,
    isBusy(info) && progress !== null ? `${progress.percent}%` : null,
    status === 'error' && exitCode !== null ? `exit ${exitCode}` : null,
    time === null ? null : relativeTime(time, now),
  ];
  const text = parts.filter((part) => part !== null).join(' · ');
  return `$(${STATUS_ICONS[status].id}) ${text}`;
}
