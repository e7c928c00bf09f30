import { type PersonId, personId, type SpaceId, spaceId } from '../../../core/domain/ids.ts';
import { createSeededRandom, type SeededRandom } from '../seeded-random.ts';
import { type Topic, topics } from './topics.ts';

export const platform = 'bench';
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const MINUTE_MS = 60_000;

export interface WorldSize {
  readonly days: number;
  readonly sessionsADay: number;
}

export interface Inhabitant {
  readonly personId: PersonId;
  readonly spaceId: SpaceId;
  /** Rates every answer badly and wants others to have what nobody wants. */
  readonly isBrigading: boolean;
}

export interface PlannedTurn {
  readonly asker: Inhabitant;
  readonly topic: Topic;
  readonly request: string;
  /** What the asker does if the answer is right or wrong; drawn beforehand, so that all conditions meet the same people. */
  readonly says: boolean;
  readonly flips: boolean;
  readonly corrects: boolean;
}

export interface PlannedSession {
  /** Milliseconds from the start of the stream. */
  readonly at: number;
  readonly spaceId: SpaceId;
  readonly audience: 'direct' | 'group';
  /** The chat: a person's own, or a thread that is new with the session. */
  readonly channelId: string;
  readonly threadId?: string;
  readonly turns: readonly PlannedTurn[];
}

/** Who there is, what they want without telling, and when they ask. */
export interface World {
  readonly spaces: readonly SpaceId[];
  readonly people: readonly Inhabitant[];
  readonly lengthMs: number;
  /** From here on one space wants something else of one topic. */
  readonly reversal: { readonly at: number; readonly spaceId: SpaceId; readonly topic: Topic };
  readonly sessions: readonly PlannedSession[];
  /** What a space wants, without its people's own wishes. */
  spaceWants(space: SpaceId, topic: Topic, at: number): string;
  /** What a person wants: their own wish, else the space's, else what the model does by itself. */
  wants(person: Inhabitant, topic: Topic, at: number): string;
  isOwnWish(person: Inhabitant, topic: Topic): boolean;
  /** What whoever brigades asks for: nobody of that space ever wants it. */
  brigadeWants(topic: Topic): string;
}

const spaceCount = 3;
const peopleASpace = 6;
/** Of the topics a space wants so many otherwise than the model does them. */
const wishesASpace = 3;
/** Of a hundred people so many have a wish of their own on one topic. */
const ownWishShare = 50;
const reversesAt = 0.6;
const share = {
  /** Of a hundred answers so many are rated. */
  says: 80,
  /** Of a hundred ratings so many are the wrong way round. */
  flips: 10,
  /** Of a hundred failures so many are corrected in words, where they are rated. */
  corrects: 30,
  /** Of a hundred sessions so many are where others read along. */
  group: 60,
  /** Of a hundred turns there so many are another person's. */
  other: 30,
} as const;
const mostTurns = 4;
/** Whom a request is for, so that hardly two are worded the same. */
const clients = [
  ...[
    'Alder',
    'Birch',
    'Cedar',
    'Dogwood',
    'Elm',
    'Fir',
    'Gorse',
    'Hazel',
    'Ivy',
    'Juniper',
    'Kapok',
    'Larch',
  ],
  ...[
    'Maple',
    'Nutmeg',
    'Oak',
    'Poplar',
    'Quince',
    'Rowan',
    'Spruce',
    'Tamarisk',
    'Ulex',
    'Viburnum',
    'Willow',
    'Yew',
  ],
];

