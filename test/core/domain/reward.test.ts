import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventId, personId, spaceId } from '../../../core/domain/ids.ts';
import { foldReward, standingSignals } from '../../../core/domain/reward.ts';
import type { Signal } from '../../../core/domain/signal.ts';

let counter = 0;

function signal(change: Partial<Signal> & { readonly actor?: string }): Signal {
  counter += 1;
  const { actor = 'ann', ...rest } = change;
  const name = rest.name ?? '👍';
  const kind = rest.kind ?? 'reaction';
  return {
    eventId: eventId('fake', String(counter).padStart(8, '0')),
    platform: 'fake',
    spaceId: spaceId('fake', 's'),
    target: { kind: 'message', ref: { platform: 'fake', channelId: 'c', messageId: 'm' } },
    actorId: personId('fake', actor),
    actorIsBot: false,
    change: 'given',
    kind,
    slot: kind === 'button' ? 'button' : name,
    name,
    polarity: name === '👍' || name === 'good' ? 1 : name === '👎' || name === 'bad' ? -1 : 0,
    authority: 'explicit',
    weight: 1,
    rule: 'test@1',
    occurredAt: counter,
    recordedAt: counter,
    ...rest,
  };
}

const rewardOf = (signals: readonly Signal[]): number | undefined => {
  const reward = foldReward(signals);
  return reward.kind === 'known' ? reward.value : undefined;
};

describe('foldReward', () => {
  test('silence is missing, not zero', () => {
    expect(foldReward([])).toEqual({ kind: 'missing' });
    expect(foldReward([signal({ name: '👀' })])).toEqual({ kind: 'missing' });
  });

  test('a withdrawn reaction counts as absent', () => {
    expect(rewardOf([signal({}), signal({ change: 'withdrawn' })])).toBeUndefined();
  });

  test('a reaction that was renamed is withdrawn and cleared under its new name', () => {
    const given = signal({ slot: ':5:', name: ':+1:', polarity: 1 });
    expect(rewardOf([given])).toBe(1);
    expect(rewardOf([given, signal({ change: 'withdrawn', slot: ':5:', name: ':up:' })])).toBeUndefined();
    expect(rewardOf([given, signal({ change: 'cleared', slot: ':5:', name: ':up:' })])).toBeUndefined();
    expect(rewardOf([given, signal({ change: 'withdrawn', slot: ':6:', name: ':+1:' })])).toBe(1);
  });

  test('the last word of a person counts, and taking it back brings the earlier one up again', () => {
    const up = signal({});
    const down = signal({ name: '👎' });
    expect(rewardOf([up, down])).toBe(-1);
    expect(rewardOf([up, down, signal({ name: '👎', change: 'withdrawn' })])).toBe(1);
  });

  test('the mean is over persons, not over signals', () => {
    const signals = [signal({}), signal({ name: '🎉', polarity: 1 }), signal({ actor: 'bob', name: '👎' })];
    expect(foldReward(signals)).toEqual({
      kind: 'known',
      value: 0,
      authority: 'explicit',
      voices: 2,
      weight: 1,
    });
  });

  test('bots do not vote', () => {
    expect(rewardOf([signal({ actor: 'robot', actorIsBot: true })])).toBeUndefined();
  });

  test('a button holds one word of one person: a later one replaces it', () => {
    const good = signal({ kind: 'button', name: 'good' });
    const bad = signal({ kind: 'button', name: 'bad' });
    expect(rewardOf([good, bad])).toBe(-1);
    expect(
      rewardOf([good, bad, signal({ kind: 'button', name: 'bad', change: 'withdrawn' })]),
    ).toBeUndefined();
    // Taking back what no longer stands changes nothing.
    expect(rewardOf([good, bad, signal({ kind: 'button', name: 'good', change: 'withdrawn' })])).toBe(-1);
  });

  test('clearing withdraws everybody’s reactions, or those of one emoji, and no buttons', () => {
    const before = [
      signal({}),
      signal({ actor: 'bob', name: '👎' }),
      signal({ actor: 'cy', kind: 'button', name: 'good' }),
    ];
    const { actorId: _, slot: __, ...all } = signal({ change: 'cleared', name: '' });
    expect(standingSignals([...before, all]).map(({ name }) => name)).toEqual(['good']);
    const { actorId: ___, ...one } = signal({ change: 'cleared', name: '👎', slot: '👎', polarity: 0 });
    expect(standingSignals([...before, one]).map(({ name }) => name)).toEqual(['👍', 'good']);
  });

  test('an explicit word outranks a regenerate, and that a judge', () => {
    const judge = signal({ kind: 'judge', name: 'judge', polarity: 1, authority: 'judge', actor: 'judge' });
    const again = signal({ kind: 'regenerate', name: 'regenerate', polarity: -0.5, authority: 'regenerate' });
    expect(foldReward([judge])).toMatchObject({ value: 1, authority: 'judge' });
    expect(foldReward([judge, again])).toMatchObject({ value: -0.5, authority: 'regenerate' });
    expect(foldReward([judge, again, signal({ actor: 'bob', name: '👎' })])).toMatchObject({
      value: -1,
      authority: 'explicit',
      voices: 1,
    });
  });

  test('the platform’s time decides, then the event id; the order of arrival does not', () => {
    const first = signal({ occurredAt: 5 });
    const second = signal({ occurredAt: 5, name: '👎' });
    expect(rewardOf([second, first])).toBe(-1);
    expect(rewardOf([signal({ occurredAt: 9 }), signal({ occurredAt: 3, name: '👎' })])).toBe(1);
  });
});

