import { describe, expect, test } from 'vitest';
import { personId, sessionId, turnId } from '../../../core/domain/ids.ts';
import { isSkillName, type ShownSkill } from '../../../core/domain/skill.ts';
import type { EndedSession } from '../../../core/ports/trial-store.ts';
import { contextOf, sessionExposures, votesOn } from '../../../core/skills/session-exposures.ts';
import { conversation, signal } from '../commands/command-fixtures.ts';

const scope = { kind: 'space', platform: 'fake', spaceId: conversation.spaceId } as const;

function shown(name: string, changes: Partial<ShownSkill> = {}): ShownSkill {
  if (!isSkillName(name)) throw new Error(name);
  return {
    name,
    version: 2,
    contentHash: 'h',
    score: 0.9,
    propensity: 0.5,
    because: ['Invoices'],
    scope,
    trial: 3,
    ...changes,
  };
}

const turnOf = (id: string, changes: Partial<EndedSession['turns'][number]> = {}) => ({
  turnId: turnId(id),
  conversation,
  requestText: 'an invoice',
  skills: [],
  maskedSkills: [],
  isHoldOut: false,
  ...changes,
});

const session = (turns: EndedSession['turns']): EndedSession => ({
  sessionId: sessionId('s'),
  endedAt: 1_000,
  turns,
});
const ada = personId('fake', 'ada');
const bob = personId('fake', 'bob');

describe('what a session says of a skill', () => {
  test('a turn whose words did not lead to it says nothing of it, though it stood in its prompt', () => {
    const [exposure] = sessionExposures(
      session([
        turnOf('1', { skills: [shown('invoices')] }),
        turnOf('2', { skills: [shown('invoices', { isCarried: true })] }),
      ]),
      new Map([[turnId('2'), [{ actorId: ada, sign: -1 }]]]),
    );
    expect(exposure).toMatchObject({ turns: 1 });
    expect(exposure).toMatchObject(
      sessionExposures(session([turnOf('1', { skills: [shown('invoices')] })]), new Map())[0] ?? {},
    );
  });

  test('one exposure a trial, with the votes on the turns that it fitted', () => {
    const exposures = sessionExposures(
      session([
        turnOf('1', { skills: [shown('invoices')] }),
        turnOf('2', { skills: [shown('invoices')], maskedSkills: [shown('greetings', { propensity: 0.9 })] }),
        turnOf('3'),
      ]),
      new Map([
        [turnId('1'), [{ actorId: ada, sign: 1 }]],
        [
          turnId('2'),
          [
            { actorId: ada, sign: -1 },
            { actorId: bob, sign: -1 },
          ],
        ],
        [turnId('3'), [{ actorId: bob, sign: 1 }]],
      ]),
    );
    expect(exposures).toEqual([
      {
        scope,
        name: 'invoices',
        trial: 3,
        sessionId: 's',
        at: 1_000,
        version: 2,
        isShown: true,
        propensity: 0.5,
        context: 'fake|group|invoic',
        outcome: -0.5,
        isLabelled: true,
        positives: 1,
        negatives: [
          { personId: ada, votes: 1 },
          { personId: bob, votes: 1 },
        ],
        turns: 2,
      },
      expect.objectContaining({ name: 'greetings', isShown: false, propensity: 0.9, outcome: -1, turns: 1 }),
    ]);
  });

  test('silence is an outcome of 0 that is not labelled', () => {
    const [exposure] = sessionExposures(session([turnOf('1', { skills: [shown('invoices')] })]), new Map());
    expect(exposure).toMatchObject({ outcome: 0, isLabelled: false, positives: 0, negatives: [] });
  });

  test('nothing of held-out conversations, nor of skills that were on no trial', () => {
    const { scope: _, ...old } = shown('old');
    const { trial: __, ...older } = shown('older');
    expect(
      sessionExposures(
        session([
          turnOf('1', { skills: [shown('invoices')], isHoldOut: true }),
          turnOf('2', { skills: [old, older] }),
        ]),
        new Map(),
      ),
    ).toEqual([]);
  });
});

describe('votes', () => {
  test('are what people said, the last of each; a judge, a bot and a held turn have none', () => {
    expect(
      votesOn([
        signal('ada', '👎', -1),
        signal('ada', '👍', 1, { occurredAt: 1_800_000_000_001 }),
        signal('bot', '👎', -1, { actorIsBot: true }),
      ]),
    ).toEqual([{ actorId: 'fake:ada', sign: 1 }]);
    expect(votesOn([signal('judge', '1', 1, { kind: 'judge', authority: 'judge' })])).toEqual([]);
    expect(
      votesOn([signal('ada', '👎', -1), signal('x', 'hold', 0, { kind: 'hold', slot: 'hold' })]),
    ).toEqual([]);
  });
});

test('the context is the place and the word that led there, stemmed', () => {
  expect(contextOf(conversation, ['Invoices', 'euro'])).toBe('fake|group|invoic');
  expect(contextOf(conversation, [])).toBe('fake|group');
});
