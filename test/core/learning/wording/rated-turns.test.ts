import { describe, expect, test } from 'vitest';
import { encodeConversationKey } from '../../../../core/domain/conversation.ts';
import { turnId } from '../../../../core/domain/ids.ts';
import { gatherRated, readRated } from '../../../../core/learning/wording/rated-turns.ts';
import { sampleConversation } from '../../../contract/store-samples.ts';
import { person } from '../../skills/evolver/samples.ts';
import { createWorld, kitchenTurns, scope, skill, unitRules } from './wording-world.ts';

const program = { ...sampleConversation, platform: 'api' };
const ofProgram = { conversation: program, conversationKey: encodeConversationKey(program) };

describe('rated turns', () => {
  test('are those that may be learned from, the newest first', async () => {
    const world = createWorld(
      [
        { request: 'One?', isGood: true },
        { request: 'Held out?', isGood: true, changes: { isHoldOut: true } },
        { request: 'Beside?', isGood: true, changes: { line: 'side' } },
        { request: 'Cut off?', isGood: true, changes: { state: 'stopped' } },
        { request: ' ', isGood: true },
        { request: 'Alone?', isGood: true, audience: 'direct' },
        { request: 'Two?', isGood: false },
      ],
      unitRules,
    );
    const { turns, leftOut } = await gatherRated(scope, world.deps);
    expect(turns.map(({ turn, value }) => [turn.requestText, value])).toEqual([
      ['Two?', -1],
      ['One?', 1],
    ]);
    expect(leftOut).toEqual({ no_prompt: 3, not_allowed: 2 });
    const open = await gatherRated(scope, { ...world.deps, mayUsePrivate: () => true });
    expect(open.turns.map(({ turn }) => turn.requestText)).toContain('Alone?');
  });

  test('said where nobody else was are used where whoever is asked says so of that talk and scope', async () => {
    const world = createWorld(
      [
        { request: 'Mine?', isGood: true, audience: 'direct', channelId: 'mine' },
        { request: 'Theirs?', isGood: true, audience: 'direct', channelId: 'theirs' },
        { request: 'Ours?', isGood: true },
      ],
      unitRules,
    );
    const asked: unknown[] = [];
    const deps: typeof world.deps = {
      ...world.deps,
      mayUsePrivate: (of, conversation) => {
        asked.push([of, conversation]);
        return conversation.channelId === 'mine';
      },
    };
    const { turns, leftOut } = await gatherRated(scope, deps);
    expect(turns.map(({ turn }) => turn.requestText)).toEqual(['Ours?', 'Mine?']);
    expect(leftOut).toEqual({ not_allowed: 1 });
    // Talk that others read along is nobody's to ask about.
    const direct = world.turns.filter(({ conversation }) => conversation.audience === 'direct');
    expect(asked).toEqual(direct.toReversed().map(({ conversation }) => [scope, conversation]));
    const chosen = world.turns.map(({ turnId }) => ({ turnId, value: 1 }));
    const read = await readRated(chosen, scope, deps);
    expect([...read.values()].map(({ turn }) => turn.requestText)).toEqual(['Mine?', 'Ours?']);
  });

  test('are found over many pages, up to the newest four hundred', async () => {
    const world = createWorld(kitchenTurns(1_300), unitRules);
    const { turns } = await gatherRated(scope, world.deps);
    expect(turns).toHaveLength(400);
    expect(turns[0]?.turn.turnId).toBe('t1299');
    expect(turns.at(-1)?.turn.turnId).toBe('t900');
  });

  test('of programs, which bring prompts of their own, are left out and take no other’s place', async () => {
    const plans = kitchenTurns(900).map((plan, index) =>
      index < 50 ? plan : { ...plan, changes: ofProgram },
    );
    const { turns, leftOut } = await gatherRated(scope, createWorld(plans, unitRules).deps);
    expect(turns).toHaveLength(50);
    expect(leftOut).toEqual({ foreign_prompt: 850 });
  });

  test('are all found where a page ends amid what was asked at one instant', async () => {
    const world = createWorld(kitchenTurns(700), unitRules);
    const together = world.outcomes.map((outcome, index) => ({
      ...outcome,
      at: (world.outcomes[0]?.at ?? 0) + Math.floor(index / 3),
    }));
    const outcomes = {
      outcomes: async (_: unknown, since: number, limit: number) =>
        together.filter(({ at }) => at >= since).slice(0, limit),
    };
    const { turns } = await gatherRated(scope, { ...world.deps, outcomes });
    const found = new Set(turns.map(({ turn }) => turn.turnId));
    expect(world.turns.slice(-400).filter((one) => !found.has(one.turnId)).length).toBeLessThanOrEqual(2);
    // The first page ends with the second of three.
    expect(found.has(turnId('t500'))).toBe(true);
  });

  test('pass the door with whoever their skills learned from since', async () => {
    const ben = person('ben');
    const learned = skill('flour', 'Weigh it.', { learnedFrom: { platforms: ['web'], authors: [ben] } });
    const world = createWorld([{ request: 'One?', isGood: true, skills: [learned] }], unitRules);
    const allows = (_: unknown, authors: readonly string[]) => ({ allowed: !authors.includes(ben) });
    expect((await gatherRated(scope, world.deps)).turns[0]?.skills).toEqual([learned]);
    expect((await gatherRated(scope, { ...world.deps, mayUse: allows })).turns).toEqual([]);
  });

  test('are told by what they were about', async () => {
    const flour = skill('flour', 'Weigh it.');
    const plans = [
      { request: 'One?', isGood: true, skills: [flour], word: 'cakes' },
      { request: 'Two?', isGood: true },
    ];
    const { turns } = await gatherRated(scope, createWorld(plans, unitRules).deps);
    expect(turns.map(({ context }) => context)).toEqual(['web|group', 'web|group|cake']);
  });

  test('hold the hints of those alone who allow it, read anew', async () => {
    const plans = [
      { request: 'One?', isGood: false, hint: 'No unit.', asker: 'ann' },
      { request: 'Two?', isGood: false, hint: 'No sum.', asker: 'ben' },
    ];
    const world = createWorld(plans, unitRules);
    const mayUse = (_: unknown, authors: readonly string[]) => ({
      allowed: !authors.includes(person('ben')),
    });
    const chosen = world.turns.map(({ turnId }) => ({ turnId, value: -1 }));
    const read = await readRated(chosen, scope, { ...world.deps, mayUse });
    expect([...read.values()].map(({ hints }) => hints.map(({ text }) => text))).toEqual([['No unit.'], []]);
  });
});
