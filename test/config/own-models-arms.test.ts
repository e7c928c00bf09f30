import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createOwnModels } from '../../config/own-models.ts';
import { type ConversationKey, encodeConversationKey } from '../../core/domain/conversation.ts';
import { personId, spaceId, turnId } from '../../core/domain/ids.ts';
import { policyId } from '../../core/domain/policy.ts';
import { createHoldOut } from '../../core/feedback/hold-out.ts';
import { loneTalk, namedTalk, openedTalk } from '../../core/intake/talk-key.ts';
import { createPolicyArms } from '../../core/learning/policies/policy-arms.ts';
import type { ApiCaller } from '../../core/ports/api-access.ts';
import type { TalkMark } from '../../core/ports/exchange-desk.ts';
import { modelOf } from '../fakes/model/model-of.ts';
import { createSequentialIds } from '../fakes/system/sequential-ids.ts';

const ids = createSequentialIds();
const digest = (text: string): string => ids.digest(text);
const caller: ApiCaller = { spaceId: spaceId('api', 'lab'), personId: personId('api', 'k'), name: 'k' };
const tried = policyId('policy_1');
const arms = createPolicyArms({ key: 'key', share: 0.4, digest });
const isHoldOut = createHoldOut('key', 0.5, ids);

/** By which key it is chosen who answers a request. */
function askedBy(talk: TalkMark): ConversationKey {
  const keys: ConversationKey[] = [];
  const own = createOwnModels({
    desk: {
      policyFor: (_, key) => void keys.push(key),
      policyOf: () => undefined,
    },
    model: modelOf('configured', () => 'hi'),
    choice: {},
    ids,
  });
  own.answererOf('metaclaw/current', caller, talk);
  const [key] = keys;
  if (key === undefined) throw new Error('nobody was asked');
  return key;
}

test('who answers a request is drawn as whoever reads its turn later draws it', () => {
  const texts = fc.string({ minLength: 1 });
  fc.assert(
    fc.property(texts, texts, fc.option(texts, { nil: undefined }), (opening, answer, name) => {
      const asked = askedBy({ opening, ...(name === undefined ? {} : { name }) });
      const stored =
        name === undefined
          ? [openedTalk(caller, opening, answer, digest), loneTalk(caller, opening, turnId(answer), digest)]
          : [namedTalk(caller, name, digest)];
      const draws = [asked, ...stored.map((talk) => encodeConversationKey(talk))].map((key) =>
        [arms.isCanary(tried, key), arms.isControl(tried, key), isHoldOut(key)].join(),
      );
      expect(new Set(draws).size).toBe(1);
    }),
  );
});

test('talks are drawn into all arms', () => {
  const keys = Array.from({ length: 60 }, (_, index) => askedBy({ opening: `Hello ${index}` }));
  const draws = keys.map((key) => [arms.isCanary(tried, key), arms.isControl(tried, key)].join());
  expect(new Set(draws)).toEqual(new Set(['true,false', 'false,true', 'false,false']));
});
