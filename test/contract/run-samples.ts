import { type TurnId, turnId } from '../../core/domain/ids.ts';
import { type PolicyScope, policyId, runId } from '../../core/domain/policy.ts';
import type { PlannedSample } from '../../core/domain/training-run.ts';
import type { NewRun } from '../../core/ports/run-store.ts';
import { sampleAt, sampleConversation } from './store-samples.ts';

export const everywhere: PolicyScope = { kind: 'everywhere' };
export const ofTeam: PolicyScope = { kind: 'space', spaceId: sampleConversation.spaceId };

/** With every optional part set. */
export function sampleRun(id: string, changes: Partial<NewRun> = {}): NewRun {
  return {
    runId: runId(id),
    scope: everywhere,
    kind: 'weights',
    methods: ['kto', 'hindsight'],
    parentId: policyId('parent'),
    generation: 7,
    plan: {
      steps: 2,
      samples: 3,
      positives: 2,
      negatives: 1,
      people: 2,
      leftOut: { too_stale: 4 },
      estimate: { calls: 10, tokens: 1_000.5, micros: 2_500 },
      settings: { learningRate: 1e-5, kl: 0.02, seed: 7, base: 'qwen' },
    },
    askedBy: 'web:ann',
    startedAt: sampleAt,
    ...changes,
  };
}

export function planned(id: TurnId | string, step = 1, changes: Partial<PlannedSample> = {}): PlannedSample {
  return { turnId: turnId(id), revision: 0, step, value: -0.75, weight: 0.5, baseline: 0.125, ...changes };
}
