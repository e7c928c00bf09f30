import { describe, expect, test } from 'vitest';
import { createOwnModels } from '../../config/own-models.ts';
import { type ConversationAddress, encodeConversationKey } from '../../core/domain/conversation.ts';
import { personId, spaceId } from '../../core/domain/ids.ts';
import { type Policy, type PolicySource, policyId, runId } from '../../core/domain/policy.ts';
import type { ApiCaller } from '../../core/ports/api-access.ts';
import type { TalkMark } from '../../core/ports/exchange-desk.ts';
import { modelOf } from '../fakes/model/model-of.ts';
import { createSequentialIds } from '../fakes/system/sequential-ids.ts';

const here = spaceId('api', 'here');
const caller: ApiCaller = { spaceId: here, personId: personId('api', 'k'), name: 'k' };
const talk: TalkMark = { opening: 'Hello' };
const model = modelOf('configured', () => 'hi');
const server = { model: 'gpt', baseUrl: 'http://127.0.0.1:1/v1' };

const policyOf = (name: string, source: PolicySource): Policy => ({
  policyId: policyId(name),
  number: 1,
  scope: { kind: 'space', spaceId: here },
  version: 1,
  source,
  state: 'serving',
  evidence: {},
  isPinned: false,
  since: 0,
  runId: runId('run_1'),
  createdAt: 0,
});
const weights = policyOf('weights', {
  kind: 'weights',
  baseModel: 'tiny',
  samplerPath: 's',
  statePath: 't',
});
const hosted = policyOf('hosted', { kind: 'hosted_model', model: 'gpt:tuned' });
const wording = policyOf('wording', { kind: 'wording', persona: 'Kind.' });
const wordingOver = policyOf('over', { kind: 'wording', persona: 'Kind.', answersBy: hosted.policyId });

/** Our models where this policy serves, and which conversations it was looked up for. */
function served(policy: Policy | undefined, hasServer: boolean) {
  const looked: ConversationAddress[] = [];
  const all = [weights, hosted, wording, wordingOver];
  const own = createOwnModels({
    desk: {
      policyFor(conversation) {
        looked.push(conversation);
        return policy && { policyId: policy.policyId };
      },
      policyOf: (id) => all.find((one) => one.policyId === id),
    },
    model,
    choice: hasServer ? { server } : {},
    ids: createSequentialIds(),
  });
  return { own, looked };
}

describe('metaclaw/current', () => {
  test.each<[string, Policy | undefined, boolean, object]>([
    ['nothing', undefined, true, { kind: 'server', model: 'gpt' }],
    ['nothing', undefined, false, { kind: 'model', model }],
    ['weights', weights, true, { kind: 'model', model, policyId: 'weights' }],
    ['weights', weights, false, { kind: 'model', model, policyId: 'weights' }],
    ['a tuned model', hosted, true, { kind: 'server', model: 'gpt:tuned', policyId: 'hosted' }],
    ['a tuned model', hosted, false, { kind: 'model', model, policyId: 'hosted' }],
    ['other words', wording, true, { kind: 'server', model: 'gpt' }],
    [
      'other words over a tuned model',
      wordingOver,
      true,
      { kind: 'server', model: 'gpt:tuned', policyId: 'hosted' },
    ],
  ])('where %s serves (%o, server: %s)', (_, policy, hasServer, answerer) => {
    const { own } = served(policy, hasServer);
    expect(own.answererOf('metaclaw/current', caller, talk)).toEqual(answerer);
    const base = hasServer ? { kind: 'server', model: 'gpt' } : { kind: 'model', model };
    expect(own.answererOf('metaclaw/base', caller, talk)).toEqual(base);
  });

  test('is the same for the same talk, and another for another talk, person or space', () => {
    const { own, looked } = served(weights, true);
    const other = personId('api', 'k2');
    own.answererOf('metaclaw/current', caller, talk);
    own.answererOf('metaclaw/current', caller, { ...talk, firstAnswer: 'Hi', after: 'm' });
    own.answererOf('metaclaw/current', caller, { opening: 'Other' });
    own.answererOf('metaclaw/current', { ...caller, personId: other }, talk);
    own.answererOf('metaclaw/current', { ...caller, spaceId: spaceId('api', 'there') }, talk);
    const [first, again, ...others] = looked.map((conversation) => encodeConversationKey(conversation));
    expect(again).toBe(first);
    expect(new Set([first, ...others]).size).toBe(4);
    expect(looked[0]).toMatchObject({ platform: 'api', spaceId: here, audience: 'direct' });
  });

  test('follows the name of a talk, whatever opened it', () => {
    const { own, looked } = served(weights, true);
    own.answererOf('metaclaw/current', caller, { name: 'n', opening: 'One' });
    own.answererOf('metaclaw/current', caller, { name: 'n', opening: 'Two' });
    expect(looked[0]).toEqual(looked[1]);
  });
});
