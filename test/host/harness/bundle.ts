import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import { buildAll, cjsImportMeta, nodeTarget } from '../../../scripts/build.mts';
import { repoRoot } from '../../../scripts/lib/paths.mts';
import type { HostContext, HostPhase } from './session.ts';

/** Where bundles go; mocha is found from there. Ignored by git. */
export const bundleDir = join(repoRoot, 'dist-test');

/**
 * Builds the extension and puts a copy of it into `dir`, so that a build during the tests does
 * not disturb them. Returns `dir`.
 */
export async function stageExtension(dir: string): Promise<string> {
  await buildAll(false);
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  for (const name of ['package.json', 'dist', 'media', 'schema', 'docs', 'README.md', 'LICENSE']) {
    const source = join(repoRoot, name);
    if (existsSync(source)) cpSync(source, join(dir, name), { recursive: true });
  }
  return dir;
}

/**
 * Bundles one phase's test files into one CommonJS module that exports `run()`. With
 * `RUNYARD_TEST_SHUFFLE=<seed>` the tests of each suite run in another order.
 */
export async function bundlePhase(context: HostContext, phase: HostPhase): Promise<string> {
  const outfile = join(bundleDir, 'host', `${slug(context.session)}-${slug(context.phase)}.cjs`);
  const files = phase.files.map(
    (file) => `[${JSON.stringify(file)}, () => import(${JSON.stringify(`../${file}`)})]`,
  );
  const shuffle = process.env['RUNYARD_TEST_SHUFFLE'];
  const seed = shuffle === undefined ? null : Number(shuffle);
  const contents = [
    "import { runInHost } from './index.ts';",
    `const context = ${JSON.stringify(context)};`,
    `export const run = () => runInHost(context, [${files.join(', ')}], ${String(seed)});`,
  ].join('\n');
  await esbuild.build({
    stdin: { contents, resolveDir: import.meta.dirname, sourcefile: 'entry.ts', loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: nodeTarget,
    mainFields: ['module', 'main'],
    external: ['vscode', 'mocha'],
    sourcemap: 'inline',
    logLevel: 'warning',
    ...cjsImportMeta,
  });
  return outfile;
}

/** A name that is good in paths: `after reload` -> `after-reload`. */
export function slug(text: string): string {
  return text.replace(/\W+/g, '-');
}
