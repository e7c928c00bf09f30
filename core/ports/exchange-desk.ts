import type { ErrorCode } from '../domain/app-error.ts';
import type { SessionId, TurnId } from '../domain/ids.ts';
import type { ModelUsage } from '../domain/model.ts';
import type { SampledTokens } from '../domain/sampling.ts';
import type { ApiCaller } from './api-access.ts';

/**
 * Which talk a request belongs to. `name`: as the caller calls it. `opening`: the words that opened it, where the caller gives it no
 * name; `firstAnswer`: what was answered first, once something was; two talks that open alike are told apart by it. `lastAnswer`: what
 * was answered last, in the same form, and behind how many messages of the person: the first may be an example, or come from elsewhere.
 * `after`: the id of a message of ours that it goes on from.
 */
export interface TalkMark {
  readonly name?: string;
  readonly after?: string;
  readonly opening: string;
  readonly firstAnswer?: string;
  readonly lastAnswer?: { readonly text: string; readonly wordsIndex: number };
}

export interface ExchangeStart {
  readonly caller: ApiCaller;
  /** `side`: beside the talk (titles, summaries): given no skills, and nothing is learned from it. */
  readonly line: 'main' | 'side';
  readonly talk: TalkMark;
  /** What the person wrote last, text only. */
  readonly words: string;
  /** How many messages of the person, these words included, the request holds. */
  readonly wordsIndex: number;
  /** Results of tools follow the words: the answer to them goes on. */
  readonly isContinued: boolean;
  /** The server goes on with the system message that it was sent before: nothing is added to it. */
  readonly keepsSystem?: true;
  /** The caller's own name for the answer, to give feedback by. At most 200 characters. */
  readonly ownKey?: string;
  /** The talk ends with this answer. */
  readonly endsSession: boolean;
}

export interface ExchangeEnd {
  /** `done`: the answer came whole. `failed`: it was cut off on its way. `stopped`: the caller went away. */
  readonly state: 'done' | 'failed' | 'stopped';
  /** Text of the answer, and its tool calls as `calledLine` writes them. */
  readonly replyText: string;
  /** It ends with tool calls, so that the caller will go on. */
  readonly awaitsTools: boolean;
  /** As the caller was told. */
  readonly messageIds: readonly string[];
  /** The answer as `TalkMark.firstAnswer` would hold it. */
  readonly firstAnswer: string;
  /** What answered: a policy's id, the configured model's name, or `upstreamStamp` of another. */
  readonly policy: string;
  readonly usage?: ModelUsage;
  /** Size of the request as it was sent, pictures and files in it counted flat, for an estimate of what it cost where the server told no usage. */
  readonly promptBytes?: number;
  /**
   * About how many tokens all was that the model wrote, whatever of it is in `replyText`, for the same, and for an answer that ended
   * before its server told all of its usage.
   */
  readonly answerTokens?: number;
  /** Where an engine of ours answered. */
  readonly sampled?: readonly SampledTokens[];
  /** Digest of the whole request as it was sent on. */
  readonly promptHash: string;
  readonly errorCode?: ErrorCode;
}

/** One request that passes through, and its answer. */
export interface Exchange {
  readonly turnId: TurnId;
  readonly sessionId: SessionId;
  /** What is added to the system message; '' for nothing. */
  readonly block: string;
  /**
   * Once, when the last byte has gone out. Waits for nothing: the turn is stored with others in one commit a moment later.
   */
  finish(end: ExchangeEnd): void;
  /**
   * In place of `finish` where nothing was answered: no turn is stored. `sent`: as it was sent on all the same, which counts for what
   * was asked; `promptBytes` as that of `ExchangeEnd`.
   */
  abandon(sent?: { readonly promptBytes: number }): void;
}

/** What a caller says about an answer. `null` takes the rating back. */
export interface ApiFeedback {
  readonly caller: ApiCaller;
  /** An id that a model server gave the answer, `X-Metaclaw-Turn-Id`, or the caller's own key for it; absent: the last answer of the talk. */
  readonly about: { readonly messageId: string } | { readonly ownKey: string } | { readonly talk: TalkMark };
  readonly rating?: 'up' | 'down' | null;
  /** At most 4,000 characters. */
  readonly text?: string;
  /** Of the request that brought it: the same again is not counted twice. */
  readonly idempotencyKey?: string;
  /**
   * It came with a request for something else, so that nobody is told what becomes of it: while the store fails it is tried again, until
   * the desk stops, and what its giver said last of that answer is not counted again.
   */
  readonly cameAlong?: true;
}

export type FeedbackReceipt =
  | { readonly kind: 'stored' | 'duplicate'; readonly turnId: TurnId }
  | { readonly kind: 'unknown' };

/** Requests of agents that pass through. */
export interface ExchangeDesk {
  /** Never rejects: where nothing can be looked up or stored the request passes without being learned from. */
  begin(start: ExchangeStart): Promise<Exchange>;
  /** What `begin` would add now, for counting tokens. */
  peek(start: ExchangeStart): Promise<string>;
  /**
   * Durable when it resolves. The person who asked for an answer has a voice on it, and so has each key, for all others that it asks
   * for. Which answer is meant is settled by the call: one that begins or ends after it is not. An answer that did
   * not come whole is never the last of a talk. Rejects with storage errors, and with `invalid_input` for feedback that says nothing.
   */
  feedback(feedback: ApiFeedback): Promise<FeedbackReceipt>;
}

/** A tool call as a stored answer tells it: `→ name(arguments)`, arguments cut at 500 characters. */
export function calledLine(name: string, argumentsJson: string): string {
  const shown =
    argumentsJson.length > 500
      ? `${argumentsJson.slice(0, 500).replace(/[\ud800-\udbff]$/, '')}…`
      : argumentsJson;
  return `→ ${name}(${shown})`;
}
