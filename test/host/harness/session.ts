/** How the tests in the extension host are described. The list is in sessions.ts. */

/** One window's life on a workspace: from its opening to the end of its test files. */
export interface HostPhase {
  readonly name: string;
  /**
   * Test files in `test/host/`, run in this order in one extension host. A file that tells a
   * story over several phases is in each of them: see `inPhase()`.
   */
  readonly files: readonly string[];
  /**
   * What happens before this phase when it is not the first: the window is reloaded (default),
   * its extension host is killed first, or the whole server is stopped and started again.
   */
  readonly after?: 'reload' | 'crash' | 'restart';
  /** The phase is stopped when no test has ended for so long, in ms; default 3 minutes. */
  readonly stallLimitMs?: number;
}

/** One server with data of its own and one workspace; its phases share both. */
export interface HostSession {
  readonly name: string;
  /** Fills the workspace folder, an empty directory. */
  readonly workspace: (dir: string) => void | Promise<void>;
  /**
   * Sub-folders of the workspace directory to open as a multi-root workspace. Without it the
   * directory itself is opened.
   */
  readonly folders?: readonly string[];
  /** User settings, beside the harness's own. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** False opens the workspace in Restricted Mode. Default true. */
  readonly trusted?: boolean;
  /** What its project or its tests need that Windows does not have; it is left out there. */
  readonly posix?: string;
  /** Added to the environment of the server, so of the extension host. */
  readonly env?: Readonly<Record<string, string>>;
  readonly phases: readonly HostPhase[];
}

/** What a test file may know about its session: see `hostContext()`. */
export interface HostContext {
  readonly session: string;
  readonly phase: string;
  /** The workspace directory, absolute. */
  readonly workspaceDir: string;
  /** A directory that all phases of the session share: see `Handover`. */
  readonly sharedDir: string;
  /** The extension under test, unpacked: `package.json`, `dist/`, `media/`. */
  readonly extensionDir: string;
  readonly repoRoot: string;
  /** Where the results of this phase go, as JSON lines of {@link HostEvent}. */
  readonly resultsFile: string;
}

/** What the suite in the extension host reports. */
export type HostEvent =
  | { readonly type: 'start'; readonly pid: number }
  | { readonly type: 'begin'; readonly file: string; readonly title: string }
  | { readonly type: 'pass'; readonly title: string; readonly ms: number }
  | { readonly type: 'skip'; readonly title: string }
  | { readonly type: 'fail'; readonly title: string; readonly error: string }
  | { readonly type: 'log'; readonly text: string }
  | { readonly type: 'end' };

/** Settings of every session: nothing that asks, moves or phones home. */
export const baseSettings: Readonly<Record<string, unknown>> = {
  'chat.disableAIFeatures': true,
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.enableExperiments': false,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'window.confirmBeforeClose': 'never',
  'security.workspace.trust.startupPrompt': 'never',
  'security.workspace.trust.banner': 'never',
};

/** Twice the limit of a single test, which mocha keeps unless the extension host is blocked. */
export const defaultStallLimitMs = 180_000;
