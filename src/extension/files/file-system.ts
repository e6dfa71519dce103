import * as vscode from 'vscode';
import type { RunInfo } from '../../core/run/types.ts';
import { DisposableStore } from '../base/disposables.ts';
import type { OutputWindows } from '../output/windows.ts';
import { listRunFiles, readRunFile, statRunFile } from '../run/files.ts';
import { parseRunUri, type RunFilePlace, type RunPlace } from '../run/uri.ts';
import type { Stores } from '../stores/stores.ts';

/**
 * Files of runs, of zipped meta directories too, and windows into large outputs, as read-only
 * documents with the scheme `runyard`.
 */
export class RunFileSystem implements vscode.FileSystemProvider, vscode.Disposable {
  readonly #own = new DisposableStore();
  readonly #stores: Stores;
  readonly #windows: OutputWindows;
  readonly #changed = this.#own.add(new vscode.EventEmitter<vscode.FileChangeEvent[]>());
  readonly #watched = new Map<string, number>();

  constructor(stores: Stores, windows: OutputWindows) {
    this.#stores = stores;
    this.#windows = windows;
    this.#own.add(
      stores.onDidChangeRuns(({ entry, change }) => {
        const ids = new Set([...change.changed.map((info) => info.id), ...change.removed]);
        this.#onRuns(entry.key, ids);
      }),
    );
  }

  readonly onDidChangeFile = this.#changed.event;

  watch(uri: vscode.Uri): vscode.Disposable {
    const key = uri.toString();
    this.#watched.set(key, (this.#watched.get(key) ?? 0) + 1);
    return new vscode.Disposable(() => {
      const left = (this.#watched.get(key) ?? 1) - 1;
      if (left > 0) this.#watched.set(key, left);
      else this.#watched.delete(key);
    });
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const place = placeOf(uri);
    const info = await this.#run(uri, place);
    const found =
      place.kind === 'lines'
        ? await this.#windows.stat(info, place)
        : await statRunFile(info, place);
    if (found === null) throw vscode.FileSystemError.FileNotFound(uri);
    return {
      type: found.directory ? vscode.FileType.Directory : vscode.FileType.File,
      size: found.size,
      ctime: found.ctimeMs,
      mtime: found.mtimeMs,
      permissions: vscode.FilePermission.Readonly,
    };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    const place = placeOf(uri);
    const info = await this.#run(uri, place);
    const bytes =
      place.kind === 'lines'
        ? await this.#windows.read(info, place)
        : await readRunFile(info, place);
    if (bytes === null) throw vscode.FileSystemError.FileNotFound(uri);
    return bytes;
  }

  async readDirectory(uri: vscode.Uri): Promise<[string, vscode.FileType][]> {
    const place = placeOf(uri);
    const info = await this.#run(uri, place);
    const names = place.kind === 'lines' ? null : await listRunFiles(info, place);
    if (names === null) throw vscode.FileSystemError.FileNotFound(uri);
    return names.map(({ name, directory }) => [
      name,
      directory ? vscode.FileType.Directory : vscode.FileType.File,
    ]);
  }

  createDirectory(uri: vscode.Uri): never {
    throw readOnly(uri);
  }

  writeFile(uri: vscode.Uri): never {
    throw readOnly(uri);
  }

  delete(uri: vscode.Uri): never {
    throw readOnly(uri);
  }

  rename(uri: vscode.Uri): never {
    throw readOnly(uri);
  }

  dispose(): void {
    this.#own.dispose();
  }

  async #run(uri: vscode.Uri, place: RunPlace): Promise<RunInfo> {
    await this.#stores.find();
    const entry = this.#stores.entry(place.storeKey);
    const info = entry === undefined ? null : await this.#stores.info(entry.runsDir, place.id);
    if (info === null) throw vscode.FileSystemError.FileNotFound(uri);
    return info;
  }

  #onRuns(storeKey: string, ids: ReadonlySet<string>): void {
    const events: vscode.FileChangeEvent[] = [];
    for (const key of this.#watched.keys()) {
      const uri = vscode.Uri.parse(key);
      const id = uri.path.split('/')[1];
      if (uri.authority !== storeKey || id === undefined || !ids.has(id)) continue;
      events.push({ type: vscode.FileChangeType.Changed, uri });
    }
    if (events.length > 0) this.#changed.fire(events);
  }
}

function placeOf(uri: vscode.Uri): RunPlace {
  try {
    return parseRunUri(uri.authority, uri.path);
  } catch {
    throw vscode.FileSystemError.FileNotFound(uri);
  }
}

/** The place of a file, when `uri` is one of a run. */
export function filePlaceOf(uri: vscode.Uri): RunFilePlace | null {
  const place = uri.scheme === 'runyard' ? placeOf(uri) : null;
  return place === null || place.kind === 'lines' ? null : place;
}

function readOnly(uri: vscode.Uri): vscode.FileSystemError {
  return vscode.FileSystemError.NoPermissions(uri);
}
