import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatFlags, trialLabel, trialText } from '../../../../src/batch/trial/labels.ts';
import type { Json } from '../../../../src/core/data/json.ts';
import { posix } from '../../../helpers/posix.ts';

describe('names of trials', () => {
  const flags: Readonly<Record<string, Json>> = {
    lr: 0.123456789,
    depth: 2n,
    name: 'two words',
    off: null,
    on: true,
    text: '1',
  };

  test('in a log: by key, null left out, floats whole', () => {
    assert.equal(
      formatFlags(flags),
      "depth=2, lr=0.123456789, name='two words', on=true, text='1'",
    );
    assert.equal(formatFlags({}), '');
  });

  test('beside the others of a batch: only what differs, null too', () => {
    assert.equal(trialText(flags, ['depth', 'lr', 'none', 'off']), 'depth=2 lr=0.12345 off=null');
    assert.equal(trialText(flags, []), '');
  });

  test(
    'as a label: short; a template takes any value of the run',
    posix('paths with slashes'),
    () => {
      const label = "depth=2 lr=0.12345 name='two words' on=true text='1'";
      assert.equal(trialLabel(null, flags, {}), label);
      const config = { ...flags, 'a.b': 1e-7, dir: '/data/images/cats/1.png' };
      const cases: Readonly<Record<string, string>> = {
        '${default_label} (best)': `${label} (best)`,
        'd${depth} ${a.b} ${dir|basename} ${gone}.': 'd2 1e-07 1.png .',
        '${lr|%.2f} ${depth|%03d} ${lr|%d} ${name|%5.3s}|': '0.12 002 0   two|',
        '${gone|default:none} ${off|default:a:b} ${depth|default:x}': 'none a:b 2',
        '${name} ${name|unquote} ${dir}': "'two words' two words /data/…/cats/1.png",
        '${lr|upper} ${name|%d} $x ${': '#error# two words $x ${',
        '': '',
      };
      for (const [template, expected] of Object.entries(cases)) {
        assert.equal(trialLabel(template, flags, config), expected, template);
      }
    },
  );
});
