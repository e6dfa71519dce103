import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import { GAGE_FILE_NAMES } from '../../opdef/gagefile.ts';
import { openProject, type Project } from '../../opdef/project.ts';
import { DisposableStore } from '../base/disposables.ts';

/** A folder of the window with its project. */
export interface FolderProject {
  readonly folder: vscode.WorkspaceFolder;
  readonly project: Project;
}

/** Changes of a Gage file within this time are read once. Milliseconds. */
const SETTLE_MS = 150;

/** The project of every folder of the window, kept up to date with its Gage file. */
export class Projects implements vscode.Disposable {
  readonly #own = new DisposableStore();
  readonly #log: vscode.LogOutputChannel;
  readonly #changed = this.#own.add(new vscode.EventEmitter<void>());
  #watchers = new DisposableStore();
  #watched = '';
  #all: readonly FolderProject[] = [];
  #reading: Promise<void> | null = null;
  #again = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(log: vscode.LogOutputChannel) {
    this.#log = log;
    this.#own.add(vscode.workspace.onDidChangeWorkspaceFolders(() => this.#soon()));
  }

  /** Fires after projects have been read anew. */
  readonly onDidChange = this.#changed.event;

  /** The projects as read last; empty before {@link read}. */
  get all(): readonly FolderProject[] {
    return this.#all;
  }

  /** Reads all projects, once for calls at the same time, and again when asked meanwhile. */
  async read(): Promise<readonly FolderProject[]> {
    if (this.#reading !== null) this.#again = true;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null;
    });
    await this.#reading;
    return this.#all;
  }

  /** The project of a folder, read now. Throws when its directory cannot be looked at. */
  async fresh(folder: vscode.WorkspaceFolder): Promise<Project> {
    return await openProject(folder.uri.fsPath);
  }

  dispose(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#watchers.dispose();
    this.#own.dispose();
  }

  async #read(): Promise<void> {
    do {
      this.#again = false;
      const found: FolderProject[] = [];
      for (const folder of vscode.workspace.workspaceFolders ?? []) {
        if (folder.uri.scheme !== 'file') continue;
        try {
          found.push({ folder, project: await openProject(folder.uri.fsPath) });
        } catch (error) {
          this.#log.error(`Cannot look at ${folder.uri.fsPath}: ${String(error)}`);
        }
      }
      this.#all = found;
    } while (this.#takeAgain());
    this.#watch();
    this.#changed.fire();
  }

  #takeAgain(): boolean {
    return this.#again;
  }

  #soon(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.read().catch((error: unknown) => {
        this.#log.error(`Reading the projects failed: ${String(error)}`);
      });
    }, SETTLE_MS);
  }

  /** Flat watchers on the six places of a Gage file, in the project and in the folder itself. */
  #watch(): void {
    const dirs = new Set(
      this.#all.flatMap(({ folder, project }) => [
        folder.uri.fsPath,
        project.projectDir ?? folder.uri.fsPath,
      ]),
    );
    const key = [...dirs].sort().join('\n');
    if (key === this.#watched) return;
    this.#watched = key;
    this.#watchers.dispose();
    this.#watchers = new DisposableStore();
    for (const dir of dirs) {
      for (const name of GAGE_FILE_NAMES) {
        const base = vscode.Uri.joinPath(vscode.Uri.file(dir), dirname(name));
        const watcher = this.#watchers.add(
          vscode.workspace.createFileSystemWatcher(
            new vscode.RelativePattern(base, basename(name)),
          ),
        );
        watcher.onDidChange(() => this.#soon());
        watcher.onDidCreate(() => this.#soon());
        watcher.onDidDelete(() => this.#soon());
      }
    }
  }
}
