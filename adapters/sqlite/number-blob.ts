export const bytesPerNumber = 4;

/** 32-bit integers, little-endian on every machine. */
export function intsToBlob(numbers: Int32Array): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(numbers.length * bytesPerNumber));
  numbers.forEach((number, at) => {
    bytes.setInt32(at * bytesPerNumber, number, true);
  });
  return new Uint8Array(bytes.buffer);
}

/** 32-bit floats, little-endian on every machine. */
export function floatsToBlob(numbers: Float32Array): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(numbers.length * bytesPerNumber));
  numbers.forEach((number, at) => {
    bytes.setFloat32(at * bytesPerNumber, number, true);
  });
  return new Uint8Array(bytes.buffer);
}

/** `undefined` for bytes that are not whole numbers of 32 bits. */
export function blobToInts(blob: Uint8Array): Int32Array | undefined {
  const bytes = viewOf(blob);
  return bytes && Int32Array.from(placesIn(blob), (place) => bytes.getInt32(place, true));
}

/** As `blobToInts`. */
export function blobToFloats(blob: Uint8Array): Float32Array | undefined {
  const bytes = viewOf(blob);
  return bytes && Float32Array.from(placesIn(blob), (place) => bytes.getFloat32(place, true));
}

function viewOf(blob: Uint8Array): DataView | undefined {
  if (blob.byteLength % bytesPerNumber !== 0) return undefined;
  return new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
}

const placesIn = (blob: Uint8Array): readonly number[] =>
  Array.from({ length: blob.byteLength / bytesPerNumber }, (_, at) => at * bytesPerNumber);
