import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../../adapters/sqlite/database.ts';
import { openStores } from '../../../adapters/sqlite/stores.ts';
import { eventId, personId } from '../../../core/domain/ids.ts';
import { foldReward } from '../../../core/domain/reward.ts';
import {
  type CommandOrigin,
  recordHold,
  recordRating,
  recordRelease,
} from '../../../core/feedback/record-by-command.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';
import { turn } from '../commands/command-fixtures.ts';

const quietTimes = { skills: 600_000, weights: 86_400_000 };
const about = turn();

function world() {
  const clock = createFakeClock();
  const { ledger } = openStores(openDatabase({ path: ':memory:', logger: createMemoryLogger() }));
  const deps = { ledger, clock, quietTimes };
  const fold = async () => foldReward(await ledger.ofTurn(about.turnId));
  return { clock, ledger, deps, fold };
}

const origin = (id: string, actor: string, occurredAt: number): CommandOrigin => ({
  eventId: eventId('fake', id),
  actorId: personId('fake', actor),
  occurredAt,
});

describe('a verdict by command', () => {
  test('is one row of the ledger with the words as they were written', async () => {
    const { clock, ledger, deps } = world();
    const given = origin('c1', 'ada', 1_000);
    expect(await recordRating(about, 'bad', ' far  too long ', given, deps)).toBe('stored');
    expect(await ledger.ofTurn(about.turnId)).toEqual([
      {
        eventId: 'fake:c1',
        platform: 'fake',
        spaceId: about.conversation.spaceId,
        target: { kind: 'turn', turnId: about.turnId },
        actorId: 'fake:ada',
        actorIsBot: false,
        change: 'given',
        kind: 'feedback',
        slot: 'feedback',
        name: 'bad',
        text: ' far  too long ',
        polarity: -1,
        authority: 'explicit',
        weight: 1,
        rule: 'feedback-command@1',
        occurredAt: 1_000,
        recordedAt: clock.now(),
      },
    ]);
  });

  test('comes again: a duplicate that changes nothing and starts no quiet time', async () => {
    const { clock, ledger, deps } = world();
    await recordRating(about, 'bad', undefined, origin('c1', 'ada', 1_000), deps);
    const before = await ledger.settlement(about.turnId, 'skills');
    await clock.advance(60_000);
    expect(await recordRating(about, 'bad', undefined, origin('c1', 'ada', 1_000), deps)).toBe('duplicate');
    expect(await ledger.count()).toBe(1);
    expect(await ledger.settlement(about.turnId, 'skills')).toEqual(before);
  });

  test('starts both quiet times over', async () => {
    const { clock, ledger, deps } = world();
    await recordRating(about, 'good', undefined, origin('c1', 'ada', 1_000), deps);
    await clock.advance(60_000);
    await recordRating(about, 'good', undefined, origin('c2', 'bob', 2_000), deps);
    for (const use of ['skills', 'weights'] as const) {
      const settlement = await ledger.settlement(about.turnId, use);
      expect(settlement).toMatchObject({ state: 'open', dueAt: clock.now() + quietTimes[use] });
    }
  });

  test('the same person’s later one takes its place, whichever comes first', async () => {
    const { deps, fold } = world();
    await recordRating(about, 'good', undefined, origin('c2', 'ada', 2_000), deps);
    await recordRating(about, 'bad', 'no', origin('c1', 'ada', 1_000), deps);
    await recordRating(about, 'bad', 'no', origin('c3', 'bob', 1_500), deps);
    expect(await fold()).toMatchObject({
      kind: 'known',
      value: 0,
      voices: 2,
      authority: 'explicit',
      weight: 1,
    });
  });
});

describe('a hold', () => {
  test('keeps the reward back whatever else is said, until it is released by anybody who may', async () => {
    const { ledger, deps, fold } = world();
    await recordRating(about, 'bad', undefined, origin('c1', 'ada', 1_000), deps);
    expect(await recordHold(about, 'a burst', origin('c2', 'mia', 2_000), deps)).toBe('stored');
    await recordRating(about, 'bad', undefined, origin('c3', 'bob', 3_000), deps);
    expect(await fold()).toEqual({ kind: 'held' });
    expect((await ledger.ofTurn(about.turnId)).find(({ kind }) => kind === 'hold')).toMatchObject({
      slot: 'hold',
      actorId: 'fake:mia',
      change: 'given',
      text: 'a burst',
      polarity: 0,
      rule: 'hold-command@1',
    });
    expect(await recordRelease(about, origin('c4', 'max', 4_000), deps)).toBe('stored');
    expect(await fold()).toMatchObject({ kind: 'known', value: -1, voices: 2 });
    expect(await ledger.heldTurns(about.conversation.spaceId, 5)).toEqual([]);
  });

  test('by the guard is released in the same way', async () => {
    const { ledger, deps, fold } = world();
    await recordRating(about, 'bad', undefined, origin('c1', 'ada', 1_000), deps);
    const [vote] = await ledger.ofTurn(about.turnId);
    if (vote === undefined) throw new Error('no vote');
    const { actorId: _, ...nobodys } = vote;
    await ledger.append({
      ...nobodys,
      eventId: eventId('guard', '1'),
      kind: 'hold',
      slot: 'hold',
      name: 'burst',
      polarity: 0,
      occurredAt: 2_000,
    });
    expect(await fold()).toEqual({ kind: 'held' });
    await recordRelease(about, origin('c2', 'mia', 3_000), deps);
    expect(await fold()).toMatchObject({ kind: 'known', value: -1 });
  });

  test('what was learned from already stays so, and the hold counts as too late', async () => {
    const { clock, ledger, deps } = world();
    await recordRating(about, 'bad', undefined, origin('c1', 'ada', 1_000), deps);
    const open = await ledger.settlement(about.turnId, 'skills');
    await clock.advance(quietTimes.skills);
    const reward = foldReward(await ledger.ofTurn(about.turnId));
    const decision = { role: 'support', reason: 'failure' } as const;
    await ledger.settle(about.turnId, 'skills', open?.revision ?? -1, reward, decision);
    expect(await ledger.markUsed([about.turnId], 'skills')).toBe(1);
    await recordHold(about, undefined, origin('c2', 'mia', 2_000), deps);
    expect(await ledger.settlement(about.turnId, 'skills')).toMatchObject({ state: 'used', lateSignals: 1 });
    expect(await ledger.settlement(about.turnId, 'weights')).toMatchObject({ state: 'open' });
  });
});
