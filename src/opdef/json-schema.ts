import * as z from 'zod/mini';
import { keyDocAt, SETTING_KEYS } from './keys.ts';
import { gageFileSchema } from './schema.ts';

type Schema = z.core.JSONSchema.BaseSchema;

/** The JSON schema (draft-07) of Gage files, with the documentation of the keys. */
export function gageFileJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(gageFileSchema, {
    target: 'draft-7',
    io: 'input',
    unrepresentable: 'any',
    // An integer of a Gage file is a `bigint` to us.
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema._zod.def.type === 'bigint') jsonSchema.type = 'integer';
    },
  });
  const operation = schema.additionalProperties;
  if (typeof operation !== 'object') throw new Error('The schema has no operations');
  describe(operation, []);
  const settings = Object.entries(schema.properties ?? {}).map(([key, value]) => {
    const summary = SETTING_KEYS.find((doc) => doc.key === key)?.summary;
    return [key, typeof value === 'object' ? { ...value, description: summary } : value] as const;
  });
  return {
    $schema: schema.$schema,
    title: 'Gage file',
    description: 'Operations of a project and how their runs are staged.',
    type: 'object',
    properties: Object.fromEntries(settings),
    patternProperties: { '^[^$\\s]+$': operation },
    additionalProperties: false,
  };
}

/** Gives every key below an operation its documentation, in all forms that a value may have. */
function describe(schema: Schema | boolean, path: readonly string[]): void {
  if (typeof schema === 'boolean') return;
  for (const [key, value] of Object.entries(schema.properties ?? {})) {
    const at = [...path, key];
    if (typeof value === 'object') value.description = keyDocAt(at)?.summary ?? '';
    describe(value, at);
  }
  for (const option of schema.anyOf ?? []) describe(option, path);
  if (typeof schema.items === 'object' && !Array.isArray(schema.items))
    describe(schema.items, path);
}
