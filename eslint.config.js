import { fileURLToPath } from 'node:url';
import { importX } from 'eslint-plugin-import-x';
import { configs as packageJson } from 'eslint-plugin-package-json';
import tseslint from 'typescript-eslint';

const root = fileURLToPath(new URL('.', import.meta.url));

const noVscode = {
  paths: [{ name: 'vscode', message: 'Only src/extension and the host tests import vscode.' }],
};

const regular = 'It opens pipes and devices, and follows links: use core/base/regular-file.ts.';
const atomic = 'It follows links: use core/base/atomic.ts, or openOwnFile of regular-file.ts.';
const reading = ['readFile', 'open', 'openAsBlob', 'createReadStream'];
const writing = ['writeFile', 'appendFile', 'createWriteStream', 'copyFile', 'cp'];
const withSync = (names) => names.flatMap((name) => [name, `${name}Sync`]);

/** What lies in a project, a store or a home may be anything (design.md, "What a store may do"). */
const noRawFiles = {
  paths: ['fs', 'node:fs', 'fs/promises', 'node:fs/promises'].flatMap((name) => [
    { name, importNames: ['default', 'promises', ...withSync(reading)], message: regular },
    { name, importNames: withSync(writing), message: atomic },
  ]),
};

/** They open files by rules of their own. */
const rawFiles = [
  'src/core/base/regular-file.ts',
  'src/core/base/atomic.ts',
  // They read /proc.
  'src/core/process/identity.ts',
  'src/core/process/processes.ts',
  'src/core/process/belongs.ts',
  // They copy regular files to names that are new.
  'src/core/sourcecode/copy.ts',
  'src/core/life/attempt-files.ts',
];

/** Still to be converted; nothing is added here. */

const registering = '/^register(TextEditor)?Command$/';

export default tseslint.config(
  {
    ignores: [
      'node_modules/',
      'dist/',
      'dist-test/',
      '.vscode-test/',
      'examples/',
      'test/fixtures/',
      'test-results/',
    ],
  },
  {
    files: ['**/*.ts', '**/*.mts'],
    extends: [tseslint.configs.strictTypeChecked],
    plugins: { 'import-x': importX },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: root } },
    rules: {
      'no-console': 'error',
      'no-restricted-imports': ['error', noVscode],
      eqeqeq: 'error',
      // Who may import whom, and circles: .dependency-cruiser.mjs.
      'import-x/no-duplicates': ['error', { 'prefer-inline': true }],
      'import-x/order': [
        'error',
        {
          groups: ['builtin', 'external', 'parent', 'sibling'],
          'newlines-between': 'never',
          alphabetize: { order: 'asc', caseInsensitive: true },
        },
      ],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
    settings: {
      'import-x/extensions': ['.ts', '.mts'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts', '.mts'] },
    },
  },
  {
    files: ['scripts/**', 'test/**', 'bench/**'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['test/host/**'],
    rules: { 'no-restricted-imports': 'off' },
  },
  {
    files: ['src/**'],
    ignores: [...rawFiles, 'src/extension/**'],
    rules: {
      'no-restricted-imports': ['error', { paths: [...noVscode.paths, ...noRawFiles.paths] }],
    },
  },
  {
    files: ['src/extension/**'],
    rules: { 'no-restricted-imports': ['error', noRawFiles] },
  },
  {
    // What is printed comes from files that anybody may have written.
    files: ['src/cli/**'],
    ignores: ['src/cli/base/terminal.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        ...['stdout', 'stderr'].map((property) => ({
          object: 'process',
          property,
          message: 'Everything is printed through Terminal (base/terminal.ts).',
        })),
      ],
    },
  },
  {
    // Each has one wrapper, which keeps names and values typed, logs, and reports. The names alone
    // are forbidden, so that no way of writing them gets around it.
    files: ['src/extension/**'],
    ignores: ['context-keys', 'messages', 'register-commands'].map(
      (name) => `src/extension/base/${name}.ts`,
    ),
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            ':matches(Literal[value="setContext"], TemplateElement[value.raw="setContext"])',
          message: 'Context keys are set through ContextKeySetter (base/context-keys.ts).',
        },
        {
          selector: `:matches(Identifier[name=${registering}], Literal[value=${registering}])`,
          message: 'Commands are registered through registerCommands (base/register-commands.ts).',
        },
        {
          selector: 'Identifier[name=/^show(Information|Warning|Error)Message$/]',
          message: 'Messages are shown through base/messages.ts: names in them are no links.',
        },
      ],
    },
  },
  {
    // node:test and mocha return promises and `void` that their runners own.
    files: ['test/**', 'bench/**'],
    rules: {
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', name: ['test', 'it', 'describe', 'suite'], package: 'node:test' },
          ],
        },
      ],
      '@typescript-eslint/explicit-module-boundary-types': 'off',
    },
  },
  {
    ...packageJson.recommended,
    files: ['package.json'],
    rules: {
      ...packageJson.recommended.rules,
      'package-json/sort-collections': ['error', ['dependencies', 'devDependencies', 'overrides']],
      'package-json/unique-dependencies': 'error',
      'package-json/require-description': 'error',
      'package-json/require-license': 'error',
      'package-json/require-repository': 'error',
      'package-json/require-bugs': 'error',
      'package-json/require-homepage': 'error',
      // The default of a setting is something, also when it is empty.
      'package-json/no-empty-fields': 'off',
    },
  },
);
