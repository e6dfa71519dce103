import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { encodeLine, isJsonArray, parseJson, type Json } from '../../../src/core/data/json.ts';
import { cleanEnv } from '../cli.ts';

/** The real `guild`, on one project, with a home of its own in it. */
export class Guild {
  readonly #program: string;
  readonly #dir: string;
  readonly #home: string;

  /** @param dir absolute path of the project; the home is `.guild-home` in it. */
  constructor(program: string, dir: string) {
    this.#program = program;
    this.#dir = dir;
    this.#home = join(dir, '.guild-home');
    mkdirSync(this.#home, { recursive: true });
  }

  /** Runs `guild ARGS` to its end. @returns what it printed; throws unless it exits with 0. */
  async ok(...args: readonly string[]): Promise<string> {
    return await run(this.#program, ['-H', this.#home, ...args], this.#dir);
  }

  /** Runs a program of Python that imports Guild, with `input` as its standard input. */
  async python(script: string, input: Json): Promise<Json> {
    const python = join(dirname(this.#program), 'python');
    return parseJson(await run(python, ['-c', script], this.#dir, encodeLine(input)));
  }

  /** What Guild makes of values as typed: the list of them in, a list of results out. */
  async decode(texts: readonly string[]): Promise<readonly Json[]> {
    const decoded = await this.python(DECODE, texts);
    if (!isJsonArray(decoded)) throw new Error('The answer of Guild is no list');
    return decoded;
  }
}

async function run(
  program: string,
  args: readonly string[],
  cwd: string,
  input?: string,
): Promise<string> {
  const { stdout } = await execa(program, args, {
    cwd,
    env: cleanEnv({ COLUMNS: '200', NO_COLOR: '1', TERM: 'dumb' }),
    extendEnv: false,
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  return stdout;
}

/**
 * One value each: a scalar, a list, `{"function": name, "args": [...]}` for what would be drawn,
 * `{"text": ...}` for what JSON does not have, such as a date.
 */
const DECODE = `
import json, logging, sys
from guild import flag_util
logging.disable(logging.CRITICAL)

def plain(value):
    if isinstance(value, str) and flag_util.is_flag_function(value):
        name, args = flag_util.decode_flag_function(value)
        return {"function": name or "uniform", "args": [plain(arg) for arg in args]}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return {"text": repr(value)}

texts = json.load(sys.stdin)
print(json.dumps([plain(flag_util.decode_flag_val(text)) for text in texts]))
`;

/** The program that the tests use: `RUNYARD_TEST_GUILD`, else one of our own. */
export async function guildProgram(): Promise<string> {
  const given = process.env['RUNYARD_TEST_GUILD'];
  if (given) return given;
  const { ensureGuild } = await import('../../../scripts/guild-venv.mts');
  return await ensureGuild();
}
