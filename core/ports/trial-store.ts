import type { PersonId, SessionId, SpaceId } from '../domain/ids.ts';
import type { SkillName, SkillScope } from '../domain/skill.ts';
import type { Turn } from '../domain/turn.ts';

/** What a trial of a skill is known by. */
export interface TrialKey {
  readonly scope: SkillScope;
  readonly name: SkillName;
  readonly trial: number;
}

/** One session in which a skill on trial was retrieved: the unit of its test. */
export interface Exposure extends TrialKey {
  readonly sessionId: SessionId;
  /** When the session ended, epoch milliseconds. */
  readonly at: number;
  readonly version: number;
  /** False: masked for this whole session. */
  readonly isShown: boolean;
  /** With which probability it was to be shown. */
  readonly propensity: number;
  /** Where it was used; one of few. */
  readonly context: string;
  /** Net signal, −1 … 1: the mean over persons of their votes on the turns it was retrieved for; 0 where nobody said anything. */
  readonly outcome: number;
  /** Somebody said something. */
  readonly isLabelled: boolean;
  readonly positives: number;
  /** How many bad votes each person gave. */
  readonly negatives: readonly { readonly personId: PersonId; readonly votes: number }[];
  /** Turns of the session it was retrieved for. */
  readonly turns: number;
}

/** A session that has ended, with no turn under way and none whose settlement for skills is open. */
export interface EndedSession {
  readonly sessionId: SessionId;
  readonly endedAt: number;
  /** Of the main line, in order. */
  readonly turns: readonly Pick<
    Turn,
    'turnId' | 'conversation' | 'requestText' | 'skills' | 'maskedSkills' | 'isHoldOut'
  >[];
}

/** How often a name was shown in a scope, whatever its version and trial. */
export interface SkillUse {
  readonly scope: SkillScope;
  readonly name: SkillName;
  readonly sessions: number;
  readonly lastShownAt: number;
}

/** Exposures of skills on trial. Durability and errors as in `InboxStore`. */
export interface TrialStore {
  /** Ended sessions that were not counted yet, the longest ended first, at most `limit`. */
  countable(limit: number): Promise<readonly EndedSession[]>;
  /**
   * Writes what a session says of each skill and marks it as counted, all or nothing. Again changes nothing. `alsoShown`:
   * what was shown where nothing is to be learned from; it counts as used, and no more.
   */
  count(
    sessionId: SessionId,
    exposures: readonly Exposure[],
    alsoShown?: readonly Omit<SkillUse, 'sessions'>[],
  ): Promise<void>;
  /** Of one trial, in the order in which they were counted, after `skip` of them. */
  exposures(of: TrialKey, skip?: number): Promise<readonly Exposure[]>;
  /** Of all trials of a name in a scope with `at` from `since` (epoch ms) on, oldest first. */
  exposuresSince(scope: SkillScope, name: SkillName, since: number): Promise<readonly Exposure[]>;
  /** Each name ever shown. */
  uses(): Promise<readonly SkillUse[]>;
  /** Turns of a space (of all where absent) settled for skills with a known reward since (epoch ms). */
  labelledTurns(since: number, spaceId?: SpaceId): Promise<number>;
  /** Outcome of the sessions counted of a space (of all where absent) since (epoch ms) in which something was retrieved and this trial was not shown: of each session the mean over its exposures. Absent where there was none. */
  baseline(of: TrialKey, spaceId: SpaceId | undefined, since: number): Promise<SessionBaseline | undefined>;
}

export interface SessionBaseline {
  readonly mean: number;
  /** Mean squared distance of the outcomes from their mean. */
  readonly variance: number;
  readonly sessions: number;
}
