import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { findGuildHome } from '../../../src/guild/homes.ts';
import { tempDir, writeTree, type TreeEntry } from '../../helpers/temp.ts';

describe('the home that guild uses in a folder (guild-format.md 6.1)', () => {
  /** Looks in `u/proj/sub` of a tree, with `u` as the user's directory. @returns path in the tree. */
  function found(
    t: Parameters<typeof tempDir>[0],
    tree: Readonly<Record<string, TreeEntry>>,
    env: Readonly<Record<string, string>> = {},
  ): string | null {
    const root = writeTree(tempDir(t), { 'u/proj/sub': null, ...tree });
    const inTree = Object.fromEntries(
      Object.entries(env).map(([name, value]) => [name, value.replace('ROOT', root)]),
    );
    const home = findGuildHome({
      folder: join(root, 'u/proj/sub'),
      env: inTree,
      userDir: join(root, 'u'),
    });
    return home === null ? null : home.slice(root.length + 1).replaceAll('\\', '/');
  }

  const userHome = { 'u/.guild/runs': null };
  const projectHome = { 'u/proj/.guild/runs': null };
  const envHome = { 'env/.guild/runs': null };

  test('GUILD_HOME is before everything, also when it begins with ~', (t) => {
    const all = { ...userHome, ...projectHome, ...envHome, 'other/runs': null };
    assert.equal(found(t, all, { GUILD_HOME: 'ROOT/other' }), 'other');
    assert.equal(found(t, { ...all, 'u/g/runs': null }, { GUILD_HOME: '~/g' }), 'u/g');
    assert.equal(found(t, all, { GUILD_HOME: 'ROOT/absent' }), null);
  });

  test('then that of the environment, the nearest above, and the user’s own', (t) => {
    const all = { ...userHome, ...projectHome, ...envHome };
    assert.equal(found(t, all, { VIRTUAL_ENV: 'ROOT/env' }), 'env/.guild');
    assert.equal(found(t, all, { CONDA_PREFIX: '', VIRTUAL_ENV: 'ROOT/env' }), 'env/.guild');
    assert.equal(found(t, all), 'u/proj/.guild');
    assert.equal(found(t, userHome), 'u/.guild');
    assert.equal(found(t, {}), null);
    assert.equal(
      found(t, { ...all, 'u/proj/sub/.venv/.guild/runs': null }),
      'u/proj/sub/.venv/.guild',
    );
  });

  test('the old scheme takes only the environment or the user’s own', (t) => {
    const all = { ...userHome, ...projectHome, ...envHome };
    assert.equal(found(t, all, { GUILD_HOME_SCHEME: 'pre-0.9' }), 'u/.guild');
    const env = { GUILD_HOME_SCHEME: 'pre-0.9', VIRTUAL_ENV: 'ROOT/env' };
    assert.equal(found(t, all, env), 'env/.guild');
    assert.equal(found(t, all, { ...env, VIRTUAL_ENV: '' }), 'u/.guild');
    const config = { 'u/.guild/config.yml': 'legacy:\n  guild-home: pre-0.9\n' };
    assert.equal(found(t, { ...all, ...config }), 'u/.guild');
    const broken = { 'u/.guild/config.yml': 'legacy: [' };
    assert.equal(found(t, { ...all, ...broken }), 'u/proj/.guild');
  });

  test('a home without runs hides those behind it, as it does for guild', (t) => {
    assert.equal(found(t, { ...userHome, 'u/proj/.guild/cache': null }), null);
  });

  test('a run directory that is open as a folder is no home', (t) => {
    const run = { 'u/proj/.guild/opref': "script:/p '' '' a.py", 'u/proj/.guild/runs': null };
    assert.equal(found(t, { ...userHome, ...run }), 'u/.guild');
  });
});
