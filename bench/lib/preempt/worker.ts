import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineProfileName } from '../../../adapters/tinker/profiles.ts';
import { passTime } from '../../../test/flow/pass-time.ts';
import { createSkippingClock } from '../../../test/flow/training-clock.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { openPreemptBot } from './bot.ts';
import type { EnginePlace } from './engine.ts';
import { createWatchedFetch } from './watched-fetch.ts';

/**
 * One bot in a process of its own that is trained in its nights. Somebody writes while a training call is under way, and again
 * while the run pauses because of that. Prints what it took as one line of JSON.
 */

export interface PreemptSettings {
  readonly homeFolder: string;
  readonly profile: EngineProfileName;
  readonly engine: EnginePlace;
  /** Of each kind. */
  readonly messages: number;
  /** How long one training call takes. */
  readonly callMs: number;
  readonly seed: number;
}

/** One message, milliseconds. */
export interface MessageTimes {
  /** From its being sent to the engine's being asked for the answer. */
  readonly askedMs: number;
  readonly answeredMs: number;
}

export interface PreemptTaken {
  readonly training: readonly MessageTimes[];
  readonly idle: readonly MessageTimes[];
  /** Of each message that met training: how long after it the last training call was sent before the next window. */
  readonly lastCallMs: readonly number[];
}

/** Who was up in hours of sleep is away again after so long. */
const wokenMs = 20 * 60_000;
const settlingMs = 40_000;
const stepMs = 1_000;
const lookMs = 5;
const longestWaitMs = 30_000;
const batchSize = 2;
/** At what moment of a step somebody writes must be any. */
const callsInStep = 8;
/** A run must not end before the messages do. */
const stepsAMessage = 2;
const spareSteps = 10;
/** Longer than between two calls of one step. */
const restMs = 100;
const midnight = Date.UTC(2026, 2, 2);

const settings: PreemptSettings = JSON.parse(process.argv[2] ?? '{}');
const { messages, callMs } = settings;
const leastTrained = messages * stepsAMessage * batchSize;
const random = createSeededRandom(settings.seed);
const clock = createSkippingClock(midnight);
const watched = createWatchedFetch(clock, callMs);
const bot = await openPreemptBot({ ...settings, clock, fetch: watched.fetch });

async function until(probe: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const endMs = performance.now() + longestWaitMs;
  while (!(await probe())) {
    if (performance.now() > endMs) throw new Error(`It never came to this: ${what}.`);
    await sleep(lookMs);
  }
}

async function rate(count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    await bot.says(`Question ${at}?`);
    await bot.says(`/feedback ${at % 2 === 0 ? 'good' : 'bad'}`);
  }
  await passTime(clock, settlingMs);
  await until(
    async () => trainable(await bot.says('/train status')) >= leastTrained,
    'enough answers can be trained on',
  );
}

/** How many answers the next run has; a few may wait for their share of one person. */
function trainable(status: string): number {
  return Number(/It can begin: ([\d,]+) /.exec(status)?.[1]?.replaceAll(',', '') ?? 0);
}

async function write(text: string): Promise<MessageTimes> {
  const before = watched.answersAsked.length;
  const sentMs = clock.monotonicMs();
  await bot.says(text);
  const askedAt = watched.answersAsked[before];
  if (askedAt === undefined) throw new Error('The engine was not asked for an answer.');
  return { askedMs: askedAt - sentMs, answeredMs: clock.monotonicMs() - sentMs };
}

/** The window opens, and a training call is under way. */
async function trainingGoesOn(): Promise<void> {
  await until(async () => {
    if (watched.underWay() > 0) return true;
    clock.skip(stepMs);
    return false;
  }, 'training goes on');
}

/** What was under way is over, and nothing follows. */
async function stepEnds(): Promise<void> {
  let restSince = performance.now();
  await until(() => {
    if (watched.underWay() > 0) restSince = performance.now();
    return performance.now() - restSince > restMs;
  }, 'the step under way ends');
}

// The clock's own timers keep no process alive.
const alive = setInterval(() => {}, stepMs);
await rate((messages * stepsAMessage + spareSteps) * batchSize);
const training: MessageTimes[] = [];
const idle: MessageTimes[] = [];
const lastCallMs: number[] = [];
for (let at = 0; at < messages; at += 1) {
  await passTime(clock, wokenMs);
  await trainingGoesOn();
  await sleep(random.below(callMs * callsInStep));
  const sentAt = clock.monotonicMs();
  training.push(await write(`While it trains ${at}?`));
  await stepEnds();
  // Whatever would come later than it should comes while this is answered.
  idle.push(await write(`While it pauses ${at}?`));
  const later = watched.trainingSent.filter((ms) => ms > sentAt);
  lastCallMs.push(Math.max(0, ...later.map((ms) => ms - sentAt)));
}
await bot.close();
clearInterval(alive);
const taken: PreemptTaken = { training, idle, lastCallMs };
process.stdout.write(`${JSON.stringify(taken)}\n`);
