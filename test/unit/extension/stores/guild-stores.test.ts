import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { guildSources } from '../../../../src/extension/stores/guild-stores.ts';
import { tempDir } from '../../../helpers/temp.ts';

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
