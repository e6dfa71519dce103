import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  fieldText,
  formRows,
  fromMemory,
  optionText,
  resetField,
  setField,
  setOption,
  setTyped,
  summary,
  toMemory,
  UNCHANGED,
  withConfig,
  type FormSubject,
} from '../../src/extension/operations/run-form-model.ts';

const subject: FormSubject = {
  operation: 'train',
  start: true,
  acceptUnknown: false,
  fields: [
    { key: 'lr', value: 0.1, place: 'train.py:1', description: 'Learning rate' },
    { key: 'epochs', value: 10n, place: 'train.py:2', description: null },
    { key: 'name', value: 'base', place: 'train.py:3', description: null },
    { key: 'fast', value: false, place: 'train.py:4', description: null },
  ],
};

const withNull: FormSubject = {
  ...subject,
  fields: [...subject.fields, { key: 'note', value: null, place: '', description: null }],
};

const text = (typed = '', values = UNCHANGED, last: typeof UNCHANGED | null = null): string[] =>
  formRows(subject, values, last, typed).map(({ label, description }) =>
    `${label} | ${description}`.replace(/^\$\((.*?)\) /, '$1: '),
  );

describe('the form of a run', () => {
  it('begins with what Enter does, then lists the values and the options', () => {
    assert.deepEqual(text(), [
      'play: Run train | with the values of the project',
      'Configuration | ',
      'blank: lr | 0.1 · train.py:1',
      'blank: epochs | 10 · train.py:2',
      'blank: name | base · train.py:3',
      'blank: fast | false · train.py:4',
      'Run | ',
      'blank: Label | none',
      'blank: Tags | none',
      'blank: Description | none',
      'blank: Environment | none',
      'circle-large: Only if Needed | off · skip when an equal run has completed',
    ]);
  });

  it('takes key=value as it is typed, and marks what is changed', () => {
    assert.equal(text('lr = 1e-3')[0], 'edit: Set lr = 1e-3 | press Enter to take it');
    const values = setTyped(subject, UNCHANGED, 'lr = 1e-3');
    const rows = text('', values);
    assert.equal(rows[0], 'play: Run train | lr=0.001');
    assert.ok(rows.includes('edit: lr | 0.1 → 0.001 · train.py:1'));
    const more = setTyped(subject, values, 'epochs=3 name="two words" fast=true');
    assert.equal(summary(more), 'lr=0.001 · epochs=3 · name=two words · fast=true');
  });

  it('says at once what is wrong, and then Enter does nothing', () => {
    const [first] = formRows(subject, UNCHANGED, null, 'epocs=3');
    assert.equal(first?.kind, 'problem');
    assert.match(text('epocs=3')[0] ?? '', /no config key "epocs" \| Did you mean "epochs"\?/);
    assert.match(text('epochs=many')[0] ?? '', /"many" does not fit "epochs": it is a number/);
    assert.match(text('name="a" b')[0] ?? '', /^error: /);
  });

  it('keeps the type of a value: whole numbers, texts, truth', () => {
    const values = setTyped(subject, UNCHANGED, 'epochs=1e2 lr=1 name=007 fast=True');
    const expected = { epochs: 100n, lr: 1, name: '007', fast: true };
    assert.deepEqual(Object.fromEntries(values.changes), expected);
  });

  it('keeps what is typed: backslashes, blanks around =, quotation marks', () => {
    const typed = (line: string): unknown =>
      Object.fromEntries(setTyped(withNull, UNCHANGED, line).changes);
    assert.deepEqual(typed('name=C:\\dir epochs=3'), { name: 'C:\\dir', epochs: 3n });
    assert.deepEqual(typed('lr = 1 epochs = 2'), { lr: 1, epochs: 2n });
    assert.deepEqual(typed('note="007" epochs=1'), { note: '007', epochs: 1n });
    assert.deepEqual(typed('name=two words epochs=1'), { name: 'two words', epochs: 1n });
    assert.deepEqual(typed('name="a b=c" fast=true'), { name: 'a b=c', fast: true });
  });

  it('edits a text where a number may stand without making it one', () => {
    for (const value of ['5', 'null', 'true', '"x"', 'plain', '', '-inf']) {
      const values = { ...UNCHANGED, changes: new Map([['note', value]]) };
      const line = fieldText(values, withNull.fields.at(-1) ?? assert.fail());
      assert.equal(setField(withNull, UNCHANGED, 'note', line).changes.get('note'), value, line);
    }
  });

  it('never shows the values of variables but where they are edited', () => {
    const values = setOption(UNCHANGED, 'env', 'TOKEN=secret');
    assert.equal(summary(values), '$TOKEN');
    assert.ok(!JSON.stringify(toMemory(values)).includes('secret'));
  });

  it('takes the text of a text variable as it is, quotes and all', () => {
    for (const value of ['', ' "x" ', '12', 'null', "it's", 'a=b c=d']) {
      assert.equal(setField(subject, UNCHANGED, 'name', value).changes.get('name'), value);
    }
  });

  it('forgets a change that is none', () => {
    const values = setTyped(subject, UNCHANGED, 'lr=0.5 epochs=11');
    assert.deepEqual([...setTyped(subject, values, 'lr=0.1').changes.keys()], ['epochs']);
    assert.deepEqual([...resetField(values, 'epochs').changes.keys()], ['lr']);
  });

  it('refuses keys that are not there, unless they are accepted', () => {
    assert.throws(() => setTyped(subject, UNCHANGED, 'other=1'), { code: 'bad-config' });
    const values = setTyped({ ...subject, acceptUnknown: true }, UNCHANGED, 'other=1');
    assert.ok(text('', values).includes('edit: other | 1 · not in the operation'));
  });

  it('edits tags and variables as one line', () => {
    const tagged = setOption(UNCHANGED, 'tags', ' a, b,,a ');
    assert.deepEqual(tagged.tags, ['a', 'b']);
    assert.equal(optionText(tagged, 'tags'), 'a, b');
    const env = setOption(UNCHANGED, 'env', 'A=1 B="two words" C=').env;
    assert.deepEqual(env, { A: '1', B: 'two words', C: '' });
    assert.throws(() => setOption(UNCHANGED, 'env', 'nonsense'), { code: 'bad-request' });
    assert.throws(() => setOption(UNCHANGED, 'env', 'A="b'), {
      code: 'bad-request',
      message: 'A quotation mark or a backslash at the end is open',
    });
    // What `--env` takes, and so a run may have, can be edited here.
    assert.deepEqual({ ...setOption(UNCHANGED, 'env', 'my.name-2=x').env }, { 'my.name-2': 'x' });
    assert.deepEqual(setOption({ ...UNCHANGED, env }, 'env', '').env, {});
  });

  it('reads variables back as it wrote them', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[A-Z]{1,5}$/), fc.string()), (env) => {
        const line = optionText({ ...UNCHANGED, env }, 'env');
        assert.deepEqual({ ...setOption(UNCHANGED, 'env', line).env }, { ...env });
      }),
    );
  });
});

