import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventId, personId, spaceId, turnId } from '../../../core/domain/ids.ts';
import { foldReward, type Reward, standingSignals } from '../../../core/domain/reward.ts';
import type { Authority, Signal } from '../../../core/domain/signal.ts';

/** One thing that happened about an answer; where it stands in the list is when. */
type Act = Pick<Signal, 'kind' | 'change' | 'name' | 'polarity' | 'authority' | 'weight' | 'actorIsBot'> & {
  readonly actor: string | undefined;
  readonly slot: string | undefined;
};

const actor = fc.constantFrom('ann', 'bob', 'cy');
const emoji = fc.constantFrom(['👍', 1], ['👎', -1], ['🎉', 0.5], ['👀', 0]) as fc.Arbitrary<
  [string, number]
>;

function act(parts: Partial<Act> & Pick<Act, 'kind' | 'name' | 'change'>): Act {
  return {
    actor: undefined,
    slot: parts.kind,
    polarity: 0,
    authority: 'explicit',
    weight: 1,
    actorIsBot: false,
    ...parts,
  };
}

const reaction = fc
  .record({ actor, emoji, change: fc.constantFrom('given' as const, 'withdrawn' as const), bot: fc.nat(9) })
  .map(({ actor, emoji: [name, polarity], change, bot }) => {
    const isBot = bot === 0;
    const who = isBot ? 'robot' : actor;
    return act({ kind: 'reaction', actor: who, slot: name, name, polarity, change, actorIsBot: isBot });
  });
const button = fc
  .record({
    actor,
    name: fc.constantFrom('good', 'bad'),
    change: fc.constantFrom('given' as const, 'withdrawn' as const),
  })
  .map(({ name, ...rest }) => act({ kind: 'button', name, polarity: name === 'good' ? 1 : -1, ...rest }));
const correction = actor.map((who) =>
  act({ kind: 'correction', actor: who, name: 'wrong', polarity: -1, change: 'given' }),
);
const cleared = fc
  .option(emoji, { nil: undefined })
  .map((which) => act({ kind: 'reaction', slot: which?.[0], name: which?.[0] ?? '', change: 'cleared' }));
const regenerate = actor.map((who) =>
  act({
    kind: 'regenerate',
    actor: who,
    name: 'regenerate',
    polarity: -0.5,
    authority: 'regenerate',
    change: 'given',
  }),
);
const judge = fc
  .record({ polarity: fc.constantFrom(-1, 0, 1), weight: fc.constantFrom(0, 0.3, 0.7) })
  .map((vote) =>
    act({ kind: 'judge', actor: 'judge', name: 'alone', authority: 'judge', change: 'given', ...vote }),
  );
const hold = fc
  .record({ actor, change: fc.constantFrom('given' as const, 'withdrawn' as const, 'cleared' as const) })
  .map((parts) => act({ kind: 'hold', name: 'hold', ...parts }));

const words = fc.oneof(reaction, button, correction, cleared, regenerate, judge);
const happenings = fc.array(fc.oneof({ arbitrary: words, weight: 9 }, { arbitrary: hold, weight: 1 }), {
  maxLength: 16,
});

function rowsOf(acts: readonly Act[]): readonly Signal[] {
  return acts.map(({ actor: who, slot, ...rest }, at) => ({
    ...rest,
    eventId: eventId('fake', String(at).padStart(4, '0')),
    platform: 'fake',
    spaceId: spaceId('fake', 's'),
    target: { kind: 'turn', turnId: turnId('t') },
    ...(who === undefined ? {} : { actorId: personId('fake', who) }),
    ...(slot === undefined ? {} : { slot }),
    rule: 'test@1',
    // Two at a time share an instant: then the event id decides.
    occurredAt: Math.floor(at / 2),
    recordedAt: at,
  }));
}

/** What a fold must come to, kept as a person would keep it: notes on a board, one for each person and place. */
function boardAfter(acts: readonly Act[]): ReadonlyMap<string, Act> {
  const board = new Map<string, Act>();
  for (const one of acts) {
    const owner = one.kind === 'hold' ? 'turn' : (one.actor ?? 'all');
    const place = `${one.kind}|${one.slot}|${owner}`;
    const before = board.get(place);
    switch (one.change) {
      case 'given':
        board.delete(place);
        board.set(place, one);
        break;
      case 'withdrawn':
        if (one.kind !== 'button' || before?.name === one.name) board.delete(place);
        break;
      case 'cleared':
        for (const key of [...board.keys()]) {
          const [kind, slot] = key.split('|');
          if (kind === one.kind && (one.slot === undefined || slot === one.slot)) board.delete(key);
        }
    }
  }
  return board;
}

