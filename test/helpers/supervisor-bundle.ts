import { buildSupervisor } from '../../scripts/build.mts';

/** Bundles the supervisor into `dir`, as users have it: it starts faster than from source. */
export async function bundleSupervisor(dir: string): Promise<string> {
  return await buildSupervisor(dir);
}
