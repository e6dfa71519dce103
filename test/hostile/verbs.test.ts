import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCli } from '../helpers/cli.ts';
import { GROUPS } from './catalogue/groups.ts';
import { VERBS } from './verbs.ts';

test('every verb of the command is tried on hostile stores', async () => {
  const { stdout } = await runCli(['--help']);
  const [, list = ''] = /^Commands:\n((?: .+\n)+)/m.exec(stdout) ?? [];
  const names = [...list.matchAll(/^ {2}(\S+) /gm)].map(([, name = '']) => name);
  assert.deepEqual(Object.keys(VERBS).sort(), names.sort());
});

test('every verb has a use, and uses are of their verb or of what it undoes', () => {
  for (const [verb, { store = [], making = [], run }] of Object.entries(VERBS)) {
    const uses = [...store, ...making, ...(run?.('id') ?? [])].flat();
    assert.ok(
      uses.some(([name]) => name === verb),
      `${verb} is not used`,
    );
  }
});

test('worlds of a group have different names', () => {
  for (const [group, worlds] of Object.entries(GROUPS)) {
    const names = worlds.map(({ name }) => name);
    assert.deepEqual(names, [...new Set(names)], group);
  }
});
