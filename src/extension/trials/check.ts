import { planBatch } from '../../batch/plan.ts';
import type { BatchPlan, BatchRequest, TrialFlags } from '../../batch/record/types.ts';
import { effectiveConfig } from '../../config/config.ts';
import { splitFlags } from '../../config/flags.ts';
import { RunyardError } from '../../core/base/errors.ts';
import type { Json } from '../../core/data/json.ts';
import type { RunConfig } from '../../core/run/types.ts';
import { openProject, type Project } from '../../opdef/project.ts';
import type { NeededMatches } from '../../operation/needed.ts';
import { runnableOperation, type RunnableOperation } from '../../operation/new-run.ts';
import type { OptionName } from '../../webview/trials/messages.ts';
import type { Settings } from '../base/settings.ts';
import { setOption, UNCHANGED } from '../operations/run-form-values.ts';
import type { EditedTable, TrialDraft } from '../operations/trial-draft.ts';
import { readTyped } from '../operations/typed-value.ts';

/** What the settings say of batches. */
export interface TrialRules {
  readonly acceptUnknown: boolean;
  readonly neededMatches: NeededMatches;
}

/** The operation of a table as it is on the disk. */
export interface TrialSubject extends TrialRules {
  readonly project: Project;
  readonly operation: RunnableOperation;
}

/** The rules that the settings make now. */
export function rulesOf(settings: Settings): TrialRules {
  return {
    acceptUnknown: settings.get('acceptUnknownConfig'),
    neededMatches: settings.get('needed.matches'),
  };
}

/** Something that a person has to put right. */
interface Problem {
  /** The cell; null for what concerns the whole row or table. */
  readonly row: number | null;
  readonly key: string | null;
  readonly text: string;
}

/** What would become of a draft. */
export interface CheckedDraft {
  /** What was checked. */
  readonly draft: TrialDraft;
  /** null while something is wrong. */
  readonly plan: BatchPlan | null;
  /** About the values and the files; empty when they are right. */
  readonly flagsError: string;
  readonly optionErrors: Readonly<Partial<Record<OptionName, string>>>;
  readonly problems: readonly Problem[];
}

/** Reads the operation. Throws what `runnableOperation` throws. */
export async function readSubject(
  { folder, operation }: Pick<TrialDraft, 'folder' | 'operation'>,
  rules: TrialRules,
): Promise<TrialSubject> {
  const project = await openProject(folder);
  return { project, operation: await runnableOperation(project, operation), ...rules };
}

/**
 * Plans the batch of a draft with the code that makes it, so that what is shown is what runs.
 * What is wrong is part of the result.
 */
export async function checkDraft(subject: TrialSubject, draft: TrialDraft): Promise<CheckedDraft> {
  const { options, errors: optionErrors } = readOptions(draft);
  const { rows, problems } = readRows(subject, draft.edited);
  const result = { draft, plan: null, flagsError: '', optionErrors, problems };
  if (options === null || problems.length > 0) return result;
  const request: BatchRequest = {
    ...options,
    flags: rows === null ? splitFlags(draft.flags) : [],
    files: rows === null ? draft.files : [],
    rows,
    // Rows that were edited are not searched any more.
    optimizer: rows === null ? options.optimizer : null,
    maxTrials: rows === null ? options.maxTrials : null,
    seed: options.seed ?? draft.drawnSeed,
    acceptUnknown: subject.acceptUnknown,
  };
  try {
    const { project, neededMatches } = subject;
    return { ...result, plan: await planBatch(project, draft.operation, request, neededMatches) };
  } catch (error) {
    if (!(error instanceof RunyardError)) throw error;
    const text = errorText(error);
    if (rows === null) return { ...result, flagsError: text };
    return { ...result, problems: [{ row: null, key: null, text }] };
  }
}

type Options = Omit<BatchRequest, 'flags' | 'files' | 'rows' | 'acceptUnknown'>;

/** The options as a batch takes them; null when one cannot be read. */
function readOptions({ options: texts }: TrialDraft): {
  readonly options: Options | null;
  readonly errors: Partial<Record<OptionName, string>>;
} {
  const errors: Partial<Record<OptionName, string>> = {};
  const read = <T>(name: OptionName, parse: (text: string) => T): T | null => {
    try {
      return parse(texts[name].trim());
    } catch (error) {
      if (!(error instanceof RunyardError)) throw error;
      errors[name] = errorText(error);
      return null;
    }
  };
  const slots = read('slots', (text) => wholeNumber(text, 1)) ?? 1;
  const maxTrials = read('maxTrials', (text) => wholeNumber(text, 1));
  const seed = read('seed', (text) => wholeNumber(text, 0));
  const tags = read('tags', (text) => setOption(UNCHANGED, 'tags', text).tags) ?? [];
  const env = read('env', (text) => setOption(UNCHANGED, 'env', text).env) ?? {};
  if (Object.keys(errors).length > 0) return { options: null, errors };
  const metric = texts.metric.trim();
  const direction = texts.direction === 'maximize' ? 'maximize' : 'minimize';
  const options: Options = {
    optimizer: texts.optimizer.trim() || null,
    maxTrials,
    seed,
    slots,
    objective: metric === '' ? null : { metric, direction },
    needed: texts.needed !== '',
    failFast: texts.failFast !== '',
    stageTrials: texts.then === 'stage-trials',
    label: texts.label.trim() || null,
    tags,
    batchLabel: texts.batchLabel.trim() || null,
    batchTags: tags,
    description: texts.description.trim() || null,
    env,
  };
  return { options, errors };
}

/** null for an empty text. Throws `bad-request` for what is not a whole number from `least` on. */
function wholeNumber(text: string, least: number): number | null {
  if (text === '') return null;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && Number.isSafeInteger(number)) return number;
  throw new RunyardError('bad-request', `Not a whole number from ${least} on`);
}

/** The values of rows that were edited, each checked in its cell. */
function readRows(
  subject: TrialSubject,
  edited: EditedTable | null,
): { readonly rows: readonly TrialFlags[] | null; readonly problems: readonly Problem[] } {
  if (edited === null) return { rows: null, problems: [] };
  const problems: Problem[] = [];
  const { values } = subject.operation.defaults;
  const rows = edited.rows.map(({ id, cells }) => {
    const flags: Record<string, Json> = {};
    for (const key of edited.columns) {
      const text = cells[key];
      if (text === undefined) continue;
      try {
        flags[key] = readCell(subject, values, key, text);
      } catch (error) {
        if (!(error instanceof RunyardError)) throw error;
        problems.push({ row: id, key, text: errorText(error) });
      }
    }
    return flags;
  });
  return { rows, problems };
}

function readCell(
  { acceptUnknown }: TrialSubject,
  values: RunConfig,
  key: string,
  text: string,
): Json {
  const original = Object.hasOwn(values, key) ? values[key] : undefined;
  const typed = readTyped(text, original);
  if (typed.kind === 'sweep') {
    throw new RunyardError('bad-config', 'A cell holds one value', {
      hint: 'Add a row for each value, or put the text in quotation marks.',
    });
  }
  const config = effectiveConfig(values, { [key]: typed.value }, { acceptUnknown });
  return config[key] ?? null;
}

/** What happened and what to do, in one line. */
export function errorText(error: RunyardError): string {
  return [error.message, error.hint].filter(Boolean).join('. ');
}
