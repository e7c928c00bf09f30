import type { DrawnAnswer } from './draw-tokens.ts';
import { encodeMessage } from './protobuf-schema.ts';
import { float32Bytes, int32Bytes, int64Bytes } from './tensor-bytes.ts';
import type { BatchPass } from './train-batch.ts';

/** A result in both ways of writing; `protobuf` is absent where the protocol has JSON alone. */
export interface WireResult {
  readonly json: Readonly<Record<string, unknown>>;
  readonly protobuf?: () => Uint8Array;
}

const float32 = (values: ArrayLike<number>): readonly number[] => Array.from(new Float32Array(values));

function batched(rows: readonly ArrayLike<number>[]): Record<string, unknown> {
  const offsets = [0];
  for (const row of rows) offsets.push(offsets[offsets.length - 1]! + 4 * row.length);
  return {
    data: float32Bytes(rows.flatMap((row) => Array.from(row))),
    offsets: int64Bytes(offsets),
    dtype: 1,
  };
}

/** `outputType` is what the engine calls its outputs. */
export function passResult(
  pass: BatchPass,
  outputType: string,
  metrics: Readonly<Record<string, number>>,
  withLosses: boolean,
): WireResult {
  const tensor = (values: Float64Array) => ({
    data: float32(values),
    dtype: 'float32',
    shape: [values.length],
  });
  return {
    json: {
      loss_fn_output_type: outputType,
      loss_fn_outputs: pass.logprobs.map((logprobs, at) => ({
        logprobs: tensor(logprobs),
        ...(withLosses ? { elementwise_loss: tensor(pass.losses[at]!) } : {}),
      })),
      metrics,
    },
    protobuf: () =>
      encodeMessage('ForwardBackwardOutput', {
        loss_fn_output_type: outputType,
        loss_fn_outputs: [
          {
            type_tag: outputType,
            num_datums: pass.logprobs.length,
            fields: {
              logprobs: batched(pass.logprobs),
              ...(withLosses ? { elementwise_loss: batched(pass.losses) } : {}),
            },
          },
        ],
        metrics,
      }),
  };
}

/** `promptLogprobs`: `null` where a token has none. */
export function sampleResult(
  answers: readonly DrawnAnswer[],
  promptLogprobs: readonly (number | null)[] | undefined,
): WireResult {
  return {
    json: {
      type: 'sample',
      sequences: answers.map(({ tokens, logprobs, stopReason }) => ({
        stop_reason: stopReason,
        tokens,
        logprobs: float32(logprobs),
      })),
      prompt_logprobs:
        promptLogprobs?.map((logprob) => (logprob === null ? null : Math.fround(logprob))) ?? null,
      topk_prompt_logprobs: null,
    },
    protobuf: () =>
      encodeMessage('SampleResponse', {
        sequences: answers.map(({ tokens, logprobs, stopReason }) => ({
          stop_reason: stopReason === 'stop' ? 0 : 1,
          tokens: int32Bytes(tokens),
          logprobs: float32Bytes(logprobs),
        })),
        ...(promptLogprobs === undefined
          ? {}
          : { prompt_logprobs: float32Bytes(promptLogprobs.map((logprob) => logprob ?? Number.NaN)) }),
      }),
  };
}
