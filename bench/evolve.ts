import type { BenchOutcome, BenchResult, BenchSize } from './lib/bench-report.ts';
import { type CheapTrial, runTrial, type TrialEnd, usualOutcome } from './lib/evolve/cheap-runs.ts';
import { type Estimate, meanOf, wilson } from './lib/evolve/intervals.ts';
import { type Condition, conditions, runStream, type StreamResult } from './lib/evolve/run-stream.ts';
import { recoveryOf, successByTenth, successOf, tenths } from './lib/evolve/summary.ts';
import type { WorldSize } from './lib/evolve/world.ts';

interface Size {
  readonly seeds: readonly number[];
  readonly world: WorldSize;
  readonly trials: number;
  /** Sessions of one trial. */
  readonly sessions: number;
}

const sizes: Readonly<Record<BenchSize, Size>> = {
  full: { seeds: [1, 2, 3, 4, 5], world: { days: 60, sessionsADay: 16 }, trials: 2_000, sessions: 300 },
  smoke: { seeds: [1], world: { days: 12, sessionsADay: 16 }, trials: 50, sessions: 100 },
};

/** What showing it takes off the outcome of a session. */
const harm = -0.4;
/** So many sessions a harmful skill may last. */
const soon = 60;

function result(metric: string, unit: string, { value, interval }: Estimate): BenchResult {
  return { metric, unit, value, ...(interval === undefined ? {} : { spread: interval }) };
}

type MeanOf = (metric: string, unit: string, of: (stream: StreamResult) => number) => BenchResult;

const learns = (condition: Condition): boolean => condition === 'unproven' || condition === 'full';

function draftResults(mean: MeanOf): readonly BenchResult[] {
  return [
    mean('drafts', 'count', ({ counts }) => counts.drafted),
    mean('drafts approved', 'count', ({ counts }) => counts.approved),
    mean('drafts refused by checks or replay', 'count', ({ counts }) => counts.refused),
    mean('drafts rejected or out of date', 'count', ({ counts }) => counts.rejected),
    mean('skills stopped for harm', 'count', ({ counts }) => counts.stopped),
    mean('of these right ones', 'count', ({ counts }) => counts.stoppedRight),
    mean('calls of the evolver', 'count', ({ calls }) => calls.evolver),
    mean('answers of replays', 'count', ({ calls }) => calls.replay),
    mean('calls of the judge', 'count', ({ calls }) => calls.judge),
  ];
}

function learningResults(condition: Condition, streams: readonly StreamResult[]): readonly BenchResult[] {
  const mean: MeanOf = (metric, unit, of) => result(`${condition}: ${metric}`, unit, meanOf(streams.map(of)));
  const curves = streams.map(successByTenth);
  const recoveries = streams.flatMap((stream) => recoveryOf(stream) ?? []);
  const back = recoveries.filter(({ isBack }) => isBack);
  return [
    ...Array.from({ length: tenths }, (_, at) =>
      result(
        `${condition}: success in tenth ${at + 1} of ${tenths}`,
        'share',
        meanOf(curves.map((curve) => curve[at] ?? 0)),
      ),
    ),
    mean('success in the whole stream', 'share', successOf),
    mean('wrong rules adopted', 'count', ({ wrongAdopted }) => wrongAdopted),
    mean('wrong rules in use at the end', 'count', ({ wrongAtEnd }) => wrongAtEnd),
    mean('leaks', 'count', ({ leaks }) => leaks.length),
    ...(recoveries.length === 0
      ? []
      : [
          result(
            `${condition}: recovered from a preference that turned round`,
            'share',
            wilson(back.length, recoveries.length),
          ),
          result(
            `${condition}: turns until then, all there were where it never came`,
            'turns',
            meanOf(recoveries.map(({ turns }) => turns)),
          ),
        ]),
    mean('library size at the end', 'count', ({ librarySize }) => librarySize),
    ...(learns(condition) ? draftResults(mean) : []),
  ];
}

