import type { FakeTinker } from './fake-tinker.ts';
import { decodeMessage, encodeMessage } from './protobuf-schema.ts';
import { float32Bytes, int32Bytes, int64Bytes, readNumbers } from './tensor-bytes.ts';

/** An answer as it came: `json` is absent where the body is none. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  readonly json: Readonly<Record<string, unknown>> | undefined;
}

/** A datum as tests write it; `inputs` without `target_tokens` are float32. */
export interface RawDatum {
  readonly tokens: readonly number[];
  readonly inputs: Readonly<Record<string, readonly number[]>>;
}

export interface RawBatch {
  readonly modelId: string;
  readonly seqId?: number;
  readonly data: readonly RawDatum[];
  readonly loss: string;
  readonly settings?: Readonly<Record<string, number>>;
  readonly forwardOnly?: boolean;
}

export async function call(
  fake: FakeTinker,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<RawAnswer> {
  const isBinary = body instanceof Uint8Array;
  const answer = await fetch(`${fake.baseUrl}/api/v1/${path}`, {
    method,
    redirect: 'manual',
    headers: {
      'x-api-key': fake.apiKey,
      ...(body === undefined
        ? {}
        : { 'content-type': isBinary ? 'application/x-protobuf' : 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: isBinary ? new Uint8Array(body) : JSON.stringify(body) }),
  });
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const isJson = answer.headers.get('content-type')?.includes('json') === true;
  const json = isJson ? JSON.parse(new TextDecoder().decode(bytes)) : undefined;
  return { status: answer.status, headers: answer.headers, bytes, json };
}

export const post = (
  fake: FakeTinker,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<RawAnswer> => call(fake, 'POST', path, body, headers);

const isInteger = (name: string): boolean => name === 'target_tokens';

export function jsonBatch(batch: RawBatch): unknown {
  const input = {
    data: batch.data.map(({ tokens, inputs }) => ({
      model_input: { chunks: [{ type: 'encoded_text', tokens }] },
      loss_fn_inputs: Object.fromEntries(
        Object.entries(inputs).map(([name, data]) => [
          name,
          { data, dtype: isInteger(name) ? 'int64' : 'float32', shape: [data.length] },
        ]),
      ),
    })),
    loss_fn: batch.loss,
    ...(batch.settings === undefined ? {} : { loss_fn_config: batch.settings }),
  };
  const field = batch.forwardOnly === true ? 'forward_input' : 'forward_backward_input';
  return { model_id: batch.modelId, seq_id: batch.seqId, [field]: input };
}

export function protobufBatch(batch: RawBatch): Uint8Array {
  return encodeMessage('ForwardBackwardRequest', {
    model_id: batch.modelId,
    seq_id: batch.seqId ?? 0,
    data: batch.data.map(({ tokens, inputs }) => ({
      model_input: [{ encoded_text: { tokens: int32Bytes(tokens) } }],
      loss_fn_inputs: Object.fromEntries(
        Object.entries(inputs).map(([name, data]) => [
          name,
          isInteger(name)
            ? { dense: int64Bytes(data), dtype: 2, shape: [data.length] }
            : { dense: float32Bytes(data), dtype: 1, shape: [data.length] },
        ]),
      ),
    })),
    loss_fn: batch.loss,
    loss_fn_config: batch.settings ?? {},
    forward_only: batch.forwardOnly ?? false,
  });
}

/** Sends a batch the way the engine takes it. */
export function sendBatch(fake: FakeTinker, batch: RawBatch): Promise<RawAnswer> {
  if (fake.behaviour === 'tinker' || fake.behaviour === 'tuft') {
    return post(fake, 'forward_backward', protobufBatch(batch));
  }
  return post(fake, batch.forwardOnly === true ? 'forward' : 'forward_backward', jsonBatch(batch));
}

export const retrieve = (
  fake: FakeTinker,
  requestId: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<RawAnswer> => post(fake, 'retrieve_future', { request_id: requestId }, headers);

/** The JSON result of a submit's future; throws where either failed. */
export async function resultOf(
  fake: FakeTinker,
  submitted: Promise<RawAnswer>,
): Promise<Readonly<Record<string, unknown>>> {
  const { status, json } = await submitted;
  if (status >= 300) throw new Error(`submit: ${status} ${JSON.stringify(json)}`);
  const result = await retrieve(fake, json?.['request_id']);
  if (result.status !== 200 || result.json === undefined || 'error' in result.json) {
    throw new Error(`future: ${result.status} ${JSON.stringify(result.json)}`);
  }
  return result.json;
}

export async function openSession(fake: FakeTinker): Promise<string> {
  const { json } = await post(fake, 'create_session', { tags: [], user_metadata: {}, sdk_version: 'test' });
  return String(json?.['session_id']);
}

export async function openModel(
  fake: FakeTinker,
  options: { readonly rank?: number; readonly seed?: number; readonly sessionId?: string } = {},
): Promise<string> {
  const sessionId = options.sessionId ?? (await openSession(fake));
  const result = await resultOf(
    fake,
    post(fake, 'create_model', {
      session_id: sessionId,
      model_seq_id: fake.modelIds().length,
      base_model: 'test/tiny',
      lora_config: { rank: options.rank ?? 8, seed: options.seed ?? 5 },
    }),
  );
  return String(result['model_id']);
}

/** The first datum's logprobs of a protobuf result. */
export function protobufLogprobs(bytes: Uint8Array): readonly number[] {
  const output = decodeMessage('ForwardBackwardOutput', bytes);
  const records = output['loss_fn_outputs'] as readonly {
    readonly fields: Readonly<Record<string, { readonly data: Uint8Array; readonly offsets: Uint8Array }>>;
  }[];
  const field = records[0]!.fields['logprobs']!;
  const ends = readNumbers(field.offsets, 'DTYPE_INT64');
  return readNumbers(field.data.slice(ends[0], ends[1]), 'DTYPE_FLOAT32');
}
