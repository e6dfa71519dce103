import * as vscode from 'vscode';
import { findRunsDir } from '../../core/run/project.ts';
import { LanguageProject, type FileEventKind } from '../../language/places/project.ts';
import { DisposableStore } from '../base/disposables.ts';
import type { Projects } from '../stores/projects.ts';
import { isGageUri, projectDirOf } from './gage-files.ts';

interface KnownProject {
  readonly runsDir: string;
  readonly project: LanguageProject;
}

/**
 * The files of the projects whose Gage files are looked at, kept right by the events of one
 * watcher a folder: VS Code watches the folders of its window anyway.
 */
export class LanguageProjects implements vscode.Disposable {
  readonly #own = new DisposableStore();
  readonly #projects: Projects;
  readonly #known = new Map<string, KnownProject>();
  readonly #changed = this.#own.add(new vscode.EventEmitter<LanguageProject>());
  readonly #touched = this.#own.add(new vscode.EventEmitter<string>());
  #watchers = this.#own.add(new DisposableStore());

  constructor(projects: Projects) {
    this.#projects = projects;
    this.#watch();
    this.#own.add(vscode.workspace.onDidChangeWorkspaceFolders(() => this.#watch()));
    this.#own.add(projects.onDidChange(() => this.#onProjects()));
    this.#own.add(vscode.workspace.onDidSaveTextDocument(({ uri }) => this.#lookAgain(uri)));
    this.#own.add(vscode.workspace.onDidOpenTextDocument(({ uri }) => this.#lookAgain(uri)));
  }

  /** Fires when what a project tells may have changed. */
  readonly onDidChange = this.#changed.event;

  /** Fires with the path of each file of the window that came, went or was written. */
  readonly onDidTouch = this.#touched.event;

  /** The project of a Gage file by its path. */
  of(gageFile: string): LanguageProject {
    return this.at(projectDirOf(gageFile));
  }

  /** The project in a directory. */
  at(dir: string): LanguageProject {
    const known = this.#known.get(dir);
    const runsDir = this.#runsDirOf(dir);
    if (known?.runsDir === runsDir) return known.project;
    const project = new LanguageProject(dir, { runsDir });
    this.#known.set(dir, { runsDir, project });
    return project;
  }

  dispose(): void {
    this.#watchers.dispose();
    this.#own.dispose();
  }

  #runsDirOf(dir: string): string {
    const own = this.#projects.all.find(({ project }) => project.projectDir === dir);
    return own?.project.runsDir ?? findRunsDir(dir, dir, null);
  }

  /** Another `$runs-dir` makes another project of it. */
  #onProjects(): void {
    for (const [dir, { runsDir }] of this.#known) {
      if (runsDir !== this.#runsDirOf(dir)) this.#changed.fire(this.at(dir));
    }
  }

  #watch(): void {
    this.#watchers.dispose();
    this.#watchers = new DisposableStore();
    for (const folder of vscode.workspace.workspaceFolders ?? []) {
      if (folder.uri.scheme !== 'file') continue;
      const watcher = this.#watchers.add(
        vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, '**')),
      );
      watcher.onDidChange((uri) => this.#onEvent('changed', uri));
      watcher.onDidCreate((uri) => this.#onEvent('created', uri));
      watcher.onDidDelete((uri) => this.#onEvent('deleted', uri));
    }
  }

  /** Where no events come from, a Gage file that is opened or saved is the time to look again. */
  #lookAgain(uri: vscode.Uri): void {
    if (!isGageUri(uri)) return;
    const dir = projectDirOf(uri.fsPath);
    const known = this.#known.get(dir);
    if (known === undefined || isWatched(vscode.Uri.file(dir))) return;
    known.project.event('changed', dir);
    this.#changed.fire(known.project);
  }

  #onEvent(kind: FileEventKind, { fsPath }: vscode.Uri): void {
    this.#touched.fire(fsPath);
    for (const { project } of this.#known.values()) {
      const { version } = project;
      project.event(kind, fsPath);
      if (project.version !== version) this.#changed.fire(project);
    }
  }
}

/** Whether the editor tells of all changes below a directory: it is open, and no part left out. */
function isWatched(dir: vscode.Uri): boolean {
  if (vscode.workspace.getWorkspaceFolder(dir) === undefined) return false;
  const files = vscode.workspace.getConfiguration('files', dir);
  const all = files.inspect<Readonly<Record<string, boolean>>>('watcherExclude');
  const own = { ...all?.globalValue, ...all?.workspaceValue, ...all?.workspaceFolderValue };
  return !Object.values(own).includes(true);
}
