import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  isPolicyEvidence,
  isPolicySource,
  isRunMethods,
  isRunPlan,
  isStepMetrics,
} from '../../../adapters/sqlite/training-wire.ts';
import { policyId, runId } from '../../../core/domain/policy.ts';
import { ratedTurnsOf } from '../../contract/rated-turns.ts';
import { everywhere, sampleRun } from '../../contract/run-samples.ts';
import { sampleAt } from '../../contract/store-samples.ts';
import { type OpenStores, openAt } from './rig.ts';

const { plan } = sampleRun('r1');
const weights = { kind: 'weights', baseModel: 'b', samplerPath: 's', statePath: 't' } as const;
const replay = { wins: 1, ties: 1, losses: 1, better: 1, worse: 1, leftOut: { tools: 1 } };
const probes = { passed: 1, failed: ['a'] };
const live = { sessions: 1, others: 1, harm: 1 };

/** The value without one of its parts, for each. */
const withouts = (value: object): readonly unknown[] =>
  Object.keys(value).map((name) => Object.fromEntries(Object.entries(value).filter(([key]) => key !== name)));

test('what lacks a part is none', () => {
  for (const one of [plan, { ...plan, leftOut: {}, settings: {} }]) expect(isRunPlan(one)).toBe(true);
  for (const one of withouts(plan)) expect(isRunPlan(one)).toBe(false);
  for (const estimate of withouts(plan.estimate)) expect(isRunPlan({ ...plan, estimate })).toBe(false);
  const model = { kind: 'hosted_model', model: 'm' };
  const wording = { kind: 'wording', persona: 'p' };
  for (const source of [weights, model, wording]) {
    expect(isPolicySource(source)).toBe(true);
    for (const one of withouts(source)) expect(isPolicySource(one)).toBe(false);
  }
  for (const one of [
    { ...weights, persona: 'p' },
    { ...model, persona: '' },
    { ...wording, answersBy: 'p1' },
  ]) {
    expect(isPolicySource(one)).toBe(true);
  }
  for (const one of [{}, { replay }, { probes }, { live }, { live: { ...live, mean: 0, othersMean: 0 } }]) {
    expect(isPolicyEvidence(one)).toBe(true);
  }
  for (const one of withouts(replay)) expect(isPolicyEvidence({ replay: one })).toBe(false);
  for (const one of withouts(probes)) expect(isPolicyEvidence({ probes: one })).toBe(false);
  for (const one of withouts(live)) expect(isPolicyEvidence({ live: one })).toBe(false);
});

test.each([
  [isRunPlan, { ...plan, leftOut: { too_long: '1' } }],
  [isRunPlan, { ...plan, settings: { kl: null } }],
  [isRunMethods, ['kto', 'magic']],
  [isRunMethods, 'kto'],
  [isStepMetrics, { loss: null }],
  [isStepMetrics, { tokens: '1' }],
  [isPolicySource, { ...weights, kind: 'magic' }],
  [isPolicySource, { ...weights, persona: 1 }],
  [isPolicySource, { ...weights, persona: null }],
  [isPolicySource, { kind: 'hosted_model', model: 'm', persona: ['p'] }],
  [isPolicySource, { kind: 'wording', persona: 'p', answersBy: 1 }],
  [isPolicySource, { kind: 'wording', persona: 'p', answersBy: null }],
  [isPolicyEvidence, { live: { ...live, mean: null } }],
  [isPolicyEvidence, { live: { ...live, othersMean: '0' } }],
])('what has a part of another kind is none: %o %o', (guard, value) => {
  expect(guard(value)).toBe(false);
});

test('nothing that JSON can hold breaks the guards', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      for (const guard of [isRunPlan, isPolicySource]) expect(guard(value)).toBe(false);
      for (const guard of [isRunMethods, isStepMetrics, isPolicyEvidence]) guard(value);
    }),
  );
});

describe('a damaged row', () => {
  let open: OpenStores;
  beforeEach(() => {
    open = openAt(':memory:');
  });
  afterEach(() => open.database.close());
  const damage = (sql: string): unknown =>
    open.database.attempt(() => open.database.statement<[]>(sql).run());
  const skipped = (): readonly unknown[] => open.logger.of('storage_row_skipped').map(({ fields }) => fields);

  test.each(['methods', 'plan'])('of the runs is left out with a log entry: %s', async (column) => {
    const { runs } = open.stores;
    for (const id of ['r1', 'r2']) await runs.skip(sampleRun(id), 'x');
    damage(`UPDATE training_runs SET ${column} = '{}' WHERE run_id = 'r1'`);
    expect((await runs.list(9)).map((run) => run.runId)).toEqual(['r2']);
    expect(await runs.get(runId('r1'))).toBeUndefined();
    expect(skipped()[0]).toMatchObject({ table: 'training_runs', id: 'r1' });
  });

  test('of the steps is still a step', async () => {
    const { runs } = open.stores;
    await runs.begin(sampleRun('r1'), []);
    await runs.claim(runId('r1'), 1, sampleAt);
    damage(`UPDATE run_steps SET metrics = '['`);
    const begun = { step: 1, state: 'begun', metrics: {}, startedAt: sampleAt };
    expect(await runs.steps(runId('r1'))).toEqual([begun]);
  });

  test('of the rated turns is left out where its reward is lost', async () => {
    const turns = ratedTurnsOf(() => open.stores);
    for (const name of ['t1', 't2']) await turns.add(name, {}, 1);
    damage(`UPDATE settlements SET value = NULL WHERE turn_id = 't1'`);
    const found = await open.stores.policies.outcomes(everywhere, 0, 9);
    expect(found.map((one) => one.turnId)).toEqual(['t2']);
  });

  test('of the policies is left out where it is not told what answers; evidence is missing', async () => {
    const { policies } = open.stores;
    for (const id of ['p1', 'p2']) {
      const added = { policyId: policyId(id), scope: everywhere, source: weights, runId: runId('r1') };
      await policies.add({ ...added, createdAt: sampleAt });
      await policies.setEvidence(policyId(id), { probes });
    }
    damage(`UPDATE policies SET source = '{}' WHERE policy_id = 'p1'`);
    damage(`UPDATE policies SET evidence = 'x' WHERE policy_id = 'p2'`);
    expect(await policies.list(9)).toMatchObject([{ policyId: 'p2', evidence: {} }]);
    expect(skipped()[0]).toMatchObject({ table: 'policies', id: 'p1' });
  });

  test.each([
    { ...weights, persona: 7 },
    { kind: 'wording', persona: 'Be brief.', answersBy: ['p2'] },
  ])('of the policies is left out where a part of what answers is of another kind: $kind', async (source) => {
    const { policies } = open.stores;
    const added = { policyId: policyId('p1'), scope: everywhere, source: weights, runId: runId('r1') };
    await policies.add({ ...added, createdAt: sampleAt });
    damage(`UPDATE policies SET source = '${JSON.stringify(source)}'`);
    expect(await policies.list(9)).toEqual([]);
    expect(await policies.get(policyId('p1'))).toBeUndefined();
    expect(skipped()[0]).toMatchObject({ table: 'policies', id: 'p1' });
  });
});
