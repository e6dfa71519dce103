import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseFlag, splitFlags } from '../../../../src/config/flags.ts';
import { fromMemory, toMemory } from '../../../../src/extension/operations/form-memory.ts';
import { formRows } from '../../../../src/extension/operations/run-form-model.ts';
import {
  fieldText,
  flagTexts,
  optionText,
  giveBackField,
  setField,
  setOption,
  setTyped,
  summary,
  trialCount,
  UNCHANGED,
  withConfig,
  type FormSubject,
} from '../../../../src/extension/operations/run-form-values.ts';
import { flagLine } from '../../../../src/extension/operations/typed-value.ts';

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

  it('never shows the values of variables but where they are edited, and no secret there', () => {
    const values = setOption(UNCHANGED, 'env', 'TOKEN=secret A=1');
    assert.equal(summary(values), '$TOKEN · $A');
    assert.ok(!JSON.stringify(toMemory(values)).includes('secret'));
    assert.equal(optionText(values, 'env'), 'TOKEN=*** A=1');
    // What is masked stays as it is; what is typed anew counts, and what is taken out goes.
    assert.deepEqual(setOption(values, 'env', 'TOKEN=*** A=2').env, { TOKEN: 'secret', A: '2' });
    assert.deepEqual(setOption(values, 'env', 'TOKEN=new').env, { TOKEN: 'new' });
    assert.deepEqual(setOption(values, 'env', '').env, {});
  });

  it('neither shows nor remembers a secret of the configuration', () => {
    const secretSubject: FormSubject = {
      ...subject,
      fields: [{ key: 'API_KEY', value: 'secret1', place: '.env:1', description: null }],
    };
    const values = setTyped(secretSubject, UNCHANGED, 'API_KEY=secret2');
    assert.equal(values.changes.get('API_KEY'), 'secret2');
    assert.equal(summary(values), 'API_KEY=***');
    assert.ok(!JSON.stringify(toMemory(values)).includes('secret'));
    const rows = formRows(secretSubject, values, null, '');
    assert.ok(!rows.some(({ description }) => description.includes('secret')));
  });

  it('takes the text of a text variable as it is, quotes and all', () => {
    for (const value of ['', ' "x" ', '12', 'null', "it's", 'a=b c=d']) {
      assert.equal(setField(subject, UNCHANGED, 'name', value).changes.get('name'), value);
    }
  });

  it('forgets a change that is none', () => {
    const values = setTyped(subject, UNCHANGED, 'lr=0.5 epochs=11');
    assert.deepEqual([...setTyped(subject, values, 'lr=0.1').changes.keys()], ['epochs']);
    assert.deepEqual([...giveBackField(values, 'epochs').changes.keys()], ['lr']);
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

describe('several values in the form of a run', () => {
  it('are counted while they are typed, and lead to the table of trials', () => {
    assert.equal(
      text('lr=[0.1, 0.01]')[0],
      'edit: Set lr=[0.1, 0.01] | 2 trials · press Enter to take it',
    );
    const values = setTyped(subject, UNCHANGED, 'lr=[0.1, 0.01] epochs=range[1:3] name=x');
    assert.deepEqual(text('', values).slice(0, 4), [
      'table: Show 6 trials of train | name=x · lr=[0.1, 0.01] · epochs=range[1:3]',
      'Configuration | ',
      'edit: lr | 0.1 → [0.1, 0.01] · train.py:1',
      'edit: epochs | 10 → range[1:3] · train.py:2',
    ]);
    assert.deepEqual(flagTexts(values), ['name=x', 'lr=[0.1, 0.01]', 'epochs=range[1:3]']);
  });

  it('count with those that are there already', () => {
    const values = setTyped(subject, UNCHANGED, 'lr=[0.1, 0.01]');
    assert.match(text('epochs=[1,2,3]', values)[0] ?? '', /\| 6 trials · press/);
  });

  it('may be drawn at random, as many as is usual', () => {
    assert.equal(trialCount(setTyped(subject, UNCHANGED, 'lr=[0.001:0.1]')), '20 trials');
  });

  it('give way to one value, and the other way round', () => {
    const several = setTyped(subject, setTyped(subject, UNCHANGED, 'lr=0.5'), 'lr=[1, 2]');
    assert.equal(summary(several), 'lr=[1, 2]');
    assert.equal(summary(setTyped(subject, several, 'lr=0.5')), 'lr=0.5');
    assert.equal(summary(giveBackField(several, 'lr')), '');
  });

  it('have to fit, each of them', () => {
    for (const typed of ['epochs=[1, many]', 'fast=[true, 3]', 'other=[1, 2]', 'lr=[1, 2']) {
      assert.equal(formRows(subject, UNCHANGED, null, typed)[0]?.kind, 'problem', typed);
    }
  });

  it('can be a text in quotation marks, which then is the value', () => {
    const quoted = setTyped(subject, UNCHANGED, 'name="[a, b]"');
    assert.equal(trialCount(quoted), '');
    assert.equal(quoted.changes.get('name'), '[a, b]');
  });

  it('are edited in the box of one value, also of a text', () => {
    const name = subject.fields[2] ?? assert.fail();
    const several = setField(subject, UNCHANGED, 'name', '[a, b]');
    assert.equal(fieldText(several, name), '[a, b]');
    assert.equal(trialCount(several), '2 trials');
    for (const value of ['[a, b]', '"[a, b]"', 'range[1:5]', '[', '"x" y', "it's [1]"]) {
      const values = { ...UNCHANGED, changes: new Map([['name', value]]) };
      const again = setField(subject, UNCHANGED, 'name', fieldText(values, name));
      assert.equal(again.changes.get('name'), value);
    }
  });

  it('are one line for the table, which takes it apart again', () => {
    const flags = ['name=a lr=2', 'epochs=[1, 2]', 'note="b c=d"', 'other=two words'];
    const line = flagLine(flags);
    assert.equal(line, 'name="a lr=2" epochs=[1, 2] note="b c=d" other=two words');
    assert.deepEqual(
      splitFlags(line).map((flag) => parseFlag(flag).value),
      ['a lr=2', '[1, 2]', 'b c=d', 'two words'],
    );
    assert.deepEqual(splitFlags('name=["a b=c", d] lr=1'), ['name=["a b=c", d]', 'lr=1']);
  });

  it('are remembered as they were typed', () => {
    const values = setTyped(subject, UNCHANGED, 'lr=[0.1, 0.01] epochs=3');
    const memory: unknown = JSON.parse(JSON.stringify(toMemory(values)));
    assert.deepEqual(fromMemory(subject, memory), values);
    assert.match(text('', UNCHANGED, values)[1] ?? '', /^history: Show 2 trials with Last Values/);
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
