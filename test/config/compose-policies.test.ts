import { describe, expect, test } from 'vitest';
import { createMetrics } from '../../adapters/system/metrics.ts';
import { composePolicies } from '../../config/compose-policies.ts';
import { personId } from '../../core/domain/ids.ts';
import { type PolicySource, policyId, runId } from '../../core/domain/policy.ts';
import { distancesIn } from '../../core/learning/run/staleness.ts';
import { collect, plainRequest, textOf } from '../contract/model.ts';
import { createStandInSampler, saying } from '../fakes/engine/stand-in-sampler.ts';
import { createStandInTokenizer } from '../fakes/engine/stand-in-tokenizer.ts';
import { createStandInTrainer } from '../fakes/engine/stand-in-trainer.ts';
import { createMemoryPolicyStore } from '../fakes/learning/memory-policy-store.ts';
import { modelOf } from '../fakes/model/model-of.ts';
import { createFakeClock } from '../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../fakes/system/sequential-ids.ts';
import { mustLoad } from './settings-folder.ts';

const id = policyId('policy_run_1');
const operator = personId('web', 'operator');
const weightsOf = (baseModel: string): PolicySource => ({
  kind: 'weights',
  baseModel,
  samplerPath: 'engine://one/sampler_weights/1',
  statePath: 'engine://one/weights/1',
});

/** What one serving policy makes of the answers of a bot whose engine has the base model `tiny`. */
async function servedBy(source: PolicySource) {
  const { settings, secrets } = mustLoad({
    yaml: 'engine: {profile: skyrl, baseModel: tiny, tokenizer: ./t, answers: true}',
    variables: { TINKER_BASE_URL: 'http://127.0.0.1:9' },
  });
  const store = createMemoryPolicyStore();
  const trainer = createStandInTrainer({
    sampler: () => createStandInSampler(() => saying('By the policy.')),
  });
  const scope = { kind: 'everywhere' } as const;
  await store.add({ policyId: id, scope, source, runId: runId('run_1'), createdAt: 0 });
  const policies = await composePolicies({
    settings,
    secrets,
    store,
    configured: modelOf('configured', () => 'By the configured model.'),
    choice: { kind: 'engine', why: '' },
    engine: { trainer, tokenizer: createStandInTokenizer() },
    isHoldOut: () => false,
    key: 'k',
    onChange: () => {},
    fetch: () => Promise.reject(new Error('nobody is called here')),
    clock: createFakeClock(),
    ids: createSequentialIds(),
    logger: createMemoryLogger(),
    metrics: createMetrics(),
  });
  await policies.desk.promote(1, operator);
  const never = new AbortController().signal;
  const events = await collect(policies.model.stream({ ...plainRequest, policy: id }, never));
  return { events, policies, trainer };
}

describe('trained weights', () => {
  test('answer where the engine still has their base model', async () => {
    const { events, policies, trainer } = await servedBy(weightsOf('tiny'));
    expect(textOf(events)).toBe('By the policy.');
    expect(events[0]).toEqual({ type: 'started', model: id });
    expect(trainer.sources).toHaveLength(1);
    expect(policies.model.problem()).toBeUndefined();
  });

  test('are told from the configured model and from models that callers named by the stamp of a turn', async () => {
    const { desk } = (await servedBy(weightsOf('tiny'))).policies;
    const stamps = [id, 'tiny', 'tinker://before', 'upstream:tiny', `upstream:${id}`, 'policy_gone'];
    expect(stamps.map((stamp) => desk.versionOf(stamp))).toEqual([1, 0, 0, ...Array(3).fill(undefined)]);
    const distances = stamps.map(distancesIn(desk, { kind: 'everywhere' }));
    expect(distances).toEqual([0, 1, 1, ...Array(3).fill(undefined)]);
  });

  test('of another base model than is set now are not opened: the configured model answers, and says why', async () => {
    const { events, policies, trainer } = await servedBy(weightsOf('large'));
    expect(textOf(events)).toBe('By the configured model.');
    expect(events[0]).toEqual({ type: 'started', model: 'configured' });
    expect(trainer.sources).toEqual([]);
    const problem = policies.model.problem();
    expect(problem).toContain('Policy 1 could not answer, the configured model did');
    expect(problem).toContain('it was trained on large, and engine.baseModel is tiny now');
  });
});

test('a tuned model has no place to answer from where the engine answers now', async () => {
  const { events, policies } = await servedBy({ kind: 'hosted_model', model: 'ft:tiny' });
  expect(textOf(events)).toBe('By the configured model.');
  expect(policies.model.problem()).toContain('Policy 1 could not answer');
});
