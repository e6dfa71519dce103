import { join } from 'node:path';
import { build } from 'esbuild';

/** Bundles the supervisor into `dir`, as users have it: it starts faster than from source. */
export async function bundleSupervisor(dir: string): Promise<string> {
  const outfile = join(dir, 'supervisor.cjs');
  await build({
    entryPoints: [join(import.meta.dirname, '..', '..', 'src', 'supervisor', 'main.ts')],
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    minify: true,
    outfile,
    logLevel: 'error',
  });
  return outfile;
}
