import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { completeWhere, type KnownValues } from '../../../src/where/complete.ts';
import { matchesWhere } from '../../../src/where/evaluate.ts';
import { parseWhere } from '../../../src/where/parser.ts';
import { runInfo } from '../../helpers/runs/run-info.ts';

const KNOWN: KnownValues = {
  operations: ['train', 'evaluate', 'two words'],
  statuses: ['completed', 'error'],
  labels: ['good one', 'it\'s a "quote" \\', 'not', '-x'],
  tags: ['nightly'],
  config: ['lr', 'layers.0', 'a key'],
  metrics: ['loss'],
  attributes: ['owner'],
};

/** Labels proposed at `|`, and the text with the first of them. */
function at(marked: string): { labels: readonly string[]; first: string } {
  const offset = marked.indexOf('|');
  const text = marked.replace('|', '');
  const found = completeWhere(text, offset, KNOWN);
  const [first] = found;
  return {
    labels: found.map(({ label }) => label),
    first:
      first === undefined ? text : text.slice(0, first.from) + first.insert + text.slice(first.to),
  };
}

describe('proposals', () => {
  it('are fields, and keys of runs, where a condition begins', () => {
    const places = [
      '|',
      'train and |',
      '(|',
      'not |',
      'a == 1 or |',
      'status == completed and (lr > 1 or |',
    ];
    for (const place of places) {
      const { labels } = at(place);
      for (const label of [
        'operation',
        'started',
        'config.lr',
        'metric.loss',
        'attribute.owner',
        'not',
      ]) {
        assert.ok(labels.includes(label), `${label} at ${place}`);
      }
    }
    assert.equal(at('status == error and sta|').first, 'status == error and status');
    assert.deepEqual(at('lo|').labels, ['metric.loss']);
    assert.equal(at('a k|').labels.length, 0);
    assert.equal(at('config.a|').first, 'config."a key"');
    assert.equal(at('config."a k|').first, 'config."a key"');
  });

  it('are operators that fit the field', () => {
    assert.deepEqual(at('status |').labels, ['==', '!=', '=~', '!~', 'in', 'not in']);
    assert.ok(at('started |').labels.includes('after'));
    assert.ok(!at('duration |').labels.includes('=~'));
    assert.ok(at('lr |').labels.includes('<'));
    assert.ok(at('config.new |').labels.includes('<'));
    assert.deepEqual(at('just-a-word |').labels, ['and', 'or']);
    assert.deepEqual(at('status in |').labels, ['[']);
    assert.deepEqual(at('status not i|').labels, ['in', 'not in']);
  });

  it('are values of the field', () => {
    assert.deepEqual(at('operation == |').labels, KNOWN.operations);
    assert.deepEqual(at('op != ev|').labels, ['evaluate']);
    assert.deepEqual(at('status in [completed |').labels, KNOWN.statuses);
    assert.deepEqual(at('status not in [|').labels, KNOWN.statuses);
    assert.deepEqual(at('tag = n|').labels, ['nightly']);
    assert.ok(at('started > |').labels.includes('7 days ago'));
    assert.ok(at('started after |').labels.includes('yesterday'));
    assert.ok(at('duration < |').labels.includes('1 hour'));
    assert.deepEqual(at('lr == |').labels, []);
    assert.deepEqual(at('label =~ |').labels, []);
    assert.equal(at('label == "goo|').first, 'label == "good one"');
  });

  it('are what joins conditions, where one has ended', () => {
    for (const place of [
      'status == completed |',
      'status in [a] |',
      'started > 2 days ago |',
      '(lr > 1) |',
      'label == "x" |',
      'label =~ x |',
    ]) {
      assert.deepEqual(at(place).labels, ['and', 'or'], place);
    }
    assert.deepEqual(at('status == completed status |').labels.slice(0, 2), ['==', '!=']);
  });

  it('are quoted so that they mean themselves', () => {
    for (const label of [...KNOWN.labels, ...KNOWN.operations]) {
      const found = completeWhere('label == ', 9, { ...KNOWN, labels: [label] });
      const parsed = parseWhere(`label == ${found[0]?.insert ?? ''}`);
      assert.ok(parsed.ok);
      assert.ok(matchesWhere(parsed.expression, runInfo(1, { label }), null, new Date()), label);
    }
  });

  it('replace the word before the cursor, not what is behind it', () => {
    const [first] = completeWhere('op == tra and x', 9, KNOWN);
    assert.deepEqual(first, {
      label: 'train',
      insert: 'train',
      detail: 'operation',
      from: 6,
      to: 9,
    });
  });
});
