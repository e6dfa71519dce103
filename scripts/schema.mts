/** Writes `schema/gagefile.schema.json` from the schema that checks Gage files. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { gageFileJsonSchema } from '../src/opdef/json-schema.ts';
import { repoRoot } from './lib/paths.mts';
import { say } from './lib/say.mts';

const path = join(repoRoot, 'schema', 'gagefile.schema.json');
mkdirSync(dirname(path), { recursive: true });
const options = await resolveConfig(path);
const text = await format(JSON.stringify(gageFileJsonSchema()), { ...options, filepath: path });
writeFileSync(path, text);
say(`schema/gagefile.schema.json: ${String(text.length)} bytes`);
