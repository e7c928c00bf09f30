import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stamps } from '../overhead/bot-under-test.ts';
import { openOurBot } from '../overhead/our-bot.ts';
import { createUpdates } from '../overhead/updates.ts';
import { openTrainingLoad } from './training-load.ts';

/**
 * One bot in a process of its own that answers messages one after another, by turns while nothing else goes on and while it trains
 * at an engine in another process. Prints what it took as one line of JSON.
 */

export interface LatencySettings {
  readonly apiRoot: string;
  readonly homeFolder: string;
  readonly skillsFolder: string;
  readonly textsFile: string;
  readonly engine: { readonly baseUrl: string; readonly apiKey: string };
  readonly runs: number;
  readonly warmUp: number;
  /** Of each half of a run. */
  readonly messages: number;
  readonly steps: number;
  readonly batchSize: number;
  readonly tokens: number;
}

export interface LatencyHalf {
  readonly stamps: readonly Stamps[];
  /** Of the event loop, milliseconds. */
  readonly delayP99Ms: number;
  readonly delayMaxMs: number;
}

export interface LatencyTaken {
  readonly idle: readonly LatencyHalf[];
  readonly training: readonly LatencyHalf[];
  /** Optimiser steps that ended while messages were answered. */
  readonly steps: number;
}

/** People write after a while. */
const betweenMs = 20;
const resolutionMs = 2;
const nanoseconds = 1e6;

const settings: LatencySettings = JSON.parse(process.argv[2] ?? '{}');
const texts: readonly string[] = JSON.parse(readFileSync(settings.textsFile, 'utf8'));
const next = createUpdates(texts);
const bot = await openOurBot(settings);
const load = await openTrainingLoad(join(settings.homeFolder, 'training.db'), settings);

async function half(messages: number): Promise<LatencyHalf> {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  const stamps: Stamps[] = [];
  for (let at = 0; at < messages; at += 1) {
    stamps.push(await bot.answer(next()));
    await sleep(betweenMs);
  }
  delay.disable();
  return { stamps, delayP99Ms: delay.percentile(99) / nanoseconds, delayMaxMs: delay.max / nanoseconds };
}

async function trainingHalf(): Promise<LatencyHalf> {
  await load.begin();
  const taken = await half(settings.messages);
  await load.pause();
  return taken;
}

const idle: LatencyHalf[] = [];
const training: LatencyHalf[] = [];
await load.begin();
await half(settings.warmUp);
await load.pause();
for (let run = 0; run < settings.runs; run += 1) {
  // Whichever comes first changes.
  if (run % 2 === 0) idle.push(await half(settings.messages));
  training.push(await trainingHalf());
  if (run % 2 === 1) idle.push(await half(settings.messages));
}
const taken: LatencyTaken = { idle, training, steps: await load.steps() };
await load.close();
await bot.close();
process.stdout.write(`${JSON.stringify(taken)}\n`);
