import { openBareBot } from './bare-bot.ts';
import { openOurBot } from './our-bot.ts';
import { loadPlatform } from './platform.ts';
import { createProgress } from './progress.ts';
import { createLoadLimiter, noLimiter } from './stand-ins.ts';

/**
 * One bot in a process of its own: lets the people write, once to warm up and once for the clock, and prints how long
 * it took until the last of them was served, as one line of JSON.
 */

export interface Taken {
  readonly messages: number;
  readonly tookMs: number;
  /** Of this process, all threads. */
  readonly cpuMs: number;
}

const patienceMs = 20_000;
/** As many as telegraf handles at once, which takes a poll's messages together. */
const maxRunning = 100;

const [
  name = '',
  kind = '',
  task = '',
  platformAddress = '',
  controlAddress = '',
  homeFolder = '',
  ...counts
] = process.argv.slice(2);
const [warmUp = 0, messages = 0, conversations = 0] = counts.map(Number);
const platform = await loadPlatform(name);
const progress = createProgress();
const answers = task !== 'intake';
const ignore = (): void => {};
const common = {
  platform,
  address: platformAddress,
  homeFolder,
  answers,
  limiter: task === 'round trip' ? createLoadLimiter : () => noLimiter,
  onStored: answers ? ignore : progress.one,
};
const bot =
  kind === 'ours'
    ? await openOurBot({ ...common, conversations, maxRunning, modelMs: 0, onTurnEnded: progress.one })
    : await openBareBot({ ...common, platformName: name, onAnswered: progress.one });

async function serve(count: number): Promise<Taken> {
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  await fetch(`${controlAddress}/write?count=${count}`, { method: 'POST' });
  await progress.reach(count, patienceMs);
  const tookMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { messages: count, tookMs, cpuMs: (user + system) / 1_000 };
}

await serve(warmUp);
const taken = await serve(messages);
await bot.close();
process.stdout.write(`${JSON.stringify(taken)}\n`, () => process.exit());
