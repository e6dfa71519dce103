import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import * as vscode from 'vscode';
import { describeError } from '../../core/base/errors.ts';
import { readRegularText } from '../../core/base/regular-file.ts';
import type { Diagnostic } from '../../language/checks/diagnostic.ts';
import { checkProject, checkText } from '../../language/checks/diagnostics.ts';
import { movedBy } from '../../language/checks/moved-diagnostics.ts';
import type { LanguageProject } from '../../language/places/project.ts';
import type { GageDocument } from '../../opdef/document.ts';
import { LineIndex } from '../../opdef/syntax/lines.ts';
import { Coalescer } from '../base/coalescer.ts';
import { DisposableStore } from '../base/disposables.ts';
import type { Projects } from '../stores/projects.ts';
import { docsUri } from './docs.ts';
import { openDocument, openGageFiles, type GageDocuments } from './documents.ts';
import { isGageUri, toRange } from './gage-files.ts';
import type { LanguageProjects } from './language-projects.ts';

/** After the last key. Milliseconds. */
const TYPING_MS = 100;
/** The files are looked at with the text when they are that fast. Milliseconds. */
const TOGETHER_MS = 15;

/** What the feed needs. */
interface DiagnosticsParts {
  readonly documents: GageDocuments;
  readonly languageProjects: LanguageProjects;
  readonly projects: Projects;
  readonly log: vscode.LogOutputChannel;
}

/** The work on one Gage file. */
interface Job {
  readonly path: string;
  timer: NodeJS.Timeout | null;
  /** Of the check under way. */
  abort: AbortController | null;
  /** The files have changed during the check under way. */
  again: boolean;
}

/** What was published for a Gage file. */
interface Published {
  readonly document: GageDocument;
  readonly diagnostics: readonly Diagnostic[];
  /** Those of them that the files of the project gave. */
  readonly ofProject: readonly Diagnostic[];
}

/**
 * Keeps the Problems view right: Gage files that are open, while they are typed, and those of
 * the window's projects, as the disk has them.
 */
export class DiagnosticsFeed implements vscode.Disposable {
  readonly #own = new DisposableStore();
  readonly #parts: DiagnosticsParts;
  readonly #collection = this.#own.add(vscode.languages.createDiagnosticCollection('runyard'));
  readonly #jobs = new Map<string, Job>();
  readonly #published = new Map<string, Published>();
  readonly #dirty = this.#own.add(new Coalescer<LanguageProject>((all) => this.#onFiles(all)));
  readonly #done = this.#own.add(new vscode.EventEmitter<string>());

