import { existsSync } from 'node:fs';
import type { Disposable } from '../../core/base/events.ts';
import type { OutputPosition } from '../../core/output/lines.ts';
import { runyardPath } from '../../core/run/run.ts';
import { PHASES, type Phase, type RunInfo } from '../../core/run/types.ts';
import { isFinal } from '../../core/status/status.ts';
import { isBusy } from '../run/actions.ts';
import { BatchedText } from './batched-text.ts';
import { openPhase, phasesWithOutput, type OpenPhase } from './run-output.ts';
import { formatEarlier, formatEnd, formatHead, formatLine, formatPhase } from './text.ts';

/** While a run is busy and nothing is being followed, look for a new phase this often. Milliseconds. */
const RETRY_MS = 1_000;

/** What a feed needs. */
interface FeedOptions {
  readonly append: (text: string) => void;
  /** Lines of history per phase. */
  readonly maxLines: number;
  /** URI of the whole output of a phase (`40_run`). */
  readonly link: (name: string, bytes: number, lineCount: () => Promise<number>) => Promise<string>;
  readonly onError: (error: unknown) => void;
}

/**
 * Turns the output of one run into text for a channel: the end of what is there, phase by
 * phase, then what arrives, each line exactly once.
 */
export class ChannelFeed implements Disposable {
  readonly #options: FeedOptions;
  readonly #text: BatchedText;
  readonly #abort = new AbortController();
  readonly #positions = new Map<Phase, OutputPosition>();
  #info: RunInfo;
  #pumping = false;
  #again = false;
  #headed = false;
  #ended = false;
  #retry: NodeJS.Timeout | null = null;
  #caughtUp: () => void = () => undefined;
  /** Resolves when the history has been handed on. */
  readonly caughtUp = new Promise<void>((resolve) => {
    this.#caughtUp = resolve;
  });

  constructor(info: RunInfo, options: FeedOptions) {
    this.#info = info;
    this.#options = options;
    this.#text = new BatchedText(options.append);
  }

  /** Tells of the present state of the run; reads on when there may be more. */
  update(info: RunInfo): void {
    this.#info = info;
    if (this.#ended || this.#abort.signal.aborted) return;
    if (this.#pumping) this.#again = true;
    else this.#start();
  }

  dispose(): void {
    this.#abort.abort();
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#text.dispose();
    this.#caughtUp();
  }

  #start(): void {
    this.#pumping = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#pump()
      .catch((error: unknown) => {
        if (!this.#abort.signal.aborted) this.#options.onError(error);
      })
      .finally(() => {
        this.#pumping = false;
        this.#done();
      })
      .catch(this.#options.onError);
  }

  #done(): void {
    this.#text.flush();
    this.#caughtUp();
    if (this.#abort.signal.aborted || this.#ended) return;
    if (this.#again) {
      this.#again = false;
      this.#start();
    } else if (isBusy(this.#info)) {
      this.#retry = setTimeout(() => {
        if (!this.#pumping) this.#start();
      }, RETRY_MS);
    }
  }

  async #pump(): Promise<void> {
    if (!this.#headed) {
      this.#headed = true;
      this.#text.addLines(formatHead(this.#info).split('\n').slice(0, -1));
    }
    // A phase may begin while another one is read: look until there is no new one.
    const done = new Set<Phase>();
    for (;;) {
      const next = (await phasesWithOutput(this.#info)).find((phase) => !done.has(phase));
      if (next === undefined || this.#abort.signal.aborted) break;
      done.add(next);
      await this.#readPhase(next);
    }
    if (!this.#isOver() || this.#abort.signal.aborted) return;
    this.#ended = true;
    this.#text.addLines(['', formatEnd(this.#info, Date.now())]);
  }

  async #readPhase(phase: Phase): Promise<void> {
    const { signal } = this.#abort;
    const opened = await openPhase(this.#info, phase);
    try {
      const start = this.#positions.get(phase) ?? (await this.#history(opened));
      const ended = async (): Promise<boolean> => {
        // What was there before this look is handed on: the person waits for no more than that.
        this.#text.flush();
        this.#caughtUp();
        return await this.#isPhaseOver(phase);
      };
      for await (const { lines, next } of opened.reader.follow(start, { signal, ended })) {
        this.#text.addLines(lines.map(formatLine));
        const last = lines.at(-1);
        // An unfinished last line counts as read: the phase is over.
        this.#positions.set(
          phase,
          last !== undefined && last.line >= next.line ? await atEnd(opened, last.line + 1) : next,
        );
      }
    } finally {
      await opened.reader.close();
    }
  }

  /** The last lines that are there now, without an unfinished one, which is still to come. */
  async #history({ phase, name, reader }: OpenPhase): Promise<OutputPosition> {
    const { maxLines, link } = this.#options;
    this.#text.addLines(['', formatPhase(name)]);
    const { lines, next } = await reader.tail(maxLines, { signal: this.#abort.signal });
    const complete = lines.filter((line) => line.line < next.line);
    const hidden = complete[0]?.line ?? 0;
    if (hidden > 0) {
      const uri = await link(name, await reader.size(), () => reader.lineCount());
      this.#text.addLines([formatEarlier(hidden, uri)]);
    }
    this.#text.addLines(complete.map(formatLine));
    this.#positions.set(phase, next);
    return next;
  }

  /** No more output of a phase once a later one has some, or the run is not worked on. */
  async #isPhaseOver(phase: Phase): Promise<boolean> {
    if (!this.#isLive()) return true;
    const phases = await phasesWithOutput(this.#info);
    return phases.some((other) => PHASES.indexOf(other) > PHASES.indexOf(phase));
  }

  /** True while a process may write output. */
  #isLive(): boolean {
    const info = this.#info;
    if (info.metaForm === 'zip' || info.needsRecovery) return false;
    if (isBusy(info) || info.status === 'lost') return true;
    // The exit is known before the last command has run; the heartbeat goes last.
    return isFinal(info.status) && existsSync(runyardPath(info, 'heartbeat'));
  }

  #isOver(): boolean {
    return isFinal(this.#info.status) && !this.#isLive();
  }
}

async function atEnd({ reader }: OpenPhase, line: number): Promise<OutputPosition> {
  return { line, offset: await reader.size() };
}
