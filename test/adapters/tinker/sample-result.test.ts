import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sampleFromJson } from '../../../adapters/tinker/json-codec.ts';
import { sampleFromProto } from '../../../adapters/tinker/proto-decode.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import { encode, floatBytes, int32Bytes } from './wire-schema.ts';

const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'none';
  } catch (thrown) {
    if (thrown instanceof AppError) return thrown.code;
    throw thrown;
  }
};

describe('the result of a sample', () => {
  test('is the same from protobuf and from JSON', () => {
    const answer = fc.record({
      tokens: fc.array(fc.nat(2 ** 31 - 1), { maxLength: 6 }),
      stopReason: fc.constantFrom('stop' as const, 'length' as const),
      hasLogprobs: fc.boolean(),
    });
    const prompt = fc.option(
      fc.array(fc.option(fc.float({ noNaN: true, noDefaultInfinity: true, min: -50, max: 0 }))),
    );
    fc.assert(
      fc.property(fc.array(answer, { maxLength: 4 }), prompt, fc.nat(9), (answers, promptLogprobs, hits) => {
        const lps = (tokens: readonly number[]): number[] => tokens.map((_, at) => -at / 4);
        const bytes = encode('Sample', {
          sequences: answers.map(({ tokens, stopReason, hasLogprobs }) => ({
            ...(stopReason === 'length' ? { stop_reason: 1 } : {}),
            tokens: int32Bytes(tokens),
            ...(hasLogprobs ? { logprobs: floatBytes(lps(tokens)) } : {}),
            top: { k: 1, length: 0 },
          })),
          ...(promptLogprobs === null
            ? {}
            : { prompt_logprobs: floatBytes(promptLogprobs.map((one) => one ?? Number.NaN)) }),
          prompt_cache_hit_tokens: hits,
          target_prompt_logprobs: { dense: new Uint8Array(4), dtype: 1 },
        });
        const json = {
          type: 'sample',
          sequences: answers.map(({ tokens, stopReason, hasLogprobs }) => ({
            stop_reason: stopReason,
            tokens,
            logprobs: hasLogprobs ? lps(tokens) : null,
          })),
          prompt_logprobs: promptLogprobs,
          ...(hits === 0 ? {} : { prompt_cache_hit_tokens: hits }),
          topk_prompt_logprobs: null,
        };
        const read = sampleFromProto(bytes);
        expect(read).toEqual(sampleFromJson(json));
        expect(read.sequences.map(({ stopReason }) => stopReason)).toEqual(
          answers.map(({ stopReason }) => stopReason),
        );
      }),
    );
  });

  test('a missing stop reason means stop', () => {
    const [sequence] = sampleFromProto(
      encode('Sample', { sequences: [{ tokens: int32Bytes([4]) }] }),
    ).sequences;
    expect(sequence).toEqual({ tokens: Int32Array.of(4), stopReason: 'stop' });
  });

  test('what a prompt has no log-probability for is NaN', () => {
    const { promptLogprobs } = sampleFromJson({ sequences: [], prompt_logprobs: [null, -0.5] });
    expect(promptLogprobs).toEqual(Float32Array.of(Number.NaN, -0.5));
  });

  test('alternatives are read by rows, without what fills them up', () => {
    const top = {
      token_ids: int32Bytes([0, 0, 7, 8, 9, 0]),
      logprobs: floatBytes([-99_999, -99_999, -1, -2, -0.5, -99_999]),
      k: 2,
      length: 3,
    };
    const rows = sampleFromProto(encode('Sample', { topk_prompt_logprobs: top })).topPromptLogprobs;
    expect(rows).toEqual([
      null,
      [
        [7, -1],
        [8, -2],
      ],
      [[9, -0.5]],
    ]);
    expect(
      sampleFromJson({
        sequences: [],
        topk_prompt_logprobs: [
          null,
          [
            [7, -1],
            [8, -2],
          ],
          [[9, -0.5]],
        ],
      }).topPromptLogprobs,
    ).toEqual(rows);
  });

  test('alternatives that are cut off are a bad reply', () => {
    const top = { token_ids: int32Bytes([1]), logprobs: floatBytes([-1]), k: 2, length: 2 ** 31 - 1 };
    expect(codeOf(() => sampleFromProto(encode('Sample', { topk_prompt_logprobs: top })))).toBe('bad_reply');
  });

  const whole = encode('Sample', {
    sequences: [{ stop_reason: 1, tokens: int32Bytes([1, 2]), logprobs: floatBytes([-1, -2]) }],
    prompt_logprobs: floatBytes([Number.NaN, -3]),
  });

  test('cut anywhere or with any byte wrong it is a result or a bad reply', () => {
    for (let at = 0; at < whole.length; at += 1) {
      expect(['none', 'bad_reply']).toContain(codeOf(() => sampleFromProto(whole.slice(0, at))));
    }
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const bytes = whole.map((old, index) => (index === at ? byte : old));
        expect(['none', 'bad_reply']).toContain(codeOf(() => sampleFromProto(bytes)));
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['nothing', undefined],
    ['no sequences', {}],
    ['a sequence that is none', { sequences: ['x'] }],
    ['tokens that are no ids', { sequences: [{ tokens: [1.5], stop_reason: 'stop' }] }],
    ['tokens that do not fit', { sequences: [{ tokens: [2 ** 31], stop_reason: 'stop' }] }],
    ['log-probabilities that are no list', { sequences: [{ tokens: [], logprobs: 3 }] }],
  ])('JSON with %s is a bad reply', (_, body) => {
    expect(codeOf(() => sampleFromJson(body))).toBe('bad_reply');
  });
});
