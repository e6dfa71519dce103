import { isUtf8 } from 'node:buffer';
import { closeSync, readSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { openRegular } from '../base/regular-file.ts';

const TEXT_EXTENSIONS: ReadonlySet<string> = new Set(
  '.csv .html .json .jsx .md .py .r .sh .ts .yaml .yml'.split(' '),
);

const BINARY_EXTENSIONS: ReadonlySet<string> = new Set(
  [
    '.ai .bmp .gif .ico .jpeg .jpg .png .ps .psd .svg .tif .tiff .aif .mid .midi .mpa .mp3 .ogg',
    '.wav .wma .avi .mov .mp4 .mpeg .swf .wmv .7z .deb .gz .pkg .rar .rpm .tar .xz .z .zip .doc',
    '.docx .key .pdf .ppt .pptx .xlr .xls .xlsx .bin .pickle .pkl .pyc',
  ].flatMap((line) => line.split(' ')),
);

/** How much of a file decides. Bytes. */
const SAMPLE_SIZE = 1024;
const sampleBuffer = Buffer.alloc(SAMPLE_SIZE);

/**
 * Whether a regular file counts as text for source patterns: by its extension, else by its
 * first 1024 bytes (gage-format.md 4.3). An unreadable file is not text.
 */
export function isTextFile(path: string): boolean {
  const known = textByExtension(path);
  if (known !== null) return known;
  let fd: number;
  try {
    fd = openRegular(path);
  } catch {
    return false;
  }
  try {
    return isTextSample(sampleBuffer.subarray(0, readSync(fd, sampleBuffer, 0, SAMPLE_SIZE, 0)));
  } catch {
    return false;
  } finally {
    closeSync(fd);
  }
}

/** True or false where the extension decides, else null. */
export function textByExtension(path: string): boolean | null {
  const extension = extname(basename(path).replace(/^\.+/, '.')).toLowerCase();
  if (TEXT_EXTENSIONS.has(extension)) return true;
  return BINARY_EXTENSIONS.has(extension) ? false : null;
}

/**
 * Whether bytes look like text. Gage asks a statistical detector for the encoding and takes
 * UTF-8 that was cut within a character for binary; here valid UTF-8 (up to the cut) and a
 * byte order mark of UTF-16 or UTF-32 count as decodable.
 * @param sample the first bytes of a file, at most 1024.
 */
export function isTextSample(sample: Uint8Array): boolean {
  if (sample.length === 0) return true;
  let plain = 0;
  let high = 0;
  let suspicious = false;
  for (const byte of sample) {
    if (byte >= 0x7f) high++;
    else if (byte >= 0x20 || isTextControl(byte)) plain++;
    if (byte === 0 || byte === 0xff) suspicious = true;
  }
  const notPlain = (sample.length - plain) / sample.length;
  const notHigh = (sample.length - high) / sample.length;
  const likelyBinary = (notPlain > 0.3 && notHigh < 0.05) || (notPlain > 0.8 && notHigh > 0.8);
  if (isDecodable(sample)) return true;
  return !likelyBinary && !suspicious;
}

/** LF, CR, TAB, FF, BS. */
function isTextControl(byte: number): boolean {
  return byte === 10 || byte === 13 || byte === 9 || byte === 12 || byte === 8;
}

function isDecodable(sample: Uint8Array): boolean {
  if (hasWideMark(sample)) return true;
  if (!sample.some((byte) => byte >= 0x80)) return false;
  return isUtf8(sample.length < SAMPLE_SIZE ? sample : withoutCutCharacter(sample));
}

/** Byte order marks of UTF-16 and UTF-32, both byte orders. */
function hasWideMark(sample: Uint8Array): boolean {
  const [a, b, c, d] = sample;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) return true;
  return a === 0 && b === 0 && c === 0xfe && d === 0xff;
}

/** Drops a UTF-8 character that the end of the sample cuts in two. */
function withoutCutCharacter(sample: Uint8Array): Uint8Array {
  for (let back = 1; back <= 3; back++) {
    const byte = sample[sample.length - back] ?? 0;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return length > back ? sample.subarray(0, sample.length - back) : sample;
    }
    if (byte < 0x80) break;
  }
  return sample;
}
