/**
 * Bundles the entries with esbuild: the extension, the supervisor, the command line.
 *
 *   node scripts/build.mts [--production] [--watch]
 *
 * With `RUNYARD_PARTIAL_BUILD=1` an entry that is missing or does not compile is only reported.
 */
import { chmodSync, copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import { repoRoot } from './lib/paths.mts';
import { formatBytes, say } from './lib/say.mts';

/** The Node of the oldest VS Code that we support (`engines.vscode`). */
export const nodeTarget = 'node22';

/** Makes `import.meta` usable in a CommonJS bundle. */
export const cjsImportMeta: Pick<esbuild.BuildOptions, 'banner' | 'define'> = {
  banner: {
    js: "const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;",
  },
  define: {
    'import.meta.url': '__importMetaUrl',
    'import.meta.dirname': '__dirname',
    'import.meta.filename': '__filename',
  },
};

/** Lets CommonJS packages inside an ESM bundle `require` Node's own modules. */
const esmRequire =
  "import { createRequire as __createRequire } from 'node:module';\n" +
  'const require = __createRequire(import.meta.url);';

interface Entry {
  readonly source: string;
  readonly options: esbuild.BuildOptions;
}

/**
 * What applies config has the grammars of every format: the supervisor loads it, for a run that
 * has config, from a file beside it. A YAML summary is read with the parser in there.
 */
const configBeside: esbuild.Plugin = {
  name: 'config-beside',
  setup: (build) => {
    build.onResolve({ filter: /^yaml$|\/config\/apply\.ts$/ }, () => ({
      path: './supervisor-config.cjs',
      external: true,
    }));
  },
};

const partial = process.env['RUNYARD_PARTIAL_BUILD'] === '1';

function supervisorEntries(dir: string): readonly Entry[] {
  return [
    {
      source: 'src/supervisor/main.ts',
      options: {
        outfile: join(dir, 'supervisor.cjs'),
        format: 'cjs',
        plugins: [configBeside],
        // Names of functions would cost memory in every supervisor.
        keepNames: false,
        ...cjsImportMeta,
      },
    },
    {
      source: 'src/supervisor/config.ts',
      options: { outfile: join(dir, 'supervisor-config.cjs'), format: 'cjs', ...cjsImportMeta },
    },
  ];
}

function commandEntry(dir: string): Entry {
  return {
    source: 'src/cli/main.ts',
    options: {
      outfile: join(dir, 'cli.js'),
      format: 'esm',
      banner: { js: `#!/usr/bin/env node\n${esmRequire}` },
    },
  };
}

const entries: readonly Entry[] = [
  {
    source: 'src/extension/main.ts',
    options: {
      outfile: 'dist/extension.cjs',
      format: 'cjs',
      external: ['vscode'],
      ...cjsImportMeta,
    },
  },
  ...supervisorEntries('dist'),
  commandEntry('dist'),
  {
    source: 'src/webview/trials/main.ts',
    options: { outfile: 'dist/trials.js', format: 'iife', platform: 'browser', keepNames: false },
  },
];

function optionsFor(entry: Entry, production: boolean): esbuild.BuildOptions {
  return {
    absWorkingDir: repoRoot,
    entryPoints: [entry.source],
    bundle: true,
    platform: 'node',
    target: nodeTarget,
    mainFields: ['module', 'main'],
    minify: production,
    keepNames: true,
    sourcemap: production ? 'external' : 'linked',
    sourcesContent: false,
    metafile: true,
    legalComments: 'none',
    logLevel: 'warning',
    ...entry.options,
  };
}

/**
 * Bundles every entry into `dist/`.
 * Returns the size in bytes of each bundle by its path from the repository's root.
 * Throws when an entry does not compile.
 */
export async function buildAll(production: boolean): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  for (const entry of presentEntries()) {
    const outputs = await bundle(entry, production);
    for (const [path, output] of Object.entries(outputs)) {
      if (path.endsWith('.map')) continue;
      sizes.set(path, output.bytes);
      say(`  ${path.padEnd(22)} ${formatBytes(output.bytes).padStart(9)}`);
    }
  }
  copyAdapter(join(repoRoot, 'dist'));
  const cli = join(repoRoot, 'dist/cli.js');
  if (existsSync(cli)) chmodSync(cli, 0o755);
  return sizes;
}

/** Bundles only the supervisor, as users have it, into `dir`. Resolves to the path of its script. */
export async function buildSupervisor(dir: string): Promise<string> {
  const built = supervisorEntries(dir).map((entry) =>
    esbuild.build({ ...optionsFor(entry, true), sourcemap: false }),
  );
  await Promise.all(built);
  copyAdapter(dir);
  return join(dir, 'supervisor.cjs');
}

/** Bundles only the command, as users have it, into `dir`, where a supervisor is. */
export async function buildCommand(dir: string): Promise<void> {
  await esbuild.build({ ...optionsFor(commandEntry(dir), true), sourcemap: false });
}

/** What a supervisor has a Python run to ask Optuna lies beside it. */
function copyAdapter(dir: string): void {
  const name = 'optuna_adapter.py';
  mkdirSync(dir, { recursive: true });
  copyFileSync(join(repoRoot, 'optimizers', name), join(dir, name));
}

async function bundle(entry: Entry, production: boolean): Promise<esbuild.Metafile['outputs']> {
  try {
    const result = await esbuild.build(optionsFor(entry, production));
    return result.metafile?.outputs ?? {};
  } catch (error) {
    if (!partial) throw error;
    say(`  ${entry.source} does not compile: skipped`);
    return {};
  }
}

function presentEntries(): Entry[] {
  return entries.filter((entry) => {
    if (existsSync(join(repoRoot, entry.source))) return true;
    if (!partial) throw new Error(`${entry.source} does not exist.`);
    say(`  ${entry.source} does not exist: skipped`);
    return false;
  });
}

async function watchAll(): Promise<void> {
  copyAdapter(join(repoRoot, 'dist'));
  for (const entry of presentEntries()) {
    const context = await esbuild.context({ ...optionsFor(entry, false), logLevel: 'info' });
    await context.watch();
  }
}

if (import.meta.main) {
  const args = process.argv.slice(2);
  if (args.includes('--watch')) {
    say('Watching.');
    await watchAll();
  } else {
    const production = args.includes('--production');
    say(`Building${production ? ' for production' : ''}`);
    await buildAll(production);
  }
}
