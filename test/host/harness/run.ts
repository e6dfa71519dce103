/**
 * Runs the host suite in a real VS Code: its server, its workbench in a browser, the extension
 * in the extension host.
 *
 *   node test/host/harness/run.ts [session...]
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { launchBrowser } from '../../../scripts/lib/browser.mts';
import { repoRoot } from '../../../scripts/lib/paths.mts';
import { say } from '../../../scripts/lib/say.mts';
import { freePort, serverEnv, startServer, type Server } from '../../../scripts/lib/server.mts';
import { sumResults, type SuiteResult } from '../../../scripts/lib/test-results.mts';
import { ensureVscode, type VscodeInstall } from '../../../scripts/vscode.mts';
import { endLeftovers, removeOrReport } from '../../helpers/processes/leftovers.ts';
import { makeTempDir } from '../../helpers/temp.ts';
import { sessions } from '../sessions.ts';
import { bundleDir, bundlePhase, slug, stageExtension } from './bundle.ts';
import { PhaseResults } from './results.ts';
import {
  baseSettings,
  defaultStallLimitMs,
  type HostContext,
  type HostPhase,
  type HostSession,
} from './session.ts';

/**
 * Runs the sessions named in `only`, or all of them. Resolves to the sum of their results.
 * `from` gives other sessions than those of the suite, for the measurements.
 */
export async function runHostSuite(options: {
  only: readonly string[];
  from?: readonly HostSession[];
}): Promise<SuiteResult> {
  const chosen = (options.from ?? sessions).filter(
    (session) => options.only.length === 0 || options.only.includes(session.name),
  );
  if (chosen.length === 0) {
    throw new Error(
      `No such session. Sessions: ${sessions.map((session) => session.name).join(', ')}.`,
    );
  }
  const vscode = await ensureVscode();
  const extensionDir = await stageExtension(join(bundleDir, 'extension'));
  const browser = await launchBrowser();
  const results: SuiteResult[] = [];
  try {
    for (const session of chosen) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
      const run = new SessionRun(session, vscode, extensionDir, context);
      try {
        results.push(await run.run());
      } finally {
        await run.close();
        await context.close();
      }
    }
  } finally {
    await browser.close();
  }
  return sumResults(results);
}

/** One session: its directories, its server, its browser profile. */
class SessionRun {
  readonly #session: HostSession;
  readonly #vscode: VscodeInstall;
  readonly #extensionDir: string;
  readonly #browser: BrowserContext;
  readonly #root = makeTempDir('runyard-host-');
  #server: Server | undefined;
  #page: Page | undefined;
  #port = 0;
  #lastPid: number | undefined;

  constructor(
    session: HostSession,
    vscode: VscodeInstall,
    extensionDir: string,
    browser: BrowserContext,
  ) {
    this.#session = session;
    this.#vscode = vscode;
    this.#extensionDir = extensionDir;
    this.#browser = browser;
  }

