import { z } from 'zod';
import { decodeMessage } from './protobuf-schema.ts';
import { readNumbers } from './tensor-bytes.ts';

export interface WireTensor {
  readonly data: readonly number[];
  readonly dtype: string;
  readonly shape?: readonly number[];
}

/** `tokens` is absent on a chunk that is no text. */
export interface WireChunk {
  readonly type: string;
  readonly tokens?: readonly number[];
}

export interface WireDatum {
  readonly chunks: readonly WireChunk[];
  readonly inputs: Readonly<Record<string, WireTensor>>;
}

/** A forward or forward_backward request, whichever way it was written. */
export interface WireBatch {
  readonly modelId: string;
  readonly seqId: number | undefined;
  readonly data: readonly WireDatum[];
  readonly loss: string;
  readonly settings: Readonly<Record<string, number>>;
  readonly forwardOnly: boolean;
}

const chunkSchema = z.union([
  z.object({ type: z.literal('encoded_text').default('encoded_text'), tokens: z.array(z.int()) }),
  z.object({ type: z.enum(['image', 'image_asset_pointer', 'dmel']) }),
]);

export const modelInputSchema = z.object({ chunks: z.array(chunkSchema) });

const tensorSchema = z.object({
  data: z.array(z.number()),
  dtype: z.enum(['int64', 'float32']).default('float32'),
  shape: z.array(z.int()).nullish(),
  sparse_crow_indices: z.null().optional(),
  sparse_col_indices: z.null().optional(),
});

const inputSchema = z.object({
  data: z.array(
    z.object({ model_input: modelInputSchema, loss_fn_inputs: z.record(z.string(), tensorSchema) }),
  ),
  loss_fn: z.string(),
  loss_fn_config: z.record(z.string(), z.number()).nullish(),
});

const requestSchema = z.object({ model_id: z.string(), seq_id: z.int().nullish() });

export function batchFromJson(body: unknown, field: 'forward_input' | 'forward_backward_input'): WireBatch {
  const request = requestSchema.parse(body);
  const { [field]: input } = z.object({ [field]: inputSchema }).parse(body);
  if (input === undefined) throw new Error(`${field} was let pass`);
  return {
    modelId: request.model_id,
    seqId: request.seq_id ?? undefined,
    data: input.data.map((datum) => ({
      chunks: datum.model_input.chunks,
      inputs: Object.fromEntries(
        Object.entries(datum.loss_fn_inputs).map(([name, { data, dtype, shape }]) => [
          name,
          { data, dtype, ...(shape == null ? {} : { shape }) },
        ]),
      ),
    })),
    loss: input.loss_fn,
    settings: input.loss_fn_config ?? {},
    forwardOnly: field === 'forward_input',
  };
}

interface ProtoChunk {
  readonly encoded_text?: { readonly tokens?: Uint8Array };
}
interface ProtoTensor {
  readonly dense?: Uint8Array;
  readonly dtype?: string;
  readonly shape?: readonly number[];
}
interface ProtoDatum {
  readonly model_input: readonly ProtoChunk[];
  readonly loss_fn_inputs: Readonly<Record<string, ProtoTensor>>;
}

function chunkOf(chunk: ProtoChunk): WireChunk {
  if (chunk.encoded_text === undefined) return { type: Object.keys(chunk)[0] ?? 'none' };
  const tokens = readNumbers(chunk.encoded_text.tokens ?? new Uint8Array(), 'DTYPE_INT32');
  return { type: 'encoded_text', tokens };
}

function tensorOf(tensor: ProtoTensor): WireTensor {
  if (tensor.dense === undefined) throw new Error('a tensor holds no dense values');
  const dtype = tensor.dtype ?? 'DTYPE_UNSPECIFIED';
  const shape = tensor.shape ?? [];
  const data = readNumbers(tensor.dense, dtype);
  return {
    data,
    dtype: dtype.includes('INT') ? 'int64' : 'float32',
    ...(shape.length === 0 ? {} : { shape }),
  };
}

/** The newer map comes first where it is filled. Texts are of losses that this server does not have. */
function settingsOf(request: Readonly<Record<string, unknown>>): Record<string, number> {
  const newer = Object.entries((request['loss_fn_config_v2'] ?? {}) as Record<string, { number?: number }>);
  if (newer.length === 0) return (request['loss_fn_config'] ?? {}) as Record<string, number>;
  return Object.fromEntries(newer.map(([name, value]) => [name, value.number ?? Number.NaN]));
}

/** Throws where the bytes are no such request. */
export function batchFromProtobuf(bytes: Uint8Array): WireBatch {
  const request = decodeMessage('ForwardBackwardRequest', bytes);
  const data = (request['data'] ?? []) as readonly ProtoDatum[];
  return {
    modelId: String(request['model_id'] ?? ''),
    seqId: Number(request['seq_id'] ?? 0),
    data: data.map((datum) => ({
      chunks: datum.model_input.map(chunkOf),
      inputs: Object.fromEntries(
        Object.entries(datum.loss_fn_inputs).map(([name, tensor]) => [name, tensorOf(tensor)]),
      ),
    })),
    loss: String(request['loss_fn'] ?? ''),
    settings: settingsOf(request),
    forwardOnly: request['forward_only'] === true,
  };
}
