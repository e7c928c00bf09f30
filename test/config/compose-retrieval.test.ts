import { expect, test } from 'vitest';
import { composeRetrieval } from '../../config/compose-retrieval.ts';
import { encodeConversationKey } from '../../core/domain/conversation.ts';
import { personId, sessionId, spaceId } from '../../core/domain/ids.ts';
import type { SkillLibrary } from '../../core/skills/library.ts';
import type { RetrievedSkills } from '../../core/skills/retrieve-skills.ts';

type Asked = Parameters<SkillLibrary['retrieve']>;

const direct = {
  platform: 'web',
  spaceId: spaceId('web', 'here'),
  audience: 'direct',
  channelId: 'c1',
} as const;
const who = { personId: personId('web', 'ann'), sessionId: sessionId('s1') };
const none: RetrievedSkills = {
  generation: 4,
  chosen: [],
  dropped: [],
  tokens: 0,
  shown: [],
  masked: [],
  block: '',
};

/** What the library was asked for, and what it is asked through. */
function retrieval(vector?: Float32Array | 'late') {
  const asked: Asked[] = [];
  const retrieve = (...question: Asked) => {
    asked.push(question);
    return none;
  };
  const vectorOf = async () => (vector === 'late' ? undefined : vector);
  return { asked, skillsFor: composeRetrieval({ retrieve }, vector && { vectorOf }) };
}

test('skills are found for the words, in the place, for whoever asks', async () => {
  const { asked, skillsFor } = retrieval();
  expect(await skillsFor('How?', direct, who)).toBe(none);
  await skillsFor('How?', { ...direct, audience: 'group' }, who);
  const { platform, spaceId: space } = direct;
  const audience = { platform, spaceId: space, personId: who.personId, isShared: false };
  const key = encodeConversationKey(direct);
  const session = { sessionId: who.sessionId };
  expect(asked[0]).toEqual(['How?', { ...audience, conversationKey: key }, session]);
  expect(asked[1]?.[1]?.isShared).toBe(true);
});

test('by their meaning, too, where its vector is there in time', async () => {
  const vector = Float32Array.of(1, 0);
  const inTime = retrieval(vector);
  await inTime.skillsFor('How?', direct, who);
  expect(inTime.asked[0]?.[2]).toEqual({ sessionId: who.sessionId, queryVector: vector });
  const late = retrieval('late');
  await late.skillsFor('How?', direct, who);
  expect(late.asked[0]?.[2]).toStrictEqual({ sessionId: who.sessionId });
});