async function measureLearning(
  size: Size,
  progress: (line: string) => void,
): Promise<readonly BenchResult[]> {
  const results: BenchResult[] = [];
  for (const condition of conditions) {
    const streams: StreamResult[] = [];
    for (const seed of size.seeds) {
      progress(`evolve: ${condition}, seed ${seed}`);
      const stream = await runStream(condition, seed, size.world);
      const [leak] = stream.leaks;
      if (leak !== undefined)
        throw new Error(`${stream.leaks.length} leaks with ${condition}, seed ${seed}: ${leak}`);
      streams.push(stream);
    }
    results.push(...learningResults(condition, streams));
  }
  return results;
}

function measureErrors({ trials, sessions }: Size, progress: (line: string) => void): readonly BenchResult[] {
  const run = (trial: CheapTrial): readonly TrialEnd[] =>
    Array.from({ length: trials }, (_, at) => runTrial(at + 1, trial));
  const shareOf = (ends: readonly TrialEnd[], isSo: (end: TrialEnd) => boolean): Estimate =>
    wilson(ends.filter(isSo).length, ends.length);
  progress('evolve: trials of a skill that does nothing');
  const idle = run({ lift: 0, sessions });
  progress('evolve: trials of a harmful skill');
  const harmful = run({ lift: harm, sessions: soon });
  return [
    result(
      'idle skill: proven',
      'share',
      shareOf(idle, ({ provenAt }) => provenAt !== undefined),
    ),
    result(
      'idle skill: active without proof',
      'share',
      shareOf(idle, ({ promotedAt }) => promotedAt !== undefined),
    ),
    result(
      'idle skill: stopped by the alarm',
      'share',
      shareOf(idle, ({ stoppedAt }) => stoppedAt !== undefined),
    ),
    result(
      `harmful skill: stopped within ${soon} sessions`,
      'share',
      shareOf(harmful, ({ stoppedAt }) => stoppedAt !== undefined),
    ),
    result(
      'harmful skill: proven',
      'share',
      shareOf(harmful, ({ provenAt }) => provenAt !== undefined),
    ),
  ];
}

/** The self-improving library on a simulated stream with stand-ins for models and people. Rejects where a skill leaked. */
export async function measure(progress: (line: string) => void, benchSize: BenchSize): Promise<BenchOutcome> {
  const size = sizes[benchSize];
  const { days, sessionsADay } = size.world;
  const results = [...(await measureLearning(size, progress)), ...measureErrors(size, progress)];
  return {
    results,
    notes: [
      'a test of the machinery with stand-ins for models and people: it says nothing about real models, whose skills, judgements and obedience are other ones',
      `${days} days, ${sessionsADay} sessions a day of 1 to 4 turns, 3 spaces of 6 people, 6 topics with 3 answers each; hidden wishes of spaces and people; 20 % of the answers are not rated, 10 % of the ratings are the wrong way round, 30 % of the failures that were rated are corrected in words; one person rates every answer that they see badly and asks for what nobody wants; at 60 % one space turns one preference round`,
      'the answering stand-in follows a rule only if the rule is in its prompt; the evolver writes what most of the words that it is shown ask for, and in 15 % of its drafts something else; the judge goes by these words and by answers that were rated well, and is wrong in 10 %; the maintainer approves what passed the replay within a day, and half of that of which too little is known',
      'none: no skills; static: a bank written by hand for the spaces as they are at the start; unproven: each draft is active for the whole space at once, also what was said in private, without replay, approval or trial; full: the product as it is shipped, with the policy review',
      `value: the mean over ${size.seeds.length} seeds, or the share of ${size.trials.toLocaleString('en')} trials; spread: its 95 % interval, by Student’s t over seeds and by Wilson for shares of trials and of seeds; not the lowest and highest`,
      'all conditions meet the same people, requests and moods; the answers to the one who brigades are left out of success, and rules for that person alone out of wrong rules',
      'wrong rule: a learned text that nobody wants of those whom it is given; leaks are counted from the stored turns, and one is enough to end the run with an error',
      `trials: ${size.sessions} sessions of an idle skill, 5 a day, looked at after each; mean outcome without a skill ${usualOutcome}; a harmful skill takes ${-harm} off it`,
    ],
  };
}
