import { plural } from './words.ts';

/** `12 bytes`, `3.4 kB`, `12 kB`, `1.2 GB` (powers of 1000). */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return plural(bytes, 'byte');
  const names = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let i = 0;
  while (value >= 999.5 && i < names.length - 1) {
    value /= 1000;
    i++;
  }
  return `${value.toFixed(value < 9.95 ? 1 : 0)} ${names[i] ?? ''}`;
}
