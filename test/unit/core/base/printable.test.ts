import assert from 'node:assert/strict';
import test from 'node:test';
import { printable, printableJson, printableLines } from '../../../../src/core/base/printable.ts';

const BIDI = ['\u202a', '\u202b', '\u202c', '\u202d', '\u202e', '\u2066', '\u2067', '\u2068'];
const HIDDEN = ['\u2069', '\u200e', '\u200f', '\u061c', '\u200b', '\u200c', '\u2060', '\ufeff'];
const LINES = ['\u2028', '\u2029'];

test('control characters are shown as symbols', () => {
  assert.equal(printable('a\u001b[31mb\nc\u009b\u007f\t\r'), 'a␛[31mb␊c\ufffd␡␉␍');
  assert.equal(printable('näh 日本 עברית العربية'), 'näh 日本 עברית العربية');
});

test('what turns, ends or hides text is shown by its number', () => {
  for (const c of [...BIDI, ...HIDDEN, ...LINES, '\u200d', '\u{e0041}']) {
    const number = (c.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    assert.equal(printable(`a${c}b`), `a<U+${number}>b`);
  }
  assert.equal(printable('👩\u200d👩\u200d👧 ❤\ufe0f\u200d🔥 👩🏽\u200d🚀'), '👩‍👩‍👧 ❤️‍🔥 👩🏽‍🚀');
  assert.equal(printable('\ufdd0\ufdef'), '\ufffd\ufffd');
});

test('lines stay lines where they may', () => {
  assert.equal(printableLines('a\nb\u001b\u2028'), 'a\nb␛<U+2028>');
});

test('JSON says the same in ASCII', () => {
  const value = { a: `x\u001b\u007f\u009b${[...BIDI, ...HIDDEN, ...LINES].join('')}\u{e0041}é\n` };
  const text = printableJson(JSON.stringify(value, null, 2));
  assert.deepEqual(JSON.parse(text), value);
  assert.equal(printableLines(text), text);
  assert.match(text, /\\udb40\\udc41é\\n/);
});
