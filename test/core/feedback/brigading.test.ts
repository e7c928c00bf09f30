import { describe, expect, test } from 'vitest';
import { createSeededRandom } from '../../../bench/lib/seeded-random.ts';
import { eventId, type PersonId, personId, turnId } from '../../../core/domain/ids.ts';
import {
  defaultBurstLimits,
  firstRatings,
  mayHoldBurst,
  type SpaceHistory,
  suspiciousVotes,
} from '../../../core/feedback/brigading.ts';
import { standingVotes } from '../../../core/feedback/standing-votes.ts';
import type { Vote } from '../../../core/ports/ledger-store.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
const noon = Date.UTC(2026, 0, 20, 12);
const person = (name: string): PersonId => personId('fake', name);
const asker = person('asker');

function vote(
  turn: string,
  actor: string,
  polarity: number,
  at: number,
  change: Vote['change'] = 'given',
): Vote {
  const emoji = polarity > 0 ? '👍' : '👎';
  return {
    eventId: eventId('fake', [turn, actor, polarity, at, change].join()),
    turnId: turnId(turn),
    actorId: person(actor),
    change,
    kind: 'reaction',
    slot: emoji,
    name: emoji,
    polarity,
    occurredAt: at,
  };
}

/** What the whole stream says of the people, as the store would. */
function historyOf(stream: readonly Vote[], isOld = true): SpaceHistory {
  const firstSignalsAt = new Map<PersonId, number>();
  for (const { actorId, occurredAt } of stream) {
    if (actorId === undefined) continue;
    firstSignalsAt.set(actorId, Math.min(occurredAt, firstSignalsAt.get(actorId) ?? occurredAt));
  }
  return { ratedAt: firstRatings(stream), firstSignalsAt, isOld };
}

function suspected(stream: readonly Vote[], turn: string, isOld = true, askerId = asker): readonly string[] {
  const here = { turnId: turnId(turn), askerId };
  const around = standingVotes(stream);
  const found = suspiciousVotes(here, around, historyOf(stream, isOld), defaultBurstLimits);
  // What is asked first must never hide what would be found.
  if (found.length > 0) expect(mayHoldBurst(around, defaultBurstLimits)).toBe(true);
  return found.map(({ actorId }) => actorId);
}

/** Somebody the space has known for long: rated three answers a month ago. */
const longKnown = (...names: readonly string[]): readonly Vote[] =>
  names.flatMap((name) =>
    [1, 2, 3].map((index) => vote(`old-${name}-${index}`, name, 1, noon - 30 * day + index * day)),
  );
const at = (minutes: number): number => noon + minutes * minute;

