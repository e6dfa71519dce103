import type { Args } from './args.ts';

/** The operation and the values of a command line: `[OP] [KEY=VALUE…]`. */
interface OperationArgs {
  /** Undefined for the only operation, or the default one. */
  readonly opName: string | undefined;
  /** As typed. */
  readonly values: readonly string[];
}

/** Splits the arguments of a command that makes runs: the first is a value when it has a `=`. */
export function operationArgs({ positionals }: Args): OperationArgs {
  const [first, ...others] = positionals;
  return first === undefined || first.includes('=')
    ? { opName: undefined, values: positionals }
    : { opName: first, values: others };
}

/** Environment variables given by `--env NAME=VALUE`. Throws a usage error for anything else. */
export function envOption(args: Args): Readonly<Record<string, string>> {
  return Object.fromEntries(args.texts('env').map((text) => parseVariable(text, args)));
}

function parseVariable(text: string, args: Args): readonly [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw args.usage(`--env needs NAME=VALUE, not '${text}'`);
  return [text.slice(0, at), text.slice(at + 1)];
}
