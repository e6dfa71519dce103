import { execa } from 'execa';
import { cleanEnv } from '../cli.ts';

/** What a run of `gage` printed. */
export interface GageResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The real `gage`, on one project and its store. */
export class Gage {
  readonly #program: string;
  readonly #dir: string;

  constructor(program: string, dir: string) {
    this.#program = program;
    this.#dir = dir;
  }

  /** Runs `gage ARGS` to its end. Throws when it prints a traceback. */
  async run(...args: readonly string[]): Promise<GageResult> {
    const result = await execa(this.#program, ['-C', this.#dir, ...args], {
      cwd: this.#dir,
      env: cleanEnv({ COLUMNS: '200', PYTHONWARNINGS: 'ignore', NO_COLOR: '1', TERM: 'dumb' }),
      extendEnv: false,
      stdin: 'ignore',
      timeout: 60_000,
      killSignal: 'SIGKILL',
      stripFinalNewline: false,
      reject: false,
    });
    const { exitCode: code = null, stdout, stderr } = result;
    if (code === null && !result.isTerminated) throw new Error(result.message);
    if ((stdout + stderr).includes('Traceback')) {
      throw new Error(`gage ${args.join(' ')} ends in a traceback:\n${stdout}${stderr}`);
    }
    return { code, stdout, stderr };
  }

  /** As {@link run}, and throws unless it exits with 0. @returns its stdout. */
  async ok(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(...args);
    if (code !== 0) {
      throw new Error(`gage ${args.join(' ')} exited with ${String(code)}:\n${stdout}${stderr}`);
    }
    return stdout;
  }

  /** The rows of `gage list`, newest first. */
  async list(...options: readonly string[]): Promise<GageRow[]> {
    return (await this.ok('list', '--all', ...options)).split('\n').flatMap((line): GageRow[] => {
      const cells = line.split(/[│|]/).map((cell) => cell.trim());
      const [, index = '', name = '', operation = '', , status = '', label = ''] = cells;
      return /^\d+$/.test(index) ? [{ name, operation, status, label }] : [];
    });
  }
}

/** A row of `gage list`. */
export interface GageRow {
  /** First word of the run's name. */
  readonly name: string;
  readonly operation: string;
  readonly status: string;
  readonly label: string;
}

/** The program that the tests use: `RUNYARD_TEST_GAGE`, else one of our own. */
export async function gageProgram(): Promise<string> {
  const given = process.env['RUNYARD_TEST_GAGE'];
  if (given) return given;
  const { ensureGage } = await import('../../../scripts/gage-venv.mts');
  return await ensureGage();
}
