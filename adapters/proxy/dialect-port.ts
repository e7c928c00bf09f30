import type { Dialect } from '../../core/domain/dialect.ts';
import type { ModelUsage } from '../../core/domain/model.ts';

/** Feedback and names that a caller puts into `metadata`, as the keys `metaclaw_key` and `metaclaw_feedback`; they are not sent on. */
export interface OwnFields {
  /** The caller's own name for the answer that is asked for. */
  readonly key?: string;
  /** As it stands there: `up`, `down`, or an object as JSON. */
  readonly feedback?: string;
}

export interface RequestChanges {
  /** Added to the system message; '' for nothing. */
  readonly block: string;
  /** In place of the model's name. */
  readonly model?: string;
}

/** One request of a dialect, read. */
export interface ReadRequest {
  readonly model: string;
  readonly isStream: boolean;
  /** Text of the last message that a person wrote; '' where there is none. */
  readonly words: string;
  /** How many messages with a person's text there are. */
  readonly wordsIndex: number;
  /** Whether tool results stand behind the words. */
  readonly isContinued: boolean;
  /** As `TalkMark.opening`: what the first message of a person holds, as text that is equal only for equal content. */
  readonly opening: string;
  /**
   * As `TalkMark.firstAnswer`: the first answer in the history, as `TapResult.firstAnswer` would have told it. A prefill is none.
   */
  readonly firstAnswer?: string;
  /** As `TalkMark.lastAnswer`, written the same way. */
  readonly lastAnswer?: { readonly text: string; readonly wordsIndex: number };
  /** How the answer that is asked for begins, where the caller has written that; the server does not repeat it. */
  readonly prefill?: string;
  /** The talk as the server keeps it, by the server's name for it. */
  readonly talkName?: string;
  /** The answer that this one goes on from, by the server's id of it or of a part of it. */
  readonly previousMessageId?: string;
  /** The server goes on with the system message that it was sent before, and takes no other. */
  readonly keepsSystem?: true;
  readonly own: OwnFields;
  /**
   * The request as it is sent on. Where nothing is changed and there are no own fields: the very bytes that came. Else the same
   * bytes but for what is added, replaced and, of own fields, taken out. The same changes again give equal bytes.
   */
  edit(changes: RequestChanges): Uint8Array;
}

export interface TapResult {
  /** Whether the answer was understood to its end: false for one that was cut off, failed inside, or was no answer at all. */
  readonly isWhole: boolean;
  /** Text and tool calls (`calledLine`), a line each, in order. Of several choices the first. */
  readonly text: string;
  readonly firstAnswer: string;
  readonly awaitsTools: boolean;
  /** Id of the answer, where the server gave one. */
  readonly messageId?: string;
  /** Ids of parts of it by which requests may refer to them. Absent where there is none. */
  readonly partIds?: readonly string[];
  /** As the server names it. */
  readonly model?: string;
  readonly usage?: ModelUsage;
  /**
   * Where `usage` does not tell it, or not all as the answer is not whole: about how many tokens everything was that the model wrote, in
   * every choice, reasoning and calls too, by four characters a token. Of what could not be understood by its bytes.
   */
  readonly estimatedTokens?: number;
}

/** Reads along an answer. Never throws, whatever comes; holds at most about 1 MB of a line and 2 MB of text. */
export interface Tap {
  push(chunk: Uint8Array): void;
  /** After the last byte, or where the answer was cut off. */
  end(): TapResult;
}

export type ApiErrorKind =
  | 'invalid_request'
  | 'auth'
  | 'not_allowed'
  | 'not_found'
  | 'too_large'
  | 'unsupported_media'
  | 'rate_limited'
  | 'quota'
  | 'overloaded'
  | 'upstream'
  | 'timeout'
  | 'internal';

/** How one dialect writes and reads. */
export interface DialectPort {
  readonly dialect: Dialect;
  /** Throws `AppError` `invalid_input` with `details.field` where the body is not JSON, not an object, or lacks what is needed here. */
  read(body: Uint8Array): ReadRequest;
  /** For an answer with this content type: events of a stream, or one JSON body. */
  tap(contentType: string): Tap;
  /** The body of an error as this dialect's clients read it. `field`: which one is wrong. */
  error(kind: ApiErrorKind, message: string, field?: string): object;
}
