import assert from 'node:assert/strict';
import test from 'node:test';
import {
  ProgressParser,
  parseProgress,
  progressSetting,
} from '../../../../src/core/output/progress.ts';

test('a bar may stand behind a description, and is never above 100 percent', () => {
  assert.deepEqual(parseProgress('Epoch 3:  45%|####  | 9/20'), {
    percent: 45,
    text: 'Epoch 3:  45%|####  | 9/20',
  });
  assert.equal(parseProgress('250%|####|')?.percent, 100);
  assert.equal(parseProgress('45% of all'), null);
  assert.equal(parseProgress('abc45%|'), null);
});

test('a bar counts as soon as it is there, without waiting for CR or LF', () => {
  const parser = new ProgressParser();
  assert.equal(parser.push(Buffer.from('\r 10')), null);
  assert.equal(parser.push(Buffer.from('%|#    | 1/10'))?.percent, 10);
  assert.equal(parser.push(Buffer.from('\r 20%|##   |\r 30%|###'))?.percent, 30);
  assert.equal(parser.push(Buffer.from('  | 3/10'))?.text, '30%|###  | 3/10');
  assert.equal(parser.push(Buffer.from('\nan ordinary line\n')), null);
});

test('a bar of many bytes that arrives byte by byte is whole in the end', () => {
  const parser = new ProgressParser();
  let last = null;
  for (const byte of Buffer.from('\r 70%|███████   | 7/10')) {
    last = parser.push(Buffer.from([byte])) ?? last;
  }
  assert.deepEqual(last, { percent: 70, text: '70%|███████   | 7/10' });
});

test('the end of a large chunk is enough, and what is kept stays small', () => {
  const parser = new ProgressParser();
  const chunk = Buffer.concat([Buffer.alloc(1024 * 1024, 'x'), Buffer.from('\r 99%|#| end')]);
  assert.equal(parser.push(chunk)?.percent, 99);
  assert.equal(parser.push(Buffer.alloc(1024 * 1024, 'y')), null);
  assert.equal(parser.push(Buffer.from('\r 1%|'))?.percent, 1);
});

test('an unknown progress parser is named, tqdm and nothing are fine', () => {
  assert.equal(progressSetting(undefined, 'run').unknownName, null);
  assert.equal(progressSetting('tqdm', 'run').unknownName, null);
  assert.equal(progressSetting('rich', 'run').unknownName, 'rich');
  assert.equal(progressSetting('rich', 'finalize').unknownName, null);
  assert.equal(progressSetting({ finalize: 'rich' }, 'finalize').unknownName, 'rich');
});
