import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { launchBrowser } from '../../scripts/lib/browser.mts';
import { repoRoot } from '../../scripts/lib/paths.mts';
import { run } from '../../scripts/lib/run.mts';
import { serverEnv, startServer, type Server } from '../../scripts/lib/server.mts';
import { packageExtension } from '../../scripts/package.mts';
import { ensureVscode, vscodeAt, type VscodeInstall } from '../../scripts/vscode.mts';
import { endLeftovers, removeOrReport } from '../helpers/processes/leftovers.ts';
import { makeTempDir, tempDir, waitFor, WAIT_MS } from '../helpers/temp.ts';

const defaultSettings: Readonly<Record<string, unknown>> = {
  'breadcrumbs.enabled': false,
  'chat.disableAIFeatures': true,
  'editor.minimap.enabled': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'window.commandCenter': false,
  'workbench.colorTheme': 'Default Dark Modern',
  'workbench.layoutControl.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};

/** How long a part of the workbench may take to appear, in ms. On a busy machine it does. */
const patience = WAIT_MS;

export interface WorkbenchOptions {
  /** The folder to open, absolute. */
  readonly folder: string;
  /** User settings beside the harness's own (dark theme, no welcome page, no chat). */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Added to the environment of the server. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Installs the packaged extension into a fresh VS Code as a user would, opens `folder` in a
 * browser of 1280 x 800, and closes everything after the test, leaving a last picture in
 * `test-results/`. Takes about ten seconds.
 */
export async function openWorkbench(t: TestContext, options: WorkbenchOptions): Promise<Workbench> {
  const root = makeTempDir('runyard-ui-');
  const cleanups: (() => void | Promise<void>)[] = [
    () => {
      endLeftovers(join(root, 'home'));
      removeOrReport(root);
    },
  ];
  t.after(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });
  const vscode = await install(root, options.settings ?? {});
  const server = await serve(vscode, root, options.env ?? {});
  cleanups.push(() => server.stop());
  const browser = await launchBrowser();
  cleanups.push(() => browser.close());
  const workbench = new Workbench(server, browser);
  await workbench.openWorkspace(options.folder);
  cleanups.push(async () => {
    await workbench.keepEvidence(t.name);
  });
  return workbench;
}

/** A copy of the example of the README, without runs. Returns its folder. */
export function copyExample(t: TestContext): string {
  const folder = join(tempDir(t), 'getting-started');
  cpSync(join(repoRoot, 'examples/getting-started'), folder, {
    recursive: true,
    filter: (path) => !path.includes('.gage/'),
  });
  return folder;
}

function places(root: string): string[] {
  return [
    '--config',
    join(root, 'config.yaml'),
    '--user-data-dir',
    join(root, 'user-data'),
    '--extensions-dir',
    join(root, 'extensions'),
  ];
}

async function install(
  root: string,
  settings: Readonly<Record<string, unknown>>,
): Promise<VscodeInstall> {
  const given = process.env['RUNYARD_TEST_VSCODE'];
  const vscode = given === undefined ? await ensureVscode() : vscodeAt(given);
  const vsix = process.env['RUNYARD_TEST_VSIX'] ?? (await packageExtension());
  const user = join(root, 'user-data/User');
  mkdirSync(user, { recursive: true });
  mkdirSync(join(root, 'home'));
  writeFileSync(join(user, 'settings.json'), JSON.stringify({ ...defaultSettings, ...settings }));
  const code = await run(
    process.execPath,
    [vscode.entry, ...places(root), '--install-extension', vsix],
    { env: serverEnv(join(root, 'home')), stdout: 'ignore', timeoutMs: 120_000 },
  );
  if (code !== 0) throw new Error(`${vsix} could not be installed (exit code ${String(code)}).`);
  return vscode;
}

async function serve(
  vscode: VscodeInstall,
  root: string,
  env: Readonly<Record<string, string>>,
): Promise<Server> {
  return await startServer({
    args: [
      vscode.entry,
      ...places(root),
      '--auth',
      'none',
      '--disable-telemetry',
      '--disable-update-check',
      '--disable-workspace-trust',
      '--disable-getting-started-override',
    ],
    address: (port) => ['--bind-addr', `127.0.0.1:${String(port)}`],
    ready: /HTTP server listening/,
    env: { ...serverEnv(join(root, 'home')), ...env },
  });
}

/** A VS Code window in a browser, and what a person does in it. */
export class Workbench {
  readonly #server: Server;
  readonly #browser: Browser;
  #page: Page | undefined;

  constructor(server: Server, browser: Browser) {
    this.#server = server;
    this.#browser = browser;
  }

  /** The page, for what has no helper here. */
  get page(): Page {
    if (this.#page === undefined) throw new Error('No window is open.');
    return this.#page;
  }

  /** Opens a folder in the window and waits for the workbench. */
  async openWorkspace(folder: string): Promise<void> {
    this.#page ??= await this.#browser.newPage({ viewport: { width: 1280, height: 800 } });
    this.#page.setDefaultTimeout(patience);
    await this.#page.goto(`${this.#server.url}/?folder=${encodeURIComponent(folder)}`);
    await this.#ready();
  }

  /**
   * Waits until one of the texts that the editor has written of this workspace holds all of
   * `parts`, backslashes aside. In a browser it writes every few seconds, and not when its page is
   * reloaded.
   */
  async untilKept(...parts: readonly string[]): Promise<void> {
    await waitFor(async () => await this.page.evaluate(isStored, parts), {
      what: `the editor to remember ${parts.join(' and ')}`,
    });
  }

  /** Reloads the window, as a person does with F5. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.#ready();
  }

  /** Closes the window; the server goes on. `openWorkspace` opens a new one. */
  async closeWindow(): Promise<void> {
    await this.page.close();
    this.#page = undefined;
  }

  async #ready(): Promise<void> {
    await this.page.locator('.monaco-workbench').waitFor();
    await this.page.locator('.statusbar').waitFor();
    await this.page.locator('.activitybar .action-item').first().waitFor();
  }

  /**
   * Runs a command by its full title (`Runyard: Refresh`) from the palette. Asks again while the
   * command is not there yet: after a start the list grows for a while.
   */
  async runCommand(title: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget input[type="text"]').first();
    const row = this.page
      .locator('.quick-input-list .monaco-list-row')
      .filter({ has: this.page.getByText(title, { exact: true }) })
      .first();
    const deadline = Date.now() + patience;
    for (;;) {
      await this.page.keyboard.press('F1');
      await input.waitFor({ state: 'visible' });
      await input.fill(`>${title}`);
      try {
        await row.click({ timeout: 2000 });
        return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await this.page.keyboard.press('Escape');
      }
    }
  }

  /** Clicks the view container's icon in the activity bar until its side bar is open. */
  async openContainer(title: string): Promise<void> {
    const composite = this.page.locator('.sidebar .composite.title', { hasText: title });
    if (await composite.isVisible()) return;
    await this.page.locator(`.activitybar .action-label[aria-label^="${title}"]`).first().click();
    await composite.waitFor();
  }

  /** One view of the side bar, by its title. */
  view(title: string): Locator {
    return this.page.locator('.sidebar .pane', {
      has: this.page.locator(`.pane-header[aria-label^="${title}"]`),
    });
  }

  /** Rows of a view's tree, all or those that show `text`. */
  rows(view: string, text?: string | RegExp): Locator {
    const rows = this.view(view).locator('.monaco-list-row');
    return text === undefined ? rows : rows.filter({ hasText: text });
  }

  /**
   * Clicks an inline action of a row by the start of its label. Tries again when the row has
   * moved away from under the mouse meanwhile.
   */
  async rowAction(row: Locator, label: string): Promise<void> {
    const action = row.locator(`.action-label[aria-label^="${label}"]`).first();
    const deadline = Date.now() + patience;
    for (;;) {
      await row.hover();
      try {
        await action.click({ timeout: 1000 });
        return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
      }
    }
  }

  /** Clicks an action in a view's title bar by the start of its label. */
  async viewAction(view: string, label: string): Promise<void> {
    await this.view(view).locator('.pane-header').hover();
    await this.view(view).locator(`.pane-header .action-label[aria-label^="${label}"]`).click();
  }

  /** Chooses an entry of a row's context menu by its label. */
  async contextMenu(row: Locator, label: string): Promise<void> {
    await row.click({ button: 'right' });
    const entry = this.page.locator('.monaco-menu .action-item', { hasText: label }).first();
    await entry.waitFor();
    // A menu ignores clicks during its first moments, so that a drag does not choose.
    await entry.hover();
    await entry.locator('.action-menu-item').click({ delay: 50 });
    await this.page.locator('.monaco-menu').waitFor({ state: 'hidden' });
  }

  /**
   * Moves the mouse over a row until its tooltip is there and shows `text`: a row that is drawn
   * anew under the mouse loses it. Returns the tooltip.
   */
  async tooltip(row: Locator, text: string): Promise<Locator> {
    const tooltip = this.page.locator('.monaco-hover', { hasText: text }).first();
    await waitFor(
      async () => {
        await this.page.mouse.move(640, 790);
        await row.hover();
        await tooltip.waitFor({ timeout: 3000 }).catch(() => undefined);
        return await tooltip.isVisible();
      },
      { what: `a tooltip with ${text}` },
    );
    return tooltip;
  }

  /** Waits until a file on the disk holds this, a moment after it was saved. */
  async untilFile(path: string, text: string): Promise<void> {
    await waitFor(() => readFileSync(path, 'utf8') === text, { what: `${path} to be saved` });
  }

  /** Types into the open quick input and accepts it. */
  async answer(text: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget input[type="text"]').first();
    await input.waitFor({ state: 'visible' });
    await input.fill(text);
    await input.press('Enter');
  }

  /** Clicks a button of the modal dialog. */
  async dialogButton(label: string): Promise<void> {
    await this.page
      .locator('.monaco-dialog-box .monaco-button', { hasText: label })
      .first()
      .click();
  }

  /** A notification that shows `text`. */
  notification(text: string | RegExp): Locator {
    return this.page.locator('.notification-toast', { hasText: text });
  }

  /** The visible lines of the Output panel, as a person reads them. */
  async outputText(): Promise<string> {
    return await editorText(this.page.locator('.panel .view-lines').first());
  }

  /** The visible lines of the active editor. */
  async activeEditorText(): Promise<string> {
    return await editorText(
      this.page.locator('.editor-group-container.active .view-lines').first(),
    );
  }

  /**
   * Takes a picture of the window: `docs/images/<name>.png` when pictures are to be renewed
   * (`npm run screenshots`) and the README shows it, else `test-results/<name>.png`. Waits for pending animations and
   * moves the mouse out of the way. Returns the path.
   */
  async screenshot(name: string): Promise<string> {
    const shown = readFileSync(join(repoRoot, 'README.md'), 'utf8').includes(`images/${name}.png`);
    const renew = shown && process.env['RUNYARD_UPDATE_SCREENSHOTS'] === '1';
    const dir = join(repoRoot, renew ? 'docs/images' : 'test-results');
    mkdirSync(dir, { recursive: true });
    const path = join(dir, `${name}.png`);
    await this.page.mouse.move(640, 799);
    await this.page.screenshot({ path, animations: 'disabled', caret: 'hide' });
    return path;
  }

  /** Leaves a picture and the server's words in `test-results/`, for when the test has failed. */
  async keepEvidence(testName: string): Promise<void> {
    const dir = join(repoRoot, 'test-results');
    const name = `ui-${testName.replace(/\W+/g, '-')}`;
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, `${name}.log`), this.#server.log());
    await this.#page?.screenshot({ path: join(dir, `${name}.png`) });
  }
}

