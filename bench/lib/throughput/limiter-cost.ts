import { createRateGate, perSecond } from '../../../adapters/limiter/rate-gate.ts';
import { createSystemClock } from '../../../adapters/system/clock.ts';
import { createLoadLimiter } from './stand-ins.ts';

/**
 * The limiter by itself, in a process of its own: so many jobs that do nothing, all given at once, each for a destination
 * of its own; then the same by Bottleneck alone at the same rate. Prints both as one line of JSON.
 */

export interface LimiterCost {
  readonly jobs: number;
  readonly tookMs: number;
  readonly cpuMs: number;
}

async function costOf(jobs: number, run: (at: number) => Promise<void>): Promise<LimiterCost> {
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: jobs }, (_, at) => run(at)));
  const tookMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { jobs, tookMs, cpuMs: (user + system) / 1_000 };
}

const jobs = Number(process.argv[2]);
const limiter = createLoadLimiter(createSystemClock());
const gate = createRateGate(perSecond(1_000));
const ours = await costOf(jobs, (at) =>
  limiter.run({ method: 'send', destination: `chat-${at}`, minIntervalMs: 0 }, async () => {}),
);
const bare = await costOf(jobs, () => gate.pass());
await limiter.stop();
await gate.close();
process.stdout.write(`${JSON.stringify({ ours, bare })}\n`, () => process.exit());
