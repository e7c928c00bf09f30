import type { ConversationKey } from '../../domain/conversation.ts';
import type { PersonId, Platform, TurnId } from '../../domain/ids.ts';
import type { Policy, PolicyId } from '../../domain/policy.ts';
import type { PolicyStore } from '../../ports/policy-store.ts';
import type { TurnStore } from '../../ports/turn-store.ts';

/** Whose words a held-out turn is, and where they were said. */
export interface HeldOutPlace {
  readonly conversationKey: ConversationKey;
  readonly askerId: PersonId;
}

export interface HeldOutTurn extends HeldOutPlace {
  readonly turnId: TurnId;
}

/**
 * The turn that is heard next: of the conversation that was compared least, there of the person who was, there the first of
 * `turns`. So nobody who talks most decides, and the choice does not depend on how comparisons came out.
 */
export function fairestOf(
  turns: readonly HeldOutTurn[],
  compared: readonly HeldOutPlace[],
): HeldOutTurn | undefined {
  const ofConversation = Map.groupBy(compared, ({ conversationKey }) => conversationKey);
  const ofPerson = Map.groupBy(compared, ({ askerId }) => askerId);
  const heard = ({ conversationKey, askerId }: HeldOutTurn): readonly [number, number] => [
    ofConversation.get(conversationKey)?.length ?? 0,
    ofPerson.get(askerId)?.length ?? 0,
  ];
  let fairest: HeldOutTurn | undefined;
  let least: readonly [number, number] = [Number.POSITIVE_INFINITY, 0];
  for (const turn of turns) {
    const [there, by] = heard(turn);
    if (there > least[0] || (there === least[0] && by >= least[1])) continue;
    fairest = turn;
    least = [there, by];
  }
  return fairest;
}

/** After how many of them, in their order, so many conversations were heard; infinite while they were not. */
export function heardAfter(conversations: number, compared: readonly (HeldOutPlace | undefined)[]): number {
  const heard = new Set<ConversationKey>();
  for (const [index, place] of compared.entries()) {
    if (place !== undefined) heard.add(place.conversationKey);
    if (heard.size >= conversations) return index + 1;
  }
  return Number.POSITIVE_INFINITY;
}

export interface HeldOutTurns {
  /** Where turns were said, in their order; `undefined` for one that is no longer stored. */
  placesOf(policyId: PolicyId, turnIds: readonly TurnId[]): Promise<readonly (HeldOutPlace | undefined)[]>;
  /** The fairest one that is neither compared nor passed over; `isElsewhere`: only of a conversation that was not heard yet. */
  next(candidate: Policy, choice: HeldOutChoice): Promise<TurnId | undefined>;
  forget(policyId: PolicyId): void;
}

export interface HeldOutChoice {
  readonly compared: readonly (HeldOutPlace | undefined)[];
  readonly passed: Pick<ReadonlySet<TurnId>, 'has' | 'size'>;
  readonly isElsewhere: boolean;
}

export interface HeldOutTurnsDeps {
  readonly store: Pick<PolicyStore, 'heldOut'>;
  readonly turns: Pick<TurnStore, 'get'>;
  /** Platforms whose prompts are not put together here: nobody could answer their turns again. */
  readonly foreignPlatforms: readonly Platform[];
  /** So many conversations are looked for before one is chosen. */
  readonly conversations: number;
}

/** So many of the newest are chosen among, … */
const leastLooked = 100;
/** … or up to so many where they are all of a few conversations. */
const mostLooked = 1_600;

/** Finds the held-out turns that a candidate is compared in. What it read of a turn it keeps until the candidate is forgotten. */
export function createHeldOutTurns({
  store,
  turns,
  foreignPlatforms,
  conversations,
}: HeldOutTurnsDeps): HeldOutTurns {
  const known = new Map<PolicyId, Map<TurnId, HeldOutPlace>>();

  async function placeOf(policyId: PolicyId, turnId: TurnId): Promise<HeldOutPlace | undefined> {
    const places = known.get(policyId) ?? new Map<TurnId, HeldOutPlace>();
    known.set(policyId, places);
    const place = places.get(turnId);
    if (place !== undefined) return place;
    const turn = await turns.get(turnId);
    if (turn === undefined) return undefined;
    const { conversationKey, askerId } = turn;
    places.set(turnId, { conversationKey, askerId });
    return { conversationKey, askerId };
  }

  async function among(
    { policyId, scope }: Policy,
    limit: number,
    isOpen: (turn: HeldOutTurn) => boolean,
  ): Promise<{ readonly isAll: boolean; readonly found: readonly HeldOutTurn[] }> {
    const turnIds = await store.heldOut(scope, policyId, limit, foreignPlatforms);
    const found: HeldOutTurn[] = [];
    for (const turnId of turnIds) {
      const place = await placeOf(policyId, turnId);
      if (place !== undefined && isOpen({ turnId, ...place })) found.push({ turnId, ...place });
    }
    return { isAll: turnIds.length < limit, found };
  }

  return {
    async placesOf(policyId, turnIds) {
      const places: (HeldOutPlace | undefined)[] = [];
      for (const turnId of turnIds) places.push(await placeOf(policyId, turnId));
      return places;
    },
    async next(candidate, { compared, passed, isElsewhere }) {
      const stored = compared.filter((place) => place !== undefined);
      const heard = new Set(stored.map(({ conversationKey }) => conversationKey));
      const isOpen = ({ turnId, conversationKey }: HeldOutTurn): boolean =>
        !passed.has(turnId) && !(isElsewhere && heard.has(conversationKey));
      for (let limit = leastLooked; ; limit *= 2) {
        const { isAll, found } = await among(candidate, passed.size + limit, isOpen);
        const here = new Set(found.map(({ conversationKey }) => conversationKey));
        const isEnough = here.size >= (isElsewhere ? 1 : conversations);
        if (isEnough || isAll || limit >= mostLooked) return fairestOf(found, stored)?.turnId;
      }
    },
    forget(policyId) {
      known.delete(policyId);
    },
  };
}
