import { describe, expect, test } from 'vitest';
import { encodeConversationKey } from '../../../../core/domain/conversation.ts';
import { type PolicySource, policyId } from '../../../../core/domain/policy.ts';
import { answeringBy } from '../../../../core/learning/policies/answering-by.ts';
import { inherited } from '../../../../core/learning/policies/inherited.ts';
import { createPolicyArms } from '../../../../core/learning/policies/policy-arms.ts';
import { createPolicyDesk, type PolicyDesk } from '../../../../core/learning/policies/policy-desk.ts';
import { createFakeClock } from '../../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../../../fakes/system/sequential-ids.ts';
import { person } from '../../skills/evolver/samples.ts';
import { createMemoryPolicies, type MemoryPolicies } from './memory-policies.ts';
import { operator, runNamed, talk, weights, wholeSpace } from './policy-rig.ts';

const learnedFrom = { platforms: ['web'], authors: [person('ann')] };
const personaFrom = { madeFrom: 'before', learnedFrom };
const wording: PolicySource = { kind: 'wording', persona: 'Be brief.', personaFrom };
const id = policyId('p');
const kitchen = talk('kitchen');

function deskWith(store: MemoryPolicies, personaDigest: string): PolicyDesk {
  const ids = createSequentialIds();
  return createPolicyDesk({
    store,
    arms: createPolicyArms({ key: 'key', share: 0.1, digest: ids.digest }),
    isHoldOut: () => false,
    isConfigured: () => false,
    personaDigest,
    clock: createFakeClock(),
    logger: createMemoryLogger(),
  });
}

describe('how a policy answers', () => {
  test('is with its persona, and with whom that was learned from', () => {
    expect(answeringBy({ policyId: id, source: wording }, 'before')).toEqual({
      policyId: id,
      persona: 'Be brief.',
      learnedFrom,
    });
    expect(answeringBy({ policyId: id, source: weights }, 'before')).toEqual({ policyId: id });
  });

  test('is by what is left of it where the settings have another persona since', () => {
    expect(answeringBy({ policyId: id, source: wording }, 'now')).toBeUndefined();
    const answersBy = policyId('weights');
    expect(answeringBy({ policyId: id, source: { ...wording, answersBy } }, 'now')).toEqual({
      policyId: answersBy,
    });
    const source = { ...weights, persona: 'Be brief.', personaFrom };
    expect(answeringBy({ policyId: id, source }, 'now')).toEqual({ policyId: id });
  });

  test('goes by the settings of now, whatever serves', async () => {
    const store = createMemoryPolicies();
    const desk = deskWith(store, 'before');
    const made = await desk.add(wording, runNamed('run', wholeSpace));
    await desk.promote(made.number, operator);
    const key = encodeConversationKey(kitchen);
    expect(desk.policyFor(kitchen, key)).toEqual({
      policyId: made.policyId,
      persona: 'Be brief.',
      learnedFrom,
    });
    const later = deskWith(store, 'now');
    await later.load();
    expect(later.policyFor(kitchen, key)).toBeUndefined();
    expect(later.servingIn(wholeSpace)?.policyId).toBe(made.policyId);
  });
});

test('what inherits a persona inherits where it comes from', async () => {
  const store = createMemoryPolicies();
  const desk = deskWith(store, 'before');
  const parent = await desk.add(wording, runNamed('run', wholeSpace));
  expect(inherited(weights, parent)).toEqual({ ...weights, persona: 'Be brief.', personaFrom });
  const hosted: PolicySource = { kind: 'hosted_model', model: 'ft' };
  expect(inherited(hosted, parent)).toEqual({ ...hosted, persona: 'Be brief.', personaFrom });
  const other = { ...personaFrom, madeFrom: 'now' };
  expect(inherited({ ...wording, personaFrom: other }, parent)).toEqual({ ...wording, personaFrom: other });
});
