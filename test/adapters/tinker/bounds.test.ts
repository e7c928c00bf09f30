import { describe, expect, test } from 'vitest';
import { createByteGate } from '../../../adapters/tinker/byte-gate.ts';
import { defaultEngineConfig, readEngineConfig } from '../../../adapters/tinker/engine-config.ts';
import { passFromProto, sampleFromProto } from '../../../adapters/tinker/proto-decode.ts';
import { never } from './rig.ts';
import { encode } from './wire-schema.ts';

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('what is empty', () => {
  const outputs = (counts: readonly number[]): Uint8Array =>
    encode('Output', { loss_fn_outputs: counts.map((num_datums) => ({ num_datums })) });

  test('is bounded by the number of outputs in all records', () => {
    expect(passFromProto(outputs([60_000, 40_000])).outputs).toHaveLength(100_000);
    expect(() => passFromProto(outputs([60_000, 40_001]))).toThrowError(/more than 100000 outputs/);
    expect(() => passFromProto(outputs([100_001]))).toThrowError(/more than 100000 outputs/);
  });

  test('is bounded by the number of answers', () => {
    const answers = (count: number): Uint8Array =>
      encode('Sample', { sequences: Array.from({ length: count }, () => ({})) });
    expect(sampleFromProto(answers(100_000)).sequences).toHaveLength(100_000);
    expect(() => sampleFromProto(answers(100_001))).toThrowError(/more than 100000 answers/);
  });
});

describe('what has no finite size', () => {
  test.each([Number.POSITIVE_INFINITY, Number.NaN])(
    '%d: is alone in a gate, and leaves it as it was',
    async (cost) => {
      const gate = createByteGate(10);
      const entered: string[] = [];
      const enter = async (name: string, size: number): Promise<() => void> => {
        const leave = await gate.enter(size, never());
        entered.push(name);
        return leave;
      };
      const leaveFirst = await enter('first', 1);
      const second = enter('endless', cost);
      await settle();
      expect(entered).toEqual(['first']);
      leaveFirst();
      const leaveSecond = await second;
      const third = enter('third', 10);
      await settle();
      expect(entered).toEqual(['first', 'endless']);
      leaveSecond();
      const leaveThird = await third;
      const fourth = enter('fourth', 1);
      await settle();
      expect(entered).toEqual(['first', 'endless', 'third']);
      leaveThird();
      await fourth;
    },
  );

  test('is nothing that an engine may say of itself', async () => {
    const names = ['fwdbwd_max_chunk_len', 'fwdbwd_max_chunk_bytes_count', 'sample_max_concurrent_requests'];
    names.push('sample_dispatch_bytes_semaphore_size', 'inflight_response_bytes_semaphore_size');
    names.push('billing_exception_max_pause_duration_sec');
    const body = Buffer.from(`{${names.map((name) => `"${name}": 1e999`).join(',')}}`);
    const transport = {
      host: 'x.example',
      once: () => Promise.reject(new Error('not asked')),
      call: () => Promise.resolve({ status: 200, headers: new Headers(), body }),
      contextOf: (what: string) => ({ host: 'x.example', what, hasKey: false, secrets: [], nowMs: 0 }),
    };
    expect(await readEngineConfig(transport, 1_000, never())).toEqual(defaultEngineConfig);
  });
});
