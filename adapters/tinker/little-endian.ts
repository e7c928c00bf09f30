/**
 * Bytes as engines write numbers: little-endian. Views may lie anywhere, so everything is copied. Reading throws a RangeError
 * where the bytes are no whole number of numbers.
 */
function countOf(bytes: Uint8Array, size: number): number {
  if (bytes.byteLength % size !== 0) throw new RangeError(`${bytes.byteLength} bytes, ${size} a number`);
  return bytes.byteLength / size;
}

export function f32Of(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const numbers = new Float32Array(countOf(bytes, 4));
  for (let at = 0; at < numbers.length; at += 1) numbers[at] = view.getFloat32(at * 4, true);
  return numbers;
}

export function i32Of(bytes: Uint8Array): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const numbers = new Int32Array(countOf(bytes, 4));
  for (let at = 0; at < numbers.length; at += 1) numbers[at] = view.getInt32(at * 4, true);
  return numbers;
}

/** Whole numbers of 64 bits that must fit into a double. */
export function i64Of(bytes: Uint8Array): readonly number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: countOf(bytes, 8) }, (_, at) => Number(view.getBigInt64(at * 8, true)));
}

/** The upper half of a 32-bit float. */
export function bf16Of(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bits = new Uint32Array(countOf(bytes, 2));
  for (let at = 0; at < bits.length; at += 1) bits[at] = view.getUint16(at * 2, true) << 16;
  return new Float32Array(bits.buffer);
}

export function toI32Bytes(numbers: Int32Array): Uint8Array {
  const bytes = new Uint8Array(numbers.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [at, number] of numbers.entries()) view.setInt32(at * 4, number, true);
  return bytes;
}

/** 32-bit whole numbers, each in 64 bits. */
export function toI64Bytes(numbers: Int32Array): Uint8Array {
  const bytes = new Uint8Array(numbers.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [at, number] of numbers.entries()) {
    view.setInt32(at * 8, number, true);
    view.setInt32(at * 8 + 4, number < 0 ? -1 : 0, true);
  }
  return bytes;
}

export function toF32Bytes(numbers: Float32Array): Uint8Array {
  const bytes = new Uint8Array(numbers.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [at, number] of numbers.entries()) view.setFloat32(at * 4, number, true);
  return bytes;
}
