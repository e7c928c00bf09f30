import { turnId } from '../../../../core/domain/ids.ts';
import type { NewProposal } from '../../../../core/ports/proposal-store.ts';
import { draftHash } from '../../../../core/skills/evolver/draft-hash.ts';
import { sampleAt } from '../../../contract/store-samples.ts';
import { createSequentialIds } from '../../../fakes/system/sequential-ids.ts';
import { ann, space, userScope } from './samples.ts';

export const draft = {
  name: 'invoice-totals',
  description: 'Use when somebody asks for an invoice.',
  triggers: ['invoice'],
  body: '- Add the total.',
};

/** A waiting draft of one person, with its hash. */
export function proposal(changes: Partial<NewProposal> = {}): NewProposal {
  const scope = changes.scope ?? userScope();
  const operation = changes.operation ?? { op: 'add', draft, why: 'totals were missing' };
  return {
    spaceId: space,
    scope,
    operation,
    draftHash: draftHash(scope, operation, createSequentialIds()),
    state: 'waiting',
    trigger: 'threshold',
    topic: 'invoice total',
    support: [turnId('s1'), turnId('s2')],
    withheld: [turnId('w1')],
    people: [ann],
    learnedFrom: { platforms: ['web'], authors: [ann] },
    notes: [],
    replay: {
      verdict: 'passed',
      failures: { wins: 1, ties: 0, losses: 0 },
      successes: { wins: 0, ties: 3, losses: 0 },
      weakBecause: [],
      leftOut: {},
    },
    cost: { calls: 1, inputTokens: 1, outputTokens: 1 },
    model: 'evolver-model',
    createdAt: sampleAt,
    ...changes,
  };
}
