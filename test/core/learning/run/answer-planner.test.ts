import { expect, test } from 'vitest';
import { createAnswerPlanner } from '../../../../core/learning/run/answer-planner.ts';
import { defaultMethods, methodsFor } from '../../../../core/learning/run/choose-methods.ts';
import { costOf } from '../../../../core/learning/run/engine-prices.ts';
import { defaultRunLimits } from '../../../../core/learning/run/plan-limits.ts';
import { said, settlement, storesOf, target, waiting } from './waiting-turns.ts';

test('a plan is made of what waits in the scope, with what its people say on the whole', async () => {
  const all = Array.from({ length: 130 }, (_, index) => {
    const id = `t${1_000 + index}`;
    const polarity = index % 3 === 0 ? -1 : 1;
    const reward = { kind: 'known', value: polarity, authority: 'explicit', voices: 1, weight: 1 } as const;
    const rows = [said(id, `p${index % 5}`, { kind: 'feedback', slot: 'feedback', polarity })];
    return waiting(id, { policy: 'pol_4' }, { weights: settlement(id, { reward }), rows });
  });
  const stores = storesOf(all, 50);
  const votes = all.flatMap(({ turn: { turnId }, rows }) => rows.map((row) => ({ ...row, turnId })));
  const scopes: unknown[] = [];
  let onYield = async (): Promise<void> => {};
  const planner = createAnswerPlanner({
    kind: 'weights',
    gatherIn: (scope) => {
      scopes.push(scope);
      return {
        ...stores,
        ledger: { ...stores.ledger, votesBetween: async () => votes.slice(0, 499) },
        target,
        mayTrain: () => ({ allowed: true }),
        distanceOf: (stamp) => (stamp === 'pol_4' ? 1 : undefined),
        ids: { digest: (text) => text },
        yieldNow: () => onYield(),
      };
    },
    limits: defaultRunLimits,
    optionsIn: () => ({
      seed: 3,
      methodsOf: (samples) => methodsFor(samples, defaultMethods),
      settings: {},
      groupSize: 4,
      groupMaxTokens: 64,
      priceOf: (use) => costOf(use, { train: 1, read: 1, write: 1 }),
    }),
  });
  const scope = { kind: 'everywhere' } as const;
  const found = await planner.plan(scope, new AbortController().signal);
  expect(scopes).toEqual([scope]);
  expect(planner.kind).toBe('weights');
  if (found.kind !== 'ready') throw new Error(found.reason);
  expect(found).toMatchObject({ methods: ['kto'], plan: { steps: 5, samples: 130, people: 5, leftOut: {} } });
  // Each gave 26 words on one day, of which a third were bad; ten count whole.
  const first = all.filter((_, index) => index % 5 === 0).map(({ turn }) => turn.turnId);
  const theirs = found.samples.filter(({ turnId }) => first.includes(turnId));
  expect(new Set(theirs.map(({ weight }) => weight))).toEqual(new Set([10 / 26]));
  expect(theirs[0]?.baseline).toBeCloseTo((17 - 9) / (26 + 10), 12);

  // The last turn for others is in planning itself.
  let turns = 0;
  onYield = async () => {
    turns += 1;
  };
  await planner.plan(scope, new AbortController().signal);
  const [last, stop] = [turns, new AbortController()];
  turns = 0;
  onYield = async () => {
    turns += 1;
    if (turns === last) stop.abort();
  };
  await expect(planner.plan(scope, stop.signal)).rejects.toMatchObject({ code: 'aborted' });
});
