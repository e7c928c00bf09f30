/** Little-endian bytes of the protocol's tensors. */

function bytesOf(count: number, size: number, write: (view: DataView, offset: number, at: number) => void) {
  const view = new DataView(new ArrayBuffer(count * size));
  for (let at = 0; at < count; at += 1) write(view, at * size, at);
  return new Uint8Array(view.buffer);
}

export const int32Bytes = (values: ArrayLike<number>): Uint8Array =>
  bytesOf(values.length, 4, (view, offset, at) => view.setInt32(offset, values[at]!, true));

export const int64Bytes = (values: ArrayLike<number>): Uint8Array =>
  bytesOf(values.length, 8, (view, offset, at) => view.setBigInt64(offset, BigInt(values[at]!), true));

export const float32Bytes = (values: ArrayLike<number>): Uint8Array =>
  bytesOf(values.length, 4, (view, offset, at) => view.setFloat32(offset, values[at]!, true));

const readers: Record<string, { size: number; read: (view: DataView, offset: number) => number }> = {
  DTYPE_FLOAT32: { size: 4, read: (view, offset) => view.getFloat32(offset, true) },
  DTYPE_INT64: { size: 8, read: (view, offset) => Number(view.getBigInt64(offset, true)) },
  DTYPE_INT32: { size: 4, read: (view, offset) => view.getInt32(offset, true) },
  DTYPE_BFLOAT16: {
    size: 2,
    read: (view, offset) => {
      const wide = new DataView(new ArrayBuffer(4));
      wide.setUint16(2, view.getUint16(offset, true), true);
      return wide.getFloat32(0, true);
    },
  },
};

/** Throws where the kind is unknown or the bytes are no whole number of values. */
export function readNumbers(bytes: Uint8Array, dtype: string): readonly number[] {
  const reader = readers[dtype];
  if (reader === undefined) throw new Error(`unsupported tensor dtype ${dtype}`);
  if (bytes.byteLength % reader.size !== 0) throw new Error(`${bytes.byteLength} bytes are no ${dtype}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.byteLength / reader.size }, (_, at) =>
    reader.read(view, at * reader.size),
  );
}
