import { type PersonId, personId, type SpaceId, spaceId } from '../../../core/domain/ids.ts';
import { createSeededRandom, type SeededRandom } from '../seeded-random.ts';

/** The stand-in platform and the one space of the community. */
export const platform = 'bench';
export const space: SpaceId = spaceId(platform, 'team');

export interface Member {
  readonly personId: PersonId;
  /** Of their own turns so many are rated, 0.05 … 0.3. */
  readonly rates: number;
  /** Above 0: so many of the bad words are left unsaid and good ones said instead; below 0 the other way round. */
  readonly leniency: number;
  /** The kind of request about which this person sees things the other way round; absent: none. */
  readonly contraryKind?: number;
  /** Of each kind how often it is asked for, in parts of their sum. */
  readonly asks: readonly number[];
}

/** One turn as it will happen, with all chance in it drawn beforehand, so that each rule meets the same days. */
export interface PlannedTurn {
  readonly asker: Member;
  readonly kind: number;
  /** The thread, a conversation of its own. */
  readonly thread: string;
  /** Milliseconds from the start of the day. */
  readonly at: number;
  readonly isRated: boolean;
  /** 0 … 1 each: whether the word fits the answer, whether leniency bends it, whether it is poisoned. */
  readonly luck: readonly [word: number, leniency: number, poison: number];
}

/** What is wrong with the words that people give. */
export interface Poison {
  /** So many of the words are turned round. */
  readonly flipped: number;
  /** One person, who asks for nothing, votes every answer down. */
  readonly hasBrigader: boolean;
}

export const noPoison: Poison = { flipped: 0, hasBrigader: false };
export const poisoned: Poison = { flipped: 0.2, hasBrigader: true };

export interface Community {
  readonly members: readonly Member[];
  readonly days: readonly (readonly PlannedTurn[])[];
}

export interface CommunitySize {
  readonly days: number;
  readonly turnsADay: number;
  readonly kinds: number;
}

export const brigader: PersonId = personId(platform, 'brigader');
const people = 12;
const contraryEvery = 3;
const turnsAThread = 3;
/** People are there from eight to eight, by the clock of the bench. */
const dayBeginsMs = 8 * 3_600_000;
const dayLastsMs = 12 * 3_600_000;
/** So many words fit the answer that they are about. */
const honest = 0.9;
const million = 1_000_000;

const share = (random: SeededRandom): number => random.below(million) / million;

function createMember(at: number, kinds: number, random: SeededRandom): Member {
  return {
    personId: personId(platform, `p${at + 1}`),
    rates: 0.05 + 0.25 * share(random),
    leniency: 0.3 * share(random) - 0.15,
    ...(at % contraryEvery === 0 ? { contraryKind: random.below(kinds) } : {}),
    asks: Array.from({ length: kinds }, () => 1 + random.below(5)),
  };
}

function kindFor({ asks }: Member, random: SeededRandom): number {
  let left = random.below(asks.reduce((sum, part) => sum + part, 0));
  return asks.findIndex((part) => {
    left -= part;
    return left < 0;
  });
}

/** Twelve people of one space over some days. The same for the same seed and size. */
export function createCommunity(seed: number, { days, turnsADay, kinds }: CommunitySize): Community {
  const random = createSeededRandom(1_000_003 * seed + 17);
  const members = Array.from({ length: people }, (_, at) => createMember(at, kinds, random));
  const planDay = (day: number): readonly PlannedTurn[] => {
    const turns: PlannedTurn[] = [];
    for (let thread = 0; turns.length < turnsADay; thread += 1) {
      const asker = random.pick(members);
      for (let count = 0; count < turnsAThread && turns.length < turnsADay; count += 1) {
        turns.push({
          asker,
          kind: kindFor(asker, random),
          thread: `d${day}-t${thread}`,
          at: dayBeginsMs + Math.floor((turns.length * dayLastsMs) / turnsADay),
          isRated: share(random) < asker.rates,
          luck: [share(random), share(random), share(random)],
        });
      }
    }
    return turns;
  };
  return { members, days: Array.from({ length: days }, (_, day) => planDay(day)) };
}

/** One person's word on one answer. */
export interface Word {
  readonly actorId: PersonId;
  readonly polarity: 1 | -1;
}

/** What people say of an answer, by whether it is right for its kind. Nobody says anything of most answers. */
export function wordsOn(turn: PlannedTurn, isRight: boolean, poison: Poison): readonly Word[] {
  const { asker, isRated, kind } = turn;
  const [word, leniency, turned] = turn.luck;
  const words: Word[] = [];
  if (isRated) {
    const pleases = isRight !== (kind === asker.contraryKind);
    let isGood = word < honest ? pleases : !pleases;
    if (!isGood && leniency < asker.leniency) isGood = true;
    else if (isGood && leniency < -asker.leniency) isGood = false;
    if (turned < poison.flipped) isGood = !isGood;
    words.push({ actorId: asker.personId, polarity: isGood ? 1 : -1 });
  }
  if (poison.hasBrigader) words.push({ actorId: brigader, polarity: -1 });
  return words;
}
