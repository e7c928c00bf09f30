import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../../core/domain/app-error.ts';
import { openScene, refusal, type Scene, to } from './limiter-scene.ts';

interface Plan {
  readonly destination: string;
  readonly method: string;
  readonly minIntervalMs: number;
  /** What the platform says to each try before the last, milliseconds to wait. */
  readonly refusals: readonly number[];
  readonly fails: boolean;
  /** Given so long after the one before. */
  readonly afterMs: number;
}

const plan = (longestWaitMs: number): fc.Arbitrary<Plan> =>
  fc.record({
    destination: fc.constantFrom('a', 'b', 'c'),
    method: fc.constantFrom('send', 'edit'),
    minIntervalMs: fc.constantFrom(0, 0, 700),
    refusals: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(fc.integer({ min: 1, max: longestWaitMs }), { maxLength: 3 }) },
    ),
    fails: fc.boolean(),
    afterMs: fc.constantFrom(0, 0, 0, 300, 2_000),
  });

interface Try {
  readonly job: number;
  readonly beganMs: number;
}

interface Outcome {
  readonly tries: readonly Try[];
  /** Code of the error, or `done`; in the order of the plans. */
  readonly ends: readonly string[];
  /** By job: when its scope was paused until, as known when a try began. */
  readonly earlyTries: readonly Try[];
  readonly mostWaiting: number;
}

const codeOf = (error: unknown): string => (error instanceof AppError ? error.code : String(error));

/** Gives the jobs to the limiter in their order and lets time pass until all have ended. */
async function play(scene: Scene, plans: readonly Plan[], scope: 'method' | 'destination'): Promise<Outcome> {
  const { clock, limiter } = scene;
  const tries: Try[] = [];
  const earlyTries: Try[] = [];
  const pausedUntilMs = new Map<string, number>();
  let mostWaiting = 0;
  let open = plans.length;
  const look = (): void => {
    mostWaiting = Math.max(mostWaiting, limiter.queue().waiting);
  };

  const work = (each: Plan, job: number) => {
    const left = [...each.refusals];
    return async (): Promise<string> => {
      const beganMs = clock.monotonicMs();
      tries.push({ job, beganMs });
      if (beganMs < (pausedUntilMs.get(each[scope]) ?? 0)) earlyTries.push({ job, beganMs });
      look();
      await Promise.resolve();
      const waitMs = left.shift();
      if (waitMs !== undefined) {
        const known = pausedUntilMs.get(each[scope]) ?? 0;
        pausedUntilMs.set(each[scope], Math.max(known, clock.monotonicMs() + waitMs));
        throw refusal(waitMs);
      }
      if (each.fails) throw new AppError('invalid_input', 'No.');
      return 'done';
    };
  };

  const ends: Promise<string>[] = [];
  for (const [job, each] of plans.entries()) {
    if (each.afterMs > 0) await scene.advance(each.afterMs);
    const end = limiter.run(to(each.destination, each), scene.job(String(job), work(each, job)));
    look();
    ends.push(
      end.then(String, codeOf).finally(() => {
        open -= 1;
        look();
      }),
    );
  }
  for (let rounds = 0; open > 0; rounds += 1) {
    if (rounds > 1_000) throw new Error(`${open} jobs never ended`);
    await scene.quiet();
    if (open > 0) await scene.clock.advance(250);
  }
  const outcome = { tries, ends: await Promise.all(ends), earlyTries, mostWaiting };
  expect(limiter.queue().waiting).toBe(0);
  await limiter.stop();
  expect(clock.waiting()).toBe(0);
  return outcome;
}

/** The tries of one destination, which have to be those of its jobs one after another. */
function expectOrder(plans: readonly Plan[], { tries }: Outcome): void {
  for (const destination of ['a', 'b', 'c']) {
    const there = tries.filter(({ job }) => plans[job]?.destination === destination);
    const order = there.map(({ job }) => job);
    expect(order).toEqual(order.toSorted((one, other) => one - other));
    const spaced = there.filter(({ job }) => (plans[job]?.minIntervalMs ?? 0) > 0);
    for (const [at, { job, beganMs }] of spaced.entries()) {
      const before = spaced[at - 1]?.beganMs ?? Number.NEGATIVE_INFINITY;
      expect(beganMs - before).toBeGreaterThanOrEqual(plans[job]?.minIntervalMs ?? 0);
    }
  }
}

const scopes = fc.constantFrom('method' as const, 'destination' as const);

describe('for any mix of jobs, failures and refusals', () => {
  test('each destination keeps its order and spacing, nothing is lost, no pause is broken', {
    timeout: 60_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(plan(4_000), { maxLength: 10 }), scopes, async (plans, pauses) => {
        const scene = openScene({ pauses, maxRateLimitWaitMs: 10_000_000 });
        const outcome = await play(scene, plans, pauses);
        expect(outcome.ends).toEqual(plans.map(({ fails }) => (fails ? 'invalid_input' : 'done')));
        for (const [job, { refusals }] of plans.entries())
          expect(outcome.tries.filter((each) => each.job === job)).toHaveLength(refusals.length + 1);
        expect(outcome.earlyTries).toEqual([]);
        expectOrder(plans, outcome);
      }),
      { numRuns: 25 },
    );
  });

  test('with an end to patience every job still ends, in order, and only refused scopes refuse', {
    timeout: 60_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(plan(9_000), { maxLength: 10 }), scopes, async (plans, pauses) => {
        const scene = openScene({ pauses, maxRateLimitWaitMs: 5_000 });
        const outcome = await play(scene, plans, pauses);
        expectOrder(plans, outcome);
        const refusedScopes = new Set(
          plans.filter(({ refusals }) => refusals.length > 0).map((each) => each[pauses]),
        );
        for (const [job, each] of plans.entries()) {
          const allowed = [each.fails ? 'invalid_input' : 'done'];
          if (refusedScopes.has(each[pauses])) allowed.push('rate_limited');
          expect(allowed).toContain(outcome.ends[job]);
          // Whoever was not refused for good had all its tries.
          if (outcome.ends[job] === 'rate_limited') continue;
          expect(outcome.tries.filter(({ job: tried }) => tried === job)).toHaveLength(
            each.refusals.length + 1,
          );
        }
      }),
      { numRuns: 25 },
    );
  });

  test('never more than the bound waits, and what is over it is told so at once', {
    timeout: 60_000,
  }, async () => {
    const bounds = fc.record({
      maxWaiting: fc.integer({ min: 1, max: 8 }),
      maxWaitingPerDestination: fc.integer({ min: 1, max: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(plan(2_000), { maxLength: 16 }),
        scopes,
        bounds,
        async (plans, pauses, options) => {
          const { maxWaiting } = options;
          const scene = openScene({ pauses, ...options, maxRateLimitWaitMs: 10_000_000 });
          const together = plans.map((each) => ({ ...each, afterMs: 0 }));
          const outcome = await play(scene, together, pauses);
          const taken: Plan[] = [];
          for (const [job, each] of together.entries()) {
            const there = taken.filter(({ destination }) => destination === each.destination).length;
            const hasRoom = taken.length < maxWaiting && there < options.maxWaitingPerDestination;
            if (hasRoom) taken.push(each);
            const otherwise = each.fails ? 'invalid_input' : 'done';
            expect(outcome.ends[job]).toBe(hasRoom ? otherwise : 'overloaded');
          }
          expect(outcome.mostWaiting).toBeLessThanOrEqual(maxWaiting);
          expectOrder(together, outcome);
        },
      ),
      { numRuns: 25 },
    );
  });
});
