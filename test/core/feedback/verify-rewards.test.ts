import { expect, test } from 'vitest';
import { personId, turnId } from '../../../core/domain/ids.ts';
import { missingReward, type Reward } from '../../../core/domain/reward.ts';
import type { Signal } from '../../../core/domain/signal.ts';
import { type VerifiedReward, verifyRewards } from '../../../core/feedback/verify-rewards.ts';
import type { Settlement, SettlementUse } from '../../../core/ports/ledger-store.ts';
import { sampleAt, sampleSignal } from '../../contract/store-samples.ts';

const known: Reward = { kind: 'known', value: 1, authority: 'explicit', voices: 1, weight: 1 };

function settled(name: string, changes: Partial<Settlement> = {}): Settlement {
  return {
    turnId: turnId(name),
    use: 'skills',
    state: 'settled',
    dueAt: sampleAt,
    reward: known,
    decision: { role: 'statistics', reason: 'not_a_failure' },
    revision: 0,
    lateSignals: 0,
    ...changes,
  };
}

const about = (name: string, changes: Partial<Signal> = {}): Signal =>
  sampleSignal(`${name}-${Object.values(changes).join()}`, {
    target: { kind: 'turn', turnId: turnId(name) },
    ...changes,
  });

interface Fixture {
  readonly settlements: readonly Settlement[];
  readonly signals: readonly Signal[];
  /** What a further look at a settlement finds, where that is not the same. */
  readonly moved?: ReadonlyMap<string, Settlement | undefined>;
}

async function verify({ settlements, signals, moved = new Map() }: Fixture): Promise<VerifiedReward[]> {
  const all: VerifiedReward[] = [];
  const ofUse = (use: SettlementUse) => settlements.filter((one) => one.use === use);
  const verified = verifyRewards({
    ledger: {
      // Two at a time, whatever was asked for: a short page is not the last.
      settledPage: async (use, after) =>
        ofUse(use)
          .filter((one) => one.turnId > after)
          .slice(0, 2),
      settlement: async (id, use) =>
        moved.has(id) ? moved.get(id) : ofUse(use).find((one) => one.turnId === id),
      ofTurn: async (id) => signals.filter(({ target }) => target.kind === 'turn' && target.turnId === id),
    },
  });
  for await (const one of verified) all.push(one);
  return all;
}

test('rewards that the ledger folds to are equal, for both uses and over several pages', async () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const settlements = [
    ...names.map((name) => settled(name)),
    settled('a', { use: 'weights', state: 'used' }),
    settled('silent', { use: 'weights', reward: missingReward }),
    settled('stopped', { use: 'weights', reward: { kind: 'held' } }),
  ];
  const hold = about('stopped', { kind: 'hold', slot: 'hold', name: 'hold', polarity: 0 });
  const verified = await verify({ settlements, signals: [...names.map((name) => about(name)), hold] });
  expect(verified).toEqual(Array.from({ length: 8 }, () => ({ kind: 'equal' })));
});

test('tells every difference, with both rewards', async () => {
  const bob = about('voices', { actorId: personId('web', 'bob') });
  const half = about('weight', { weight: 0.5 });
  const judge = about('authority', { kind: 'judge', authority: 'judge' });
  const settlements = ['authority', 'gone', 'held', 'value', 'voices', 'weight'].map((name) => settled(name));
  const verified = await verify({
    settlements,
    signals: [
      judge,
      about('held'),
      about('held', { kind: 'hold', name: 'hold', polarity: 0 }),
      about('value', { polarity: 0.5 }),
      about('voices'),
      bob,
      half,
    ],
  });
  const different = (name: string, recomputed: Reward): VerifiedReward => ({
    kind: 'different',
    turnId: turnId(name),
    use: 'skills',
    stored: known,
    recomputed,
  });
  expect(verified).toEqual([
    different('authority', { ...known, authority: 'judge' }),
    different('gone', missingReward),
    different('held', { kind: 'held' }),
    different('value', { ...known, value: 0.5 }),
    different('voices', { ...known, voices: 2 }),
    different('weight', { ...known, weight: 0.5 }),
  ]);
});

test('what was used before all its signals came is told apart, not compared', async () => {
  const settlements = [settled('a', { state: 'used', lateSignals: 1 })];
  expect(await verify({ settlements, signals: [] })).toEqual([{ kind: 'late' }]);
});

test('what a running bot reopened meanwhile is no difference', async () => {
  const settlements = ['again', 'late', 'open', 'really'].map((name) => settled(name));
  const moved = new Map<string, Settlement | undefined>([
    ['again', settled('again', { revision: 1 })],
    ['late', settled('late', { lateSignals: 1 })],
    ['open', settled('open', { state: 'open', revision: 1 })],
  ]);
  const verified = await verify({ settlements, signals: [], moved });
  expect(verified).toMatchObject([{ kind: 'different', turnId: 'really' }]);
});