describe('a burst', () => {
  test.each([1, -1])('of new people on one answer is suspicious (%i), in a young space too', (sign) => {
    const burst = ['n1', 'n2', 'n3', 'n4'].map((name, index) => vote('t', name, sign, at(index)));
    for (const isOld of [true, false]) {
      expect(suspected(burst, 't', isOld)).toEqual(['fake:n1', 'fake:n2', 'fake:n3', 'fake:n4']);
    }
  });

  test('names the new ones, not the old hand that happened to vote with them', () => {
    const burst = [
      ...['n1', 'n2', 'n3'].map((name) => vote('t', name, -1, at(1))),
      vote('t', 'ann', -1, at(2)),
    ];
    expect(suspected([...longKnown('ann'), ...burst], 't')).toEqual(['fake:n1', 'fake:n2', 'fake:n3']);
  });

  test('over several answers by new people is suspicious in an old space only', () => {
    const burst = ['n1', 'n2', 'n3', 'n4'].map((name, index) => vote(`t${index}`, name, -1, at(index)));
    expect(suspected([...longKnown('ann'), ...burst], 't1')).toEqual(['fake:n2']);
    expect(suspected(burst, 't1', false)).toEqual([]);
  });

  test('of people who always vote together is suspicious, however long they have been there', () => {
    const gang = ['g1', 'g2', 'g3'];
    const burst = ['t1', 't2', 't3'].flatMap((turn, index) =>
      gang.map((name) => vote(turn, name, -1, at(index))),
    );
    const stream = [...longKnown(...gang), ...burst];
    expect(suspected(stream, 't1')).toEqual(['fake:g1', 'fake:g2', 'fake:g3']);
    expect(suspected(stream, 't3')).toEqual(['fake:g1', 'fake:g2', 'fake:g3']);
    expect(suspected(stream, 'old-g1-1')).toEqual([]);
    const twice = [...longKnown(...gang), ...burst.filter((given) => given.turnId !== 't3')];
    expect(suspected(twice, 't1')).toEqual([]);
  });

  test('does not make a group of friends of friends', () => {
    const pairs = ['t1', 't2', 't3'].flatMap((turn) => ['a', 'b'].map((name) => vote(turn, name, 1, at(1))));
    const others = ['u1', 'u2', 'u3'].flatMap((turn) => ['b', 'c'].map((name) => vote(turn, name, 1, at(2))));
    const stream = [...longKnown('a', 'b', 'c'), ...pairs, ...others];
    for (const turn of ['t1', 'u1']) expect(suspected(stream, turn)).toEqual([]);
  });

  test('needs enough votes, of one sign, near enough to each other', () => {
    const three = ['n1', 'n2', 'n3'].map((name) => vote('t', name, -1, at(0)));
    expect(suspected(three, 't')).toEqual([]);
    expect(suspected([...three, vote('t', 'n4', 1, at(1))], 't')).toEqual([]);
    expect(suspected([...three, vote('t', 'n4', -1, at(10) + 1)], 't')).toEqual([]);
    expect(suspected([...three, vote('t', 'n4', -1, at(10))], 't')).toHaveLength(4);
  });

  test('needs enough different people who are new: one who votes a lot is no crowd', () => {
    const eager = Array.from({ length: 12 }, (_, index) => vote(`t${index}`, 'n1', 1, at(index / 4)));
    expect(suspected([...longKnown('ann'), ...eager], 't3')).toEqual([]);
    const two = [...eager, ...eager.map((given) => vote(given.turnId, 'n2', 1, given.occurredAt))];
    expect(suspected([...longKnown('ann'), ...two], 't3')).toEqual([]);
    const clicks = Array.from({ length: 9 }, (_, index) =>
      vote('t', ['n1', 'n2'][index % 2] ?? '', 1, at(0) + index),
    );
    expect(suspected(clicks, 't')).toEqual([]);
  });

  test('does not count what was taken back', () => {
    const burst = ['n1', 'n2', 'n3', 'n4'].map((name) => vote('t', name, -1, at(0)));
    expect(suspected([...burst, vote('t', 'n2', -1, at(1), 'withdrawn')], 't')).toEqual([]);
    const again = [...burst, vote('t', 'n2', -1, at(1), 'withdrawn'), vote('t', 'n2', -1, at(2))];
    expect(suspected(again, 't')).toHaveLength(4);
  });

  test('does not make the asker’s own word on their own answer suspicious', () => {
    const burst = ['n1', 'n2', 'n3', 'n4'].map((name, index) => vote(`t${index}`, name, 1, at(index)));
    const stream = [...longKnown('ann'), ...burst];
    expect(suspected(stream, 't0', true, person('n1'))).toEqual([]);
    expect(suspected(stream, 't0', true, asker)).toEqual(['fake:n1']);
  });

  test('knows a person as new for a week or three answers, whichever is over first', () => {
    const burst = ['n1', 'n2', 'n3', 'n4'].map((name) => vote('t', name, -1, at(0)));
    const weekOld = ['n1', 'n2'].map((name) => vote('w', name, 1, at(0) - 7 * day));
    expect(suspected([...burst, ...weekOld], 't')).toEqual([]);
    const sixDays = ['n1', 'n2'].map((name) => vote('w', name, 1, at(0) - 7 * day + 1));
    expect(suspected([...burst, ...sixDays], 't')).toHaveLength(4);
    const busy = ['n1', 'n2'].flatMap((name) =>
      [1, 2, 3].map((index) => vote(`w${index}`, name, 1, at(0) - 2 * day - index * 60 * minute)),
    );
    expect(suspected([...burst, ...busy], 't')).toEqual([]);
  });

  test('cannot wear newness off by voting a lot inside the burst', () => {
    const names = ['n1', 'n2', 'n3', 'n4'];
    const burst = Array.from({ length: 8 }, (_, index) =>
      names.map((name) => vote(`t${index}`, name, -1, at(index))),
    ).flat();
    for (let index = 0; index < 8; index += 1) expect(suspected(burst, `t${index}`)).toHaveLength(4);
  });
});

