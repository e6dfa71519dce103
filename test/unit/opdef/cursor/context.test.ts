import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { contextAt } from '../../../../src/opdef/cursor/context.ts';
import { parseGageDocument } from '../../../../src/opdef/document.ts';
import type { GageFormat } from '../../../../src/opdef/syntax/tree.ts';

/** The context at the `|` of a text: place, path, what completion would replace, quote, operation. */
function context(format: GageFormat, marked: string): string {
  const offset = marked.indexOf('|');
  const text = marked.slice(0, offset) + marked.slice(offset + 1);
  const document = parseGageDocument(`gage.${format}`, text);
  const { place, path, word, quote, operation } = contextAt(document, offset);
  if (place === 'other') return place;
  const replaced = text.slice(word.from, word.to);
  const of = operation === null ? '' : ` of ${operation.name}`;
  return `${place} ${path.join('.')} <${quote}${replaced}>${of}`;
}

const CASES: Readonly<Record<GageFormat, readonly (readonly [string, string])[]>> = {
  toml: [
    ['|', 'key  <>'],
    ['tr|', 'key  <tr>'],
    ['[tr|', 'header  <tr>'],
    ['[|', 'header  <>'],
    ['[|]', 'header  <>'],
    ['[tr|ain]\n', 'header  <train>'],
    ['[train.|]', 'header train <> of train'],
    ['[train.ex|ec]\n', 'header train <exec> of train'],
    ['[[train.de|\nfiles = "x"', 'header train <de> of train'],
    ['["my o|p"]\n', 'header  <"my op>'],
    ['[train]|\n', 'other'],
    ['[train]\n|', 'key train <> of train'],
    ['[train]\n\n|\n\n[eval]\nexec = "x"\n', 'key train <> of train'],
    ['[train]\nsou|', 'key train <sou> of train'],
    ['[train]\nsou|\n[eval]\nexec = "x"\n', 'key train <sou> of train'],
    ['[train]\n"so|"', 'key train <"so> of train'],
    ['[train]\nexec|utor = "x"', 'key train <executor> of train'],
    ['[train]\nexec = |', 'value train.exec <> of train'],
    ['[train]\nexec =|\n[eval]\n', 'value train.exec <> of train'],
    ['[train]\nexec = "pyth|on x"\n', 'value train.exec <"python x> of train'],
    ['[train]\nexec = "pyth|\n[eval]\n', 'value train.exec <"pyth> of train'],
    ['[train]\nexec = "x"|', 'other'],
    ['[train]\nexec = "x" # foo |', 'other'],
    ['# hi |', 'other'],
    ['[train]\nprogress = tq|', 'value train.progress <tq> of train'],
    ['[train]\nsourcecode = ["a", |]', 'value train.sourcecode.1 <> of train'],
    ['[train]\nsourcecode = ["a", "|"]', 'value train.sourcecode.1 <"> of train'],
    ['[train]\nsourcecode = ["a", "b|', 'value train.sourcecode.1 <"b> of train'],
    ['[train]\nsourcecode = [\n  |\n]\n', 'value train.sourcecode.0 <> of train'],
    ['[train]\nsourcecode = [\n  "a",\n  |\n]\n', 'value train.sourcecode.1 <> of train'],
    ['[train]\nsourcecode = [\n  "|\n[eval]\n', 'value train.sourcecode.0 <"> of train'],
    ['[train]\nconfig = {|}', 'key train.config <> of train'],
    ['[train]\nconfig = {ke|}', 'key train.config <ke> of train'],
    ['[train]\nconfig = {keys = "a", |}', 'key train.config <> of train'],
    ['[train]\nconfig = {keys = |}', 'value train.config.keys <> of train'],
    ['[train]\ndepends = [{files = "|"}]', 'value train.depends.0.files <"> of train'],
    ['[train.exec]\n|\n[eval]\n', 'key train.exec <> of train'],
    ['[train]\nexec.r|', 'key train.exec <r> of train'],
    ['[train]\nexec.|', 'key train.exec <> of train'],
    ['[train]\nexec. |\nversion = 1\n[eval]\n', 'key train.exec <> of train'],
    ['[train]\nexec.run = "x"\nexec.|\n', 'key train.exec <> of train'],
    ['train.|', 'key train <> of train'],
    ['train.exec.|\n', 'key train.exec <> of train'],
    ['train = { exec.| }', 'key train.exec <> of train'],
    ['[train]\nexec = "x".|\n', 'other'],
    ['[train]\ndepends = [{files = "a", |', 'key train.depends.0 <> of train'],
    ['[train]\ndepends = [{files = "a", |\n[eval]\n', 'key train.depends.0 <> of train'],
    ['[train]\ndepends = [{files = "a",  |]\n', 'key train.depends.0 <> of train'],
    ['[train]\ndepends = {files = "a", |', 'key train.depends <> of train'],
    ['[train]\ndepends = [{files = "a" |', 'other'],
    ['[train]\nsourcecode = ["a",  |\n[eval]\n', 'value train.sourcecode.1 <> of train'],
    ['[[train.depends]]\nfiles = "x"\n[[train.depends]]\n|', 'key train.depends.1 <> of train'],
    ['[[train.depends]]\nfi|\n[[train.depends]]\n', 'key train.depends.0 <fi> of train'],
  ],
  yaml: [
    ['|', 'key  <>'],
    ['tr|', 'key  <tr>'],
    ['train:\n  exec: x\n|', 'key  <>'],
    ['train:\n  exec: x\nev|\nlast:\n  exec: y\n', 'key  <ev>'],
    ['train:\n  |', 'key train <> of train'],
    ['train:\n  sou|', 'key train <sou> of train'],
    ['train:\n  exec: x\n  sou|', 'key train <sou> of train'],
    ['train:\n  sou|\n  exec: x\n', 'key train <sou> of train'],
    ['train:\n  exec: x\n  |', 'key train <> of train'],
    ['train:\n  exec: x\n  |\neval:\n  exec: y\n', 'key train <> of train'],
    ['train:\n  "so|": x', 'key train <"so> of train'],
    ['train:\n  exec: |', 'value train.exec <> of train'],
    ['train:\n  exec:|\n', 'value train.exec <> of train'],
    ['train:\n  exec: pyt|hon x\n', 'value train.exec <python x> of train'],
    ['train:\n  exec: "x|\neval:\n  exec: y', 'value train.exec <"x> of train'],
    ["train:\n  exec: 'x|'\n", "value train.exec <'x> of train"],
    ['train:\n  exec:\n    |', 'key train.exec <> of train'],
    ['train:\n  exec:\n    ru|', 'key train.exec <ru> of train'],
    ['train:\n  exec:\n    run: x\n    |', 'key train.exec <> of train'],
    ['train:\n  exec:\n    run: x\n  |\neval:\n', 'key train <> of train'],
    ['train:\n  sourcecode:\n    - |', 'value train.sourcecode.0 <> of train'],
    ['train:\n  sourcecode:\n    - a\n    - |\n  exec: x', 'value train.sourcecode.1 <> of train'],
    ['train:\n  sourcecode:\n    - "a|"\n', 'value train.sourcecode.0 <"a> of train'],
    ['train:\n  sourcecode: [a, |]', 'value train.sourcecode.1 <> of train'],
    ['train:\n  sourcecode: [|', 'value train.sourcecode.0 <> of train'],
    ['train:\n  sourcecode: [a, |\n  exec: x\neval:\n', 'value train.sourcecode.1 <> of train'],
    ['train:\n  config:\n    - keys: a\n      |', 'key train.config.0 <> of train'],
    ['train:\n  config:\n    - keys: |\n', 'value train.config.0.keys <> of train'],
    ['train:\n  config: {keys: a, |}', 'key train.config <> of train'],
    ['train:\n  depends:\n  - files: x\n    |', 'key train.depends.0 <> of train'],
    ['train:\n  # foo |', 'other'],
    ['train:\n  exec: x # foo |', 'other'],
  ],
  json: [
    ['|', 'key  <>'],
    ['\ufeff|', 'key  <>'],
    ['\n  |\n', 'key  <>'],
    ['// x\n|', 'key  <>'],
    ['// x|', 'other'],
    ['tr|', 'key  <tr>'],
    ['{|}', 'key  <>'],
    ['{| }\n', 'key  <>'],
    ['{"|"}', 'key  <">'],
    ['{"tr|', 'key  <"tr>'],
    ['{"train": |}', 'value train <> of train'],
    ['{"train": {|}}', 'key train <> of train'],
    ['{"train": {"sou|"}}', 'key train <"sou> of train'],
    ['{"train": {sou|}}', 'key train <sou> of train'],
    ['{"train": {\n  "exec": "x",\n  |\n}}', 'key train <> of train'],
    ['{"train": {\n  "exec": "x",\n  "so|\n}}', 'key train <"so> of train'],
    ['{"train": {\n  "exec": "x"|\n}}', 'other'],
    ['{"train": {"exec": "x" |}}', 'other'],
    ['{"train": {\n  "exec": |\n}}', 'value train.exec <> of train'],
    ['{"train": {\n  "exec": |,\n  "config": "x"\n}}', 'value train.exec <> of train'],
    ['{"train": {\n  "exec": "|"\n}}', 'value train.exec <"> of train'],
    ['{"train": {\n  "exec": "py|\n},\n"eval": {}}', 'value train.exec <"py> of train'],
    ['{"train": {\n  "default": tr|\n}}', 'value train.default <tr> of train'],
    ['{"train": {\n  "sourcecode": [|]\n}}', 'value train.sourcecode.0 <> of train'],
    ['{"train": {\n  "sourcecode": ["a", "|"]\n}}', 'value train.sourcecode.1 <"> of train'],
    [
      '{"train": {\n  "sourcecode": ["a", |\n}, "eval": {}}',
      'value train.sourcecode.1 <> of train',
    ],
    ['{"train": {"exec": {"|": "x"}}}', 'key train.exec <"> of train'],
    ['{"train": {"config": [{"keys": "a", |}]}}', 'key train.config.0 <> of train'],
    ['// x|\n{}', 'other'],
    ['{\n  // x|\n}', 'other'],
  ],
};

for (const format of ['toml', 'yaml', 'json'] as const) {
  describe(`where the cursor is, in ${format}`, () => {
    for (const [marked, expected] of CASES[format]) {
      test(JSON.stringify(marked), () => assert.equal(context(format, marked), expected));
    }
  });
}
