import * as vscode from 'vscode';
import * as z from 'zod/mini';
import { DisposableStore } from './disposables.ts';

/**
 * All settings, below `runyard.`, with what counts as a valid value. The defaults are those of
 * `package.json`; a value that is not valid gives way to the default.
 */
const SETTINGS = {
  stores: z.array(z.string().check(z.minLength(1))),
  'guild.homes': z.array(z.string().check(z.minLength(1))),
  'guild.findHomes': z.boolean(),
  'guild.command': z.string(),
  'output.maxLines': z.int().check(z.gte(100), z.lte(200_000)),
  'stop.graceSeconds': z.number().check(z.gte(0), z.lte(86_400)),
  autoRecover: z.boolean(),
  pollSeconds: z.number().check(z.gte(2), z.lte(86_400)),
  notifyOnFailure: z.boolean(),
  notifyOnBatchEnd: z.boolean(),
  'queue.slots': z.int().check(z.gte(1), z.lte(1000)),
  showOutputOnRun: z.boolean(),
  codeLens: z.boolean(),
  addToTerminalPath: z.boolean(),
  format: z.enum(['universal', 'head']),
  nodePath: z.string(),
  acceptUnknownConfig: z.boolean(),
  'needed.matches': z.enum(['completed', 'gage']),
} as const;

type SettingKey = keyof typeof SETTINGS;
type SettingValue<K extends SettingKey> = z.infer<(typeof SETTINGS)[K]>;

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
    const schema: z.ZodMiniType<SettingValue<K>> = SETTINGS[key] as unknown as z.ZodMiniType<
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
