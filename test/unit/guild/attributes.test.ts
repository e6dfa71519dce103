import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseYaml11 } from '../../../src/core/data/yaml11.ts';
import { GuildAttributes } from '../../../src/guild/attributes.ts';
import { splitShellWords } from '../../../src/guild/opref.ts';
import { tempDir, writeTree } from '../../helpers/temp.ts';

describe('attributes', () => {
  test('what is read without the parser is what the parser reads', (t) => {
    const guildDir = tempDir(t);
    const words = ['yes', 'no', 'null', '~', '1', '-1', '01', '1e3', '0x1f', '1:30', 'a', 'n'];
    const more = ['a b', 'k=v', 'a: b', '- a', '#c', 'a #c', '2020-01-01', '.5', "'q'", '- ', ''];
    const line = fc.oneof(
      fc.constantFrom(...words, ...more),
      fc.string({ unit: fc.constantFrom(...Array.from('ab1.-=:# \'"[{,+_/')) }),
    );
    const text = fc.oneof(
      line,
      fc.array(line, { minLength: 1, maxLength: 3 }).map((all) => `- ${all.join('\n- ')}`),
    );
    fc.assert(
      fc.property(text, fc.constantFrom('', '\n'), (body, end) => {
        writeTree(guildDir, { 'attrs/x': body + end });
        let expected: unknown = null;
        try {
          expected = parseYaml11(body + end);
        } catch {
          // What cannot be read is not set.
        }
        assert.deepEqual(new GuildAttributes(guildDir).get('x'), expected);
      }),
      { numRuns: 2000 },
    );
  });

  test('a value of another kind is not taken', (t) => {
    const guildDir = writeTree(tempDir(t), {
      'attrs/number': '12\n',
      'attrs/map': 'a: 1\n',
      'attrs/list': "- a\n- 2\n- 'c d'\n- [x]\n",
      'attrs/empty': "''\n",
    });
    const attrs = new GuildAttributes(guildDir);
    assert.equal(attrs.text('number'), '12');
    assert.equal(attrs.text('map'), null);
    assert.equal(attrs.text('empty'), null);
    assert.deepEqual(attrs.list('list'), ['a', '2', 'c d']);
    assert.deepEqual(attrs.list('number'), []);
    assert.equal(new GuildAttributes(join(guildDir, 'absent')).get('x'), null);
  });
});

describe('words of a shell line', () => {
  test('as Python quotes them', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        const line = words.map((word) => `'${word.replaceAll("'", `'"'"'`)}'`).join(' ');
        assert.deepEqual(splitShellWords(line), words);
      }),
    );
    assert.deepEqual(splitShellWords("a 'b c'  ''\n"), ['a', 'b c', '']);
  });
});
