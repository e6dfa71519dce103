import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { contextAt } from '../../../../src/opdef/cursor/context.ts';
import { parseGageDocument, type GageDocument } from '../../../../src/opdef/document.ts';
import { brokenFiles } from '../../../helpers/gage/broken.ts';

test('texts with random edits have a context at every offset', () => {
  fc.assert(
    fc.property(brokenFiles, ({ format, text }) => {
      const document: GageDocument = parseGageDocument(`gage.${format}`, text);
      for (let offset = 0; offset <= text.length; offset += 3) {
        const { word, path } = contextAt(document, offset);
        const isInText = 0 <= word.from && word.from <= word.to && word.to <= text.length;
        assert.equal(isInText, true);
        assert.equal(Array.isArray(path), true);
      }
    }),
    { numRuns: 300, seed: 3 },
  );
});
