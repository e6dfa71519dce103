import { checkRunConfig } from '../config/check.ts';
import { effectiveConfig } from '../config/config.ts';
import type { ProjectConfig } from '../config/project-config.ts';
import { RunyardError } from '../core/base/errors.ts';
import { Pace } from '../core/base/pace.ts';
import { encodeLine } from '../core/data/json.ts';
import type { OpDef, RunConfig } from '../core/run/types.ts';
import { sourceDirOf, type Project } from '../opdef/project.ts';
import { opCommand } from '../opdef/table.ts';
import { equalRunFinder, type NeededMatches } from '../operation/needed.ts';
import { planRun } from '../operation/new-run.ts';
import type {
  BatchPlan,
  BatchRequest,
  PlannedTrial,
  TableRow,
  TrialProto,
} from './record/types.ts';
import { optimizerKind, requireStudy } from './search/optimizer.ts';
import { buildTable, sweepOf } from './table/table.ts';
import { formatFlags, trialLabel, trialText } from './trial/labels.ts';

/**
 * What a batch of an operation would be: its table of trials, each with its whole configuration
 * and label, and what `needed` leaves out. Creates nothing; `createBatch` records exactly this.
 *
 * Throws what `planRun` throws for the operation, `bad-config` and `bad-request` for values,
 * files and options that cannot be used; what is wrong with one trial names it.
 */
export async function planBatch(
  project: Project,
  opName: string | undefined,
  request: BatchRequest,
  neededMatches: NeededMatches = 'completed',
): Promise<BatchPlan> {
  checkRequest(request);
  const { env, acceptUnknown } = request;
  const base = await planRun(project, opName, { env, acceptUnknown });
  const { opdef, defaults, depends } = base;
  const projectDir = sourceDirOf(project);
  const proto: TrialProto = {
    opref: { ns: project.ns, name: opdef.name, version: base.version },
    opdef,
    cmd: { command: opCommand(opdef, projectDir), env },
    config: defaults.values,
    projectDir,
  };
  const table = await buildTable(request, defaults.values);
  const sequential = optimizerKind(table.optimizer) === 'sequential';
  const space = sequential ? sweepOf(request.flags, defaults.values) : {};
  if (sequential) {
    requireStudy({ optimizer: table.optimizer, objective: request.objective, space });
    requireStageable(request, table.optimizer);
  }
  const check = new TrialChecks(projectDir, opdef, defaults, acceptUnknown);
  const equal = request.needed
    ? await equalRunFinder(project.runsDir, proto.opref, depends, neededMatches)
    : null;
  const trials: PlannedTrial[] = [];
  const pace = new Pace();
  for (const row of table.rows) {
    if (pace.due()) await pace.rest();
    const config = check.configOf(row);
    const same = (await equal?.(config)) ?? null;
    trials.push({
      ...row,
      config,
      label: trialLabel(request.label, row.flags, config),
      text: trialText(row.flags, table.varying),
      equalRun: same === null ? null : { id: same.id, name: same.name },
    });
  }
  return { request, proto, table, trials, space };
}

function checkRequest({ slots, maxTrials, seed }: BatchRequest): void {
  for (const [what, value, least] of [
    ['The number of slots', slots, 1],
    ['The number of trials', maxTrials, 1],
    ['The random seed', seed, 0],
  ] as const) {
    if (value === null || (Number.isSafeInteger(value) && value >= least)) continue;
    throw new RunyardError(
      'bad-request',
      `${what} must be a whole number from ${String(least)} on, not ${String(value)}`,
    );
  }
}

/** A search needs to know how its trials went. */
function requireStageable({ stageTrials }: BatchRequest, optimizer: string): void {
  if (!stageTrials) return;
  throw new RunyardError('bad-request', `${optimizer} cannot stage its trials beforehand`, {
    hint: 'It gives the next trials when it knows how the first ones went.',
  });
}

/** Checks rows as `planRun` does; of values that many rows share each is checked once. */
class TrialChecks {
  readonly #projectDir: string;
  readonly #opdef: OpDef;
  readonly #defaults: ProjectConfig;
  readonly #acceptUnknown: boolean;
  readonly #checked = new Set<string>();

  constructor(projectDir: string, opdef: OpDef, defaults: ProjectConfig, acceptUnknown: boolean) {
    this.#projectDir = projectDir;
    this.#opdef = opdef;
    this.#defaults = defaults;
    this.#acceptUnknown = acceptUnknown;
  }

  /** The whole configuration of a row. Throws what is wrong with it, with its number. */
  configOf(row: TableRow): RunConfig {
    try {
      const { values } = this.#defaults;
      const config = effectiveConfig(values, row.flags, { acceptUnknown: this.#acceptUnknown });
      const pairs = Object.keys(row.flags).map((key) => encodeLine([key, config[key] ?? null]));
      if (pairs.some((pair) => !this.#checked.has(pair))) {
        checkRunConfig(this.#projectDir, this.#opdef.table, this.#defaults, config);
        for (const pair of pairs) this.#checked.add(pair);
      }
      return config;
    } catch (error) {
      if (!(error instanceof RunyardError)) throw error;
      const which = `Trial ${String(row.index)} (${formatFlags(row.flags)})`;
      throw new RunyardError(error.code, `${which}: ${error.message}`, {
        cause: error,
        ...(error.hint !== undefined && { hint: error.hint }),
      });
    }
  }
}
