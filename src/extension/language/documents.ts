import * as vscode from 'vscode';
import { readRegularText } from '../../core/base/regular-file.ts';
import { parseGageDocument, type GageDocument } from '../../opdef/document.ts';
import { MAX_GAGE_FILE } from '../../opdef/gagefile.ts';
import { DisposableStore } from '../base/disposables.ts';
import { isGageUri } from './gage-files.ts';

/** The Gage files that somebody looks at, parsed once for each of their versions. */
export class GageDocuments implements vscode.Disposable {
  readonly #own = new DisposableStore();
  readonly #parsed = new Map<string, { version: number; document: GageDocument }>();

  constructor() {
    this.#own.add(
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        this.#parsed.delete(uri.toString());
      }),
    );
  }

  /** A document of the editor as it is now. */
  get(document: vscode.TextDocument): GageDocument {
    const key = document.uri.toString();
    const known = this.#parsed.get(key);
    if (known?.version === document.version) return known.document;
    const parsed = parseGageDocument(document.uri.fsPath, document.getText(), known?.document);
    // Who asks may have waited: nothing would forget a document that was closed meanwhile.
    if (!document.isClosed) {
      this.#parsed.set(key, { version: document.version, document: parsed });
    }
    return parsed;
  }

  /** As the editor has it, else as the disk has it; null when there is no such text. */
  at(path: string): GageDocument | null {
    const open = openDocument(path);
    if (open !== undefined) return this.get(open);
    try {
      return parseGageDocument(path, readRegularText(path, MAX_GAGE_FILE));
    } catch {
      // Gone, out of reach or no file: the Operations view says so.
      return null;
    }
  }

  dispose(): void {
    this.#own.dispose();
    this.#parsed.clear();
  }
}

/** The Gage files that are open. */
export function openGageFiles(): readonly vscode.TextDocument[] {
  return vscode.workspace.textDocuments.filter(({ uri }) => isGageUri(uri));
}

/** The open document of a file. */
export function openDocument(path: string): vscode.TextDocument | undefined {
  return vscode.workspace.textDocuments.find(
    ({ uri }) => uri.scheme === 'file' && uri.fsPath === path,
  );
}
