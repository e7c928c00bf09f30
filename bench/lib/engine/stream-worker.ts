import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openTokenizer } from '../../../adapters/tokenizer/open-tokenizer.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { besideEncode, besideFetch, type Pairs } from './beside.ts';
import { openTrainer } from './open-trainer.ts';
import { type StreamProgress, streamSamples } from './sample-stream.ts';
import { silentLogger } from './silent-logger.ts';
import { makeTalk, wordsForTokens } from './talks.ts';

/** The stream of samples in a process of its own, whose memory is its alone. Prints what it took as one line of JSON. */

export interface StreamSettings {
  /** `stream`: all samples once. `beside`: some of them, in turn with what it is compared to. */
  readonly kind: 'stream' | 'beside';
  readonly address: string;
  readonly profile: 'tinker' | 'mint';
  readonly tokenizerFolder: string;
  /** A JSON list of words in the order of prose. */
  readonly wordsFile: string;
  readonly samples: number;
  readonly batchSize: number;
  readonly tokens: number;
  /** About so many of them are the prompt's. */
  readonly promptTokens: number;
  /** Batches that are sent in turn with what they are compared to. */
  readonly pairs: number;
}

export interface StreamTaken {
  /** After each tenth. */
  readonly tenths: readonly (StreamProgress & { readonly residentMb: number })[];
  readonly peakMb: number;
  /** What is still in use after a collection: after the first tenth, and at the end. */
  readonly livingMb: readonly [first: number, last: number];
}

export interface BesideTaken {
  readonly render: Pairs;
  readonly wire: Pairs;
}

const seed = 11;
const rank = 8;
const megabyte = 1_024 * 1_024;

const settings: StreamSettings = JSON.parse(process.argv[2] ?? '{}');
const words: readonly string[] = JSON.parse(readFileSync(settings.wordsFile, 'utf8'));
const { address: baseUrl, profile, samples, batchSize, tokens, promptTokens, pairs } = settings;
const noHub: typeof globalThis.fetch = () => Promise.reject(new Error('The hub was asked.'));
const tokenizer = await openTokenizer(
  { kind: 'folder', folder: settings.tokenizerFolder },
  { fetch: noHub, logger: silentLogger },
);
const random = createSeededRandom(seed);
const wordCount = wordsForTokens(promptTokens, words, tokenizer, random);
const nextTalk = () => makeTalk(words, wordCount, random);
const { signal } = new AbortController();

/** Heap and buffers after a collection, which needs `--expose-gc`. Buffers are let go a moment after it. */
async function livingMb(): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc?.();
    await sleep(20);
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / megabyte;
}

async function stream(): Promise<StreamTaken> {
  const trainer = openTrainer({ profile, baseUrl });
  const model = await trainer.createModel({ baseModel: 'null', rank }, signal);
  const plan = { tokenizer, model, facts: trainer.facts, nextTalk, random, samples, batchSize, tokens };
  const tenths: StreamTaken['tenths'][number][] = [];
  let livingAtFirst = Number.NaN;
  for await (const progress of streamSamples(plan, signal)) {
    if (progress.samples < ((tenths.length + 1) * samples) / 10) continue;
    tenths.push({ ...progress, residentMb: process.memoryUsage.rss() / megabyte });
    if (tenths.length === 1) livingAtFirst = await livingMb();
  }
  await trainer.close();
  // Node tells it in kilobytes.
  return {
    tenths,
    peakMb: process.resourceUsage().maxRSS / 1_024,
    livingMb: [livingAtFirst, await livingMb()],
  };
}

async function beside(): Promise<BesideTaken> {
  const render = besideEncode(tokenizer, nextTalk, samples);
  const wire = await besideFetch({
    address: { profile, baseUrl },
    planFor: (facts) => ({ tokenizer, facts, nextTalk, random, batchSize, tokens }),
    pairs,
  });
  return { render, wire };
}

const taken = settings.kind === 'stream' ? await stream() : await beside();
process.stdout.write(`${JSON.stringify(taken)}\n`);
