import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import {
  isTextFile,
  isTextSample,
  textByExtension,
} from '../../../../src/core/sourcecode/text-detect.ts';
import { posix } from '../../../helpers/posix.ts';
import { tempDir, writeTree, withoutRoot } from '../../../helpers/temp.ts';

const bits = posix('permission bits');

void test('the extension decides where it is known', () => {
  for (const name of ['a.csv', 'a.PY', 'x/a.R', '.hid.yml', 'a.tar.json']) {
    assert.equal(textByExtension(name), true, name);
  }
  for (const name of ['a.png', 'a.PKL', 'a.tar.gz', 'a.svg', 'a.pyc']) {
    assert.equal(textByExtension(name), false, name);
  }
  for (const name of ['a.js', 'a.txt', 'a.tsx', '.env', '.py', '..py', 'py', 'Makefile', 'a.']) {
    assert.equal(textByExtension(name), null, name);
  }
});

void test('extension beats content', (t) => {
  const dir = writeTree(tempDir(t), { 'a.py': Buffer.alloc(100), 'a.png': 'text' });
  assert.equal(isTextFile(join(dir, 'a.py')), true);
  assert.equal(isTextFile(join(dir, 'a.png')), false);
});

void test('other files are judged by their first 1024 bytes', (t) => {
  const dir = writeTree(tempDir(t), {
    empty: '',
    plain: 'hello\n',
    nul: 'a\0b',
    'late-nul': `${'a'.repeat(1024)}\0`,
  });
  assert.equal(isTextFile(join(dir, 'empty')), true);
  assert.equal(isTextFile(join(dir, 'plain')), true);
  assert.equal(isTextFile(join(dir, 'nul')), false);
  assert.equal(isTextFile(join(dir, 'late-nul')), true);
  assert.equal(isTextFile(join(dir, 'missing')), false);
});

void test('what cannot be read is not text', bits, async (t) => {
  const dir = writeTree(tempDir(t), { secret: 'text' });
  chmodSync(join(dir, 'secret'), 0);
  assert.equal(await withoutRoot(dir, () => isTextFile(join(dir, 'secret'))), false);
});

void test('long CJK text that the sample cuts within a character is text', () => {
  // Gage calls this binary and silently leaves the file out.
  for (const shift of ['', 'a', 'ab']) {
    const bytes = Buffer.from(shift + '漢字仮名交じり文'.repeat(100));
    assert.equal(isTextSample(bytes.subarray(0, 1024)), true, `shifted by ${shift.length}`);
  }
  for (const shift of ['', 'a', 'ab', 'abc']) {
    const bytes = Buffer.from(shift + '😀'.repeat(400));
    assert.equal(isTextSample(bytes.subarray(0, 1024)), true, `emoji shifted by ${shift.length}`);
  }
});

void test('only the end of a full sample may be cut', () => {
  const cut = Buffer.from('漢'.repeat(100)).subarray(0, 299);
  assert.equal(isTextSample(cut), false);
  const broken = Buffer.from('漢'.repeat(400)).subarray(1, 1025);
  assert.equal(isTextSample(broken), false);
});

void test('wide encodings with a byte order mark are text', () => {
  assert.equal(isTextSample(Buffer.from('\ufeffhello', 'utf16le')), true);
  assert.equal(isTextSample(Buffer.from('\ufeffhello', 'utf16le').swap16()), true);
  assert.equal(isTextSample(Uint8Array.of(0, 0, 0xfe, 0xff, 0, 0, 0, 0x61)), true);
  assert.equal(isTextSample(Uint8Array.of(0xff, 0xfe, 0, 0, 0x61, 0, 0, 0)), true);
  assert.equal(isTextSample(Buffer.from('hello', 'utf16le')), false);
});

void test('Latin-1 is text as long as it has no NUL and no 0xff', () => {
  assert.equal(isTextSample(Buffer.from('caf\xe9 au lait', 'latin1')), true);
  assert.equal(isTextSample(Buffer.from('caf\xff au lait', 'latin1')), false);
});

void test('control characters beyond a share make a sample binary', () => {
  assert.equal(isTextSample(Buffer.from('\x1b[31mred\x1b[0m plain text')), true);
  assert.equal(isTextSample(Buffer.from('\x01\x02\x03\x04\x05\x06\x07')), false);
  assert.equal(isTextSample(Buffer.from('\t\n\f\b\r')), true);
});

void test('random bytes are binary', () => {
  const bytes = Uint8Array.from({ length: 1024 }, (_, i) => (i * 167 + 13) % 256);
  assert.equal(isTextSample(bytes), false);
});
