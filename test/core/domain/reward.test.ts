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

  test('a row without weight is kept and does not count; of the others the mean weight is told', () => {
    const vote = { kind: 'judge', slot: 'judge', name: 'alone', authority: 'judge' } as const;
    const silent = signal({ ...vote, actor: 'judge', polarity: 1, weight: 0 });
    expect(foldReward([silent])).toEqual({ kind: 'missing' });
    expect(standingSignals([silent])).toHaveLength(1);
    const read = { kind: 'next', slot: 'next', name: 'correction', authority: 'judge' } as const;
    const next = signal({ ...read, actor: 'ann', polarity: -1, weight: 0.75 });
    const judge = signal({ ...vote, actor: 'judge', polarity: 1, weight: 0.25 });
    expect(foldReward([next, judge])).toEqual({
      kind: 'known',
      value: 0,
      authority: 'judge',
      voices: 2,
      weight: 0.5,
    });
  });

  test('a tool’s outcome and a reason say nothing about quality', () => {
    const tool = signal({ kind: 'tool', name: 'failed', polarity: 0 });
    const reason = signal({ kind: 'reason', slot: 'reason', name: 'wrong', polarity: 0 });
    expect(foldReward([tool, reason])).toEqual({ kind: 'missing' });
  });

  test('a hold keeps everything back until anybody who may releases it', () => {
    const up = signal({});
    const hold = signal({ kind: 'hold', slot: 'hold', name: 'hold', polarity: 0, actor: 'guard' });
    expect(foldReward([up, hold])).toEqual({ kind: 'held' });
    expect(foldReward([hold])).toEqual({ kind: 'held' });
    const again = signal({ kind: 'hold', slot: 'hold', name: 'hold', polarity: 0, actor: 'ann' });
    const released = signal({ ...holdOf(again), change: 'cleared', actor: 'bob' });
    expect(rewardOf([up, hold, again, released])).toBe(1);
    expect(rewardOf([up, hold, signal({ ...holdOf(hold), change: 'withdrawn', actor: 'bob' })])).toBe(1);
    expect(foldReward([up, hold, released, signal({ ...holdOf(hold), actor: 'guard' })])).toEqual({
      kind: 'held',
    });
    // Clearing reactions releases nothing, and a release clears no reactions.
    const { slot: _, ...all } = signal({ change: 'cleared', name: '' });
    expect(foldReward([up, hold, all])).toEqual({ kind: 'held' });
  });
});

const holdOf = ({ kind, slot, name, polarity }: Signal): Partial<Signal> => ({
  kind,
  ...(slot === undefined ? {} : { slot }),
  name,
  polarity,
});
