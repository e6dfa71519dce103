import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RunInfo } from '../../../src/core/run/types.ts';
import type { RunValues } from '../../../src/core/status/run-values.ts';
import { matchesWhere } from '../../../src/where/evaluate.ts';
import { parseWhere } from '../../../src/where/parser.ts';
import { describeWhereProblem } from '../../../src/where/problem.ts';
import { idOf, runInfo } from '../../helpers/runs/run-info.ts';

/** Local noon, so that days do not depend on the zone of the machine. */
const NOW = new Date(2026, 10, 21, 12);

function ago(hours: number): number {
  return NOW.getTime() * 1000 - hours * 3_600e6;
}

const RUN = runInfo(1, {
  id: '60a825b1-4196-41ff-af37-e731541cb1e4',
  name: 'kafom-fikud',
  opref: { ns: 'proj', name: 'train', version: '1.10' },
  label: 'Best learning rate',
  tags: ['nightly', 'v2'],
  status: 'completed',
  exitCode: 0,
  timestampsUs: { initialized: ago(3), staged: ago(3), started: ago(3), stopped: ago(1) },
});
const BARE = runInfo(2, {
  opref: { ns: 'proj', name: 'evaluate', version: null },
  label: null,
  tags: [],
  status: 'running',
  exitCode: null,
  timestampsUs: { initialized: ago(50), staged: ago(50), started: ago(49), stopped: null },
});
const VALUES: RunValues = {
  config: {
    lr: 0.1,
    epochs: 10n,
    big: 9_007_199_254_740_993n,
    name: 'sgd',
    flag: true,
    none: null,
    'layers.0': 64n,
    'a b': 1n,
    text: '1.50',
    diverged: NaN,
    date: '2026-11-01',
    loss: 5n,
  },
  metrics: { loss: 0.25, seconds: 7200n },
  attributes: { note: 'good one', loss: 'x', sizes: [1n, 5n], owner: 'ada' },
};
const NOTHING: RunValues = { config: {}, metrics: {}, attributes: {} };

function matches(text: string, info: RunInfo = RUN, values: RunValues = VALUES): boolean {
  const parsed = parseWhere(text);
  assert.ok(parsed.ok, parsed.ok ? '' : describeWhereProblem(text, parsed));
  return matchesWhere(parsed.expression, info, values, NOW);
}

/** A test per group: every expression of `yes` matches, none of `no` does. */
function group(what: string, yes: readonly string[], no: readonly string[], info = RUN): void {
  it(what, () => {
    for (const text of yes) assert.equal(matches(text, info), true, text);
    for (const text of no) assert.equal(matches(text, info), false, text);
  });
}

