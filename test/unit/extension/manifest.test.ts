import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { repoRoot } from '../../../scripts/lib/paths.mts';
import { COMMANDS, COMMAND_IDS } from '../../../src/extension/base/command-ids.ts';
import { BATCH_ACTIONS, RUN_ACTIONS } from '../../../src/extension/run/action-names.ts';
import { GAGE_FILE_NAMES } from '../../../src/opdef/gagefile.ts';

const root = repoRoot;

interface MenuItem {
  readonly command?: string;
  readonly submenu?: string;
  readonly when?: string;
  readonly group?: string;
}
interface Manifest {
  readonly activationEvents: readonly string[];
  readonly capabilities: {
    readonly untrustedWorkspaces: {
      readonly supported: string;
      readonly description: string;
      readonly restrictedConfigurations: readonly string[];
    };
    readonly virtualWorkspaces: { readonly supported: boolean; readonly description: string };
  };
  readonly contributes: {
    readonly commands: readonly {
      readonly command: string;
      readonly title: string;
      readonly category: string;
      readonly enablement?: string;
    }[];
    readonly menus: Readonly<Record<string, readonly MenuItem[]>>;
    readonly submenus: readonly { readonly id: string }[];
    readonly keybindings: readonly { readonly command: string; readonly when: string }[];
    readonly viewsWelcome: readonly { readonly contents: string }[];
    readonly views: Readonly<
      Record<string, readonly { readonly id: string; readonly icon: string }[]>
    >;
    readonly grammars: readonly { readonly path: string }[];
    readonly configuration: {
      readonly properties: Readonly<
        Record<
          string,
          {
            readonly default: unknown;
            readonly scope: string;
            readonly description?: string;
            readonly markdownDescription?: string;
          }
        >
      >;
    };
  };
}

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
const { contributes } = manifest;
const sources = globSync('src/extension/**/*.ts', { cwd: root })
  .map((path) => readFileSync(join(root, path), 'utf8'))
  .join('\n');

/** The words of rows that the menus look for. */
function matchedWords(): ReadonlySet<string> {
  const clauses = Object.values(contributes.menus)
    .flat()
    .map(({ when = '' }) => when);
  return new Set(
    clauses.flatMap((when) =>
      [...when.matchAll(/viewItem =~ \/\\b(\w+)\\b\//g)].map((match) => match[1] ?? ''),
    ),
  );
}

describe('package.json', () => {
  it('has the commands of the extension and no others', () => {
    const declared = contributes.commands.map(({ command }) => command);
    assert.deepEqual([...declared].sort(), [...COMMAND_IDS].sort());
  });

  it('has verbs as titles, in one category', () => {
    for (const { command, title, category } of contributes.commands) {
      assert.equal(category, 'Runyard', command);
      assert.match(title, /^[A-Z]/, command);
    }
  });

  it('names only commands and submenus that exist, in menus, keys and welcome texts', () => {
    const known = new Set<string>(COMMAND_IDS);
    const submenus = new Set(contributes.submenus.map(({ id }) => id));
    for (const items of Object.values(contributes.menus)) {
      for (const { command, submenu } of items) {
        if (command !== undefined) assert.ok(known.has(command), command);
        if (submenu !== undefined) assert.ok(submenus.has(submenu), submenu);
      }
    }
    for (const { command } of contributes.keybindings) assert.ok(known.has(command), command);
    for (const { contents } of contributes.viewsWelcome) {
      const [, command = ''] = /\(command:([\w.]+)\)/.exec(contents) ?? [];
      assert.ok(known.has(command) || /^(vscode|workbench)\./.test(command), contents);
    }
  });

  it('lets nothing execute or change a run in an untrusted workspace', () => {
    const trusted = COMMAND_IDS.filter((id) => COMMANDS[id] === 'trusted');
    for (const name of ['start', 'stop', 'delete', 'purge', 'restore', 'setLabel', 'pauseQueue']) {
      assert.ok(
        trusted.some((id) => id === `runyard.${name}`),
        name,
      );
    }
    const enabled = contributes.commands.filter((one) => one.enablement === 'isWorkspaceTrusted');
    assert.deepEqual(enabled.map(({ command }) => command).sort(), [...trusted].sort());
    for (const { command, when } of contributes.keybindings) {
      const needsTrust = trusted.some((id) => id === command);
      assert.equal(when.includes('isWorkspaceTrusted'), needsTrust, command);
    }
    const { untrustedWorkspaces, virtualWorkspaces } = manifest.capabilities;
    assert.equal(untrustedWorkspaces.supported, 'limited');
    assert.notEqual(untrustedWorkspaces.description, '');
    assert.equal(virtualWorkspaces.supported, false);
    assert.notEqual(virtualWorkspaces.description, '');
  });

  it('matches only words that rows have', () => {
    const words = matchedWords();
    assert.ok(words.size > 20);
    for (const word of words) {
      assert.match(sources, new RegExp(`'(?:[\\w ]+ )?${word}(?: [\\w ]+)?'`), word);
    }
  });

  it('offers everything that can be done with a run or a batch', () => {
    const words = matchedWords();
    const missing = [...RUN_ACTIONS, ...BATCH_ACTIONS].filter((action) => !words.has(action));
    assert.deepEqual(missing, []);
  });

  it('hides from the palette what needs a row', () => {
    const hidden = contributes.menus['commandPalette'] ?? [];
    for (const name of ['openOperation', 'openFile', 'showMore', 'revealRun']) {
      assert.ok(
        hidden.some((item) => item.command === `runyard.${name}` && item.when === 'false'),
        name,
      );
    }
  });

  it('describes every setting, and the extension reads all of them', () => {
    for (const [key, setting] of Object.entries(contributes.configuration.properties)) {
      const name = key.replace(/^runyard\./, '');
      assert.ok(setting.description ?? setting.markdownDescription, key);
      assert.notEqual(setting.default, undefined, key);
      assert.match(setting.scope, /^(window|resource|machine|machine-overridable)$/, key);
      assert.match(
        sources,
        new RegExp(`get(?:<unknown>)?\\('${name.replace('.', '\\.')}'\\)`),
        key,
      );
    }
  });

  it('keeps a repository from saying what is executed', () => {
    const { restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
    assert.deepEqual([...restrictedConfigurations].sort(), [
      'runyard.guild.command',
      'runyard.guild.homes',
      'runyard.nodePath',
      'runyard.stores',
    ]);
    for (const name of ['runyard.guild.command', 'runyard.nodePath']) {
      assert.equal(contributes.configuration.properties[name]?.scope, 'machine-overridable');
    }
  });

  it('wakes the extension for every place of a Gage file', () => {
    for (const name of GAGE_FILE_NAMES) {
      assert.ok(manifest.activationEvents.includes(`workspaceContains:${name}`), name);
    }
    assert.ok(!manifest.activationEvents.includes('onStartupFinished'));
    assert.ok(!manifest.activationEvents.includes('*'));
  });

  it('names files that exist', () => {
    const icons = Object.values(contributes.views)
      .flat()
      .map(({ icon }) => icon);
    for (const path of [...icons, ...contributes.grammars.map((one) => one.path)]) {
      assert.ok(existsSync(join(root, path)), path);
    }
  });
});
