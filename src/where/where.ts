/** The language that selects runs: what other parts use of it. Described in docs/where.md. */
export {
  dependsOnTime,
  factsOf,
  namesField,
  needsFacts,
  operationsNamed,
  type NamedOperation,
} from './analyse.ts';
export type { Where } from './ast.ts';
export { completeWhere, type KnownValues, type WhereCompletion } from './complete.ts';
export { matchesWhere } from './evaluate.ts';
export { WhereMatcher, filterRuns } from './matcher.ts';
export { parseWhere, type ParsedWhere } from './parser.ts';
export { describeWhereProblem, type WhereProblem } from './problem.ts';