describe('an expression', () => {
  group(
    'has the examples of Gage word by word',
    [
      'operation == train',
      'status in [completed terminated]',
      'operation =~ train',
      'starts >= (today)',
      'op = train',
      'op in [prepare, train]',
      'op = train started after 30 days ago',
    ],
    [
      'operation == other',
      'status in [error terminated]',
      'starts >= (now)',
      'started before 30 days ago',
    ],
  );
  group(
    'of words looks in name, operation, label, tags and status, and at the beginning of the id',
    [
      '',
      '  ',
      'train',
      'TRAIN',
      'rai',
      'best RATE',
      'nightly',
      'compl',
      'kafom',
      '60a8',
      'v2 60A8',
      '"learning rate"',
      'not other',
      'train or other',
      '(best or x) kafom',
    ],
    ['other', 'best error', 'proj', '825b', '"rate learning"', 'not train'],
  );
  group(
    'of one word takes numbers, times and names of fields as words',
    ['2', 'a or 60', 'label or best'],
    ['label', 'true', 'null', '2 days ago', '7'],
  );
  group(
    'compares texts exactly',
    [
      'label == "Best learning rate"',
      'status != error',
      "name == 'kafom-fikud'",
      'ns == proj',
      'id =~ ^60a8',
      'label =~ "^Best.*rate$"',
      'label =~ (?i)BEST',
      'label !~ worst',
      '"train" == operation',
    ],
    [
      'label == "best learning rate"',
      'label == Best',
      'label =~ BEST',
      'label !~ Best',
      'status == completed or other == 1 and x == 2 and not status == completed',
    ].slice(0, 4),
  );
  group(
    'binds and tighter than or, and not tighter than and',
    [
      'status == completed or op == x and op == y',
      'not op == x and status == completed',
      'not (op == x or op == y)',
      'op == x and op == y or train',
      'op == train && status == error || train',
      'NOT op == x AND train OR zzz',
    ],
    [
      '(status == completed or op == x) and op == y',
      'not (not op == x)',
      'not train or other',
      'op == x and (op == y or train)',
    ],
  );
  group(
    'takes a version and other texts as written',
    ['version == 1.10', 'version in [1.10 2]', 'version != 1.1', 'version > 1.09', 'version < 10'],
    ['version == 1.1', 'version > 2'],
  );
  group(
    'takes any tag',
    [
      'tag == nightly',
      'tags in [x, v2]',
      'tag =~ night',
      'tag != x',
      'tag not in [a b]',
      'tag != null',
    ],
    ['tag == x', 'tag != nightly', 'tag !~ v', 'tag not-in [nightly]', 'tag == null'],
  );
  group(
    'compares numbers by their value',
    [
      'lr == 0.1',
      'epochs == 10.0',
      'epochs == 1e1',
      'big == 9007199254740993',
      'big > 9007199254740992',
      'lr < 1',
      'lr >= .1',
      'epochs in [1 10]',
      'text == 1.5',
      'text == 1.50',
      'text > 1',
      'epochs == "10"',
      'exit_code == 0',
      'exit_code > -1',
      'diverged == nan',
      '0 < lr',
      '10 == epochs',
      'flag == true',
      'flag == True',
      'epochs != 11',
      'config."a b" == 1',
      'layers.0 == 64',
    ],
    [
      'epochs == 11',
      'big == 9007199254740992',
      'lr > diverged',
      'diverged > 0',
      'diverged < 0',
      'config.name > 5',
      'config.name == 5',
      'flag == 1',
      'flag > false',
      'text == "1.5"',
    ],
  );
  group(
    'looks for a key in config, metrics and attributes',
    [
      'loss == 5',
      'config.loss == 5',
      'metric.loss == 0.25',
      'metrics.loss < 1',
      'attribute.loss == x',
      'note =~ good',
      'attributes.owner == ada',
      'sizes == 5',
      'sizes in [3 5]',
      'config.name == sgd',
      'name == kafom-fikud',
      'metric.loss < config.lr * 3',
    ],
    [
      'loss == 0.25',
      'config.note == "good one"',
      'metric.lr == 0.1',
      'sizes == 3',
      'attribute.x == 1',
    ],
  );
  group(
    'is false about what is missing, and its opposites are true',
    [
      'nothing != 1',
      'nothing not in [1]',
      'nothing !~ x',
      'nothing == null',
      'none == null',
      'not nothing > 1',
      'label != null',
      'lr != null',
    ],
    [
      'nothing == 1',
      'nothing < 1',
      'nothing > 1',
      'nothing >= null',
      'nothing in [1]',
      'nothing =~ .',
      'nothing != null',
      'nothing == config.other',
      'nothing + 1 > 0',
      'label == null',
      'constructor != null',
      '__proto__ != null',
    ],
  );
  group(
    'knows what a run does not have',
    [
      'label == null',
      'version == null',
      'exit_code == null',
      'tag == null',
      'stopped == null',
      'label != good',
      'status == running',
    ],
    ['label =~ .', 'exit_code < 1', 'stopped > 2020-01-01', 'tag == x', 'stopped - started > 0s'],
    BARE,
  );
  group(
    'knows the batch of a trial by its name or id, and its place',
    [
      'batch == babab-babad',
      'batch == 00000001-0000-4000-8000-000000000000',
      'batch =~ ^babab trial > 2 trial in [1, 3]',
      'trial == 3',
    ],
    ['batch == babab-babab', 'trial == 1', 'batch == null', 'trial == null'],
    runInfo(3, { batch: { role: 'trial', batch: idOf(1), index: 3, text: 'lr=0.1' } }),
  );
  group(
    'knows that others are no trials',
    ['batch == null', 'trial == null', 'trial != 1'],
    ['batch =~ .', 'trial >= 0'],
    runInfo(3, { batch: { role: 'batch', operation: 'train', planned: 3, objective: null } }),
  );
  group(
    'calculates as Python does',
    [
      '1 + 2 * 3 == 7',
      '(1 + 2) * 3 == 9',
      '2 ** 3 ** 2 == 512',
      '-2 ** 2 == -4',
      '2 ** -1 == 0.5',
      '7 - 2 - 1 == 4',
      '8 / 2 / 2 == 2',
      'epochs * lr == 1',
      '-lr < 0',
      '- - 1 == 1',
      'lr * 10 + 1 > 1.9',
      'text * 2 == 3',
      '10 ** 400 != 1',
    ],
    [
      '1 / 0 > 0',
      '1 / 0 < 0',
      '10 ** 400 > 1',
      'name + 1 > 0',
      'name * 2 == sgdsgd',
      '(-8) ** 0.5 > -1000',
      'label - 1 < 5',
    ],
  );
  group(
    'knows times',
    [
      'started > 2 days ago',
      'started after 4 hours ago',
      'started before 2h ago',
      'started > 1 day 2 hours ago',
      'started == (today)',
      'started >= today',
      'started > yesterday',
      'started < now',
      'started in [today]',
      'started > 2026-11-21',
      'started <= 2026-11-21',
      'started > (today)',
      'started <= (today)',
      'started == 2026-11-21',
      'started != 2026-11-20',
      'started > "2026-11-21 08:59:59"',
      'started < 2026-11-21T09:01',
      'started <= 2026-11-21 09:00',
      'stopped > started',
      'started =~ "^2026-11-21 09:00:00$"',
      '2 days ago < started',
      'config.date < 2026-11-02',
      'config.date == 2026-11-01',
      'started > stopped - 1 week',
      '(now) - started > 2h',
      'started > (now) - 1d',
    ],
    [
      'started > 2 hours ago',
      'started < 2026-11-21',
      'started == yesterday',
      'started == 2026-11-20',
      'started > now',
      'started > "2026-11-21 09:00:01"',
      'started < staged',
      'started <= yesterday',
      'started >= 2026-11-22',
    ],
  );
  group(
    'knows lengths of time',
    [
      'duration == 2h',
      'duration > 1h',
      'duration >= 7200',
      'duration < 2.5 hours',
      'duration > 1h30m',
      'duration > 1 hour 30 minutes',
      'stopped - started > 1h',
      'stopped - started == duration',
      'duration / 2 == 1h',
      'duration / 1h == 2',
      'duration * 2 > 3h',
      'duration + 1h == 3h',
      '1h < duration',
      'metric.seconds == 2h',
      'metric.seconds > 1h',
      'duration < 1 week',
      'duration < 1 month',
      'duration > 7199999ms',
      '-duration < 0s',
    ],
    [
      'duration > 2h',
      'duration < 7200',
      'duration == 1h',
      'duration * duration > 0',
      'started * 2 == 1',
    ],
  );
  group(
    'counts the duration of a running run up to now',
    ['duration > 2 days'],
    ['duration < 49h'],
    BARE,
  );

  it('reads zones of times', () => {
    const at = (text: string): RunInfo => {
      const us = Date.parse(text) * 1000;
      return runInfo(1, {
        timestampsUs: { initialized: us, staged: us, started: us, stopped: us },
      });
    };
    const run = at('2026-11-01T10:00:00.500Z');
    for (const text of [
      '2026-11-01T10:00:00.5Z',
      '2026-11-01T12:00:00.5+02:00',
      '2026-11-01T08:30:00.5-0130',
    ]) {
      assert.equal(matches(`started == ${text}`, run), true, text);
      assert.equal(matches(`started == "${text}"`, run), true, text);
    }
    for (const text of ['2026-13-01', '2026-02-30', '2026-11-01T25:00', '2026-11-00']) {
      assert.equal(parseWhere(`started > ${text}`).ok, false, text);
    }
  });

  it('is false about an unreadable run, and does not fail', () => {
    const run = runInfo(3, { opref: null, status: 'unreadable' });
    assert.equal(matches('operation == train', run, NOTHING), false);
    assert.equal(matches('operation == null', run, NOTHING), true);
    assert.equal(matches('unreadable', run, NOTHING), true);
  });
});
