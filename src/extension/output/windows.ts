import { statSync } from 'node:fs';
import * as vscode from 'vscode';
import { RunyardError } from '../../core/base/errors.ts';
import type { RunInfo } from '../../core/run/types.ts';
import type { RunFileStat } from '../run/files.ts';
import { runUri, type RunPlace } from '../run/uri.ts';
import { storeKey } from '../stores/stores.ts';
import { openPhase, outputPath, phaseOfName, phasesWithOutput } from './run-output.ts';
import { formatEarlier, formatLine } from './text.ts';

/** Outputs up to this size open as they are. Bytes. */
const MAX_WHOLE = 40_000_000;
/** Lines in a window into a larger one. */
const WINDOW_LINES = 20_000;

type LinesPlace = Extract<RunPlace, { kind: 'lines' }>;

/**
 * Outputs as read-only documents: a small one as it is, a large one as windows of lines with
 * links to the lines before and after.
 */
export class OutputWindows {
  #last: { readonly key: string; readonly bytes: Uint8Array } | null = null;

  /** Opens the output of a phase (`40_run`), or of the last phase with output, in an editor. */
  async open(info: RunInfo, phaseName: string | null): Promise<void> {
    const phases = await phasesWithOutput(info);
    const named = phaseName === null ? null : phaseOfName(phaseName);
    const phase = named ?? (phases.includes('run') ? 'run' : phases.at(-1));
    if (phase === undefined) {
      throw new RunyardError('no-run', `Run ${info.name} has no output yet`);
    }
    const opened = await openPhase(info, phase);
    try {
      const uri = await this.link(info, opened.name, await opened.reader.size(), () =>
        opened.reader.lineCount(),
      );
      await vscode.commands.executeCommand('vscode.open', vscode.Uri.parse(uri));
    } finally {
      await opened.reader.close();
    }
  }

  /** URI of the document that shows the whole of an output, or its end when it is very large. */
  async link(
    info: RunInfo,
    name: string,
    bytes: number,
    lineCount: () => Promise<number>,
  ): Promise<string> {
    const base = { storeKey: storeKey(info.runsDir), id: info.id };
    if (bytes <= MAX_WHOLE) return runUri({ kind: 'meta', ...base, path: outputPath(info, name) });
    const to = await lineCount();
    return runUri({
      kind: 'lines',
      ...base,
      phase: name,
      from: Math.max(0, to - WINDOW_LINES),
      to,
    });
  }

  async stat(info: RunInfo, place: LinesPlace): Promise<RunFileStat | null> {
    const bytes = await this.read(info, place);
    if (bytes === null) return null;
    const { ctimeMs, mtimeMs } = statSync(info.metaPath);
    return { directory: false, size: bytes.length, ctimeMs, mtimeMs };
  }

  /** The text of a window, UTF-8; null when there is no such phase. */
  async read(info: RunInfo, place: LinesPlace): Promise<Uint8Array | null> {
    const key = runUri(place);
    if (this.#last?.key === key) return this.#last.bytes;
    const phase = phaseOfName(place.phase);
    if (phase === null) return null;
    const { reader } = await openPhase(info, phase);
    try {
      const lines = await reader.readLines(
        place.from,
        Math.min(place.to, place.from + WINDOW_LINES),
      );
      const total = await reader.lineCount();
      const texts = lines.map(formatLine);
      if (place.from > 0) {
        const from = Math.max(0, place.from - WINDOW_LINES);
        texts.unshift(formatEarlier(place.from, runUri({ ...place, from, to: place.from })));
      }
      const end = place.from + lines.length;
      if (end < total) {
        const next = runUri({ ...place, from: end, to: Math.min(total, end + WINDOW_LINES) });
        texts.push(`… more lines follow: ${next}`);
      }
      const bytes = new TextEncoder().encode(`${texts.join('\n')}\n`);
      this.#last = { key, bytes };
      return bytes;
    } finally {
      await reader.close();
    }
  }
}

/** Makes the `runyard:` URIs in outputs links. */
export class OutputLinks implements vscode.DocumentLinkProvider {
  provideDocumentLinks(document: vscode.TextDocument): vscode.DocumentLink[] {
    const links: vscode.DocumentLink[] = [];
    const pattern = /runyard:\/\/[0-9a-f]{12}\/\S+/g;
    // Ours are few and near both ends; the middle may be anything, and large.
    const last = document.lineCount - 1;
    for (let line = 0; line <= last; line++) {
      const { text } = document.lineAt(line);
      if (!text.startsWith('… ')) continue;
      for (const match of text.matchAll(pattern)) {
        const range = new vscode.Range(line, match.index, line, match.index + match[0].length);
        const link = new vscode.DocumentLink(range, vscode.Uri.parse(match[0]));
        link.tooltip = 'Open these lines';
        links.push(link);
      }
    }
    return links;
  }
}