  async run(): Promise<SuiteResult> {
    const workspaceDir = join(this.#root, 'workspace');
    for (const name of ['workspace', 'shared', 'home', 'results']) {
      mkdirSync(join(this.#root, name));
    }
    await this.#session.workspace(workspaceDir);
    this.#writeSettings();
    this.#port = await freePort();
    this.#server = await this.#startServer();
    const results: SuiteResult[] = [];
    for (const [index, phase] of this.#session.phases.entries()) {
      say(`${this.#session.name}: ${phase.name}`);
      if (index > 0) await this.#between(phase.after ?? 'reload');
      results.push(await this.#phase(phase, workspaceDir));
    }
    return sumResults(results);
  }

  async close(): Promise<void> {
    await this.#page?.close();
    await this.#server?.stop();
    endLeftovers(join(this.#root, 'home'));
    if (process.env['RUNYARD_KEEP_TEMP'] === '1') say(`Kept ${this.#root}`);
    else removeOrReport(this.#root);
  }

  /** What happens to the window of the phase before. */
  async #between(what: 'reload' | 'crash' | 'restart'): Promise<void> {
    if (what === 'crash') this.#killExtensionHost();
    if (what === 'restart') {
      await this.#page?.close();
      this.#page = undefined;
      await this.#server?.stop();
      this.#server = await this.#startServer();
    }
  }

  #killExtensionHost(): void {
    if (this.#lastPid === undefined) return;
    try {
      process.kill(this.#lastPid, 'SIGKILL');
    } catch {
      // The editor may end the extension host by itself after a suite.
    }
  }

  async #phase(phase: HostPhase, workspaceDir: string): Promise<SuiteResult> {
    const context: HostContext = {
      session: this.#session.name,
      phase: phase.name,
      workspaceDir,
      sharedDir: join(this.#root, 'shared'),
      extensionDir: this.#extensionDir,
      repoRoot,
      resultsFile: join(this.#root, 'results', `${slug(phase.name)}.jsonl`),
    };
    const bundle = await bundlePhase(context, phase);
    const results = new PhaseResults(context.resultsFile);
    const stalled = results.stalled(phase.stallLimitMs ?? defaultStallLimitMs);
    const reason = await this.#open(bundle, workspaceDir, stalled);
    const result = results.close(reason);
    this.#lastPid = results.pid;
    if (result.failed > 0) await this.#keepEvidence(phase);
    // What blocks the extension host would block the window of the next phase too.
    if (reason !== undefined) this.#killExtensionHost();
    return result;
  }

  /**
   * Opens the window whose extension host runs `bundle`, in the page of the phase before if
   * there is one, which is a reload. Resolves when the suite has ended, to undefined; or when
   * it does not end (`stalled`, or the server is gone), to the reason.
   */
  async #open(
    bundle: string,
    workspaceDir: string,
    stalled: Promise<string>,
  ): Promise<string | undefined> {
    const server = this.#server;
    if (server === undefined) return 'there is no server';
    const page = this.#page ?? (await this.#browser.newPage());
    const first = this.#page === undefined;
    this.#page = page;
    const exit = Promise.withResolvers<undefined>();
    exits.set(page, () => exit.resolve(undefined));
    if (first) await this.#exposeAutomation(page);
    const remote = (path: string): string => `vscode-remote://${server.host}${path}`;
    const payload = [
      ['extensionDevelopmentPath', remote(this.#extensionDir)],
      ['extensionTestsPath', remote(bundle)],
    ];
    const url = new URL(server.url);
    const [kind, place] = this.#workspaceUri(workspaceDir);
    url.searchParams.set(kind, place);
    url.searchParams.set('payload', JSON.stringify(payload));
    await page.goto(url.href);
    const serverGone = server.ended.then(() => `the server ended:\n${server.log()}`);
    return await Promise.race([exit.promise, stalled, serverGone]);
  }

  async #exposeAutomation(page: Page): Promise<void> {
    await page.exposeFunction('codeAutomationLog', () => undefined);
    await page.exposeFunction('codeAutomationExit', () => exits.get(page)?.());
    if (process.env['RUNYARD_TEST_VERBOSE'] === '1') {
      page.on('console', (message) => say(`    [page] ${message.text()}`));
    }
  }

  #workspaceUri(workspaceDir: string): ['folder' | 'workspace', string] {
    if (this.#session.folders === undefined) return ['folder', workspaceDir];
    const file = join(this.#root, 'session.code-workspace');
    const folders = this.#session.folders.map((name) => ({ path: `workspace/${name}` }));
    writeFileSync(file, JSON.stringify({ folders }));
    return ['workspace', file];
  }

  #writeSettings(): void {
    const settings = { ...baseSettings, ...this.#session.settings };
    const dir = join(this.#root, 'server/data/User');
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, 'settings.json'), JSON.stringify(settings, null, 2));
  }

  async #startServer(): Promise<Server> {
    return await startServer({
      args: [
        this.#vscode.server,
        '--without-connection-token',
        '--enable-smoke-test-driver',
        '--accept-server-license-terms',
        '--telemetry-level',
        'off',
        '--server-data-dir',
        join(this.#root, 'server'),
        ...(this.#session.trusted === false ? [] : ['--disable-workspace-trust']),
      ],
      address: (port) => ['--host', '127.0.0.1', '--port', String(port)],
      ready: /Web UI available/,
      env: { ...serverEnv(join(this.#root, 'home')), ...this.#session.env },
      port: this.#port,
    });
  }

  /** After a failure: a picture of the window and the server's words, in `test-results/`. */
  async #keepEvidence(phase: HostPhase): Promise<void> {
    const dir = join(repoRoot, 'test-results');
    const name = `host-${slug(this.#session.name)}-${slug(phase.name)}`;
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, `${name}.log`), this.#server?.log() ?? '');
    try {
      await this.#page?.screenshot({ path: join(dir, `${name}.png`) });
    } catch {
      say('  (no picture: the page is gone)');
    }
    say(`  see test-results/${name}.png and .log`);
  }
}

/** What each page calls when its suite has ended. */
const exits = new WeakMap<Page, () => void>();

if (import.meta.main) {
  rmSync(join(repoRoot, 'test-results'), { recursive: true, force: true });
  const counts = await runHostSuite({ only: process.argv.slice(2) });
  say(`${String(counts.passed)} passed, ${String(counts.failed)} failed`);
  process.exitCode = counts.failed === 0 ? 0 : 1;
}
