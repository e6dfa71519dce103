import { crc32, deflateRawSync } from 'node:zlib';

/** A file of a zip as {@link zipOf} writes it. */
export interface ZipFileSpec {
  readonly name: string;
  readonly data: Uint8Array | string;
  /** What the zip says of its size; the truth by default. Bytes. */
  readonly declared?: number;
}

/**
 * A zip of compressed files, also one that no packer would make: equal contents lie in it only once,
 * and sizes may be lies.
 */
export function zipOf(files: readonly ZipFileSpec[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  const places = new Map<Uint8Array | string, { offset: number; packed: Buffer; crc: number }>();
  let size = 0;
  for (const { name, data, declared } of files) {
    let place = places.get(data);
    if (place === undefined) {
      place = { offset: size, packed: deflateRawSync(data, { level: 9 }), crc: crc32(data) };
      places.set(data, place);
      const local = Buffer.alloc(30);
      local.writeUInt32LE(0x04034b50, 0);
      local.writeUInt16LE(8, 8);
      parts.push(local, place.packed);
      size += local.length + place.packed.length;
    }
    const bytes = Buffer.from(name);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(8, 10);
    central.writeUInt32LE(place.crc, 16);
    central.writeUInt32LE(place.packed.length, 20);
    central.writeUInt32LE(declared ?? Buffer.byteLength(data), 24);
    central.writeUInt16LE(bytes.length, 28);
    central.writeUInt32LE(place.offset, 42);
    directory.push(central, bytes);
  }
  const listed = Buffer.concat(directory);
  return Buffer.concat([...parts, listed, endOf(files.length, listed.length, size)]);
}

/** The end record, preceded by its larger sister: more than 65,535 files need that. */
function endOf(count: number, length: number, offset: number): Buffer {
  const large = Buffer.alloc(56);
  large.writeUInt32LE(0x06064b50, 0);
  large.writeBigUInt64LE(44n, 4);
  large.writeBigUInt64LE(BigInt(count), 24);
  large.writeBigUInt64LE(BigInt(count), 32);
  large.writeBigUInt64LE(BigInt(length), 40);
  large.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(offset + length), 8);
  locator.writeUInt32LE(1, 16);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(0xffff, 8);
  end.writeUInt16LE(0xffff, 10);
  end.writeUInt32LE(0xffffffff, 12);
  end.writeUInt32LE(0xffffffff, 16);
  return Buffer.concat([large, locator, end]);
}
