import type { ErrorCode } from './app-error.ts';
import type { ConversationAddress, ConversationKey } from './conversation.ts';
import type { Document } from './document.ts';
import type { EventId, PersonId, SessionId, TurnId } from './ids.ts';
import type { MessageRef } from './message-ref.ts';
import type { ModelUsage } from './model.ts';
import type { ShownSkill } from './skill.ts';

/**
 * `open`: the model has begun; nothing may show yet, text may still stream. `answered`: the whole text is stored, delivery is not
 * finished. The rest are ends: `done` delivered whole; `failed` the model gave up and the person was told; `stopped` by
 * the person; `interrupted` by a restart; `delivery_unknown` a send's fate could not be told and was not repeated.
 */
export type TurnState =
  | 'open'
  | 'answered'
  | 'done'
  | 'failed'
  | 'stopped'
  | 'interrupted'
  | 'delivery_unknown';

/** One request and its answer: the unit of credit. Holds what was shown when it was sampled. */
export interface Turn {
  readonly turnId: TurnId;
  readonly conversationKey: ConversationKey;
  readonly conversation: ConversationAddress;
  readonly sessionId: SessionId;
  /** Who asked. */
  readonly askerId: PersonId;
  readonly askerName: string;
  /** The inbound events it answers; several where a burst was joined. */
  readonly eventIds: readonly EventId[];
  readonly requestRefs: readonly MessageRef[];
  readonly requestText: string;
  /** Set when the person edited the request after it was answered. */
  readonly editedRequestText?: string;
  /** `main`: a person's request and its answer. `side`: work beside the talk (summaries, titles), never trainable. */
  readonly line: 'main' | 'side';
  /** Its conversation is kept out of learning, to test what was learned. Fixed when the turn opens. */
  readonly isHoldOut: boolean;
  /**
   * Everybody whose words stood in the prompt, the asker first: history, quotes and the thread before included, whoever
   * its skills were learned from, and with an earlier answer whoever stood in its prompt. Whom a platform does not name
   * is its `unknownAuthor`.
   */
  readonly promptAuthors: readonly PersonId[];
  /** Generation of the library at sampling. */
  readonly generation: number;
  readonly skills: readonly ShownSkill[];
  /** Chosen as well and left out by chance, so that their use can be told from their absence. */
  readonly maskedSkills: readonly ShownSkill[];
  /** What answered: the model or policy, as `started` named it. */
  readonly policy: string;
  /** Digest of the whole prompt. */
  readonly promptHash: string;
  readonly state: TurnState;
  /** The answer as Markdown; empty until `answered` or an end. */
  readonly replyText: string;
  readonly replyRefs: readonly MessageRef[];
  readonly usage?: ModelUsage;
  readonly errorCode?: ErrorCode;
  /** The turn whose answer this one replaces, after Retry. */
  readonly retryOf?: TurnId;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly firstReplyAt?: number;
  readonly endedAt?: number;
}

/** What the model is told of an earlier turn. */
export type PastTurn = Pick<
  Turn,
  'turnId' | 'askerName' | 'requestText' | 'editedRequestText' | 'replyText' | 'promptAuthors'
>;

/**
 * One message of an answer on its way out, written before the call. `intended`: the call may or may not have happened.
 * `sent`: the platform gave an id. `failed`: the platform refused it for good.
 */
export interface SendIntent {
  readonly turnId: TurnId;
  /** Which message of the answer, from 0. */
  readonly index: number;
  readonly sendKey: string;
  readonly state: 'intended' | 'sent' | 'failed';
  /** When the first call under this key may have been made, epoch ms. */
  readonly intendedAt: number;
  readonly ref?: MessageRef;
  /** What it shows, or was meant to show. */
  readonly body: Document;
}
