/** One file of a zip, as the directory at the zip's end describes it. None of it has been checked against the file itself. */
export interface ZipEntry {
  readonly path: string;
  /** `misnamed`: its name is no UTF-8, and the path only resembles it. */
  readonly kind: 'file' | 'folder' | 'link' | 'other' | 'misnamed';
  readonly isEncrypted: boolean;
  /** 0: stored. 8: deflated. */
  readonly method: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly bytes: number;
  /** Where its local header begins. */
  readonly offset: number;
}

const signatures = { local: 0x04034b50, entry: 0x02014b50, end: 0x06054b50 } as const;
const endBytes = 22;
const mostCommentBytes = 0xffff;
const entryBytes = 46;
const localBytes = 30;
/** Stands for a number that only the larger format, zip64, can write. */
const [beyond16, beyond32] = [0xffff, 0xffffffff] as const;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const latin1 = new TextDecoder('latin1');

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Whether the bytes begin as a zip does, an empty one among them. */
export function isZip(bytes: Uint8Array): boolean {
  if (bytes.length < endBytes) return false;
  const begin = viewOf(bytes).getUint32(0, true);
  return begin === signatures.local || begin === signatures.end;
}

function findEnd(view: DataView): number | undefined {
  const last = view.byteLength - endBytes;
  for (let at = last; at >= Math.max(0, last - mostCommentBytes); at -= 1) {
    if (view.getUint32(at, true) === signatures.end && view.getUint16(at + 20, true) === last - at) return at;
  }
  return undefined;
}

/** Names are UTF-8 from every current program, whether or not it says so. */
function decodeName(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

const kinds: ReadonlyMap<number, ZipEntry['kind']> = new Map([
  [0, 'file'],
  [0o100000, 'file'],
  [0o040000, 'folder'],
  [0o120000, 'link'],
]);

/** Unix and macOS programs keep the file's mode in the upper half of the attributes. */
function kindOf(path: string, madeBy: number, attributes: number): ZipEntry['kind'] {
  if (path.endsWith('/')) return 'folder';
  const isUnix = madeBy === 3 || madeBy === 19;
  return isUnix ? (kinds.get((attributes >>> 16) & 0o170000) ?? 'other') : 'file';
}

/**
 * The entries of a zip, in its order. Undefined where the directory is damaged or of the larger format. Written here as
 * libraries hide what has to be known before unpacking: links, duplicates, encryption, checksums.
 */
export function readZipDirectory(zip: Uint8Array): readonly ZipEntry[] | undefined {
  const view = viewOf(zip);
  const end = findEnd(view);
  if (end === undefined) return undefined;
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  if (count === beyond16 || at === beyond32) return undefined;
  const entries: ZipEntry[] = [];
  for (let index = 0; index < count; index += 1) {
    if (at + entryBytes > end || view.getUint32(at, true) !== signatures.entry) return undefined;
    const nameBytes = view.getUint16(at + 28, true);
    const next = at + entryBytes + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (next > end) return undefined;
    const name = zip.subarray(at + entryBytes, at + entryBytes + nameBytes);
    const path = decodeName(name);
    entries.push({
      path: path ?? latin1.decode(name),
      kind:
        path === undefined ? 'misnamed' : kindOf(path, view.getUint8(at + 5), view.getUint32(at + 38, true)),
      isEncrypted: (view.getUint16(at + 8, true) & 1) === 1,
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packedBytes: view.getUint32(at + 20, true),
      bytes: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
    });
    at = next;
  }
  return entries;
}

/** An entry's bytes as they lie in the zip; undefined where its own header says something else than the directory. */
export function packedBytesOf(zip: Uint8Array, entry: ZipEntry): Uint8Array | undefined {
  const view = viewOf(zip);
  const { offset } = entry;
  if (offset + localBytes > zip.length || view.getUint32(offset, true) !== signatures.local) return undefined;
  const nameStart = offset + localBytes;
  const nameEnd = nameStart + view.getUint16(offset + 26, true);
  const start = nameEnd + view.getUint16(offset + 28, true);
  if (start + entry.packedBytes > zip.length) return undefined;
  if (decodeName(zip.subarray(nameStart, nameEnd)) !== entry.path) return undefined;
  return zip.subarray(start, start + entry.packedBytes);
}