  constructor(parts: DiagnosticsParts) {
    this.#parts = parts;
    const { languageProjects, projects } = parts;
    this.#own.add(languageProjects.onDidChange((project) => this.#dirty.add([project])));
    this.#own.add(projects.onDidChange(() => this.#onProjects()));
    this.#own.add(vscode.workspace.onDidOpenTextDocument(({ uri }) => this.#onText(uri, 0)));
    this.#own.add(
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) this.#onText(document.uri, TYPING_MS);
      }),
    );
    this.#own.add(vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#onText(uri, 0)));
    for (const { uri } of openGageFiles()) this.#onText(uri, 0);
    this.#onProjects();
  }

  /** What is wrong in a document of the editor, as soon as its present text has been checked. */
  async of(document: vscode.TextDocument): Promise<readonly Diagnostic[]> {
    const path = document.uri.fsPath;
    const parsed = this.#parts.documents.get(document);
    const known = this.#published.get(path);
    if (known?.document === parsed) return known.diagnostics;
    await this.#settled(path);
    return this.#published.get(path)?.diagnostics ?? [];
  }

  dispose(): void {
    for (const job of this.#jobs.values()) stop(job);
    this.#jobs.clear();
    this.#own.dispose();
  }

  async #settled(path: string): Promise<void> {
    if (!this.#jobs.has(path)) return;
    await new Promise<void>((resolve) => {
      const listening = this.#done.event((done) => {
        if (done !== path) return;
        listening.dispose();
        resolve();
      });
    });
  }

  #onText(uri: vscode.Uri, delayMs: number): void {
    if (isGageUri(uri)) this.#schedule(uri.fsPath, delayMs);
  }

  /** A file of a project came, went or was written. */
  #onFiles(changed: readonly LanguageProject[]): void {
    for (const project of changed) {
      for (const path of this.#pathsOf(project)) {
        const job = this.#jobs.get(path);
        // A check of a large project must come to its end under a stream of events.
        if (job?.abort) job.again = true;
        else if (job === undefined) this.#schedule(path, 0);
      }
    }
  }

  #pathsOf(project: LanguageProject): ReadonlySet<string> {
    const { languageProjects } = this.#parts;
    const open = openGageFiles().map(({ uri }) => uri.fsPath);
    return new Set([
      ...[...this.#published.keys(), ...open].filter(
        (path) => languageProjects.of(path) === project,
      ),
      ...(this.#isOurs(project) ? project.gageFiles() : []),
    ]);
  }

  #isOurs(project: LanguageProject): boolean {
    const { projects, languageProjects } = this.#parts;
    return projects.all.some(
      (one) =>
        one.project.projectDir !== null && languageProjects.at(one.project.projectDir) === project,
    );
  }

  #onProjects(): void {
    for (const { project } of this.#parts.projects.all) {
      if (project.projectDir === null) continue;
      for (const path of this.#parts.languageProjects.at(project.projectDir).gageFiles()) {
        if (!this.#published.has(path)) this.#schedule(path, 0);
      }
    }
    // Those of a folder that has left the window.
    for (const path of this.#published.keys()) {
      if (!this.#isOurs(this.#parts.languageProjects.of(path))) this.#schedule(path, 0);
    }
  }

  #schedule(path: string, delayMs: number): void {
    const before = this.#jobs.get(path);
    if (before !== undefined) stop(before);
    const job: Job = { path, timer: null, abort: null, again: false };
    this.#jobs.set(path, job);
    job.timer = setTimeout(() => {
      job.timer = null;
      void this.#run(job);
    }, delayMs);
  }

  async #run(job: Job): Promise<void> {
    const { path } = job;
    const abort = new AbortController();
    job.abort = abort;
    try {
      do {
        job.again = false;
        await this.#check(path, abort.signal);
      } while (isAgain(job));
    } catch (error) {
      if (!abort.signal.aborted) {
        this.#parts.log.error(`Checking ${path} failed: ${describeError(error)}`);
      }
    }
    if (abort.signal.aborted) return;
    this.#jobs.delete(path);
    this.#done.fire(path);
  }

  async #check(path: string, signal: AbortSignal): Promise<void> {
    const { documents, languageProjects } = this.#parts;
    const project = languageProjects.of(path);
    const wanted = openDocument(path) !== undefined || this.#isOurs(project);
    const document = wanted && !isGone(path) ? documents.at(path) : null;
    if (document === null) {
      this.#published.delete(path);
      this.#collection.delete(vscode.Uri.file(path));
      return;
    }
    const ofText = checkText(document);
    const checking = checkProject(document, project, signal);
    // Whoever aborts it does not wait for it.
    checking.catch(() => undefined);
    const early = new AbortController();
    const later = sleep(TOGETHER_MS, null, { signal: early.signal }).catch(() => null);
    try {
      const first = await Promise.race([checking, later]);
      signal.throwIfAborted();
      if (first === null) this.#publish(document, ofText, this.#lastOfProject(document));
    } finally {
      early.abort();
    }
    const ofProject = await checking;
    signal.throwIfAborted();
    this.#publish(document, ofText, ofProject);
  }

  /** What the files said before the last edit stays until they are looked at again: no flicker. */
  #lastOfProject(document: GageDocument): readonly Diagnostic[] {
    const last = this.#published.get(document.path);
    return last === undefined ? [] : movedBy(last.document.text, document.text, last.ofProject);
  }

  #publish(
    document: GageDocument,
    ofText: readonly Diagnostic[],
    ofProject: readonly Diagnostic[],
  ): void {
    const { path } = document;
    const diagnostics = [...ofText, ...ofProject];
    this.#published.set(path, { document, diagnostics, ofProject });
    this.#collection.set(
      vscode.Uri.file(path),
      diagnostics.map((one) => toVscode(document, one)),
    );
  }
}

/** Keeps what the compiler knows of `again` from outliving an await. */
function isAgain(job: Job): boolean {
  return job.again;
}

/** The editor keeps documents for minutes after their editors were closed, also of deleted files. */
function isGone(path: string): boolean {
  return openDocument(path)?.isDirty !== true && !existsSync(path);
}

function stop(job: Job): void {
  if (job.timer !== null) clearTimeout(job.timer);
  job.abort?.abort();
}

const SEVERITIES: Readonly<Record<Diagnostic['severity'], vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  information: vscode.DiagnosticSeverity.Information,
  hint: vscode.DiagnosticSeverity.Hint,
};

/** A diagnostic as the editor shows it; its code opens the documentation. */
export function toVscode(document: GageDocument, diagnostic: Diagnostic): vscode.Diagnostic {
  const { code, severity, message, range, unnecessary, related } = diagnostic;
  const made = new vscode.Diagnostic(toRange(document.lines, range), message, SEVERITIES[severity]);
  made.source = 'Runyard';
  made.code = { value: code, target: docsUri(code) };
  if (unnecessary === true) made.tags = [vscode.DiagnosticTag.Unnecessary];
  if (related !== undefined) {
    made.relatedInformation = related.map((place) => {
      const lines = place.path === document.path ? document.lines : linesOf(place.path);
      const at =
        lines === null || place.range === null
          ? new vscode.Range(0, 0, 0, 0)
          : toRange(lines, place.range);
      const location = new vscode.Location(vscode.Uri.file(place.path), at);
      return new vscode.DiagnosticRelatedInformation(location, place.message);
    });
  }
  return made;
}

function linesOf(path: string): LineIndex | null {
  const open = openDocument(path);
  if (open !== undefined) return new LineIndex(open.getText());
  try {
    return new LineIndex(readRegularText(path));
  } catch {
    return null;
  }
}
