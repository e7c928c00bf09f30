import type { BenchOutcome, BenchSize } from './lib/bench-report.ts';
import { inTurn } from './lib/in-turn.ts';
import { withScratchFolder } from './lib/scratch-folder.ts';
import { measureCrowd } from './lib/throughput/measure-crowd.ts';
import { measureLimiter, measurePlatform } from './lib/throughput/measure-ratios.ts';
import { platformNames } from './lib/throughput/platform.ts';

const defaultMinutes = 10;
/** The lightest. */
const smokePlatform = 'telegram';

async function measureIn(
  folder: string,
  size: BenchSize,
  minutes: number,
  progress: (line: string) => void,
): Promise<BenchOutcome> {
  const names = size === 'smoke' ? [smokePlatform] : platformNames();
  const ratios = await inTurn(size, [
    ...names.map((name) => () => measurePlatform(name, size, folder, progress)),
    () => measureLimiter(size),
  ]);
  const crowds = await inTurn(
    size,
    names.map((name) => () => measureCrowd(name, size, minutes, folder, progress)),
  );
  return {
    results: [...ratios.flat(), ...crowds.flatMap(({ results }) => results)],
    notes: [
      ...crowds.flatMap(({ notes }) => notes),
      'ours: the bot as config/compose.ts builds it with one channel, SQLite on disk (WAL, synchronous FULL), no interval between messages; the bare SDK: one handler that commits one equal row by the same group commit; each in a process of its own; ratio: ours divided by it',
      'the platform is a stand-in in another process on loopback, with no more of the protocol than either needs',
      'intake: until the last message has its receipt; nothing is answered',
      'round trip: one message in each of many conversations, all there at once, until the last turn is stored (the bare SDK: replied); a stub model that answers at once; at most 100 answers at a time with ours',
      'the limiter at its highest rate, 1,000 a second, is the same on both sides; without the limiter: everything passes at once, so that the rest shows; our Discord channel leaves the rates to the SDK, whose 50 requests a second are off on both sides',
      'CPU of one: of the whole process, by message',
      `at once: our bot alone; every conversation writes again when it is answered; a model that takes 5 s, as many answers at a time as conversations; measured for ${minutes} minutes after one to settle`,
      'acknowledgement: from handing the message over to the confirmation, as the platform sees it; starved: less than half of the median number of answers; flat: ten minutes add no more than a tenth, by the slope of the resident memory',
    ],
  };
}

/** What the bot takes in and answers in a second, beside the bare SDK of each platform, and how it bears a crowd. */
export function measure(
  progress: (line: string) => void,
  size: BenchSize,
  minutes: number = defaultMinutes,
): Promise<BenchOutcome> {
  return withScratchFolder((folder) => measureIn(folder, size, minutes, progress));
}