describe('last values', () => {
  const filled = setOption(
    setTyped(subject, UNCHANGED, 'lr=0.5 epochs=12345678901234567890'),
    'tags',
    'x',
  );

  it('are offered below, so that Enter alone never uses them', () => {
    const rows = text('', UNCHANGED, filled);
    assert.equal(rows[0], 'play: Run train | with the values of the project');
    assert.match(
      rows[1] ?? '',
      /^history: Run with Last Values \| lr=0\.5 · epochs=12345678901234567890/,
    );
  });

  it('survive as plain data, with their types', () => {
    const memory: unknown = JSON.parse(JSON.stringify(toMemory(filled)));
    assert.deepEqual(fromMemory(subject, memory), filled);
  });

  it('are left out where the operation has changed', () => {
    const changed = { ...subject, fields: subject.fields.slice(1) };
    assert.deepEqual(
      [...(fromMemory(changed, toMemory(filled))?.changes.keys() ?? [])],
      ['epochs'],
    );
    assert.equal(fromMemory(subject, { nonsense: true }), null);
    const broken = { changes: { lr: '{', epochs: '3' }, tags: [], env: {}, needed: false };
    assert.deepEqual([...(fromMemory(subject, broken)?.changes ?? [])], [['epochs', 3n]]);
    assert.equal(fromMemory(subject, toMemory(UNCHANGED)), null);
  });

  it('of another run name what the operation no longer takes', () => {
    const config = [['lr', 0.3] as const, ['gone', 1n] as const, ['epochs', 'many'] as const];
    const { values, left } = withConfig(subject, UNCHANGED, config);
    assert.deepEqual([...values.changes], [['lr', 0.3]]);
    assert.deepEqual(left, ['gone', 'epochs']);
  });
});
