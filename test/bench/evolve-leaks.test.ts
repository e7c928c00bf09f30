import { describe, expect, test } from 'vitest';
import { leaksIn } from '../../bench/lib/evolve/leaks.ts';
import { encodeConversationKey } from '../../core/domain/conversation.ts';
import { personId, spaceId, turnId } from '../../core/domain/ids.ts';
import { isSkillName, type ShownSkill, type SkillScope } from '../../core/domain/skill.ts';

const platform = 'bench';
const here = spaceId(platform, 'here');
const ann = personId(platform, 'ann');
const group = { platform, spaceId: here, audience: 'group', channelId: 'talk' } as const;
const direct = { ...group, audience: 'direct', channelId: 'ann' } as const;

function shown(scope: SkillScope | undefined, isPrivate = false): ShownSkill {
  const name = 'invoice-currency';
  if (!isSkillName(name)) throw new TypeError('No name.');
  return {
    name,
    version: 1,
    contentHash: 'x',
    score: 1,
    propensity: 1,
    because: [],
    ...(scope === undefined ? {} : { scope }),
    learnedFrom: { platforms: [platform], authors: [ann], ...(isPrivate ? { isPrivate } : {}) },
  };
}

function leaks(skill: ShownSkill, conversation: typeof group | typeof direct = group): readonly string[] {
  const conversationKey = encodeConversationKey(conversation);
  return leaksIn([
    { turnId: turnId('turn-1'), askerId: ann, conversation, conversationKey, skills: [skill] },
  ]);
}

const space = (id = here): SkillScope => ({ kind: 'space', platform, spaceId: id });
const user = (id = ann, of = here): SkillScope => ({ kind: 'user', platform, spaceId: of, personId: id });
const talk = (conversation: typeof group | typeof direct): SkillScope => ({
  kind: 'conversation',
  platform,
  spaceId: here,
  conversationKey: encodeConversationKey(conversation),
});

describe('the leak counter', () => {
  test('finds each planted leak', () => {
    const elsewhere = spaceId(platform, 'elsewhere');
    expect(leaks(shown(space(elsewhere)))).toEqual([
      'invoice-currency stood in turn-1, but it is of another space.',
    ]);
    expect(leaks(shown(user(ann, elsewhere)))).toHaveLength(1);
    expect(leaks(shown(user(personId(platform, 'bob'))))).toEqual([
      'invoice-currency stood in turn-1, but it is of another person.',
    ]);
    expect(leaks(shown(talk(direct)))).toHaveLength(1);
    expect(leaks(shown(user(), true))).toEqual([
      'invoice-currency stood in turn-1, but it was learned in private.',
    ]);
    expect(leaks(shown({ kind: 'space', platform: 'other', spaceId: here }))).toHaveLength(1);
    expect(leaks(shown(undefined))).toHaveLength(1);
  });

  test('finds none where everything is in its place', () => {
    for (const scope of [space(), user(), talk(group), { kind: 'global' } as const]) {
      expect(leaks(shown(scope))).toEqual([]);
    }
    expect(leaks(shown(user(), true), direct)).toEqual([]);
    expect(leaks(shown(talk(direct)), direct)).toEqual([]);
  });
});
