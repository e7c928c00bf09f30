import { describe, expect, test } from 'vitest';
import { besideEncode, besideFetch } from '../../bench/lib/engine/beside.ts';
import { countDatums } from '../../bench/lib/engine/count-datums.ts';
import { startNullEngine } from '../../bench/lib/engine/null-engine.ts';
import { openTrainer } from '../../bench/lib/engine/open-trainer.ts';
import { type StreamPlan, type StreamProgress, streamSamples } from '../../bench/lib/engine/sample-stream.ts';
import { makeTalk, wordsForTokens } from '../../bench/lib/engine/talks.ts';
import { createSeededRandom } from '../../bench/lib/seeded-random.ts';
import type { Datum } from '../../core/domain/datum.ts';
import { fixtureFolder, openFolder } from '../adapters/tokenizer/fixture.ts';
import { batchFromJson, batchFromProtobuf, type WireBatch } from '../fakes/tinker/wire-batch.ts';

const words = 'the quick brown fox jumps over a lazy dog while seven wizards watch from their boxes'.split(
  ' ',
);
const tokenizer = await openFolder(fixtureFolder('chatml'));
const { signal } = new AbortController();
const tokens = 400;

interface ReceivedPass {
  readonly body: Buffer;
  readonly mediaType: string;
}

function decoded({ body, mediaType }: ReceivedPass): WireBatch {
  return mediaType === 'application/json'
    ? batchFromJson(JSON.parse(body.toString()), 'forward_backward_input')
    : batchFromProtobuf(body);
}

function planOf(seed = 1): Omit<StreamPlan, 'model' | 'facts' | 'samples'> {
  const random = createSeededRandom(seed);
  const count = wordsForTokens(250, words, tokenizer, random);
  return { tokenizer, nextTalk: () => makeTalk(words, count, random), random, batchSize: 2, tokens };
}

async function withNullEngine<T>(
  work: (address: string, received: readonly ReceivedPass[]) => Promise<T>,
): Promise<T> {
  const received: ReceivedPass[] = [];
  const engine = await startNullEngine({
    positions: tokens - 1,
    onPass: (body, mediaType) => received.push({ body, mediaType }),
  });
  try {
    return await work(engine.address, received);
  } finally {
    await engine.close();
  }
}

/** What a datum is on the wire of a profile. */
function wireForm(datum: Datum, withWeights: boolean): WireBatch['data'][number] {
  const tensor = (data: ArrayLike<number>, dtype: string) => ({
    data: Array.from(data),
    dtype,
    shape: [data.length],
  });
  return {
    chunks: [{ type: 'encoded_text', tokens: Array.from(datum.input) }],
    inputs: {
      target_tokens: tensor(datum.targets, 'int64'),
      logprobs: tensor(datum.logprobs ?? [], 'float32'),
      advantages: tensor(datum.advantages ?? [], 'float32'),
      ...(withWeights ? { weights: tensor(datum.weights, 'float32') } : {}),
    },
  };
}

describe.each([
  ['tinker', 'application/x-protobuf'],
  ['mint', 'application/json'],
] as const)('the stream to %s', (profile, mediaType) => {
  test('brings every datum to the engine as it was sent, in passes of the size', async () => {
    await withNullEngine(async (baseUrl, received) => {
      const trainer = openTrainer({ profile, baseUrl });
      const model = await trainer.createModel({ baseModel: 'null', rank: 8 }, signal);
      const sent: (readonly Datum[])[] = [];
      const answered: number[] = [];
      const plan: StreamPlan = {
        ...planOf(),
        facts: trainer.facts,
        samples: 5,
        model: {
          async forwardBackward(batch, loss, own) {
            sent.push(batch);
            const result = await model.forwardBackward(batch, loss, own);
            answered.push(...result.logprobs.map((logprobs) => logprobs.length));
            return result;
          },
        },
      };
      const steps: StreamProgress[] = await Array.fromAsync(streamSamples(plan, signal));
      await trainer.close();

      expect(steps.map(({ samples }) => samples)).toEqual([2, 4, 5]);
      expect(received.map((pass) => pass.mediaType)).toEqual([mediaType, mediaType, mediaType]);
      expect(received.map(({ body }) => countDatums(body, mediaType))).toEqual([2, 2, 1]);
      const withWeights = trainer.facts.ratioWeights;
      const arrived = received.map(decoded);
      expect(arrived.map(({ data }) => data)).toEqual(
        sent.map((batch) => batch.map((datum) => wireForm(datum, withWeights))),
      );
      expect(arrived.every(({ loss, forwardOnly }) => loss === 'importance_sampling' && !forwardOnly)).toBe(
        true,
      );
      const data = sent.flat();
      expect(data.every(({ input }) => input.length === tokens - 1)).toBe(true);
      expect(new Set(data.map(({ input }) => input.join())).size).toBe(5);
      // What is trained is what the prompts left.
      const trained = data.reduce((sum, { weights }) => sum + weights.filter((one) => one === 1).length, 0);
      expect(trained).toBe(5 * tokens - (steps.at(-1)?.promptTokens ?? 0));
      expect(answered).toEqual(Array.from({ length: 5 }, () => tokens - 1));
    });
  });

  test('fetch alone sends the same bytes again', async () => {
    await withNullEngine(async (baseUrl, received) => {
      const pairs = await besideFetch({
        address: { profile, baseUrl },
        planFor: (facts) => ({ ...planOf(), facts }),
        pairs: 2,
      });
      expect([pairs.ours.length, pairs.bare.length]).toEqual([2, 2]);
      const bodies = received.map(({ body }) => body.toString('base64'));
      expect(bodies).toHaveLength(2 * 3);
      for (let at = 0; at < bodies.length; at += 2) expect(bodies[at + 1] === bodies[at]).toBe(true);
      expect(new Set(bodies).size).toBe(3);
    });
  });
});

test('a talk begins with the system and ends with a question, has about its words, and is the same for a seed', () => {
  const talk = makeTalk(words, 300, createSeededRandom(4));
  expect(talk).toEqual(makeTalk(words, 300, createSeededRandom(4)));
  expect(talk).not.toEqual(makeTalk(words, 300, createSeededRandom(5)));
  expect(talk.map(({ role }) => role).slice(0, 3)).toEqual(['system', 'user', 'assistant']);
  expect(talk.at(-1)?.role).toBe('user');
});

test('a talk that leaves no room for an answer is passed over', async () => {
  const random = createSeededRandom(2);
  const short = makeTalk(words, 70, random);
  const long = makeTalk(words, 2_000, random);
  const talks = [long, short];
  const sent: Datum[] = [];
  const plan: StreamPlan = {
    ...planOf(),
    nextTalk: () => talks.shift() ?? short,
    facts: openTrainer({ profile: 'tinker', baseUrl: 'http://127.0.0.1:1' }).facts,
    samples: 1,
    model: {
      forwardBackward: async (batch) => {
        sent.push(...batch);
        return { logprobs: [], metrics: {} };
      },
    },
  };
  await Array.fromAsync(streamSamples(plan, signal));
  const prompt = tokenizer.renderPrompt(short, []);
  expect(Array.from(sent[0]?.input.slice(0, prompt.length) ?? [])).toEqual(Array.from(prompt));
});

test('rendering is measured beside encoding as often', () => {
  const { nextTalk } = planOf();
  const { ours, bare } = besideEncode(tokenizer, nextTalk, 3);
  expect([ours.length, bare.length]).toEqual([3, 3]);
});
