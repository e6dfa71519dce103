import { readConfigFiles } from '../../../src/config/config.ts';
import type { JsonObject } from '../../../src/core/data/json.ts';
import type { RunConfig } from '../../../src/core/run/types.ts';

/** The values that an operation with this table has in a directory. */
export async function readConfig(dir: string, table: JsonObject): Promise<RunConfig> {
  return (await readConfigFiles(dir, table)).values;
}
