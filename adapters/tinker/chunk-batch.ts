import { estimatedBytes, type WireDatum } from './wire.ts';

export interface ChunkLimits {
  readonly datums: number;
  readonly bytes: number;
}

/** Tinker's own: `fwdbwd_max_chunk_len`, `fwdbwd_max_chunk_bytes_count`. */
export const defaultChunkLimits: ChunkLimits = { datums: 1_024, bytes: 5_000_000 };

/** A batch in submissions that an engine takes, in order. A datum that is too large alone goes alone. */
export function chunkBatch(
  data: readonly WireDatum[],
  limits: ChunkLimits,
): readonly (readonly WireDatum[])[] {
  const chunks: WireDatum[][] = [];
  let bytes = 0;
  for (const datum of data) {
    const size = estimatedBytes(datum);
    const last = chunks.at(-1);
    if (last === undefined || last.length >= limits.datums || bytes + size > limits.bytes) {
      chunks.push([datum]);
      bytes = size;
    } else {
      last.push(datum);
      bytes += size;
    }
  }
  return chunks;
}