/** What we read of a line's element in the page. */
interface LineElement {
  readonly style: { readonly top: string };
  readonly textContent: string;
}

/** The text of the lines that an editor shows: they are drawn in any order, with hard blanks. */
async function editorText(container: Locator): Promise<string> {
  const lines = await container
    .locator('.view-line')
    .evaluateAll((elements: readonly LineElement[]) =>
      elements.map(({ style, textContent }) => ({
        top: Number.parseInt(style.top, 10),
        text: textContent,
      })),
    );
  return lines
    .sort((a, b) => a.top - b.top)
    .map((line) => line.text.replaceAll('\u00a0', ' '))
    .join('\n');
}

/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-member-access --
   this runs in the page, whose types the tests do not have */
/** Whether the workbench has written one text that holds all of `parts`. */
async function isStored(parts: readonly string[]): Promise<boolean> {
  const { indexedDB } = globalThis as any;
  const done = (request: any): Promise<any> =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => {
        resolve(request.result);
      };
      request.onerror = () => {
        reject(request.error as Error);
      };
    });
  for (const { name } of await indexedDB.databases()) {
    const db = await done(indexedDB.open(name));
    try {
      for (const store of db.objectStoreNames) {
        const values: unknown[] = await done(db.transaction(store).objectStore(store).getAll());
        const texts = values.map((value) => String(value).replaceAll('\\', ''));
        if (texts.some((text) => parts.every((part) => text.includes(part)))) return true;
      }
    } finally {
      db.close();
    }
  }
  return false;
}
