import { type ConversationAddress, decodeConversationKey } from '../../domain/conversation.ts';
import type { Platform, TurnId } from '../../domain/ids.ts';
import type { PolicyScope } from '../../domain/policy.ts';
import type { Skill } from '../../domain/skill.ts';
import type { Turn } from '../../domain/turn.ts';
import type { Clock } from '../../ports/clock.ts';
import type { LedgerStore } from '../../ports/ledger-store.ts';
import type { PolicyOutcome, PolicyStore } from '../../ports/policy-store.ts';
import type { TurnStore } from '../../ports/turn-store.ts';
import type { EvolverLibrary } from '../../skills/evolver/evolver-library.ts';
import { type Hint, hintsOf } from '../../skills/evolver/failure.ts';
import type { MayEvolve } from '../../skills/evolver/gather.ts';
import { authorsOf } from '../../skills/evolver/provenance.ts';
import { contextOf } from '../../skills/session-exposures.ts';
import { skillsNow } from './words-at-hand.ts';

export interface RatedDeps {
  readonly outcomes: Pick<PolicyStore, 'outcomes'>;
  readonly turns: Pick<TurnStore, 'get'>;
  readonly ledger: Pick<LedgerStore, 'ofTurn'>;
  readonly library: Pick<EvolverLibrary, 'at'>;
  /**
   * The door `evolve`. It opens to turns that a skill was made from, too: no weights are trained here, and a text may
   * learn from what another one has learned from.
   */
  readonly mayUse: MayEvolve;
  /** Whether what was said there with nobody else about may shape words that answer in this scope: where that talk is all of it. */
  readonly mayUsePrivate: (scope: PolicyScope, conversation: ConversationAddress) => boolean;
  /** Platforms where no words of ours open the prompt: of those who wrote there nothing is learned for them. */
  readonly foreignPlatforms: readonly Platform[];
  readonly clock: Pick<Clock, 'now'>;
}

/** A rated turn that may be learned from. */
export interface RatedTurn {
  readonly turn: Turn;
  /** −1 … 1; people found it good above 0. */
  readonly value: number;
  /** What was said against its answer, by those who allow its use. */
  readonly hints: readonly Hint[];
  /** As `contextOf` names it. */
  readonly context: string;
  /** What it was given, as it reads now. */
  readonly skills: readonly Skill[];
}

export interface Gathered {
  /** The newest first, without hints: those are read for the few that are chosen. */
  readonly turns: readonly RatedTurn[];
  /** By word of `core/learning/run/run-reasons.ts`. */
  readonly leftOut: Readonly<Record<string, number>>;
}

/** Older ones were asked of another bot. */
const lookedBackMs = 90 * 24 * 60 * 60_000;
const pageSize = 500;
/** The newest that are looked at. */
const mostTurns = 400;

/** Rated turns of a scope that its words may learn from now. Rejects as the stores do. */
export async function gatherRated(scope: PolicyScope, deps: RatedDeps): Promise<Gathered> {
  const { outcomes, foreign } = await newestOutcomes(scope, deps);
  const turns: RatedTurn[] = [];
  const leftOut: Record<string, number> = foreign === 0 ? {} : { foreign_prompt: foreign };
  for (const { turnId, value } of outcomes) {
    const rated = await ratedTurn(turnId, value, scope, deps);
    if (typeof rated === 'object') turns.push(rated);
    else leftOut[rated] = (leftOut[rated] ?? 0) + 1;
  }
  return { turns, leftOut };
}

/** `foreign`: how many more there are of foreign platforms, however many; they take no other's place. */
async function newestOutcomes(
  scope: PolicyScope,
  { outcomes, foreignPlatforms, clock }: Pick<RatedDeps, 'outcomes' | 'foreignPlatforms' | 'clock'>,
): Promise<{ readonly outcomes: readonly PolicyOutcome[]; readonly foreign: number }> {
  const found = new Map<TurnId, PolicyOutcome>();
  let since = clock.now() - lookedBackMs;
  for (;;) {
    const page = await outcomes.outcomes(scope, since, pageSize);
    const fresh = page.filter(({ turnId }) => !found.has(turnId));
    for (const outcome of fresh) found.set(outcome.turnId, outcome);
    const last = page.at(-1);
    if (page.length < pageSize || fresh.length === 0 || last === undefined) break;
    // The next page begins with what was asked at the same instant as the last one.
    since = last.at;
  }
  const own = [...found.values()].filter(({ conversationKey }) => {
    const platform = decodeConversationKey(conversationKey)?.platform;
    return platform === undefined || !foreignPlatforms.includes(platform);
  });
  const newest = own.toSorted((a, b) => b.at - a.at || (a.turnId < b.turnId ? 1 : -1));
  return { outcomes: newest.slice(0, mostTurns), foreign: found.size - own.length };
}

/** A turn as it may be used now, without hints; or the reason why not. */
async function ratedTurn(
  turnId: TurnId,
  value: number,
  scope: PolicyScope,
  {
    turns,
    library,
    mayUse,
    mayUsePrivate,
  }: Pick<RatedDeps, 'turns' | 'library' | 'mayUse' | 'mayUsePrivate'>,
): Promise<RatedTurn | 'no_prompt' | 'not_allowed'> {
  const turn = await turns.get(turnId);
  if (turn === undefined || turn.state !== 'done' || turn.line !== 'main') return 'no_prompt';
  if (turn.requestText.trim() === '' || turn.replyText.trim() === '') return 'no_prompt';
  if (turn.isHoldOut) return 'not_allowed';
  if (turn.conversation.audience === 'direct' && !mayUsePrivate(scope, turn.conversation))
    return 'not_allowed';
  const skills = skillsNow(turn, library);
  // A skill may have learned from others' words since this turn was given it.
  const authors = skills.flatMap((skill) => authorsOf(skill));
  if (!mayUse(turn, authors).allowed) return 'not_allowed';
  const [first] = turn.skills;
  return { turn, value, hints: [], context: contextOf(turn.conversation, first?.because ?? []), skills };
}

/** Reads chosen turns again, with hints; those that may not be used any more are missing. Rejects as the stores do. */
export async function readRated(
  chosen: readonly { readonly turnId: TurnId; readonly value: number }[],
  scope: PolicyScope,
  deps: Omit<RatedDeps, 'outcomes' | 'foreignPlatforms' | 'clock'>,
): Promise<ReadonlyMap<TurnId, RatedTurn>> {
  const read = new Map<TurnId, RatedTurn>();
  for (const { turnId, value } of chosen) {
    const rated = await ratedTurn(turnId, value, scope, deps);
    if (typeof rated !== 'object') continue;
    const hints = hintsOf(await deps.ledger.ofTurn(turnId)).filter(
      ({ actorId }) => deps.mayUse(rated.turn, [actorId]).allowed,
    );
    read.set(turnId, { ...rated, hints });
  }
  return read;
}
