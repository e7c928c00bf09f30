import type { BenchOutcome, BenchSize } from './lib/bench-report.ts';
import { givenEngine } from './lib/engine/given-engine.ts';
import { measureGiven } from './lib/engine/on-given-engine.ts';
import {
  behaviours,
  measureServer,
  type ServerSize,
  serverLearningRate,
  serverUses,
} from './lib/engine/on-server.ts';
import { measureStream, type StreamSize } from './lib/engine/stream-costs.ts';
import { inTurn } from './lib/in-turn.ts';

interface Size extends ServerSize {
  readonly stream: StreamSize;
}

const sizes: Readonly<Record<BenchSize, Size>> = {
  full: {
    seeds: 5,
    steps: 20,
    shownSteps: [1, 5, 10, 20],
    small: { warmUp: 10, counted: 50 },
    large: { tokens: 1_000, warmUp: 2, counted: 10 },
    stream: {
      samples: 10_000,
      jsonSamples: 10_000,
      batchSize: 64,
      tokens: 2_000,
      promptTokens: 1_500,
      prompts: 1_000,
      pairs: 30,
    },
  },
  smoke: {
    seeds: 1,
    steps: 2,
    shownSteps: [1, 2],
    small: { warmUp: 0, counted: 1 },
    large: { tokens: 120, warmUp: 0, counted: 1 },
    stream: {
      samples: 20,
      jsonSamples: 20,
      batchSize: 2,
      tokens: 1_000,
      promptTokens: 500,
      prompts: 2,
      pairs: 1,
    },
  },
};

const signal = new AbortController().signal;

async function measureStandIns(
  benchSize: BenchSize,
  progress: (line: string) => void,
): Promise<BenchOutcome> {
  const size = sizes[benchSize];
  const results = await inTurn(benchSize, [
    ...behaviours.map((behaviour) => () => measureServer(behaviour, size, progress, signal)),
    () => measureStream(size.stream, benchSize, progress),
  ]);
  const { tokens, promptTokens, batchSize } = size.stream;
  return {
    results: results.flat(),
    notes: [
      'reward: the product’s client, datums and normalisation on the protocol server of the tests, which trains a softmax policy of 64 tokens with an adapter of rank 8; it says that the steps are right, not how well a real model learns',
      `each step draws 16 answers of 8 tokens to each of 4 prompts and makes ${serverUses} optimiser steps of them (Adam, ${serverLearningRate}); with one the ratio losses are the same step, as r is 1; the reward likes about half of what the policy says before it is trained`,
      `value: the mean over ${size.seeds} seeds, each with base weights, adapter, samples and reward of its own; spread: the lowest and highest; ratio: to the mean of step 1`,
      'sum engine: like the hosted one; mean engine: like SkyRL, which has no dro, and on which cross_entropy becomes a ratio loss at the log-probabilities of now; turned round: trained on the negative reward, so that the reward must fall',
      'steps: whole ones of importance_sampling with one use, sampling included; our CPU: all threads of the process with the client; the engine: the protocol server in a process of its own, all its CPU, which is a small policy in JavaScript and no GPU',
      `stream: talks in prose from the installed packages through the chat template of the test tokenizer (600 tokens) to about ${promptTokens.toLocaleString('en')} tokens, the rest a made-up answer with log-probabilities, normalised and sent in passes of ${batchSize}; each talk differs, none is kept; making them up is not counted; spread over the tenths of the stream`,
      'the engine of the stream takes bytes and answers prepared results at once, from another process; fetch alone: the same requests again, replies read and not decoded; encode alone: the texts of the talk without a template, whoever comes first changing in turn',
      `JSON: the profile mint, which is sent weights too; ${(tokens - 1).toLocaleString('en')} positions a datum`,
      'memory: of a process that streams and does nothing else; it is flat where the ratio is at most 1.1',
    ],
  };
}

/**
 * Learning and its costs on a training engine: the protocol server of the tests, or the engine that `TINKER_BASE_URL` names
 * (`TINKER_API_KEY`, `METACLAW_ENGINE_PROFILE`, `METACLAW_ENGINE_MODEL`, `METACLAW_ENGINE_LEARNING_RATE`).
 */
export function measure(progress: (line: string) => void, size: BenchSize): Promise<BenchOutcome> {
  const engine = givenEngine(process.env);
  return engine === undefined
    ? measureStandIns(size, progress)
    : measureGiven(engine, size, progress, signal);
}
