import * as vscode from 'vscode';
import { RunyardError } from '../core/base/errors.ts';
import { fromPlain } from '../core/data/json.ts';
import type { RunInfo } from '../core/run/types.ts';
import { compareNewestFirst } from '../core/status/run-info.ts';
import type { NewRunOptions } from '../operation/new-run.ts';
import type { RunRef, RunsChangeEvent, RunyardApi, StageApiOptions } from './api.ts';
import type { Launcher } from './processes/launcher.ts';
import type { Projects } from './stores/projects.ts';
import type { Stores } from './stores/stores.ts';

/** The exported API on top of the parts of the extension. */
export function createApi(stores: Stores, projects: Projects, launcher: Launcher): RunyardApi {
  const infoOf = async ({ runsDir, id }: RunRef): Promise<RunInfo> => {
    const info = await stores.info(runsDir, id);
    if (info !== null) return info;
    throw new RunyardError('no-run', `There is no run ${id} in ${runsDir}`);
  };
  const create = async (
    folder: vscode.Uri,
    operation: string | undefined,
    start: boolean,
    options: StageApiOptions,
  ): Promise<RunInfo> => {
    const workspaceFolder = vscode.workspace.getWorkspaceFolder(folder);
    if (workspaceFolder === undefined) {
      throw new RunyardError('bad-request', `${folder.fsPath} is not in a folder of this window`);
    }
    await stores.find();
    const project = await projects.fresh(workspaceFolder);
    const { run, staged } = await launcher.create(project, operation, start, toSettings(options));
    await staged;
    await stores.refresh(run.runsDir, [run.id]);
    return await infoOf(run);
  };
  return {
    version: 1,
    stores: async () => (await stores.find()).map((entry) => entry.runsDir),
    listRuns: async ({ runsDir, container = 'active' } = {}) => {
      await stores.load();
      return stores.entries
        .filter((entry) => runsDir === undefined || entry === stores.entryOf(runsDir))
        .flatMap(({ store }) => [...store.runs.values()])
        .filter((info) => container === 'any' || info.container === container)
        .sort(compareNewestFirst);
    },
    getRun: async ({ runsDir, id }) => (await stores.info(runsDir, id)) ?? undefined,
    stage: (folder, operation, options = {}) => create(folder, operation, false, options),
    run: (folder, operation, options = {}) => create(folder, operation, true, options),
    start: async (run) => {
      await launcher.start(await infoOf(run));
    },
    stop: async (run) => {
      await launcher.stop(await infoOf(run));
    },
    onDidChangeRuns: (listener, thisArg, disposables) => {
      const subscription = stores.onDidChangeRuns(({ entry, change }) => {
        const event: RunsChangeEvent = {
          runsDir: entry.runsDir,
          changed: change.changed,
          removed: change.removed,
        };
        listener.call(thisArg, event);
      });
      disposables?.push(subscription);
      return subscription;
    },
  };
}

function toSettings({ flags, label }: StageApiOptions): NewRunOptions {
  return {
    ...(flags === undefined
      ? {}
      : {
          flags: Object.fromEntries(
            Object.entries(flags).map(([key, value]) => [key, fromPlain(value)]),
          ),
        }),
    ...(label === undefined ? {} : { label }),
  };
}
