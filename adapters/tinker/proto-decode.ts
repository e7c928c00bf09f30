import { BinaryReader, type WireType } from '@bufbuild/protobuf/wire';
import { badReply } from './json-codec.ts';
import { bf16Of, f32Of, i32Of, i64Of } from './little-endian.ts';
import type { PassResult, SampleResult, WireSequence } from './wire.ts';

type Field = (number: number, reader: BinaryReader, type: WireType) => boolean;

/** Reads one message field by field; `take` says whether it read that one. What nobody takes is skipped: engines add fields. */
function readMessage(bytes: Uint8Array, take: Field): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    if (!take(number, reader, type)) reader.skip(type, number);
  }
}

interface ArrayField {
  data: Uint8Array;
  offsets: readonly number[];
  dtype: number;
}

const none: Uint8Array = new Uint8Array();

function readArrayField(bytes: Uint8Array): ArrayField {
  const field: ArrayField = { data: none, offsets: [], dtype: 0 };
  readMessage(bytes, (number, reader) => {
    if (number === 1) field.data = reader.bytes();
    else if (number === 2) field.offsets = i64Of(reader.bytes());
    else if (number === 3) field.dtype = reader.int32();
    else return false;
    return true;
  });
  return field;
}

function numbersOf(bytes: Uint8Array, dtype: number): Float32Array {
  switch (dtype) {
    case 1:
      return f32Of(bytes);
    case 2:
      return Float32Array.from(i64Of(bytes));
    case 3:
      return Float32Array.from(i32Of(bytes));
    case 4:
      return bf16Of(bytes);
    default:
      throw badReply(`numbers have the unknown type ${dtype}`);
  }
}

/** Key 1, value 2. */
function readEntry(bytes: Uint8Array): readonly [string, Uint8Array] {
  let key = '';
  let value = none;
  readMessage(bytes, (number, reader) => {
    if (number === 1) key = reader.string();
    else if (number === 2) value = reader.bytes();
    else return false;
    return true;
  });
  return [key, value];
}

function readMetric(bytes: Uint8Array): readonly [string, number] {
  let key = '';
  let value = 0;
  readMessage(bytes, (number, reader) => {
    if (number === 1) key = reader.string();
    else if (number === 2) value = reader.double();
    else return false;
    return true;
  });
  return [key, value];
}

type Output = Readonly<Record<string, Float32Array>>;

/** More than any batch has, and any sample. What is empty takes next to no bytes, and memory all the same. */
const mostDatums = 100_000;
const mostSequences = 100_000;

/** The arrays of all datums lie in one piece of bytes for each name, cut by offsets. Throws where there are more than `most`. */
function readRecord(bytes: Uint8Array, most: number): readonly Output[] {
  const fields: [string, ArrayField][] = [];
  let datums = 0;
  readMessage(bytes, (number, reader) => {
    if (number === 2) {
      const [name, value] = readEntry(reader.bytes());
      fields.push([name, readArrayField(value)]);
    } else if (number === 3) datums = Number(reader.int64());
    else return false;
    return true;
  });
  const count = datums > 0 ? datums : Math.max(0, (fields[0]?.[1].offsets.length ?? 0) - 1);
  if (count > most) throw badReply(`there are more than ${mostDatums} outputs`);
  return Array.from({ length: count }, (_, at) =>
    Object.fromEntries(
      fields.map(([name, { data, offsets, dtype }]) => {
        const [from, to] = [offsets[at], offsets[at + 1]];
        if (from === undefined || to === undefined || from < 0 || from > to || to > data.length) {
          throw badReply(`${name} of datum ${at} has no bounds`);
        }
        return [name, numbersOf(data.subarray(from, to), dtype)];
      }),
    ),
  );
}

function guarded<T>(read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof Error && thrown.name === 'AppError') throw thrown;
    throw badReply('its protobuf cannot be read');
  }
}

/** `ForwardBackwardOutput`. */
export function passFromProto(bytes: Uint8Array): PassResult {
  return guarded(() => {
    const outputs: Output[] = [];
    const metrics: Record<string, number> = {};
    readMessage(bytes, (number, reader) => {
      if (number === 2) {
        for (const output of readRecord(reader.bytes(), mostDatums - outputs.length)) outputs.push(output);
      } else if (number === 3) {
        const [name, value] = readMetric(reader.bytes());
        metrics[name] = value;
      } else return false;
      return true;
    });
    return { outputs, metrics };
  });
}

function readSequence(bytes: Uint8Array): WireSequence {
  // proto3 leaves zero values out, and STOP is zero.
  let stopReason: WireSequence['stopReason'] = 'stop';
  let tokens: Int32Array = new Int32Array();
  let logprobs: Float32Array | undefined;
  readMessage(bytes, (number, reader) => {
    if (number === 1) stopReason = reader.int32() === 1 ? 'length' : 'stop';
    else if (number === 2) tokens = i32Of(reader.bytes());
    else if (number === 3) logprobs = f32Of(reader.bytes());
    else return false;
    return true;
  });
  return { tokens, stopReason, ...(logprobs === undefined ? {} : { logprobs }) };
}

/** Alternatives that fill up a row have this log-probability. */
const PADDING_LOGPROB = -99_999;

function readTop(bytes: Uint8Array): NonNullable<SampleResult['topPromptLogprobs']> {
  let ids: Int32Array = new Int32Array();
  let logprobs: Float32Array = new Float32Array();
  let [k, length] = [0, 0];
  readMessage(bytes, (number, reader) => {
    if (number === 1) ids = i32Of(reader.bytes());
    else if (number === 2) logprobs = f32Of(reader.bytes());
    else if (number === 3) k = reader.int32();
    else if (number === 4) length = reader.int32();
    else return false;
    return true;
  });
  if (k <= 0 || length * k > Math.min(ids.length, logprobs.length))
    throw badReply('alternatives are cut off');
  return Array.from({ length }, (_, row) => {
    const pairs = Array.from({ length: k }, (__, at) => {
      const index = row * k + at;
      return [ids[index] ?? 0, logprobs[index] ?? Number.NaN] as const;
    }).filter(([, logprob]) => logprob > PADDING_LOGPROB);
    return pairs.length === 0 ? null : pairs;
  });
}

/** `SampleResponse`. */
export function sampleFromProto(bytes: Uint8Array): SampleResult {
  return guarded(() => {
    const sequences: WireSequence[] = [];
    let promptLogprobs: Float32Array | undefined;
    let top: SampleResult['topPromptLogprobs'];
    let hits: number | undefined;
    readMessage(bytes, (number, reader) => {
      if (number === 1) {
        if (sequences.length === mostSequences)
          throw badReply(`there are more than ${mostSequences} answers`);
        sequences.push(readSequence(reader.bytes()));
      } else if (number === 2) promptLogprobs = f32Of(reader.bytes());
      else if (number === 3) top = readTop(reader.bytes());
      else if (number === 4) hits = reader.int32();
      else return false;
      return true;
    });
    return {
      sequences,
      ...(promptLogprobs === undefined ? {} : { promptLogprobs }),
      ...(top === undefined ? {} : { topPromptLogprobs: top }),
      ...(hits === undefined ? {} : { promptCacheHitTokens: hits }),
    };
  });
}
