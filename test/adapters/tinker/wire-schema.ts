import protobuf from 'protobufjs';

/** All messages of the protocol that the client writes or reads, by another library and from the published field numbers. */
const source = `
syntax = "proto3";
enum StopReason { STOP = 0; LENGTH = 1; }
enum DType { UNSPECIFIED = 0; FLOAT32 = 1; INT64 = 2; INT32 = 3; BFLOAT16 = 4; }
message EncodedText { bytes tokens = 1; }
message Image { bytes data = 1; string format = 2; optional int32 expected_tokens = 3; }
message Dmel { bytes dmel = 1; }
message Chunk { oneof chunk { EncodedText encoded_text = 1; Image image = 2; Dmel dmel = 3; } }
message Csr { bytes values = 1; bytes crow_indices = 2; bytes col_indices = 3; }
message Tensor { oneof encoding { bytes dense = 1; Csr sparse_csr = 2; } DType dtype = 3; repeated int64 shape = 4; }
message ConfigValue { oneof value { double number = 1; string text = 2; } }
message Datum { repeated Chunk model_input = 1; map<string, Tensor> loss_fn_inputs = 2; }
message Request {
  string model_id = 1; int32 seq_id = 2; repeated Datum data = 3; string loss_fn = 4;
  map<string, double> loss_fn_config = 5; bool forward_only = 6; map<string, ConfigValue> loss_fn_config_v2 = 7;
}
message Batched { bytes data = 1; bytes offsets = 2; DType dtype = 3; repeated int64 trailing_shape = 4; string later = 99; }
message Record { string type_tag = 1; map<string, Batched> fields = 2; int64 num_datums = 3; double later = 98; }
message Output {
  string loss_fn_output_type = 1; repeated Record loss_fn_outputs = 2; map<string, double> metrics = 3;
  fixed64 later = 97;
}
message TopK { bytes token_ids = 1; bytes logprobs = 2; uint32 k = 3; uint32 length = 4; }
message Sequence { StopReason stop_reason = 1; bytes tokens = 2; optional bytes logprobs = 3; TopK top = 4; }
message Sample {
  repeated Sequence sequences = 1; optional bytes prompt_logprobs = 2; optional TopK topk_prompt_logprobs = 3;
  int32 prompt_cache_hit_tokens = 4; Tensor target_prompt_logprobs = 5;
}`;

const { root } = protobuf.parse(source, { keepCase: true });

export type MessageName = 'Request' | 'Output' | 'Sample';

export type Message = Record<string, unknown>;

export function encode(name: MessageName, value: Message): Uint8Array {
  const type = root.lookupType(name);
  const problem = type.verify(value);
  if (problem !== null) throw new Error(`a wrong ${name}: ${problem}`);
  return Uint8Array.from(type.encode(type.fromObject(value)).finish());
}

/** Enums as names, int64 as numbers; absent fields are absent. */
export function decode(name: MessageName, bytes: Uint8Array): Message {
  const type = root.lookupType(name);
  return type.toObject(type.decode(bytes), { longs: Number, enums: String, arrays: true, objects: true });
}

const bytesOf = (size: number, count: number, write: (view: DataView, at: number) => void): Uint8Array => {
  const view = new DataView(new ArrayBuffer(size * count));
  for (let at = 0; at < count; at += 1) write(view, at);
  return new Uint8Array(view.buffer);
};

export const int32Bytes = (of: ArrayLike<number>): Uint8Array =>
  bytesOf(4, of.length, (view, at) => view.setInt32(4 * at, of[at] ?? 0, true));
export const int64Bytes = (of: ArrayLike<number>): Uint8Array =>
  bytesOf(8, of.length, (view, at) => view.setBigInt64(8 * at, BigInt(of[at] ?? 0), true));
export const floatBytes = (of: ArrayLike<number>): Uint8Array =>
  bytesOf(4, of.length, (view, at) => view.setFloat32(4 * at, of[at] ?? 0, true));
/** The upper halves of bits of 32-bit floats. */
export const halfBytes = (bits: ArrayLike<number>): Uint8Array =>
  bytesOf(2, bits.length, (view, at) => view.setUint16(2 * at, bits[at] ?? 0, true));

/** 0, and after each length the sum so far. */
export function endsOf(lengths: readonly number[]): readonly number[] {
  const ends = [0];
  for (const length of lengths) ends.push((ends.at(-1) ?? 0) + length);
  return ends;
}

export const readInt32 = (bytes: Uint8Array): number[] =>
  Array.from({ length: bytes.length / 4 }, (_, at) =>
    new DataView(bytes.buffer, bytes.byteOffset).getInt32(4 * at, true),
  );
export const readInt64 = (bytes: Uint8Array): number[] =>
  Array.from({ length: bytes.length / 8 }, (_, at) =>
    Number(new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(8 * at, true)),
  );
export const readFloat = (bytes: Uint8Array): number[] =>
  Array.from({ length: bytes.length / 4 }, (_, at) =>
    new DataView(bytes.buffer, bytes.byteOffset).getFloat32(4 * at, true),
  );
