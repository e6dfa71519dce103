import * as vscode from 'vscode';
import { z } from 'zod';
import { DisposableStore } from './disposables.ts';

/**
 * All settings, below `runyard.`, with what counts as a valid value. The defaults are those of
 * `package.json`; a value that is not valid gives way to the default.
 */
const SETTINGS = {
  stores: z.array(z.string().min(1)),
  'output.maxLines': z.number().int().min(100).max(200_000),
  'stop.graceSeconds': z.number().min(0).max(86_400),
  autoRecover: z.boolean(),
  pollSeconds: z.number().min(2).max(86_400),
  notifyOnFailure: z.boolean(),
  showOutputOnRun: z.boolean(),
  addToTerminalPath: z.boolean(),
  format: z.enum(['universal', 'head']),
  nodePath: z.string(),
} as const;

export type SettingKey = keyof typeof SETTINGS;
export type SettingValue<K extends SettingKey> = z.infer<(typeof SETTINGS)[K]>;

export class Settings implements vscode.Disposable {
  readonly #own = new DisposableStore();
  readonly #log: vscode.LogOutputChannel;
  readonly #told = new Set<string>();
  readonly #changed = this.#own.add(new vscode.EventEmitter<(key: SettingKey) => boolean>());

  constructor(log: vscode.LogOutputChannel) {
    this.#log = log;
    this.#own.add(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (!event.affectsConfiguration('runyard')) return;
        this.#told.clear();
        this.#changed.fire((key) => event.affectsConfiguration(`runyard.${key}`));
      }),
    );
  }

  /** Fires with a function that tells whether a setting has changed. */
  readonly onDidChange = this.#changed.event;

  /** The present value of a setting. */
  get<K extends SettingKey>(key: K): SettingValue<K> {
    const section = vscode.workspace.getConfiguration('runyard');
    const value: unknown = section.get(key);
    const schema: z.ZodType<SettingValue<K>> = SETTINGS[key] as unknown as z.ZodType<
      SettingValue<K>
    >;
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    if (!this.#told.has(key)) {
      this.#told.add(key);
      this.#log.warn(
        `The setting runyard.${key} is not valid and its default is used: ${z.prettifyError(parsed.error)}`,
      );
    }
    return schema.parse(section.inspect(key)?.defaultValue);
  }

  dispose(): void {
    this.#own.dispose();
  }
}
