import * as vscode from 'vscode';
import type { RunFileSystem } from './file-system.ts';

/** The file system of runs, loaded when the first of their files is opened. */
export class LazyFileSystem implements vscode.FileSystemProvider, vscode.Disposable {
  readonly #load: () => Promise<RunFileSystem>;
  readonly #changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  #listening: vscode.Disposable | null = null;

  constructor(load: () => Promise<RunFileSystem>) {
    this.#load = load;
  }

  readonly onDidChangeFile = this.#changed.event;

  watch(uri: vscode.Uri): vscode.Disposable {
    let inner: vscode.Disposable | null = null;
    let disposed = false;
    const start = async (): Promise<void> => {
      const files = await this.#get();
      if (!disposed) inner = files.watch(uri);
    };
    // Without it the document is only as fresh as when it was opened.
    start().catch(() => undefined);
    return new vscode.Disposable(() => {
      disposed = true;
      inner?.dispose();
    });
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    return await (await this.#get()).stat(uri);
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return await (await this.#get()).readFile(uri);
  }

  async readDirectory(uri: vscode.Uri): Promise<[string, vscode.FileType][]> {
    return await (await this.#get()).readDirectory(uri);
  }

  async createDirectory(uri: vscode.Uri): Promise<void> {
    (await this.#get()).createDirectory(uri);
  }

  async writeFile(uri: vscode.Uri): Promise<void> {
    (await this.#get()).writeFile(uri);
  }

  async delete(uri: vscode.Uri): Promise<void> {
    (await this.#get()).delete(uri);
  }

  async rename(uri: vscode.Uri): Promise<void> {
    (await this.#get()).rename(uri);
  }

  dispose(): void {
    this.#listening?.dispose();
    this.#changed.dispose();
  }

  async #get(): Promise<RunFileSystem> {
    const files = await this.#load();
    this.#listening ??= files.onDidChangeFile((events) => {
      this.#changed.fire(events);
    });
    return files;
  }
}
