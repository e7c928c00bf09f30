import { personId, turnId } from '../../../core/domain/ids.ts';
import type { Proposal } from '../../../core/domain/proposal.ts';
import { conversation, now } from './command-fixtures.ts';

/** A draft of a new skill that waits for a maintainer. */
export function proposal(changes: Partial<Proposal> = {}): Proposal {
  return {
    number: 12,
    spaceId: conversation.spaceId,
    scope: { kind: 'space', platform: 'fake', spaceId: conversation.spaceId },
    operation: {
      op: 'add',
      draft: {
        name: 'euro-invoices',
        description: 'Use when somebody asks for an invoice.',
        triggers: [],
        body: 'Give sums in euros.',
      },
      why: 'Three people wanted euros.',
    },
    draftHash: '3fa2c1d4e5f60718',
    state: 'waiting',
    trigger: 'threshold',
    topic: 'invoice euros',
    support: [turnId('turn_a'), turnId('turn_b')],
    withheld: [turnId('turn_c')],
    people: [personId('fake', 'ada'), personId('fake', 'bob'), personId('fake', 'eve')],
    learnedFrom: { platforms: ['fake'], authors: [personId('fake', 'ada')] },
    notes: [{ gate: 'injection', severity: 'warn', message: 'It holds a link.' }],
    replay: {
      verdict: 'passed',
      failures: { wins: 1, ties: 0, losses: 0 },
      successes: { wins: 2, ties: 7, losses: 1 },
      weakBecause: ['the judge is the model that wrote it'],
      leftOut: { used_tools: 2 },
    },
    cost: { calls: 31, inputTokens: 9_000, outputTokens: 1_200 },
    model: 'evolver-1',
    createdAt: now - 3_600_000,
    revision: 1,
    ...changes,
  };
}
