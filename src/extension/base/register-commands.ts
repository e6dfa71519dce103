import * as vscode from 'vscode';
import { COMMANDS, COMMAND_IDS, type CommandHandlers } from './command-ids.ts';
import type { Reporter } from './reporter.ts';
import { requireTrust } from './trust.ts';

/**
 * Registers every command through one wrapper, which logs and times it and reports its errors.
 * @param handlers loaded with the first command.
 */
export function registerCommands(
  handlers: () => Promise<CommandHandlers>,
  log: vscode.LogOutputChannel,
  reporter: Reporter,
): readonly vscode.Disposable[] {
  return COMMAND_IDS.map((id) =>
    vscode.commands.registerCommand(id, async (...args: unknown[]): Promise<unknown> => {
      const start = performance.now();
      try {
        const handler = (await handlers())[id];
        return await handler(...args);
      } catch (error) {
        reporter.report(error, id);
        return undefined;
      } finally {
        log.debug(`${id} took ${(performance.now() - start).toFixed(0)} ms`);
      }
    }),
  );
}

/** The same commands, which refuse in an untrusted workspace what needs a trusted one. */
export function inTrust(handlers: CommandHandlers): CommandHandlers {
  const guarded = COMMAND_IDS.map((id) => {
    const handler = handlers[id];
    if (COMMANDS[id] === 'any') return [id, handler] as const;
    return [
      id,
      (...args: readonly unknown[]) => {
        requireTrust();
        return handler(...args);
      },
    ] as const;
  });
  return Object.fromEntries(guarded) as unknown as CommandHandlers;
}
