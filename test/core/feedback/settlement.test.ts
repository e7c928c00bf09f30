import { beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from '../../../adapters/sqlite/database.ts';
import { openStores, type SqliteStores } from '../../../adapters/sqlite/stores.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import { eventId, type PersonId, personId, spaceId, type TurnId, turnId } from '../../../core/domain/ids.ts';
import type { Signal } from '../../../core/domain/signal.ts';
import { defaultBurstLimits } from '../../../core/feedback/brigading.ts';
import { guardRule } from '../../../core/feedback/brigading-guard.ts';
import type { ContentPolicy } from '../../../core/feedback/content-door.ts';
import { restartQuietTime, type SettlerDeps, settleDue } from '../../../core/feedback/settlement.ts';
import { verifyRewards } from '../../../core/feedback/verify-rewards.ts';
import type { Settlement, SettlementUse } from '../../../core/ports/ledger-store.ts';
import type { NewTurn } from '../../../core/ports/turn-store.ts';
import { sampleRef, sampleSignal, sampleSkill, sampleTurn, skillName } from '../../contract/store-samples.ts';
import { openPlatform, platformPolicy } from '../../fakes/feedback/platform-policies.ts';
import { createFakeClock, type FakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger, type MemoryLogger } from '../../fakes/system/memory-logger.ts';

const minute = 60_000;
const quietTimes = { skills: 10 * minute, weights: 24 * 60 * minute };
const person = (name: string): PersonId => personId('web', name);

let stores: SqliteStores;
let clock: FakeClock;
let logger: MemoryLogger;
let deps: SettlerDeps;
let rows = 0;

beforeEach(() => {
  clock = createFakeClock();
  logger = createMemoryLogger();
  stores = openStores(openDatabase({ path: ':memory:', logger }));
  deps = settler({});
});

function settler(changes: Partial<SettlerDeps>): SettlerDeps {
  return {
    ledger: stores.ledger,
    turns: stores.turns,
    clock,
    logger,
    contentPolicy: new Map([['web', openPlatform()]]),
    hasConsent: () => false,
    burstLimits: defaultBurstLimits,
    ...changes,
  };
}

/** An answer that was delivered whole just now. */
async function answered(id: string, changes: Partial<NewTurn> = {}): Promise<TurnId> {
  const now = clock.now();
  const turn = sampleTurn(id, { requestRefs: [sampleRef(`${id}-ask`)], startedAt: now, ...changes });
  await stores.turns.open(turn);
  await stores.turns.end(turn.turnId, {
    state: 'done',
    endedAt: now,
    replyText: 'An answer.',
    dueAt: { skills: now + quietTimes.skills, weights: now + quietTimes.weights },
  });
  return turn.turnId;
}

/** A person's word on an answer, as the desk writes it down. */
async function says(id: TurnId, actor: string, changes: Partial<Signal> = {}): Promise<void> {
  rows += 1;
  await restartQuietTime(id, clock.now(), quietTimes, stores.ledger);
  await stores.ledger.append(
    sampleSignal(`row-${rows}`, {
      target: { kind: 'turn', turnId: id },
      actorId: person(actor),
      slot: '👎',
      name: '👎',
      polarity: -1,
      occurredAt: clock.now(),
      recordedAt: clock.now(),
      ...changes,
    }),
  );
}

const likes: Partial<Signal> = { slot: '👍', name: '👍', polarity: 1 };
const reason = (name: string, text?: string): Partial<Signal> => ({
  kind: 'reason',
  slot: 'reason',
  name,
  polarity: 0,
  ...(text === undefined ? {} : { text }),
});

async function settled(
  id: TurnId,
  use: SettlementUse = 'skills',
  by = deps,
): Promise<Settlement | undefined> {
  await clock.advance(quietTimes[use]);
  await settleDue(by);
  return stores.ledger.settlement(id, use);
}

describe('a settled turn', () => {
  test('has its reward and its role for each use, each after its own quiet time', async () => {
    const id = await answered('t');
    await says(id, 'ann');
    await clock.advance(quietTimes.skills - 1);
    expect(await settleDue(deps)).toBe(0);
    await clock.advance(1);
    expect(await settleDue(deps)).toBe(1);
    expect(await stores.ledger.settlement(id, 'skills')).toMatchObject({
      state: 'settled',
      reward: { kind: 'known', value: -1, voices: 1 },
      decision: { role: 'support', reason: 'failure' },
    });
    expect(await stores.ledger.settlement(id, 'weights')).toMatchObject({ state: 'open' });
    expect(await settled(id, 'weights')).toMatchObject({
      state: 'settled',
      decision: { role: 'query', reason: 'rated' },
    });
  });

  test('of which nobody said anything is statistics', async () => {
    const id = await answered('t');
    expect(await settled(id)).toMatchObject({
      reward: { kind: 'missing' },
      decision: { role: 'statistics', reason: 'no_reward' },
    });
  });

  test('of a held-out conversation is nothing else, whatever is said', async () => {
    const id = await answered('t', { isHoldOut: true });
    await says(id, 'ann');
    expect(await settled(id)).toMatchObject({ decision: { role: 'hold_out', reason: 'hold_out' } });
    expect(await settled(id, 'weights')).toMatchObject({ decision: { role: 'hold_out' } });
  });

  test('whose manner was unwelcome is no support', async () => {
    const id = await answered('t');
    await says(id, 'ann');
    await says(id, 'ann', reason('unwelcome.length'));
    expect(await settled(id)).toMatchObject({
      reward: { kind: 'known', value: -1 },
      decision: { role: 'statistics', reason: 'unwelcome' },
    });
    await says(id, 'ann', reason('wrong'));
    expect(await settled(id)).toMatchObject({ decision: { role: 'support' } });
  });

  test('opens again for a further word, and settles anew', async () => {
    const id = await answered('t');
    await says(id, 'ann');
    expect(await settled(id)).toMatchObject({ reward: { value: -1 }, decision: { role: 'support' } });
    await says(id, 'ann', likes);
    expect(await stores.ledger.settlement(id, 'skills')).toMatchObject({ state: 'open' });
    expect(await settled(id)).toMatchObject({
      reward: { value: 1 },
      decision: { role: 'statistics', reason: 'not_a_failure' },
    });
  });

  test('that was used stays as it is, and a later word is counted as too late', async () => {
    const id = await answered('t');
    await says(id, 'ann');
    await settled(id, 'weights');
    expect(await stores.ledger.markUsed([id], 'weights')).toBe(1);
    await says(id, 'ann', likes);
    expect(await settled(id, 'weights')).toMatchObject({
      state: 'used',
      reward: { value: -1 },
      decision: { role: 'query' },
      lateSignals: 1,
    });
  });

  test('that a skill was made from never becomes a sample', async () => {
    const id = await answered('t');
    await says(id, 'ann');
    expect(await settled(id)).toMatchObject({ decision: { role: 'support' } });
    await stores.ledger.markUsed([id], 'skills');
    expect(await settled(id, 'weights')).toMatchObject({
      decision: { role: 'statistics', reason: 'used_as_support' },
    });
  });

  test('that is no longer stored does not keep the others from settling', async () => {
    const ghost = turnId('ghost');
    await stores.ledger.schedule(ghost, { skills: clock.now() });
    const id = await answered('t');
    expect(await settled(id)).toMatchObject({ state: 'settled' });
    expect(await stores.ledger.settlement(ghost, 'skills')).toMatchObject({
      state: 'settled',
      reward: { kind: 'missing' },
      decision: { role: 'statistics', reason: 'turn_missing' },
    });
  });
});

describe('a sample that the library has left behind', () => {
  const stale = { role: 'statistics', reason: 'library_changed' };

  async function changeLibrary(turns: readonly TurnId[], consumed: readonly TurnId[] = []): Promise<void> {
    const { revision } = await stores.library.state();
    const text = { ...sampleSkill('a', `${revision}`), origin: { kind: 'files' } as const };
    await stores.library.apply({
      at: clock.now(),
      expectedRevision: revision,
      cause: { kind: 'edit' },
      entries: [{ scope: { kind: 'global' }, name: skillName('a'), text }],
      consumed,
      invalidation: { mode: 'scoped', turns },
    });
  }

  test('is settled as none, but may still teach skills; only weights are asked about', async () => {
    const asked: string[] = [];
    const by = settler({
      isStale: async ({ turnId: id }) => {
        asked.push(id);
        return id === 'stale';
      },
    });
    const ids = [await answered('stale'), await answered('fresh')];
    for (const id of ids) await says(id, 'ann');
    for (const id of ids) {
      expect(await settled(id, 'skills', by)).toMatchObject({ decision: { role: 'support' } });
    }
    expect(asked).toEqual([]);
    const [one = turnId('stale'), other = turnId('fresh')] = ids;
    expect(await settled(one, 'weights', by)).toMatchObject({ reward: { value: -1 }, decision: stale });
    expect(await settled(other, 'weights', by)).toMatchObject({ decision: { role: 'query' } });
    expect(asked.toSorted()).toEqual(['fresh', 'stale']);
  });

  test('is never revived by a late label', async () => {
    const id = await answered('t');
    await says(id, 'ann', likes);
    expect(await settled(id, 'weights')).toMatchObject({ decision: { role: 'query' } });
    await changeLibrary([id]);
    expect(await stores.ledger.settlement(id, 'weights')).toMatchObject({ decision: stale });
    for (const change of [likes, {}, likes]) {
      await says(id, 'bob', change);
      expect(await settled(id, 'weights', settler({ isStale: () => false }))).toMatchObject({
        state: 'settled',
        reward: { kind: 'known' },
        decision: stale,
        droppedBy: 1,
      });
    }
    expect(await stores.ledger.markUsed([id], 'weights')).toBe(0);
  });

  test('whose label is still awaited when the library changes never becomes one', async () => {
    const id = await answered('t');
    await changeLibrary([id]);
    await says(id, 'ann', likes);
    expect(await settled(id, 'weights')).toMatchObject({ reward: { value: 1 }, decision: stale });
  });

  test('and that a skill was made from keeps its reward, or tells that words came too late for it', async () => {
    const ids = [await answered('settled'), await answered('open')];
    for (const id of ids) await says(id, 'ann');
    const [done = turnId('settled'), open = turnId('open')] = ids;
    expect(await settled(done)).toMatchObject({ decision: { role: 'support' } });
    await says(open, 'ann', reason('wrong', 'It is 5.'));
    await changeLibrary([], ids);
    for (const id of ids) {
      expect(await settled(id, 'weights')).toMatchObject({
        decision: { role: 'statistics', reason: 'used_as_support' },
      });
    }
    const kinds: string[] = [];
    for await (const { kind } of verifyRewards(stores)) kinds.push(kind);
    expect(kinds.toSorted()).toEqual(['equal', 'equal', 'equal', 'late']);
  });

  test('of which it cannot be told is put off and keeps nobody waiting', async () => {
    const by = settler({
      isStale: async () => {
        throw new AppError('internal', 'The library is not loaded.');
      },
    });
    const id = await answered('t');
    await says(id, 'ann');
    expect(await settled(id, 'weights', by)).toMatchObject({ state: 'open' });
    expect(await stores.ledger.settlement(id, 'skills')).toMatchObject({ state: 'settled' });
    expect(await settled(id, 'weights')).toMatchObject({ decision: { role: 'query' } });
  });
});

describe('the door at settlement', () => {
  const policy: ContentPolicy = new Map([
    ['web', platformPolicy('setting', ['evolve', 'train_hosted'])],
    ['asking', platformPolicy('consent')],
    ['closed', platformPolicy('never')],
  ]);

  test('asks for each use apart; either way of training is enough for a sample', async () => {
    const id = await answered('t');
    await says(id, 'ann');
    const off = settler({ contentPolicy: new Map([['web', platformPolicy('setting', ['train_hosted'])]]) });
    expect(await settled(id, 'skills', off)).toMatchObject({ decision: { reason: 'operator_off' } });
    expect(await settled(id, 'weights', off)).toMatchObject({ decision: { role: 'query' } });
    const nothing = settler({ contentPolicy: new Map([['web', platformPolicy('setting', ['evolve'])]]) });
    const other = await answered('u');
    await says(other, 'ann');
    expect(await settled(other, 'weights', nothing)).toMatchObject({
      decision: { role: 'statistics', reason: 'operator_off' },
    });
    expect(await stores.ledger.settlement(other, 'skills')).toMatchObject({ decision: { role: 'support' } });
  });

  test('a way of training that is shut does not shut the other', async () => {
    const place = openPlatform();
    const halfShut = { ...place, terms: { ...place.terms, train_local: 'never' as const } };
    const id = await answered('t');
    await says(id, 'ann');
    const by = settler({ contentPolicy: new Map([['web', halfShut]]) });
    expect(await settled(id, 'weights', by)).toMatchObject({ decision: { role: 'query', reason: 'rated' } });
  });

  test('looks at everybody in the prompt', async () => {
    const id = await answered('t', { promptAuthors: [person('ann'), personId('asking', 'bob')] });
    await says(id, 'ann');
    expect(await settled(id, 'skills', settler({ contentPolicy: policy }))).toMatchObject({
      reward: { kind: 'known' },
      decision: { role: 'statistics', reason: 'no_consent' },
    });
    expect(await settled(id, 'weights', settler({ contentPolicy: policy }))).toMatchObject({
      decision: { reason: 'no_consent' },
    });
  });

  test('looks at the people whose words about the answer would be used with it, not at who only voted', async () => {
    const by = settler({ contentPolicy: policy });
    const id = await answered('t');
    await says(id, 'ann');
    await says(id, 'eve', { actorId: personId('closed', 'eve') });
    expect(await settled(id, 'skills', by)).toMatchObject({ decision: { role: 'support' } });
    await says(id, 'eve', { ...reason('wrong', 'It is 5.'), actorId: personId('closed', 'eve') });
    expect(await settled(id, 'skills', by)).toMatchObject({ decision: { reason: 'terms' } });
  });

  test('lets nothing be trained from a prompt with a skill learned where it may not be', async () => {
    const [skill] = sampleTurn('t').skills;
    const skills =
      skill === undefined ? [] : [{ ...skill, learnedFrom: { platforms: ['closed'], authors: [] } }];
    const id = await answered('t', { skills });
    await says(id, 'ann');
    expect(await settled(id, 'weights', settler({ contentPolicy: policy }))).toMatchObject({
      decision: { role: 'statistics', reason: 'tainted_skill' },
    });
  });
});

describe('the guard at settlement', () => {
  const holds = async (id: TurnId): Promise<readonly Signal[]> =>
    (await stores.ledger.ofTurn(id)).filter(({ kind }) => kind === 'hold');

  async function brigade(id: TurnId, names = ['x1', 'x2', 'x3', 'x4']): Promise<void> {
    for (const name of names) {
      await says(id, name);
      await clock.advance(minute);
    }
  }

  test('keeps back what a burst of new people is about, in the ledger, once', async () => {
    const id = await answered('t');
    await brigade(id);
    expect(await settled(id)).toMatchObject({
      reward: { kind: 'held' },
      decision: { role: 'statistics', reason: 'held' },
    });
    expect(await holds(id)).toMatchObject([
      { change: 'given', rule: guardRule, slot: 'hold', authority: 'explicit', polarity: 0 },
    ]);
    expect((await holds(id))[0]?.actorId).toBeUndefined();
    expect(logger.of('reward_held')).toHaveLength(1);
    expect(await settled(id, 'weights')).toMatchObject({ reward: { kind: 'held' } });
    await says(id, 'x5');
    expect(await settled(id)).toMatchObject({ reward: { kind: 'held' } });
    expect(await holds(id)).toHaveLength(1);
  });

  test('one turn that cannot be settled is put off and said, and those after it are settled', async () => {
    const bad = await answered('bad');
    const good = await answered('good');
    await clock.advance(quietTimes.skills);
    const odd = settler({
      ledger: {
        ...stores.ledger,
        ofTurn: (id) => (id === bad ? Promise.reject(new TypeError('odd')) : stores.ledger.ofTurn(id)),
      },
    });
    await settleDue(odd);
    expect(await stores.ledger.settlement(good, 'skills')).toMatchObject({ state: 'settled' });
    expect(await stores.ledger.settlement(bad, 'skills')).toMatchObject({
      state: 'open',
      dueAt: clock.now() + 60 * minute,
    });
    expect(logger.of('turn_not_settled')).toMatchObject([{ fields: { turnId: bad, use: 'skills' } }]);
    await clock.advance(60 * minute);
    await settleDue(deps);
    expect(await stores.ledger.settlement(bad, 'skills')).toMatchObject({ state: 'settled' });
  });

  test('writes the same row when it is asked again before anything was settled', async () => {
    const id = await answered('t');
    await brigade(id);
    await clock.advance(quietTimes.skills);
    const failing = settler({
      ledger: { ...stores.ledger, settle: () => Promise.reject(new AppError('storage_failed', 'killed')) },
    });
    await expect(settleDue(failing)).rejects.toThrow('killed');
    const before = await holds(id);
    expect(before).toHaveLength(1);
    await settleDue(deps);
    expect(await holds(id)).toEqual(before);
    expect(before[0]?.eventId).toBe(eventId('web', `guard/${id}/${before[0]?.occurredAt}`));
  });

  test('a maintainer’s release stands until new suspicious votes come', async () => {
    const id = await answered('t');
    await brigade(id);
    await settled(id);
    const release: Partial<Signal> = {
      ...{ kind: 'hold', slot: 'hold', name: 'hold', polarity: 0 },
      change: 'cleared',
      rule: 'hold-command@1',
    };
    await says(id, 'boss', release);
    expect(await settled(id)).toMatchObject({ reward: { kind: 'known', value: -1, voices: 4 } });
    await says(id, 'x1', { change: 'withdrawn' });
    expect(await settled(id)).toMatchObject({ reward: { kind: 'known', voices: 3 } });
    expect(await holds(id)).toHaveLength(2);
    await brigade(id, ['y1', 'y2', 'y3', 'y4']);
    expect(await settled(id)).toMatchObject({ reward: { kind: 'held' } });
    expect(await holds(id)).toHaveLength(3);
  });

  test('an ordinary word after a release does not bring the old burst back', async () => {
    const id = await answered('t');
    await brigade(id);
    const release = { kind: 'hold', slot: 'hold', name: 'hold', polarity: 0, change: 'cleared' } as const;
    await says(id, 'boss', { ...release, rule: 'hold-command@1' });
    await clock.advance(1);
    await says(id, 'ann');
    expect(await settled(id)).toMatchObject({ reward: { kind: 'known', voices: 5 } });
    expect((await holds(id)).filter(({ change }) => change === 'given')).toEqual([]);
  });

  test('leaves alone what ordinary people say, and what the asker says of their own', async () => {
    const regulars = ['p1', 'p2', 'p3', 'p4', 'p5'];
    for (let index = 0; index < 4; index += 1) {
      const id = await answered(`old-${index}`);
      await says(id, regulars[index] ?? 'p5', likes);
      await says(id, regulars[index + 1] ?? 'p1', likes);
      expect(await settled(id)).toMatchObject({ reward: { kind: 'known', value: 1 } });
    }
    for (const name of regulars) {
      for (let index = 0; index < 3; index += 1) {
        const id = await answered(`${name}-${index}`);
        await says(id, name);
        await clock.advance(20 * minute);
      }
    }
    const id = await answered('t');
    await brigade(id, regulars);
    expect(await settled(id)).toMatchObject({ reward: { kind: 'known', voices: 5 } });
    expect(await holds(id)).toEqual([]);
  });

  test('a vote of an ordinary person among the attackers is held with theirs', async () => {
    const id = await answered('t');
    await says(id, 'ann', likes);
    await brigade(id);
    expect(await settled(id)).toMatchObject({ reward: { kind: 'held' } });
  });

  test('does not count what was taken back long after, as the reward does not either', async () => {
    const id = await answered('t');
    await brigade(id);
    await clock.advance(5 * minute);
    await says(id, 'x5', likes);
    await clock.advance(60 * minute);
    for (const name of ['x1', 'x2', 'x3']) await says(id, name, { change: 'withdrawn' });
    expect(await settled(id)).toMatchObject({ reward: { kind: 'known', value: 0, voices: 2 } });
    expect(await holds(id)).toEqual([]);
  });

  test('is not blinded by somebody who floods the space before the burst', async () => {
    const other = await answered('other');
    const id = await answered('t');
    for (let index = 0; index < 600; index += 1) {
      for (const change of ['given', 'withdrawn'] as const) {
        rows += 1;
        await stores.ledger.append(
          sampleSignal(`flood-${rows}`, {
            target: { kind: 'turn', turnId: other },
            actorId: person('mule'),
            change,
            occurredAt: clock.now() + rows / 100,
          }),
        );
      }
    }
    await clock.advance(minute);
    await brigade(id);
    expect(await settled(id)).toMatchObject({ reward: { kind: 'held' } });
  });

  describe('that notices a burst only when the other use has settled', () => {
    const gang = ['g1', 'g2', 'g3'];

    /** Three vote alike on three answers; of the last two the platform tells when the first has settled for skills. */
    async function lateBurst(): Promise<TurnId> {
      const ids = await Promise.all(['t1', 't2', 't3'].map((name) => answered(name)));
      const [first = turnId('t1'), ...others] = ids;
      const votedAt = clock.now();
      for (const name of gang) await says(first, name);
      expect(await settled(first)).toMatchObject({
        reward: { kind: 'known' },
        decision: { role: 'support' },
      });
      for (const id of others) for (const name of gang) await says(id, name, { occurredAt: votedAt + 1 });
      return first;
    }

    test('opens that one again, so that it and the ledger agree', async () => {
      const id = await lateBurst();
      expect(await settled(id, 'weights')).toMatchObject({ reward: { kind: 'held' } });
      await settleDue(deps);
      expect(await stores.ledger.settlement(id, 'skills')).toMatchObject({
        state: 'settled',
        reward: { kind: 'held' },
        decision: { role: 'statistics', reason: 'held' },
      });
      for await (const { kind } of verifyRewards(stores)) expect(kind).toBe('equal');
    });

    test('counts as too late for what was used, once', async () => {
      const id = await lateBurst();
      await stores.ledger.markUsed([id], 'skills');
      expect(await settled(id, 'weights')).toMatchObject({ reward: { kind: 'held' } });
      const used = { state: 'used', reward: { kind: 'known' }, lateSignals: 1 };
      expect(await stores.ledger.settlement(id, 'skills')).toMatchObject(used);
      await stores.ledger.schedule(id, { weights: clock.now() });
      await settleDue(deps);
      expect(await stores.ledger.settlement(id, 'skills')).toMatchObject(used);
    });
  });

  test('does not look at other spaces', async () => {
    const ids = await Promise.all(
      ['a', 'b', 'c', 'd'].map((name) =>
        answered(name, {
          conversation: { ...sampleTurn('x').conversation, spaceId: spaceId('web', name) },
        }),
      ),
    );
    for (const [index, id] of ids.entries()) {
      const turn = await stores.turns.get(id);
      await says(id, `x${index}`, turn === undefined ? {} : { spaceId: turn.conversation.spaceId });
    }
    for (const id of ids) expect(await settled(id)).toMatchObject({ reward: { kind: 'known' } });
  });
});
