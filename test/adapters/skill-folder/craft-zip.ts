import { crc32, deflateRawSync } from 'node:zlib';

export interface CraftedEntry {
  readonly path: string;
  readonly bytes?: Uint8Array | string;
  /** What the zip says, where that is not so. */
  readonly says?: {
    readonly bytes?: number;
    readonly crc?: number;
    readonly method?: number;
    readonly flags?: number;
    readonly localPath?: string;
  };
  /** What lies in the zip in place of the deflated bytes. */
  readonly packed?: Uint8Array;
  /** The file's mode as Unix programs write it. Default: none, as from DOS. */
  readonly mode?: number;
  /** The name's bytes, where they are not the path's UTF-8. */
  readonly rawName?: Uint8Array;
}

/** A zip by hand, so that it may say anything of itself. */
export function craftZip(entries: readonly CraftedEntry[]): Uint8Array {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { path, bytes = '', says = {}, mode, rawName, packed: given } of entries) {
    const content = Buffer.from(bytes);
    const packed = given === undefined ? deflateRawSync(content) : Buffer.from(given);
    const name = Buffer.from(rawName ?? Buffer.from(path));
    const localName = Buffer.from(says.localPath ?? name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(says.flags ?? 0x800, 2);
    common.writeUInt16LE(says.method ?? 8, 4);
    common.writeUInt32LE(says.crc ?? crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(says.bytes ?? content.length, 18);
    common.writeUInt16LE(localName.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, localName, packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(mode === undefined ? 0 : (mode << 16) >>> 0, 6);
    rest.writeUInt32LE(offset, 10);
    common.writeUInt16LE(name.length, 22);
    const madeBy = Buffer.from([20, mode === undefined ? 0 : 3]);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02'), madeBy, common, rest, name]));
    locals.push(local);
    offset += local.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return new Uint8Array(Buffer.concat([...locals, ...directory, end]));
}
