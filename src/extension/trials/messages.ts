import * as z from 'zod/mini';
import { OPTION_NAMES, type FromPage } from '../../webview/trials/messages.ts';

const ids = z.array(z.number());

const MessageSchema: z.ZodMiniType<FromPage> = z.discriminatedUnion('type', [
  z.object({
    type: z.enum([
      'ready',
      'undo',
      'redo',
      'follow',
      'save',
      'add-file',
      'go',
      'use-last',
      'new-seed',
      'remove-duplicates',
      'add-column',
    ]),
  }),
  z.object({ type: z.literal('flags'), text: z.string() }),
  z.object({ type: z.literal('option'), name: z.enum(OPTION_NAMES), text: z.string() }),
  z.object({ type: z.literal('remove-file'), index: z.number() }),
  z.object({ type: z.literal('cell'), id: z.number(), key: z.string(), text: z.string() }),
  z.object({
    type: z.literal('paste'),
    id: z.number(),
    key: z.string(),
    texts: z.array(z.array(z.string())),
  }),
  z.object({ type: z.literal('add'), after: z.nullable(z.number()) }),
  z.object({ type: z.enum(['duplicate', 'delete']), ids }),
  z.object({ type: z.literal('move'), ids, by: z.union([z.literal(-1), z.literal(1)]) }),
  z.object({ type: z.literal('remove-column'), key: z.string() }),
  z.object({ type: z.literal('open-run'), id: z.string() }),
]);

/** A message of the page; null for what is none. */
export function readMessage(message: unknown): FromPage | null {
  const parsed = MessageSchema.safeParse(message);
  return parsed.success ? parsed.data : null;
}
