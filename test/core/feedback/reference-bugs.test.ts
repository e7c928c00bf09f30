import { afterEach, describe, expect, test } from 'vitest';
import { turnId } from '../../../core/domain/ids.ts';
import { foldReward, missingReward } from '../../../core/domain/reward.ts';
import type { SkillText } from '../../../core/domain/skill.ts';
import type { Turn } from '../../../core/domain/turn.ts';
import { decideRole } from '../../../core/feedback/decide-role.ts';
import {
  batchWeights,
  defaultBatchLimits,
  type RatedTurn,
  tallyPeople,
} from '../../../core/learning/batch-weights.ts';
import { isSample } from '../../../core/learning/is-sample.ts';
import { sampleSignal, sampleTurn, skillName } from '../../contract/store-samples.ts';
import { answer } from '../../fakes/model/scripted-model.ts';
import { type BotHarness, type BotHarnessOptions, createBotHarness, minute } from '../../flow/bot-harness.ts';

/*
 * Each bug is named as in the list of the reference implementation's weaknesses, groups A (breaks the core loop) and B
 * (learning quality). The judge's are pinned where the judge is tested.
 */

const open: BotHarness[] = [];

async function start(options: BotHarnessOptions): Promise<BotHarness> {
  const harness = await createBotHarness(options);
  open.push(harness);
  await harness.start();
  return harness;
}

afterEach(async () => {
  for (const harness of open.splice(0)) await harness.stop();
});

async function answered(harness: BotHarness, count: number): Promise<Turn> {
  return harness.until(async () => {
    const ref = harness.channel.messages().at(-1)?.ref;
    const isDone = (await harness.stores.turns.counts()).done === count;
    return isDone && ref !== undefined ? harness.stores.turns.byReply(ref) : undefined;
  }, `${count} done`);
}

const skill = (name: string): SkillText => ({
  name: skillName(name),
  description: 'Use it for prices and invoices.',
  triggers: ['price'],
  body: 'Give prices in euros.',
  source: `skills/${name}/SKILL.md`,
});

const limits = { ...defaultBatchLimits, thumbsShare: 1 };
const weigh = (turns: readonly RatedTurn[]) => batchWeights(turns, tallyPeople([], limits), limits);
const rated = (id: string, polarity: number): RatedTurn => ({
  turnId: turnId(id),
  voices: [{ kind: 'feedback', polarity, weight: 1, occurredAt: 0 }],
});

describe('group A', () => {
  test('A6, A7: a turn keeps the generation under which it was sampled, however late it is rated and settled', async () => {
    const skills = [skill('euros')];
    const harness = await start({ steps: [answer('Ten.'), answer('Twelve.')], skills });
    await harness.channel.person.says('what is the price?');
    const before = await answered(harness, 1);
    skills.push(skill('prices-again'));
    await harness.library.reload();
    await harness.clock.advance(5_000);
    await harness.channel.person.says('and the price of two?');
    const after = await answered(harness, 2);
    expect(after.generation).toBe(before.generation + 1);
    await harness.channel.person.reacts(before.replyRefs[0]!, '👎');
    await harness.clock.advance(24 * 60 * minute);
    const stored = await harness.stores.turns.get(before.turnId);
    expect(await harness.stores.ledger.settlement(before.turnId, 'weights')).toMatchObject({
      state: 'settled',
      // It would be given the new skill too now.
      decision: { role: 'statistics', reason: 'library_changed' },
    });
    // It still tells of the generation before.
    expect(stored?.generation).toBe(before.generation);
  });

  test('A8: what a skill was made from reaches no gradient, in whichever order the two happen', async () => {
    const harness = await start({ steps: [answer('Ten.')] });
    const { ledger } = harness.stores;
    await harness.channel.person.says('what is the price?');
    const turn = await answered(harness, 1);
    await harness.channel.person.reacts(turn.replyRefs[0]!, '👎');
    await harness.clock.advance(24 * 60 * minute);
    const sample = async (): Promise<boolean> =>
      isSample(
        await ledger.settlement(turn.turnId, 'weights'),
        await ledger.settlement(turn.turnId, 'skills'),
        { allowed: true },
      );
    expect(await sample()).toBe(true);
    expect(await ledger.markUsed([turn.turnId], 'skills')).toBe(1);
    expect(await sample()).toBe(false);
    // A later word opens it again, and it does not come back as a sample either.
    await harness.channel.person.reacts(turn.replyRefs[0]!, '❌');
    await harness.clock.advance(24 * 60 * minute);
    expect(await ledger.settlement(turn.turnId, 'weights')).toMatchObject({
      state: 'settled',
      decision: { role: 'statistics', reason: 'used_as_support' },
    });
    expect(await sample()).toBe(false);
  });
});

