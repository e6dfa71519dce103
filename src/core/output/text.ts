/** The beginning and the end of a line that is longer than `limit`. */
export function cut(bytes: Buffer, limit: number): Buffer {
  if (bytes.length <= limit) return bytes;
  const half = Math.floor(limit / 2);
  const middle = leftOut(bytes.length - 2 * half);
  return Buffer.concat([bytes.subarray(0, half), middle, bytes.subarray(bytes.length - half)]);
}

export function leftOut(bytes: number): Buffer {
  return Buffer.from(` [… ${String(bytes)} bytes …] `);
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** @param open the text goes on: an incomplete character at its end is left for later. */
export function decode(bytes: Buffer, open = false): string {
  if (!open) return decoder.decode(bytes);
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes, { stream: true });
}

/**
 * A line as a terminal shows it in the end: what was printed after the last CR, or before it
 * when nothing was.
 */
export function displayText(text: string): string {
  const parts = text.split('\r');
  for (let i = parts.length - 1; i >= 0; i--) {
    const part = parts[i];
    if (part !== undefined && part !== '') return part;
  }
  return '';
}
