import type { BenchOutcome, BenchResult, BenchSize } from './lib/bench-report.ts';
import { measurePreempt, type PreemptSize, preemptResults } from './lib/preempt/measure.ts';

const sizes: Readonly<Record<BenchSize, PreemptSize>> = {
  full: { runs: 3, messages: 40, callMs: 200 },
  smoke: { runs: 1, messages: 2, callMs: 20 },
};

const engines = [
  ['tinker', 'an engine that serves while it trains'],
  ['skyrl', 'an engine that does one after the other'],
] as const;

/** What training costs people who write meanwhile, and how soon it holds still for them. */
export async function measure(progress: (line: string) => void, benchSize: BenchSize): Promise<BenchOutcome> {
  const size = sizes[benchSize];
  const results: BenchResult[] = [];
  for (const [profile, name] of engines) {
    results.push(...preemptResults(name, await measurePreempt(profile, size, progress)));
  }
  return {
    results,
    notes: [
      'the bot as config/compose.ts builds it, a person at its terminal, SQLite on disk; answers and training come from one engine: the protocol server of the tests in another process, which shares the machine’s cores with it',
      `each training call takes ${size.callMs} ms of waiting from its being sent to its result, and no computing; a step is a pass, an update and a checkpoint, sent in one go to the first kind of engine and one after another to the second, where people wait for the end of the step`,
      'while training: written at a random moment of a step, in a window by sleep hours; idle: the same person writes again when the call has ended and the run pauses; their times are put forward to the next window, and pass as usual while messages are answered',
      'last training call: the latest over all messages, and any before the next window counts; 0: none was sent; the promise is less than 2,000 ms, where what belongs to the step under way may follow',
      `value: the median of ${size.runs} runs of ${size.messages} messages of each kind, lowest and highest`,
    ],
  };
}