function shuffled<Item>(items: readonly Item[], random: SeededRandom): readonly Item[] {
  return items
    .map((item) => ({ item, place: random.below(1_000_000) }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

const key = (owner: string, topic: Topic): string => `${owner} ${topic.name}`;

/** The same for the same seed and size. The brigaded space is the first, and the second is the one that changes its mind. */
export function createWorld(seed: number, size: WorldSize): World {
  const random = createSeededRandom(seed);
  const spaces = Array.from({ length: spaceCount }, (_, at) => spaceId(platform, `space-${at + 1}`));
  const people = spaces.flatMap((space, spaceAt) =>
    Array.from({ length: peopleASpace }, (_, at): Inhabitant => {
      const isBrigading = spaceAt === 0 && at === peopleASpace - 1;
      return { personId: personId(platform, `p${spaceAt + 1}-${at + 1}`), spaceId: space, isBrigading };
    }),
  );
  const lengthMs = size.days * DAY_MS;

  const spaceWishes = new Map<string, string>();
  for (const space of spaces) {
    for (const topic of shuffled(topics, random).slice(0, wishesASpace)) {
      spaceWishes.set(key(space, topic), topic.values[1]);
    }
  }
  const ownWishes = new Map<string, string>();
  for (const { personId: id, spaceId: space, isBrigading } of people) {
    if (isBrigading || random.below(100) >= ownWishShare) continue;
    const topic = random.pick(topics);
    const [usual, other] = topic.values;
    // The third value is nobody's, so that a rule with it is wrong for certain.
    ownWishes.set(key(id, topic), spaceWishes.has(key(space, topic)) ? usual : other);
  }
  const [, changing] = spaces;
  if (changing === undefined) throw new TypeError('There is no second space.');
  const turning = random.pick(topics.filter((topic) => spaceWishes.has(key(changing, topic))));
  const reversal = { at: lengthMs * reversesAt, spaceId: changing, topic: turning };

  function spaceWants(space: SpaceId, topic: Topic, at: number): string {
    const isReversed = at >= reversal.at && space === reversal.spaceId && topic === reversal.topic;
    if (isReversed) return topic.values[2];
    return spaceWishes.get(key(space, topic)) ?? topic.values[0];
  }

  return {
    spaces,
    people,
    lengthMs,
    reversal,
    sessions: planSessions(people, size, random),
    spaceWants,
    wants: (person, topic, at) =>
      ownWishes.get(key(person.personId, topic)) ?? spaceWants(person.spaceId, topic, at),
    isOwnWish: (person, topic) => ownWishes.has(key(person.personId, topic)),
    brigadeWants: ({ values }) => values[2],
  };
}

function planSessions(
  people: readonly Inhabitant[],
  { days, sessionsADay }: WorldSize,
  random: SeededRandom,
): readonly PlannedSession[] {
  const count = Math.round(days * sessionsADay);
  const meanGapMs = (days * DAY_MS) / count;
  const sessions: PlannedSession[] = [];
  let at = 0;
  for (let number = 1; number <= count; number += 1) {
    // Even gaps with some play, in whole minutes: two sessions never run at once.
    at +=
      Math.max(mostTurns + 1, Math.round(((0.5 + random.below(1_000) / 1_000) * meanGapMs) / MINUTE_MS)) *
      MINUTE_MS;
    const host = random.pick(people);
    const isGroup = random.below(100) < share.group;
    const others = people.filter(({ spaceId: space }) => space === host.spaceId);
    const turns = Array.from({ length: 1 + random.below(mostTurns) }, (_, turnAt): PlannedTurn => {
      const isOther = isGroup && turnAt > 0 && random.below(100) < share.other;
      const asker = isOther ? random.pick(others) : host;
      const topic = random.pick(topics);
      return {
        asker,
        topic,
        request: `For ${random.pick(clients)}: ${random.pick(topic.phrasings)}`,
        says: random.below(100) < share.says,
        flips: random.below(100) < share.flips,
        corrects: random.below(100) < share.corrects,
      };
    });
    sessions.push({
      at,
      spaceId: host.spaceId,
      audience: isGroup ? 'group' : 'direct',
      channelId: isGroup ? `${host.spaceId}-talk` : `${host.personId}-chat`,
      ...(isGroup ? { threadId: `t${number}` } : {}),
      turns,
    });
  }
  return sessions;
}