function randomFrom(seed: number): () => number {
  const { below } = createSeededRandom(seed);
  return () => below(1_000_000) / 1_000_000;
}

/** A team at work: each asks now and then, rates most of their own answers, and looks at some of the others'. */
function teamStream(
  people: number,
  days: number,
  random: () => number,
): { stream: Vote[]; askers: Map<string, PersonId> } {
  const stream: Vote[] = [];
  const askers = new Map<string, PersonId>();
  for (let dayIndex = 0; dayIndex < days; dayIndex += 1) {
    for (let question = 0; question < people * 8; question += 1) {
      const askedAt = noon + dayIndex * day + Math.floor(random() * 8 * 60) * minute;
      const turn = `t${dayIndex}.${question}`;
      const owner = Math.floor(random() * people);
      askers.set(turn, person(`p${owner}`));
      for (let reader = 0; reader < people; reader += 1) {
        if (random() > (reader === owner ? 0.6 : 0.12)) continue;
        stream.push(
          vote(turn, `p${reader}`, random() < 0.85 ? 1 : -1, askedAt + Math.floor(random() * 15 * minute)),
        );
      }
    }
  }
  return { stream, askers };
}

function heldTurns(
  stream: readonly Vote[],
  askers: ReadonlyMap<string, PersonId>,
  from: number,
): readonly string[] {
  const history = historyOf(stream, true);
  const votes = standingVotes(stream);
  return [...askers].flatMap(([turn, askerId]) => {
    const own = votes.filter((given) => given.turnId === turn).map((given) => given.at);
    if (own.length === 0) return [];
    const around = votes.filter(
      (given) =>
        given.at >= Math.min(...own) - defaultBurstLimits.windowMs &&
        given.at <= Math.max(...own) + defaultBurstLimits.windowMs,
    );
    const isOld = Math.min(...own) - from >= 7 * day;
    const found = suspiciousVotes(
      { turnId: turnId(turn), askerId },
      around,
      { ...history, isOld },
      defaultBurstLimits,
    );
    return found.length > 0 ? [turn] : [];
  });
}

describe('simulated streams', () => {
  test.each([1, 2, 3, 4])(
    'ordinary people of a busy small team do not trip it, from their first day on (%i)',
    (seed) => {
      const { stream, askers } = teamStream(6, 12, randomFrom(seed));
      expect(stream.length).toBeGreaterThan(500);
      expect(heldTurns(stream, askers, noon)).toEqual([]);
    },
  );

  test('a brigade in the same team does, and only the answers that it went for are held', () => {
    const { stream, askers } = teamStream(6, 12, randomFrom(9));
    const [target = ''] = [...askers.keys()].filter((turn) => turn.startsWith('t11.'));
    const start = Math.max(
      ...stream.filter((given) => given.turnId === target).map((given) => given.occurredAt),
      noon + 11 * day,
    );
    const night = start + 20 * 60 * minute;
    const brigade = ['x1', 'x2', 'x3', 'x4', 'x5'].map((name, index) =>
      vote(target, name, -1, night + index * minute),
    );
    expect(heldTurns([...stream, ...brigade], askers, noon)).toEqual([target]);
  });
});