describe('group B', () => {
  test('B1: one sample, and samples with equal rewards, keep their advantage: nothing is measured against the batch', () => {
    for (const batch of [[rated('a', 1)], [rated('a', 1), rated('b', 1)], [rated('a', -1), rated('b', -1)]]) {
      for (const { value, baseline, weight } of weigh(batch)) {
        expect(Math.abs(value - baseline)).toBe(1);
        expect(weight).toBe(1);
      }
    }
  });

  test('B1: the reward of a turn does not move with what else is in its batch', () => {
    const alone = weigh([rated('a', 1)]);
    expect(weigh([rated('a', 1), rated('b', -1), rated('c', -1)])[0]).toEqual(alone[0]);
  });

  test('B2: a turn that nobody rated is missing and not zero: no sample, and no shift of the others', () => {
    expect(foldReward([])).toEqual(missingReward);
    const turn: Turn = { ...sampleTurn('t'), state: 'done', replyText: 'x', replyRefs: [] };
    const facts = { outcome: undefined, door: { allowed: true as const }, wasSupport: false, isStale: false };
    expect(decideRole(turn, missingReward, 'weights', facts)).toEqual({
      role: 'statistics',
      reason: 'no_reward',
    });
    const praised = [rated('a', 1), rated('b', 1)];
    const withUnrated = weigh([...praised, { turnId: turnId('c'), voices: [] }]);
    expect(withUnrated.slice(0, 2)).toEqual(weigh(praised));
    expect(withUnrated[2]).toMatchObject({ weight: 0, value: 0 });
  });

  test('B5: without a judge people’s words alone make samples', async () => {
    const harness = await start({ steps: [answer('Ten.')], isJudged: false });
    await harness.channel.person.says('what is the price?');
    const turn = await answered(harness, 1);
    await harness.channel.person.reacts(turn.replyRefs[0]!, '👍');
    await harness.clock.advance(24 * 60 * minute);
    expect(await harness.stores.ledger.settlement(turn.turnId, 'weights')).toMatchObject({
      reward: { kind: 'known', value: 1, weight: 1 },
      decision: { role: 'query' },
    });
  });

  test('B9: what a person says counts before what a judge thinks', () => {
    const judge = sampleSignal('j', {
      kind: 'judge',
      slot: 'judge',
      name: 'alone',
      polarity: 1,
      authority: 'judge',
    });
    const { actorId: _, ...vote } = judge;
    const word = sampleSignal('p', { polarity: -1, name: '👎', slot: '👎' });
    expect(foldReward([vote, word])).toMatchObject({ value: -1, authority: 'explicit' });
  });

  test('B24: no request of a person is ever silently a side turn: each is answered with skills and can be learned from', async () => {
    const harness = await start({ steps: [answer('Ten.'), answer('Eleven.')], skills: [skill('euros')] });
    const places = [
      { audience: 'direct' as const },
      { audience: 'group' as const, channelId: 'room', threadId: 't' },
    ];
    for (const [index, place] of places.entries()) {
      await harness.channel.personAs(place).says('what is the price?');
      const turn = await answered(harness, index + 1);
      expect(turn.line).toBe('main');
      expect(turn.skills.map(({ name }) => name)).toEqual(['euros']);
    }
  });
});
