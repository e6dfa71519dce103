import type { NewRunOptions } from '../../operation/new-run.ts';
import type { Context } from '../base/context.ts';
import { EXIT } from '../base/errors.ts';
import { printable } from '../base/text.ts';

/** What a run would be: `run OP --preview`. */
export async function printPreview(
  context: Context,
  opName: string | undefined,
  options: NewRunOptions,
): Promise<number> {
  const { previewJson, previewOperation } = await import('../../operation/preview.ts');
  const preview = await previewOperation(await context.project(), opName, options);
  if (context.json) {
    context.outJson(previewJson(preview));
  } else {
    const { renderPreview } = await import('../../operation/render-preview.ts');
    const { text } = renderPreview(preview);
    context.out(text.split('\n').map(printable).join('\n'));
  }
  return EXIT.ok;
}