/** What a person does in the order it happens: a toggle of one of a few emoji. */
const act = fc.record({
  actor: fc.constantFrom('ann', 'bob', 'cy'),
  name: fc.constantFrom('👍', '👎', '🎉'),
  change: fc.constantFrom('given', 'withdrawn', 'cleared'),
});

type Act = { readonly actor: string; readonly name: string; readonly change: string };

const polarities: Readonly<Record<string, number>> = { '👍': 1, '👎': -1, '🎉': 0 };

/** What stands under the message after all acts, as plain sets: the model that the fold is held against. */
function expectedReward(acts: readonly Act[]): number | undefined {
  const standing = new Map<string, { actor: string; polarity: number; at: number }>();
  for (const [at, { actor, name, change }] of acts.entries()) {
    if (change === 'given') standing.set(`${actor} ${name}`, { actor, polarity: polarities[name] ?? 0, at });
    if (change === 'withdrawn') standing.delete(`${actor} ${name}`);
    if (change !== 'cleared') continue;
    for (const key of [...standing.keys()].filter((key) => key.endsWith(` ${name}`))) standing.delete(key);
  }
  const words = new Map<string, number>();
  for (const { actor, polarity } of [...standing.values()].sort((a, b) => a.at - b.at)) {
    if (polarity !== 0) words.set(actor, polarity);
  }
  const votes = [...words.values()];
  return votes.length === 0 ? undefined : votes.reduce((a, b) => a + b, 0) / votes.length;
}

function rowOf({ actor, name, change }: Act): Signal {
  const row = signal({ actor, name, change: change as Signal['change'], polarity: polarities[name] ?? 0 });
  if (row.change !== 'cleared') return row;
  const { actorId: _, ...cleared } = row;
  return cleared;
}

describe('properties of the fold', () => {
  test('any order and any duplication of delivery folds to the reward of the final state', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 14 }), fc.infiniteStream(fc.nat()), (acts, keys) => {
        const delivered = acts
          .map(rowOf)
          .flatMap((row, index) => (index % 3 === 0 ? [row, row] : [row]))
          .map((row) => ({ row, key: keys.next().value as number }))
          .sort((a, b) => a.key - b.key)
          .map(({ row }) => row);
        expect(rewardOf(delivered)).toBe(expectedReward(acts));
      }),
      { numRuns: 10_000 },
    );
  });
});
