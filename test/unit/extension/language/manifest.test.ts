import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { repoRoot } from '../../../../scripts/lib/paths.mts';
import { sectionOf } from '../../../../src/extension/language/docs-section.ts';
import { DIAGNOSTIC_CODES } from '../../../../src/language/checks/diagnostic.ts';
import { GAGE_FILE_NAMES } from '../../../../src/opdef/gagefile.ts';

const root = repoRoot;

interface Manifest {
  readonly contributes: {
    readonly languages: readonly {
      readonly id: string;
      readonly filenames?: readonly string[];
      readonly configuration?: string;
      readonly icon?: Readonly<Record<'light' | 'dark', string>>;
    }[];
    readonly grammars: readonly {
      readonly language: string;
      readonly scopeName: string;
      readonly path: string;
    }[];
    readonly jsonValidation: readonly { readonly fileMatch: string; readonly url: string }[];
    readonly configurationDefaults: Readonly<Record<string, unknown>>;
  };
}

const { contributes } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
const gage = contributes.languages.filter(({ id }) => id.startsWith('gage-'));

/** All texts of a JSON value below keys with one of these names. */
function textsBelow(value: unknown, keys: readonly string[]): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === 'string' ? (keys.includes(key) ? [inner] : []) : textsBelow(inner, keys),
  );
}

describe('the languages of Gage files', () => {
  it('are those of the six names', () => {
    const names = new Set(GAGE_FILE_NAMES.map((name) => basename(name)));
    assert.deepEqual(gage.flatMap(({ filenames }) => filenames ?? []).sort(), [...names].sort());
  });

  it('name files that exist, and patterns that are some', () => {
    for (const { id, configuration = '', icon } of gage) {
      const grammar = contributes.grammars.find(({ language }) => language === id);
      assert.ok(grammar !== undefined && icon !== undefined, id);
      for (const path of [icon.light, icon.dark]) assert.ok(existsSync(join(root, path)), path);
      for (const path of [configuration, grammar.path]) {
        const data: unknown = JSON.parse(readFileSync(join(root, path), 'utf8'));
        const patterns = textsBelow(data, [
          'match',
          'begin',
          'end',
          'wordPattern',
          'start',
          'beforeText',
          'increaseIndentPattern',
          'decreaseIndentPattern',
        ]);
        for (const pattern of patterns) assert.doesNotThrow(() => new RegExp(pattern), pattern);
      }
      assert.ok(`[${id}]` in contributes.configurationDefaults, id);
    }
  });

  it('count in words whole names of keys, files and operations', () => {
    for (const { id, configuration = '' } of gage) {
      const data = JSON.parse(readFileSync(join(root, configuration), 'utf8')) as {
        wordPattern: string;
      };
      const words = 'output-summary "data-dir/**" train_2'.match(new RegExp(data.wordPattern, 'g'));
      assert.deepEqual(words, ['output-summary', 'data-dir/**', 'train_2'], id);
    }
  });

  it('have a schema for other editors', () => {
    const [only] = contributes.jsonValidation;
    assert.equal(only?.fileMatch, 'gage.json');
    assert.ok(existsSync(join(root, only.url)), only.url);
  });

  it('have a section of the documentation for every diagnostic', () => {
    const page = readFileSync(join(root, 'docs/opdef.md'), 'utf8');
    for (const code of DIAGNOSTIC_CODES) {
      const section = sectionOf(page, code) ?? '';
      assert.match(section, new RegExp(`^# ${code}\\n\\n\\w`), code);
      assert.equal(section.match(/^#/gm)?.length, 1, code);
    }
    assert.equal(sectionOf(page, 'nothing'), null);
  });
});
