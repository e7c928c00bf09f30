import type { ConversationAddress, ConversationKey } from '../../../core/domain/conversation.ts';
import type { EventId, PersonId, SessionId, TurnId } from '../../../core/domain/ids.ts';
import type { ShownSkill } from '../../../core/domain/skill.ts';

/** A turn as it was when its answer was drawn. */
export interface ToldTurn {
  readonly number: number;
  readonly turnId: TurnId;
  readonly words: string;
  readonly askerId: PersonId;
  readonly conversation: ConversationAddress;
  readonly key: ConversationKey;
  readonly sessionId: SessionId;
  readonly generation: number;
  readonly policy: string;
  readonly skills: readonly ShownSkill[];
  /** How far its storing was acknowledged. */
  stage: 'nothing' | 'open' | 'answered' | 'ended';
}

/** What a world has been told, by which its stores are judged: it grows beside them and is never read from them but where a death left it open. */
export interface Told {
  readonly turns: ToldTurn[];
  /** Acknowledged rows of the ledger. */
  readonly signals: EventId[];
  generation: number;
  /** Slots whose skill can be retrieved. */
  readonly activeSkills: Set<string>;
  skillTexts: number;
  rows: number;
  isPaused: boolean;
  /** When somebody last spoke, by `monotonicMs`; absent where nobody has since a person asked for training. */
  spokenAt: number | undefined;
  hasSlowChange: boolean;
  /** By conversation, what answers it; changes by a person's word on policies alone. */
  answering: ReadonlyMap<ConversationKey, string>;
  /** Once seen, for ever. */
  readonly dropped: Set<TurnId>;
  readonly consumed: Set<TurnId>;
  /** Those that a run held when a change was under way. */
  readonly heldInChange: Set<TurnId>;
  /** Ended runs by number, whole, and done steps by run and number: nothing of them changes. */
  readonly past: Map<string, string>;
}

export const nothingTold = (): Told => ({
  turns: [],
  signals: [],
  generation: 0,
  activeSkills: new Set(),
  skillTexts: 0,
  rows: 0,
  isPaused: false,
  spokenAt: undefined,
  hasSlowChange: false,
  answering: new Map(),
  dropped: new Set(),
  consumed: new Set(),
  heldInChange: new Set(),
  past: new Map(),
});

/** What has happened in all worlds together, so that nobody takes a test for one in which nothing did. */
export type Happened = Map<string, number>;

export function count(happened: Happened, what: string, times = 1): void {
  if (times > 0) happened.set(what, (happened.get(what) ?? 0) + times);
}
