import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import * as vscode from 'vscode';
import { waitFor } from '../../helpers/temp.ts';
import { api } from '../helpers.ts';
import {
  completionLabels,
  completions,
  fileUri,
  positionOf,
  setText,
  show,
  untilUnderlined,
  writeWorkspaceFile,
} from './helpers.ts';
import { GAGE_TOML } from './project.ts';

const { executeCommand } = vscode.commands;

describe('the language of Gage files', () => {
  let editor: vscode.TextEditor;
  let document: vscode.TextDocument;

  before(async () => {
    await api();
    editor = await show('gage.toml');
    ({ document } = editor);
  });

  afterEach(async () => {
    await setText(editor.document, GAGE_TOML);
    rmSync(fileUri('settings.json').fsPath, { force: true });
  });

  it('has an id of its own for each format', async () => {
    assert.equal(document.languageId, 'gage-toml');
    const known = await vscode.languages.getLanguages();
    for (const id of ['gage-toml', 'gage-yaml', 'gage-json']) assert.ok(known.includes(id), id);
  });

  it('completes keys, with the right quotes', async () => {
    await setText(editor.document, `${GAGE_TOML}\n[new]\nex\n`);
    const position = positionOf(document, '\nex\n', 3);
    const found = await completions(document, position);
    const exec = found.find(({ label }) => label === 'exec');
    assert.ok(exec?.insertText instanceof vscode.SnippetString);
    assert.match(exec.insertText.value, /^exec = "/);
  });

  it('completes keys in YAML and JSON too', async () => {
    const texts = {
      'formats/gage.yaml': ['a:\n  ex\n', 'ex\n', /^exec: /],
      'formats/gage.json': ['{\n  "a": {\n    "ex"\n  }\n}\n', 'ex"', /exec": "/],
    } as const;
    for (const [name, [text, typed, expected]] of Object.entries(texts)) {
      writeWorkspaceFile(name, text);
      const other = (await show(name)).document;
      const found = await completions(other, positionOf(other, typed, 2));
      const exec = found.find(({ label }) => label === 'exec')?.insertText;
      assert.match(typeof exec === 'string' ? exec : (exec?.value ?? ''), expected, name);
      await executeCommand('workbench.action.closeActiveEditor');
      await vscode.workspace.fs.delete(other.uri);
    }
  });

  it('completes the files of the project', async () => {
    await setText(editor.document, GAGE_TOML.replace('"data/*"', '"data/"'));
    const labels = await completionLabels(document, positionOf(document, '"data/"', 6));
    assert.ok(
      labels.some((label) => label.includes('words.txt')),
      labels.join(),
    );
  });

  it('completes config keys with their values', async () => {
    await setText(editor.document, GAGE_TOML.replace('train.py#lr', 'train.py#'));
    const found = await completions(document, positionOf(document, 'train.py#', 9));
    const lr = found.find(({ label }) => label === 'lr');
    assert.match(lr?.detail ?? '', /0\.1/);
  });

  it('says what a key does, what a pattern selects and what a value is now', async () => {
    const hover = async (text: string, plus: number): Promise<string> => {
      const found = await executeCommand<vscode.Hover[]>(
        'vscode.executeHoverProvider',
        document.uri,
        positionOf(document, text, plus),
      );
      return found
        .flatMap(({ contents }) => contents)
        .map((one) => (one instanceof vscode.MarkdownString ? one.value : ''))
        .join('\n');
    };
    assert.match(await hover('exec =', 1), /command/i);
    assert.match(await hover('"data/*"', 3), /1 file/);
    assert.match(await hover('train.py#lr', 10), /0\.1/);
  });

  it('goes from a config key to its assignment, and from a dependency to its operation', async () => {
    const go = async (text: string, plus: number): Promise<readonly [string, number]> => {
      const [first] = await executeCommand<(vscode.Location | vscode.LocationLink)[]>(
        'vscode.executeDefinitionProvider',
        document.uri,
        positionOf(document, text, plus),
      );
      assert.ok(first !== undefined, text);
      return 'targetUri' in first
        ? [first.targetUri.fsPath, first.targetRange.start.line]
        : [first.uri.fsPath, first.range.start.line];
    };
    assert.deepEqual(await go('train.py#epochs', 11), [fileUri('train.py').fsPath, 3]);
    const operation = positionOf(document, '[train]').line;
    assert.deepEqual(await go('operation = train', 13), [document.uri.fsPath, operation]);
  });

  it('finds and renames an operation everywhere', async () => {
    const position = positionOf(document, '[train]', 2);
    const places = await executeCommand<vscode.Location[]>(
      'vscode.executeReferenceProvider',
      document.uri,
      position,
    );
    assert.deepEqual(
      places.map(({ range }) => document.getText(range)),
      ['train', 'train'],
    );
    const edit = await executeCommand<vscode.WorkspaceEdit>(
      'vscode.executeDocumentRenameProvider',
      document.uri,
      position,
      'fit',
    );
    assert.ok(await vscode.workspace.applyEdit(edit));
    assert.match(document.getText(), /^\[fit\]$/m);
    assert.match(document.getText(), /operation = fit/);
    await assert.rejects(
      async () =>
        executeCommand('vscode.prepareRename', document.uri, positionOf(document, 'exec', 1)),
      /Only the names of operations/,
    );
  });

  it('outlines and folds', async () => {
    const symbols = await executeCommand<vscode.DocumentSymbol[]>(
      'vscode.executeDocumentSymbolProvider',
      document.uri,
    );
    assert.deepEqual(
      symbols.map(({ name, detail }) => [name, detail]),
      [
        ['train', 'Train the model'],
        ['evaluate', 'python3 evaluate.py'],
      ],
    );
    const keys = symbols[0]?.children.map(({ name }) => name);
    assert.deepEqual(keys, ['description', 'default', 'exec', 'config', 'sourcecode']);
    const folds = await executeCommand<vscode.FoldingRange[]>(
      'vscode.executeFoldingRangeProvider',
      document.uri,
    );
    const lines = folds.map(({ start }) => start);
    assert.ok(lines.includes(0) && lines.includes(positionOf(document, '[train]').line));
  });

  it('links the files that it names', async () => {
    const links = await executeCommand<vscode.DocumentLink[]>(
      'vscode.executeLinkProvider',
      document.uri,
    );
    const targets = links.map(({ target }) => target?.fsPath);
    for (const name of ['train.py', 'evaluate.py']) {
      assert.ok(targets.includes(fileUri(name).fsPath), name);
    }
  });

  it('mends a misspelled key', async () => {
    await setText(
      editor.document,
      GAGE_TOML.replace('exec = "python3 train.py"', 'exce = "python3 train.py"'),
    );
    await waitFor(() => vscode.languages.getDiagnostics(document.uri).length > 0, {
      what: 'the misspelled key to be underlined',
    });
    await applyFix(positionOf(document, 'exce', 1), /exec/);
    await waitFor(() => document.getText() === GAGE_TOML, { what: 'the key to be mended' });
    await untilUnderlined(document, []);
  });

  it('creates a file that is missing', async () => {
    await setText(
      editor.document,
      GAGE_TOML.replace('config = "evaluate.py"', 'config = "settings.json"'),
    );
    await untilUnderlined(document, ['config-file-missing: settings.json']);
    await applyFix(positionOf(document, 'settings.json', 1), /Create/);
    await waitFor(async () => (await vscode.workspace.findFiles('settings.json')).length === 1, {
      what: 'the file',
    });
    await waitFor(
      () =>
        vscode.languages
          .getDiagnostics(document.uri)
          .every(({ code }) => typeof code !== 'object' || code.value !== 'config-file-missing'),
      { what: 'it not to be missed any more' },
    );
  });

  it('is there whatever language a person has chosen for the file', async () => {
    await vscode.languages.setTextDocumentLanguage(document, 'ini');
    try {
      const labels = await completionLabels(document, positionOf(document, 'train.py#lr', 9));
      assert.ok(labels.includes('epochs'), labels.join());
    } finally {
      await vscode.languages.setTextDocumentLanguage(document, 'gage-toml');
    }
  });

  /** Takes the preferred fix at a position, as a person does by keyboard. */
  async function applyFix(position: vscode.Position, title: RegExp): Promise<void> {
    const actions = await executeCommand<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      document.uri,
      new vscode.Range(position, position),
      vscode.CodeActionKind.QuickFix.value,
    );
    const action = actions.find(({ isPreferred }) => isPreferred);
    assert.match(action?.title ?? '', title);
    await vscode.window.showTextDocument(document, {
      selection: new vscode.Range(position, position),
    });
    await executeCommand('editor.action.autoFix');
  }
});
