import type { FindDepends } from '../core/life/stage-depends.ts';
import type { StagedDependency } from '../core/meta/depends-file.ts';
import { DependencyPlacer } from './place.ts';
import { requireDepends } from './resolve.ts';

/** Finds the dependencies of a run that is being staged, see `FindDepends`. */
export const findDepends: FindDepends = async (run, projectDir, opdef, { signal, exclude }) => {
  const resolved = await requireDepends(
    {
      projectDir,
      runsDir: run.runsDir,
      ns: run.opref.ns,
      table: opdef.table,
      opName: opdef.name,
      runId: run.id,
      ...(exclude && { exclude }),
    },
    signal,
  );
  const total = resolved.reduce((sum, { files }) => sum + files.length, 0);
  return {
    place: async (context) => {
      const placer = new DependencyPlacer(run, context, total);
      const staged: StagedDependency[] = [];
      for (const one of resolved) staged.push(await placer.place(one));
      return staged;
    },
  };
};
