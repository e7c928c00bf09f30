import type { PersonId, SpaceId } from '../domain/ids.ts';
import type { Policy, PolicyScope } from '../domain/policy.ts';
import type { RunChart } from '../domain/run-chart.ts';
import type { RunSample, RunStep, Spend, TrainingRun } from '../domain/training-run.ts';

/** What is going on for one scope, as far as it is known without a look at what waits. */
export interface TrainStanding {
  readonly scope: PolicyScope;
  /** Running or paused now: of the space, or of another place where its own cannot begin beside that. */
  readonly current?: TrainingRun;
  /** What serves here; absent: the configured model. */
  readonly serving?: Policy;
  /** What prices are in: `USD`. */
  readonly currency: string;
}

/** How the slow loop stands for one scope. */
export interface TrainReport extends TrainStanding {
  /** `off`: the operator has it off. What it says else is how it would train. */
  readonly weights: 'off' | 'engine' | 'provider';
  readonly wording: boolean;
  /** What a run begun now would do: its plan, or the reason why not. */
  readonly outlook:
    | {
        readonly kind: 'ready';
        readonly samples: number;
        readonly steps: number;
        readonly methods: readonly string[];
        readonly estimate: Spend;
      }
    | {
        readonly kind: 'not_ready';
        /** A word of `core/learning/run/run-reasons.ts`. */
        readonly reason: string;
        readonly samples: number;
        readonly positives: number;
        readonly negatives: number;
        readonly people: number;
        readonly needed: {
          readonly samples: number;
          readonly eachSign: number;
          readonly people: number;
        };
      };
  readonly isPausedByPerson: boolean;
  /** Why no run goes on at this moment: a clause; absent where one may. */
  readonly closedBecause?: string;
  /** When one should, where that is expected: `Tue 23:00 (in 3 hours)`. */
  readonly nextWindow?: string;
  /** Spent this month, and the cap, in millionths; no cap where absent. */
  readonly spentMicros: number;
  readonly capMicros?: number;
}

/** The effects behind `train` and `policy`. Every method may reject with an `AppError` whose message is for the person. */
export interface TrainTools {
  standing(spaceId: SpaceId): Promise<TrainStanding>;
  report(spaceId: SpaceId): Promise<TrainReport>;
  /** Begins a run now, or goes on with one, whatever the window says; it still pauses when somebody talks. */
  now(spaceId: SpaceId, by: PersonId): Promise<TrainNow>;
  /** No run goes on or begins for the space until `resume`. False where that was so already. */
  pause(spaceId: SpaceId, by: PersonId): Promise<boolean>;
  resume(spaceId: SpaceId, by: PersonId): Promise<boolean>;
  /** Ends the run at hand and gives its samples back; `undefined` where there is none. */
  cancel(spaceId: SpaceId, by: PersonId): Promise<TrainingRun | undefined>;
  /** The newest first; of the space and of all spaces together. */
  history(spaceId: SpaceId, limit: number): Promise<readonly TrainingRun[]>;
  run(spaceId: SpaceId, number: number): Promise<ShownRun | undefined>;
  /** The newest first; of the space and of all spaces together. */
  policies(spaceId: SpaceId, limit: number): Promise<readonly Policy[]>;
  policy(spaceId: SpaceId, number: number): Promise<Policy | undefined>;
  /** Puts a policy into service at once, whatever its test says. */
  promote(spaceId: SpaceId, number: number, by: PersonId): Promise<Policy>;
  /** Takes what serves back, where it is that number; what served before it answers again. Gives what was taken back; `undefined` where the configured model serves. */
  rollback(spaceId: SpaceId, number: number, by: PersonId): Promise<Policy | undefined>;
  pin(spaceId: SpaceId, number: number, isPinned: boolean, by: PersonId): Promise<Policy>;
  /** PNG bytes. */
  chart(chart: RunChart): Promise<Uint8Array>;
}

export type TrainNow =
  | { readonly kind: 'began'; readonly run: TrainingRun }
  | { readonly kind: 'resumed'; readonly run: TrainingRun }
  /** `reason`: a word of `core/learning/run/run-reasons.ts`. */
  | { readonly kind: 'nothing'; readonly reason: string };

export interface ShownRun {
  readonly run: TrainingRun;
  readonly steps: readonly RunStep[];
  readonly samples: readonly RunSample[];
  readonly candidate?: Policy;
  /** What `Spend.micros` are millionths of: `USD`. */
  readonly currency: string;
}
