import type { ErrorCode } from '../domain/app-error.ts';
import type { ConversationKey } from '../domain/conversation.ts';
import type { Document } from '../domain/document.ts';
import type { SessionId, TurnId } from '../domain/ids.ts';
import type { MessageRef } from '../domain/message-ref.ts';
import type { ModelUsage } from '../domain/model.ts';
import type { SampledLengths, SampledTokens } from '../domain/sampling.ts';
import type { PastTurn, SendIntent, Turn, TurnState } from '../domain/turn.ts';
import type { DueTimes } from './ledger-store.ts';

export type NewTurn = Omit<
  Turn,
  'state' | 'replyText' | 'replyRefs' | 'usage' | 'errorCode' | 'firstReplyAt' | 'endedAt'
>;

/** A turn that is over before it is first written down. */
export interface RecordedTurn {
  readonly turn: NewTurn;
  readonly replyText: string;
  /** The messages of its answer, indexed to the turn. */
  readonly replyRefs: readonly MessageRef[];
  readonly end: Omit<TurnEnd, 'replyText'>;
  /** As in `answer`. */
  readonly sampled?: readonly SampledTokens[];
}

export interface TurnEnd {
  readonly state: Exclude<TurnState, 'open' | 'answered'>;
  readonly endedAt: number;
  /** Absent keeps what `answer` stored. */
  readonly replyText?: string;
  readonly usage?: ModelUsage;
  readonly errorCode?: ErrorCode;
  /** The quiet times that begin with this end, as `LedgerStore.schedule` starts them. Absent, or where an earlier end is kept: none begins. */
  readonly dueAt?: DueTimes;
  /** When a judge may look at it, epoch ms: as `JudgeQueue.put`, in the same commit. Absent: none will. */
  readonly judgeAt?: number;
}

/**
 * Turns, the intents of their sends, and the index from message to turn. Everything is durable when it resolves and
 * all of one call or nothing; storage errors as in `InboxStore`. "Not there" is `undefined`. Values are copies.
 * `answer`, `end` and `intend` reject with `not_found` for a turn that is not stored, `sent` for a send never intended.
 */
export interface TurnStore {
  /** Stores the turn as `open`. The same id again replaces it, and forgets what its calls read and wrote, while none of its messages was sent, and changes nothing after that. */
  open(turn: NewTurn): Promise<void>;
  /** Forgets an open turn none of whose messages was ever intended; its inbox events go on waiting. Any other turn stays. */
  discard(turnId: TurnId): Promise<void>;
  /**
   * The whole answer is known; delivery is not finished. A `delivery_unknown` turn becomes `answered` again. `usage` and
   * `sampled` (what the model's calls read and wrote, in order) replace what is stored; absent, that is kept.
   */
  answer(
    turnId: TurnId,
    replyText: string,
    usage?: ModelUsage,
    sampled?: readonly SampledTokens[],
  ): Promise<void>;
  /**
   * Ends the turn, starts its quiet times and finishes its inbox events in one commit. Any end but `done` forgets what its calls
   * read and wrote. A turn that has ended already keeps its end, except that `delivery_unknown`, `interrupted` and `failed` may
   * become another end.
   */
  end(turnId: TurnId, end: TurnEnd): Promise<void>;

  /**
   * `open`, `answer`, the messages of the answer and `end` in one, with nothing to deliver; calls of one moment share a commit. The
   * same id again goes on with the turn: answer, messages and end are replaced, what was asked stays; absent `usage`, `sampled` and
   * `dueAt` leave what is stored. `firstReplyAt` is the end's instant where something showed.
   */
  record(recorded: RecordedTurn): Promise<void>;

  /** Before a send: writes it down as `intended` at that instant (epoch ms). The same turn and index again replaces text and key; under the same key the earlier instant stays. */
  intend(turnId: TurnId, index: number, sendKey: string, body: Document, at: number): Promise<void>;
  /** After a send: the message's id, indexed to the turn from now on; sets `firstReplyAt` (epoch ms) on the first. */
  sent(turnId: TurnId, index: number, ref: MessageRef, at: number): Promise<void>;
  /** What the message shows now, after an edit. */
  shown(turnId: TurnId, index: number, body: Document): Promise<void>;
  /** The platform refused the send for good. */
  sendFailed(turnId: TurnId, index: number): Promise<void>;
  /** Takes a message of an answer out again (the text became shorter). */
  unsent(turnId: TurnId, index: number): Promise<void>;
  /** By index. */
  sends(turnId: TurnId): Promise<readonly SendIntent[]>;

  get(turnId: TurnId): Promise<Turn | undefined>;
  /** What the calls of its answer read and wrote, in order: every id and number as it was given, bit by bit. Empty where no engine answered. */
  sampled(turnId: TurnId): Promise<readonly SampledTokens[]>;
  /** `lengthsOf` each of `sampled`, without reading the ids and numbers: thousands of turns may be asked for. */
  sampledLengths(turnId: TurnId): Promise<readonly SampledLengths[]>;
  /** Whether there is a turn of which `sampled` is not empty. */
  keepsSampled(): Promise<boolean>;
  /**
   * Forgets what the calls of turns that began before an instant (epoch ms) read and wrote, of at most `limit` turns, the oldest
   * first, of each all or nothing; the turns stay. Resolves with how many turns that were.
   */
  forgetSampled(before: number, limit: number): Promise<number>;
  /** The turn whose answer this message is a part of. */
  byReply(ref: MessageRef): Promise<Turn | undefined>;
  /** The turn that this message asked for; the latest where it was answered again. */
  byRequest(ref: MessageRef): Promise<Turn | undefined>;
  /** Turns in state `open` or `answered`, oldest first: after a start these were cut off. */
  unfinished(): Promise<readonly Turn[]>;
  /** True while a send of ours to this channel is `intended` and its turn has not ended: a reaction may name a message whose id we do not know yet. */
  hasIntended(platform: string, channelId: string): Promise<boolean>;
  /** The last `limit` turns of a session that ended with something to show, in chronological order; of a turn and its Retry only the later. */
  recent(sessionId: SessionId, limit: number): Promise<readonly PastTurn[]>;
  /** The same person's next turn of the main line in the same session, by the order in which turns were opened, its own Retry included, others' left out; absent until there is one. */
  next(turnId: TurnId): Promise<Turn | undefined>;
  /** The last turn of a conversation, whatever its state. */
  last(conversationKey: ConversationKey): Promise<Turn | undefined>;
  /** The same over this conversation and all threads in it. */
  lastWithin(conversationKey: ConversationKey): Promise<Turn | undefined>;
  /** As `lastWithin`, of those of whose answer something has shown. */
  lastShownWithin(conversationKey: ConversationKey): Promise<Turn | undefined>;
  /** Whether any turn of a conversation has ended with words of an answer. */
  hasAnswered(conversationKey: ConversationKey): Promise<boolean>;
  /** Other words for a request that is already answered. False when no turn has that message as its whole request: of a burst one part is not known apart. */
  editRequest(ref: MessageRef, text: string): Promise<boolean>;
  counts(): Promise<Readonly<Record<TurnState, number>>>;
}
