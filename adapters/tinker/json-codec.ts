import { AppError } from '../../core/domain/app-error.ts';
import type { Chunk, PassRequest, PassResult, SampleResult, Tensor, WireSequence } from './wire.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function badReply(what: string): AppError {
  return new AppError('bad_reply', `The engine's answer is not what it should be: ${what}.`);
}

export function chunkToJson(chunk: Chunk): JsonObject {
  switch (chunk.type) {
    case 'encoded_text':
      return { type: chunk.type, tokens: Array.from(chunk.tokens) };
    case 'image':
      return {
        type: chunk.type,
        data: Buffer.from(chunk.data).toString('base64'),
        format: chunk.format,
        ...(chunk.expectedTokens === undefined ? {} : { expected_tokens: chunk.expectedTokens }),
      };
    case 'image_asset_pointer':
      return {
        type: chunk.type,
        location: chunk.location,
        format: chunk.format,
        ...(chunk.expectedTokens === undefined ? {} : { expected_tokens: chunk.expectedTokens }),
      };
    case 'dmel':
      return { type: chunk.type, dmel: Buffer.from(chunk.data).toString('base64') };
  }
}

function tensorToJson({ data, shape, sparse }: Tensor): JsonObject {
  return {
    data: Array.from(data),
    dtype: data instanceof Int32Array ? 'int64' : 'float32',
    ...(shape === undefined ? { shape: [data.length] } : { shape }),
    ...(sparse === undefined
      ? {}
      : {
          sparse_crow_indices: Array.from(sparse.crowIndices),
          sparse_col_indices: Array.from(sparse.columnIndices),
        }),
  };
}

/** The body of `forward_backward`, or of `forward`, which differs in one name. */
export function passToJson(request: PassRequest): JsonObject {
  const input = {
    data: request.data.map(({ chunks, lossInputs }) => ({
      model_input: { chunks: chunks.map(chunkToJson) },
      loss_fn_inputs: Object.fromEntries(
        Object.entries(lossInputs).map(([name, tensor]) => [name, tensorToJson(tensor)]),
      ),
    })),
    loss_fn: request.lossName,
    ...(Object.keys(request.lossConfig).length === 0 ? {} : { loss_fn_config: request.lossConfig }),
  };
  return {
    model_id: request.modelId,
    seq_id: request.seqId,
    [request.forwardOnly ? 'forward_input' : 'forward_backward_input']: input,
  };
}

/** Numbers of an array; what is no number becomes NaN, and the caller says what that means. */
function numbersOf(value: unknown, what: string): Float32Array {
  if (!Array.isArray(value)) throw badReply(`${what} is no list`);
  const numbers = new Float32Array(value.length);
  for (const [at, item] of value.entries()) numbers[at] = typeof item === 'number' ? item : Number.NaN;
  return numbers;
}

export function metricsOf(value: unknown): Readonly<Record<string, number>> {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw badReply('metrics are no object');
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
}

export function passFromJson(reply: unknown): PassResult {
  if (!isObject(reply) || !Array.isArray(reply['loss_fn_outputs']))
    throw badReply('there are no loss outputs');
  const outputs = reply['loss_fn_outputs'].map((output: unknown) => {
    if (!isObject(output)) throw badReply('a loss output is no object');
    return Object.fromEntries(
      Object.entries(output)
        .filter((entry): entry is [string, JsonObject] => isObject(entry[1]))
        .map(([name, tensor]) => [name, numbersOf(tensor['data'], name)]),
    );
  });
  return { outputs, metrics: metricsOf(reply['metrics']) };
}

function idsOf(value: unknown): Int32Array {
  if (!Array.isArray(value) || !value.every((id) => Number.isInteger(id) && id === (id | 0))) {
    throw badReply('the tokens of an answer are no list of ids');
  }
  return Int32Array.from(value);
}

function sequenceOf(value: unknown): WireSequence {
  if (!isObject(value)) throw badReply('an answer is no object');
  const { tokens, logprobs, stop_reason: stopReason } = value;
  return {
    tokens: idsOf(tokens),
    ...(logprobs === undefined || logprobs === null ? {} : { logprobs: numbersOf(logprobs, 'logprobs') }),
    stopReason: stopReason === 'length' ? 'length' : 'stop',
  };
}

type TopLogprobs = readonly (readonly [number, number])[] | null;

function topOf(value: unknown): readonly TopLogprobs[] {
  if (!Array.isArray(value)) throw badReply('topk_prompt_logprobs is no list');
  return value.map((row: unknown) =>
    Array.isArray(row)
      ? row.flatMap((pair: unknown) =>
          Array.isArray(pair) && typeof pair[0] === 'number' && typeof pair[1] === 'number'
            ? [[pair[0], pair[1]] as const]
            : [],
        )
      : null,
  );
}

export function sampleFromJson(reply: unknown): SampleResult {
  if (!isObject(reply) || !Array.isArray(reply['sequences'])) throw badReply('there are no answers');
  const { prompt_logprobs: prompt, topk_prompt_logprobs: top, prompt_cache_hit_tokens: hits } = reply;
  return {
    sequences: reply['sequences'].map(sequenceOf),
    ...(prompt === undefined || prompt === null
      ? {}
      : { promptLogprobs: numbersOf(prompt, 'prompt_logprobs') }),
    ...(top === undefined || top === null ? {} : { topPromptLogprobs: topOf(top) }),
    ...(typeof hits === 'number' ? { promptCacheHitTokens: hits } : {}),
  };
}
