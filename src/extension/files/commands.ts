import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, isAbsolute } from 'node:path';
import * as vscode from 'vscode';
import { RunyardError } from '../../core/base/errors.ts';
import { ownDirProblem } from '../../core/base/own-dir.ts';
import { runTitle } from '../../core/run/title.ts';
import type { RunInfo } from '../../core/run/types.ts';
import type { CommandHandlers } from '../base/command-ids.ts';
import { displayedItem } from '../base/display.ts';
import type { OutputChannels } from '../output/channels.ts';
import type { OutputWindows } from '../output/windows.ts';
import { listRunFiles, realPath, statRunFile } from '../run/files.ts';
import { readDetail } from '../run/read.ts';
import { isRecord, type Targets } from '../run/targets.ts';
import { runUri } from '../run/uri.ts';
import { type Stores, storeKey } from '../stores/stores.ts';
import { filePlaceOf } from './file-system.ts';

/** What these commands need. */
interface OpenCommandParts {
  readonly targets: Targets;
  readonly stores: Stores;
  readonly channels: OutputChannels;
  readonly windows: OutputWindows;
}

type Handled =
  | 'runyard.showOutput'
  | 'runyard.openWholeOutput'
  | 'runyard.openRunDirectory'
  | 'runyard.openRunDirectoryInNewWindow'
  | 'runyard.openRunDirectoryInTerminal'
  | 'runyard.revealInFileExplorer'
  | 'runyard.openFile'
  | 'runyard.openMetaFile'
  | 'runyard.compareWithWorkspace';

/** Documents above this size never reach extensions; the file itself is opened. Bytes. */
const MAX_DOCUMENT = 40_000_000;
/** Nobody chooses from more. */
const MAX_META_FILES = 2_000;

/** Commands that show what is in a run. */
export function openCommands(parts: OpenCommandParts): Pick<CommandHandlers, Handled> {
  const one = async (args: readonly unknown[], title: string): Promise<RunInfo | undefined> =>
    (await parts.targets.find(args, { action: null, title, many: false }))[0];
  const openFolder = async (args: readonly unknown[], forceNewWindow: boolean): Promise<void> => {
    const info = await one(args, 'Open run directory');
    if (info === undefined) return;
    await vscode.commands.executeCommand('vscode.openFolder', runDirOf(info), { forceNewWindow });
  };
  return {
    'runyard.showOutput': async (...args) => {
      const runs = await parts.targets.find(args, {
        action: 'hasOutput',
        title: 'Show output',
        many: true,
      });
      for (const info of runs) await parts.channels.show(info);
    },
    'runyard.openWholeOutput': async (...args) => {
      const info = await one(args, 'Open whole output');
      if (info !== undefined) await parts.windows.open(info, phaseOf(args[0]));
    },
    'runyard.openRunDirectory': (...args) => openFolder(args, false),
    'runyard.openRunDirectoryInNewWindow': (...args) => openFolder(args, true),
    'runyard.openRunDirectoryInTerminal': async (...args) => {
      const runs = await parts.targets.find(args, {
        action: null,
        title: 'Open in terminal',
        many: true,
      });
      for (const info of runs) {
        vscode.window.createTerminal({ name: runTitle(info), cwd: runDirOf(info) }).show();
      }
    },
    'runyard.revealInFileExplorer': async (...args) => {
      const info = await one(args, 'Reveal in file explorer');
      if (info !== undefined) await reveal(info);
    },
    'runyard.openFile': (...args) => openFile(parts, args[0]),
    'runyard.openMetaFile': async (...args) => {
      const info = await one(args, 'Open meta file');
      if (info !== undefined) await openMetaFile(info);
    },
    'runyard.compareWithWorkspace': (...args) => compare(parts, args[0]),
  };
}

/** The phase that a row below a run stands for. */
function phaseOf(arg: unknown): string | null {
  const phase = isRecord(arg) ? arg['phase'] : undefined;
  return isRecord(phase) && typeof phase['name'] === 'string' ? phase['name'] : null;
}

/** Throws `no-run` when the run has no directory (yet), `unsafe-path` when a link is in its place. */
function runDirOf(info: RunInfo): vscode.Uri {
  const { runDir } = info;
  const problem = ownDirProblem(dirname(runDir), basename(runDir));
  if (problem !== null) throw new RunyardError('unsafe-path', problem);
  if (existsSync(runDir)) return vscode.Uri.file(runDir);
  throw new RunyardError('no-run', `Run ${info.name} has no directory yet: ${info.runDir}`, {
    hint: 'It is made when the run is staged.',
  });
}

async function reveal(info: RunInfo): Promise<void> {
  const uri = runDirOf(info);
  if (vscode.env.remoteName === undefined && vscode.env.uiKind === vscode.UIKind.Desktop) {
    await vscode.commands.executeCommand('revealFileInOS', uri);
    return;
  }
  if (vscode.workspace.getWorkspaceFolder(uri) !== undefined) {
    await vscode.commands.executeCommand('revealInExplorer', uri);
    return;
  }
  throw new RunyardError(
    'bad-request',
    `${info.runDir} is on ${vscode.env.remoteName ?? 'another machine'}`,
    {
      hint: 'Use “Runyard: Open Run Directory in Terminal” or “… in New Window”.',
    },
  );
}

