import { constants, crc32, deflateRawSync } from 'node:zlib';

/** A file of a zip as {@link zipOf} writes it. */
export interface ZipEntry {
  readonly name: string;
  readonly data: Uint8Array | string;
  /** What the zip says of its size; the truth by default. Bytes. */
  readonly declared?: number;
  /** `data` is deflated already. */
  readonly deflated?: boolean;
}

interface Packed {
  readonly bytes: Uint8Array;
  readonly crc: number;
  readonly size: number;
  readonly offset: number;
}

/**
 * A zip of compressed files, also one that no packer would make: equal contents lie in it only once,
 * and sizes may be lies.
 */
export function zipOf(entries: readonly ZipEntry[]): Buffer {
  const parts: Uint8Array[] = [];
  const central: Buffer[] = [];
  const places = new Map<Uint8Array | string, Packed>();
  let offset = 0;
  for (const entry of entries) {
    let place = places.get(entry.data);
    if (place === undefined) {
      place = packed(entry, offset);
      places.set(entry.data, place);
      const local = header(0x04034b50, entry, place);
      parts.push(local, place.bytes);
      offset += local.length + place.bytes.length;
    }
    central.push(header(0x02014b50, entry, place));
  }
  const directory = Buffer.concat(central);
  return Buffer.concat([...parts, directory, ...ending(central.length, directory.length, offset)]);
}

/** Zeros, many of them, deflated: a block that is whole is repeated. */
export function deflatedZeros(blocks: number): Buffer {
  const zeros = Buffer.alloc(16 * 1024 * 1024);
  const block = deflateRawSync(zeros, { finishFlush: constants.Z_FULL_FLUSH, level: 9 });
  const last = deflateRawSync(Buffer.alloc(0));
  return Buffer.concat([...Array.from({ length: blocks }, () => block), last]);
}

function packed({ data, deflated }: ZipEntry, offset: number): Packed {
  const bytes = Buffer.from(data);
  if (deflated === true) return { bytes, crc: 0, size: bytes.length, offset };
  const size = bytes.length;
  return { bytes: deflateRawSync(bytes, { level: 9 }), crc: crc32(bytes), size, offset };
}

function header(signature: number, entry: ZipEntry, place: Packed): Buffer {
  const name = Buffer.from(entry.name);
  const isCentral = signature === 0x02014b50;
  const buffer = Buffer.alloc(isCentral ? 46 : 30);
  buffer.writeUInt32LE(signature, 0);
  const at = isCentral ? 6 : 4;
  if (isCentral) buffer.writeUInt16LE(20, 4);
  buffer.writeUInt16LE(20, at);
  buffer.writeUInt16LE(0x0800, at + 2);
  buffer.writeUInt16LE(8, at + 4);
  buffer.writeUInt32LE(place.crc, at + 10);
  buffer.writeUInt32LE(place.bytes.length, at + 14);
  buffer.writeUInt32LE(entry.declared ?? place.size, at + 18);
  buffer.writeUInt16LE(name.length, at + 22);
  if (isCentral) buffer.writeUInt32LE(place.offset, 42);
  return Buffer.concat([buffer, name]);
}

/** The end of a zip; of many entries with the larger numbers of a zip64. */
function ending(count: number, size: number, offset: number): readonly Buffer[] {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  const isLarge = count >= 0xffff;
  end.writeUInt16LE(isLarge ? 0xffff : count, 8);
  end.writeUInt16LE(isLarge ? 0xffff : count, 10);
  end.writeUInt32LE(isLarge ? 0xffffffff : size, 12);
  end.writeUInt32LE(isLarge ? 0xffffffff : offset, 16);
  if (!isLarge) return [end];
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  for (const at of [24, 32]) record.writeBigUInt64LE(BigInt(count), at);
  record.writeBigUInt64LE(BigInt(size), 40);
  record.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(offset + size), 8);
  locator.writeUInt32LE(1, 16);
  return [record, locator, end];
}
