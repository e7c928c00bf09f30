import type { BenchOutcome, BenchSize } from './lib/bench-report.ts';
import { type LatencySize, measureLatency } from './lib/train/latency.ts';
import { type DaysSize, learningRate, measureDays } from './lib/train/measure-days.ts';
import { promotionResults } from './lib/train/promotion-results.ts';

interface Size {
  readonly days: DaysSize;
  /** Candidates of each kind. */
  readonly trials: number;
  readonly latency: LatencySize;
}

const sizes: Readonly<Record<BenchSize, Size>> = {
  full: {
    days: { seeds: 5, days: 60, turnsADay: 60 },
    trials: 2_000,
    latency: { runs: 5, warmUp: 40, messages: 100, steps: 40, batchSize: 32, tokens: 500 },
  },
  smoke: {
    days: { seeds: 1, days: 2, turnsADay: 12 },
    trials: 3,
    latency: { runs: 1, warmUp: 1, messages: 2, steps: 4, batchSize: 4, tokens: 60 },
  },
};

/** The slow loop by a simulated community on the protocol server of the tests, its promotions by chance alone, and what it costs messages. */
export async function measure(progress: (line: string) => void, benchSize: BenchSize): Promise<BenchOutcome> {
  const size = sizes[benchSize];
  const { signal } = new AbortController();
  progress('train: messages while training runs');
  const latency = await measureLatency(size.latency, benchSize);
  const days = await measureDays(size.days, progress, signal);
  const promotion = promotionResults(size.trials, progress);
  const { seeds, days: count, turnsADay } = size.days;
  return {
    results: [...days, ...promotion, ...latency],
    notes: [
      'a test of the machinery with a toy policy, made-up people and a stand-in for the judge: it says nothing of how well a real model learns',
      `days: ${count} days of ${turnsADay} turns by 12 people of one space, each of whom rates 5 to 30 % of their own answers; the policy says two of 16 tokens to one of 6 kinds of request, and kinds differ in how many answers are right; 9 in 10 words fit the answer, some people are lenient or strict, and a third see one kind the other way round; every twelfth day a new skill comes for one kind, made of three failures`,
      'off: the base model answers; reference: batches of 4, advantages normalised over the batch, importance_sampling, one step a night, the rest of the queue lost, all of it flushed when the library changes, no test, at once in service; it is given people’s words as rewards, not a judge’s',
      'ours: the product’s stores, settlement, library, planner, runner, driver with KTO, gate, canary and watch; as shipped but for the learning rate and the bound on the distance from the base model, which a toy leaves far behind; loosened: training.kl 0 and a canary of 30 % of conversations; one in ten conversations is kept out of learning',
      `both train by Adam with ${learningRate} on an adapter of rank 8; poisoned: one word in five is turned round, and one person votes every answer down`,
      'the judge of the gate knows which answer is right and is wrong in 10 % of its votes; the probes get equal answers from both, as a toy has no words for them',
      'promotion: runs without any model; the paired test, the canary’s e-process and its alarm are the real ones; 180 held-out turns, 20 sessions a day of which 40 % are rated; much worse 15 % wins and 60 % losses, worse 25 and 40, equal 35 and 35, better 40 and 25, much better 60 and 15',
      `value: the mean over ${seeds} seeds with its 95 % interval by Student’s t, or the share of ${size.trials.toLocaleString('en')} candidates with Wilson’s; for messages the median of ${size.latency.runs} runs, lowest and highest`,
      `messages: the bot as config/compose.ts builds it, Telegram by webhook, a stub model and 40 skills, ${size.latency.messages} messages a half, one after another, 20 ms apart; the same process lets the driver train (KTO, steps of ${size.latency.batchSize} answers of ${size.latency.tokens} tokens, a database file of its own) in one half and not in the other, in changing order; engine and platform are stand-ins in other processes, which share the machine’s cores with it; event loop: monitorEventLoopDelay with a resolution of 2 ms`,
    ],
  };
}