function expectedReward(acts: readonly Act[]): Reward {
  const notes = [...boardAfter(acts).values()];
  if (notes.some(({ kind }) => kind === 'hold')) return { kind: 'held' };
  for (const authority of ['explicit', 'regenerate', 'judge'] as const satisfies readonly Authority[]) {
    const last = new Map<string | undefined, Act>();
    for (const note of notes) {
      const counts = note.polarity !== 0 && note.weight > 0 && !note.actorIsBot;
      if (counts && note.authority === authority) last.set(note.actor, note);
    }
    const voices = [...last.values()];
    if (voices.length === 0) continue;
    const mean = (of: (note: Act) => number): number =>
      voices.reduce((sum, note) => sum + of(note), 0) / voices.length;
    return {
      kind: 'known',
      value: mean((note) => note.polarity),
      weight: mean((note) => note.weight),
      authority,
      voices: voices.length,
    };
  }
  return { kind: 'missing' };
}

/** The same rows in any order, some of them several times. */
function deliveries(rows: readonly Signal[]): fc.Arbitrary<readonly Signal[]> {
  if (rows.length === 0) return fc.constant([]);
  return fc
    .subarray([...rows])
    .chain((repeated) =>
      fc.shuffledSubarray([...rows, ...repeated], { minLength: rows.length + repeated.length }),
    );
}

const delivered = happenings.chain((acts) => deliveries(rowsOf(acts)).map((rows) => ({ acts, rows })));

const runs = { numRuns: 4_000 };

describe('properties of the fold', () => {
  test('any interleaving of giving, changing, taking back, clearing, doubles and lateness folds to the final state', () => {
    let known = 0;
    let held = 0;
    fc.assert(
      fc.property(delivered, ({ acts, rows }) => {
        const reward = foldReward(rows);
        if (reward.kind === 'known') known += 1;
        if (reward.kind === 'held') held += 1;
        expect(reward).toEqual(expectedReward(acts));
      }),
      runs,
    );
    // The cases tried were not all silence.
    expect(known).toBeGreaterThan(runs.numRuns / 4);
    expect(held).toBeGreaterThan(runs.numRuns / 50);
  });

  test('in no order does a row count that was taken back or cleared, or that says nothing', () => {
    fc.assert(
      fc.property(delivered, ({ acts, rows }) => {
        const standing = standingSignals(rows).map(
          (row) => `${row.kind} ${row.slot} ${row.actorId} ${row.name}`,
        );
        const board = [...boardAfter(acts).values()].map(
          ({ kind, slot, actor: who, name }) =>
            `${kind} ${slot} ${who === undefined ? undefined : personId('fake', who)} ${name}`,
        );
        expect(standing.toSorted()).toEqual(board.toSorted());
      }),
      runs,
    );
  });

  test('a word that is taken back later leaves no trace, whatever was said between and however it arrives', () => {
    const taken = fc.tuple(fc.array(words, { maxLength: 6 }), fc.array(words, { maxLength: 6 }));
    fc.assert(
      fc.property(taken, fc.infiniteStream(fc.nat()), ([before, after], keys) => {
        const word = act({
          kind: 'reaction',
          actor: 'dan',
          slot: '💯',
          name: '💯',
          polarity: 1,
          change: 'given',
        });
        const withWord = rowsOf([...before, word, ...after, { ...word, change: 'withdrawn' }]);
        const shuffled = withWord
          .map((row) => ({ row, key: keys.next().value ?? 0 }))
          .toSorted((a, b) => a.key - b.key)
          .map(({ row }) => row);
        expect(foldReward(shuffled)).toEqual(expectedReward([...before, ...after]));
      }),
      runs,
    );
  });

  test('while a hold stands nothing counts, and once it is released everything counts as if there had been none', () => {
    const put = act({ kind: 'hold', actor: 'guard', name: 'hold', change: 'given' });
    const release = fc.constantFrom('withdrawn' as const, 'cleared' as const);
    fc.assert(
      fc.property(fc.array(words, { maxLength: 10 }), fc.nat(10), release, (acts, at, change) => {
        const held = [...acts.slice(0, at), put, ...acts.slice(at)];
        expect(foldReward(rowsOf(held))).toEqual({ kind: 'held' });
        const released = [...held, { ...put, actor: 'maintainer', change }];
        expect(foldReward(rowsOf(released).toReversed())).toEqual(expectedReward(acts));
      }),
      runs,
    );
  });

  test('a known reward lies in [−1, 1] and its weight in (0, 1]', () => {
    const anyWeight = fc.array(
      fc.tuple(
        words,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: -1, max: 1, noNaN: true }),
      ),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(anyWeight, (parts) => {
        const reward = foldReward(
          rowsOf(parts.map(([one, weight, polarity]) => ({ ...one, weight, polarity }))),
        );
        if (reward.kind !== 'known') return;
        expect(Math.abs(reward.value)).toBeLessThanOrEqual(1);
        expect(reward.weight).toBeGreaterThan(0);
        expect(reward.weight).toBeLessThanOrEqual(1);
        expect(reward.voices).toBeGreaterThan(0);
      }),
      runs,
    );
  });
});