async function openFile({ stores }: OpenCommandParts, arg: unknown): Promise<void> {
  const uri = fileUriOf(arg);
  if (uri === null)
    throw new RunyardError('bad-request', 'Choose a file of a run in the Runs view');
  const place = filePlaceOf(uri);
  const entry = place === null ? undefined : stores.entry(place.storeKey);
  const info =
    entry === undefined || place === null ? null : await stores.info(entry.runsDir, place.id);
  if (info === null || place === null) {
    await vscode.commands.executeCommand('vscode.open', uri);
    return;
  }
  const size = (await statRunFile(info, place))?.size ?? 0;
  const real = size > MAX_DOCUMENT ? await realPath(info, place) : null;
  await vscode.commands.executeCommand('vscode.open', real === null ? uri : vscode.Uri.file(real));
}

/** Lets the person choose a file of the meta directory or zip. */
async function openMetaFile(info: RunInfo): Promise<void> {
  const key = storeKey(info.runsDir);
  const paths = await metaFiles(info, '', { left: MAX_META_FILES });
  const items = paths.map((path) => displayedItem({ label: path, path }));
  const chosen = await vscode.window.showQuickPick(items, {
    title: `Files of ${runTitle(info)}`,
    placeHolder: 'Choose a file',
  });
  if (chosen === undefined) return;
  const { path } = chosen;
  const uri = runUri({ kind: 'meta', storeKey: key, id: info.id, path });
  await vscode.commands.executeCommand('vscode.open', vscode.Uri.parse(uri));
}

/** @param budget how many entries may still be looked at. */
async function metaFiles(info: RunInfo, path: string, budget: { left: number }): Promise<string[]> {
  const place = { kind: 'meta', storeKey: storeKey(info.runsDir), id: info.id, path } as const;
  const found: string[] = [];
  for (const { name, directory } of (await listRunFiles(info, place)) ?? []) {
    const below = path === '' ? name : `${path}/${name}`;
    if (budget.left-- <= 0) break;
    if (directory) found.push(...(await metaFiles(info, below, budget)));
    else found.push(below);
  }
  return found.sort();
}

/** Shows the differences between a file of a run and the file of the project it came from. */
async function compare({ stores }: OpenCommandParts, arg: unknown): Promise<void> {
  const uri = fileUriOf(arg) ?? vscode.window.activeTextEditor?.document.uri ?? null;
  const place = uri === null ? null : filePlaceOf(uri);
  if (uri === null || place?.kind !== 'files') {
    throw new RunyardError('bad-request', 'Choose a file of a run in the Runs view, or open one');
  }
  await stores.find();
  const entry = stores.entry(place.storeKey);
  const info = entry === undefined ? null : await stores.info(entry.runsDir, place.id);
  if (info === null) throw new RunyardError('no-run', `There is no run ${place.id} any more`);
  const { projectDir } = await readDetail(info);
  const folders = vscode.workspace.workspaceFolders ?? [];
  const dirs = folders.map((folder) => folder.uri.fsPath);
  // The run says where its project is. Anything else than what is open here is not looked at.
  const isNear = [...dirs, info.runsDir].some(
    (dir) => projectDir !== null && areNested(projectDir, dir),
  );
  const roots = [...(projectDir !== null && isNear ? [projectDir] : []), ...dirs];
  const own = roots.map((root) => join(root, ...place.path.split('/'))).find(isFile);
  if (own === undefined) {
    throw new RunyardError('bad-request', `The workspace has no ${place.path}`, {
      hint: `Looked in ${roots.join(', ')}.`,
    });
  }
  const title = `${place.path} (${runTitle(info)} ↔ Workspace)`;
  await vscode.commands.executeCommand('vscode.diff', uri, vscode.Uri.file(own), title);
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** True when one of two directories is in the other, or both are one. */
function areNested(a: string, b: string): boolean {
  return [relative(a, b), relative(b, a)].some(
    (way) => !isAbsolute(way) && !/^\.\.(?:[/\\]|$)/.test(way),
  );
}

function fileUriOf(arg: unknown): vscode.Uri | null {
  if (arg instanceof vscode.Uri) return arg.scheme === 'runyard' ? arg : runFileOnDisk(arg);
  if (!isRecord(arg) || typeof arg['uri'] !== 'string') return null;
  return vscode.Uri.parse(arg['uri']);
}

/** The `runyard:` URI of a real file that lies in a run directory of an open folder. */
function runFileOnDisk(uri: vscode.Uri): vscode.Uri | null {
  const match = /^(.*)[\\/]([0-9a-f-]{36})[\\/](.+)$/.exec(uri.fsPath);
  if (match?.[1] === undefined || match[2] === undefined || match[3] === undefined) return null;
  const [, runsDir, id, path] = match;
  const inside = relative(runsDir, uri.fsPath);
  if (isAbsolute(inside) || !existsSync(join(runsDir, `${id}.meta`))) return null;
  return vscode.Uri.parse(
    runUri({ kind: 'files', storeKey: storeKey(runsDir), id, path: path.replaceAll('\\', '/') }),
  );
}
