import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { RunInfo } from '../../../../src/core/run/types.ts';
import { openRunFromInfo } from '../../../../src/core/status/run-info.ts';
import { runContextValue } from '../../../../src/extension/run/actions.ts';
import { guildSources } from '../../../../src/extension/stores/guild-stores.ts';
import { runInfo } from '../../../helpers/runs/run-info.ts';
import { tempDir } from '../../../helpers/temp.ts';

function guildRun(changes: Partial<RunInfo> = {}): RunInfo {
  return runInfo(1, { metaForm: 'guild', ...changes });
}

describe('what can be done with a run of Guild', () => {
  test('only what guild can do, in every state', () => {
    const rows: readonly (readonly [Partial<RunInfo>, string])[] = [
      [{ status: 'staged' }, 'canDelete canLabel canStart guild run staged'],
      [{ status: 'pending' }, 'canDelete canLabel canStart guild pending run'],
      [{ status: 'running' }, 'canLabel canStop guild hasOutput run running'],
      [
        { status: 'completed', marked: true },
        'canDelete canLabel completed guild hasOutput marked run',
      ],
      [{ status: 'error' }, 'canDelete canLabel error guild hasOutput run'],
      [{ status: 'lost' }, 'canDelete canLabel guild hasOutput lost run'],
      [{ status: 'unreadable', opref: null }, 'canDelete guild run unreadable'],
      [{ container: 'trash' }, 'canPurge canRestore completed guild hasOutput run'],
    ];
    for (const [changes, words] of rows) assert.equal(runContextValue(guildRun(changes)), words);
  });

  test('a batch is not restarted or steered by us, however its trials are', () => {
    const batch = { role: 'batch', operation: 'a', planned: 2, objective: null } as const;
    const tally = { total: 2, byStatus: new Map([['staged', 1] as const, ['error', 1] as const]) };
    for (const status of ['running', 'completed', 'error', 'terminated'] as const) {
      const words = runContextValue(guildRun({ batch, status }), tally).split(' ');
      const own = words.filter((word) => word.startsWith('can'));
      const expected = status === 'running' ? ['canLabel', 'canStop'] : ['canDelete', 'canLabel'];
      assert.deepEqual(own, expected);
    }
  });

  test('nothing of ours can open it for work', () => {
    assert.throws(() => openRunFromInfo(guildRun()), /only guild changes it/);
  });
});

describe('homes of the settings', () => {
  test('a home, the project around it, and what is not there yet', (t) => {
    const base = tempDir(t);
    mkdirSync(join(base, 'proj', '.guild', 'runs'), { recursive: true });
    mkdirSync(join(base, 'archive', 'runs'), { recursive: true });
    const homes = ['proj', 'proj/.guild', 'archive', 'absent', '~/.guild'];
    assert.deepEqual(guildSources([], homes, { find: true, base }), [
      { runsDir: join(base, 'proj', '.guild', 'runs'), title: 'Guild: proj' },
      { runsDir: join(base, 'archive', 'runs'), title: 'Guild: archive' },
      { runsDir: join(base, 'absent', 'runs'), title: 'Guild: absent' },
      { runsDir: join(homedir(), '.guild', 'runs'), title: 'Guild: ~' },
    ]);
  });

  test('homes of folders are looked for only when wanted, each once', (t) => {
    const base = tempDir(t);
    mkdirSync(join(base, '.guild', 'runs'), { recursive: true });
    const folders = [join(base, 'a'), join(base, 'b')];
    for (const folder of folders) mkdirSync(folder);
    const title = `Guild: ${base.split(/[\\/]/).at(-1) ?? ''}`;
    const runsDir = join(base, '.guild', 'runs');
    assert.deepEqual(guildSources(folders, [], { find: true, base }), [{ runsDir, title }]);
    assert.deepEqual(guildSources(folders, [], { find: false, base }), []);
  });
});
