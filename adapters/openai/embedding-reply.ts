import * as z from 'zod';

const reply = z.looseObject({
  data: z.array(
    z.looseObject({
      index: z.int().nullish(),
      embedding: z.union([z.string(), z.array(z.unknown())]),
    }),
  ),
});

/** What is wrong with an answer, as what the server did: `sent 2 vectors for 3 texts`. */
export interface ReplyProblem {
  readonly problem: string;
}

const noDirection: ReplyProblem = { problem: 'sent a vector of zeros, or of things that are no numbers' };

/** 32-bit floats, little-endian, as the vendor packs them. */
function unpack(base64: string): Float32Array | undefined {
  if (!z.base64().safeParse(base64).success) return undefined;
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
  const isWhole = bytes.byteLength % Float32Array.BYTES_PER_ELEMENT === 0;
  return isWhole ? new Float32Array(bytes.buffer) : undefined;
}

function fromNumbers(values: readonly unknown[]): Float32Array | undefined {
  const numbers = values.filter((value) => typeof value === 'number');
  return numbers.length === values.length ? Float32Array.from(numbers) : undefined;
}

/** Of length 1; undefined where it has no direction. */
function normalised(vector: Float32Array): Float32Array | undefined {
  let squares = 0;
  for (const number of vector) squares += number * number;
  const length = Math.sqrt(squares);
  return Number.isFinite(length) && length > 0 ? vector.map((number) => number / length) : undefined;
}

/** One vector of length 1 for each of `count` texts, in their order, whichever form and order the server chose. */
export function readVectors(value: unknown, count: number): readonly Float32Array[] | ReplyProblem {
  const parsed = reply.safeParse(value);
  if (!parsed.success) return { problem: 'sent something other than a list of vectors' };
  const { data } = parsed.data;
  if (data.length !== count) {
    return {
      problem: `sent ${data.length === 1 ? '1 vector' : `${data.length} vectors`} for ${count} texts`,
    };
  }
  const vectors = new Map<number, Float32Array>();
  for (const [at, { index, embedding }] of data.entries()) {
    const raw = typeof embedding === 'string' ? unpack(embedding) : fromNumbers(embedding);
    const vector = raw && normalised(raw);
    if (vector === undefined) return noDirection;
    vectors.set(index ?? at, vector);
  }
  const ordered = Array.from({ length: count }, (_, at) => vectors.get(at)).filter(
    (one) => one !== undefined,
  );
  return ordered.length === count ? ordered : { problem: 'sent vectors that belong to none of the texts' };
}
