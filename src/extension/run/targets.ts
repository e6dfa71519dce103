import * as vscode from 'vscode';
import { RunyardError } from '../../core/base/errors.ts';
import { relativeTime } from '../../core/base/time-text.ts';
import type { RunInfo } from '../../core/run/types.ts';
import { displayedItem } from '../base/display.ts';
import { showInformation } from '../base/messages.ts';
import type { Stores } from '../stores/stores.ts';
import type { RunAction } from './action-names.ts';
import { isPossible } from './actions.ts';
import { operationText, STATUS_ICONS, timeOf } from './titles.ts';

/** What a command on runs acts on. */
interface TargetOptions {
  readonly action: RunAction | null;
  /** Runs that the command is for, when no action says that. */
  readonly fits?: (info: RunInfo) => boolean;
  /** Title of the list that asks. */
  readonly title: string;
  readonly many: boolean;
}

/** A selected row of a run. */
interface Selected {
  readonly info: RunInfo;
}

/** Finds the runs that a command means from its arguments, or asks. */
export class Targets {
  readonly #stores: Stores;
  readonly #selection: () => readonly Selected[];

  constructor(stores: Stores, selection: () => readonly Selected[]) {
    this.#stores = stores;
    this.#selection = selection;
  }

  /**
   * The runs of a command: the selected rows when the clicked one is among them, the clicked
   * one, the selection when a key was pressed, runs given as `{runsDir, id}`; else asks.
   * Runs that the action does not apply to are left out.
   * @returns none when the person has changed their mind. Throws `wrong-status` when runs were
   * named and the action applies to none of them.
   */
  async find(args: readonly unknown[], options: TargetOptions): Promise<readonly RunInfo[]> {
    const named = await this.#named(args);
    if (named === null) return await this.#ask(options);
    const fits = fitting(options);
    // A row is a moment older than its files: before a run is refused they are asked.
    const current = named.every(fits) ? named : await this.#readAgain(named);
    const found = current.filter(fits);
    const [first] = current;
    if (found.length === 0 && first !== undefined) {
      throw new RunyardError(
        'wrong-status',
        `${options.title}: not possible for run ${first.name}, which is ${describeState(first)}`,
      );
    }
    return options.many ? found : found.slice(0, 1);
  }

  async #readAgain(infos: readonly RunInfo[]): Promise<readonly RunInfo[]> {
    const now: RunInfo[] = [];
    for (const info of infos) {
      await this.#stores.refresh(info.runsDir, [info.id]);
      now.push((await this.#stores.info(info.runsDir, info.id)) ?? info);
    }
    return now;
  }

  /** null when the arguments name no runs at all. */
  async #named(args: readonly unknown[]): Promise<readonly RunInfo[] | null> {
    const [clicked, selected] = args;
    if (isRecord(clicked) && clicked['fromSelection'] === true) {
      const nodes = this.#selection();
      return nodes.length === 0 ? null : nodes.map((node) => node.info);
    }
    const list =
      Array.isArray(selected) && selected.length > 1 && selected.includes(clicked)
        ? selected
        : null;
    const items: readonly unknown[] = list ?? (Array.isArray(clicked) ? clicked : [clicked]);
    const infos = new Map<string, RunInfo>();
    for (const item of items) {
      const info = await this.#infoOf(item);
      if (info !== null) infos.set(`${info.runsDir}\n${info.id}`, info);
    }
    return infos.size === 0 ? null : [...infos.values()];
  }

  /** The run of a tree node (also of one below a run) or of `{runsDir, id}`. */
  async #infoOf(item: unknown): Promise<RunInfo | null> {
    if (!isRecord(item)) return null;
    const run = isRecord(item['run']) ? item['run'] : item;
    const source = isRecord(run['info']) ? run['info'] : run;
    const { runsDir, id } = source;
    if (typeof runsDir !== 'string' || typeof id !== 'string') return null;
    return await this.#stores.info(runsDir, id);
  }

  async #ask(options: TargetOptions): Promise<readonly RunInfo[]> {
    await this.#stores.load();
    const now = Date.now();
    const { action, title, many } = options;
    const fits = fitting(options);
    const items = this.#stores.entries
      .flatMap(({ store }) => [...store.runs.values()])
      .filter((info) => fits(info) && (action !== null || info.container === 'active'))
      .sort((a, b) => (timeOf(b) ?? 0) - (timeOf(a) ?? 0))
      .slice(0, 1000)
      .map((info) => displayedItem(quickPickItem(info, now)));
    if (items.length === 0) {
      void showInformation(`${title}: there is no run to choose.`);
      return [];
    }
    const base = { title, matchOnDescription: true, matchOnDetail: true };
    if (!many) {
      const one = await vscode.window.showQuickPick(items, {
        ...base,
        placeHolder: 'Choose a run',
      });
      return one === undefined ? [] : [one.info];
    }
    // When there is only one, Enter takes it.
    const picks = items.map((item) => ({ ...item, picked: items.length === 1 }));
    const chosen = await vscode.window.showQuickPick(picks, {
      ...base,
      placeHolder: 'Choose runs',
      canPickMany: true,
    });
    return chosen?.map((item) => item.info) ?? [];
  }
}

function fitting({ action, fits }: TargetOptions): (info: RunInfo) => boolean {
  return (info) => (action === null || isPossible(info, action)) && (fits?.(info) ?? true);
}

/** A run as an item of a list to choose from. `now` in epoch milliseconds. */
export function quickPickItem(
  info: RunInfo,
  now: number,
): vscode.QuickPickItem & { readonly info: RunInfo } {
  const time = timeOf(info);
  const icon = STATUS_ICONS[info.status].id;
  return {
    info,
    label: `$(${icon}) ${operationText(info.opref, null) ?? info.name}`,
    description: [info.name, time === null ? null : relativeTime(time, now)]
      .filter((part) => part !== null)
      .join(' · '),
    ...(info.label === null ? {} : { detail: info.label }),
  };
}

function describeState(info: RunInfo): string {
  if (info.status === 'lost' && info.reason !== null) return `lost: ${info.reason}`;
  if (info.container === 'active') return info.status;
  return info.container === 'trash' ? `${info.status} and deleted` : `${info.status} and archived`;
}

/** True for an object that can be looked into. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
