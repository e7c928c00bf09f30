import { type AppError, toAppError } from '../domain/app-error.ts';
import type { ConversationAddress } from '../domain/conversation.ts';
import type { Document } from '../domain/document.ts';
import type { TurnId } from '../domain/ids.ts';
import type { MessageRef } from '../domain/message-ref.ts';
import type { OutboundMessage } from '../domain/outbound-message.ts';
import type { SendIntent } from '../domain/turn.ts';
import type { ChannelPort } from '../ports/channel.ts';
import type { Clock } from '../ports/clock.ts';
import type { TurnStore } from '../ports/turn-store.ts';
import { mayResend } from './may-resend.ts';

export interface MessageWriterDeps {
  readonly channel: ChannelPort;
  readonly turns: Pick<TurnStore, 'intend' | 'sent' | 'shown' | 'sendFailed' | 'unsent'>;
  readonly clock: Clock;
  /** Fires when nobody can wait for a platform any longer: what fails then is delivered after the next start. */
  readonly goingDown: AbortSignal;
}

/** One message of an answer that the platform has given an id. */
export interface ShownMessage {
  readonly ref: MessageRef;
  /** What it shows; compared to know whether an edit is due. */
  readonly print: string;
  /** Deleted by somebody: there is nothing left to edit. */
  readonly gone: boolean;
}

/** What became of one call. The failures are those of `Delivery`. */
export type WriteResult =
  | { readonly kind: 'ok'; readonly shown: ShownMessage }
  | { readonly kind: 'later'; readonly error: AppError }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'failed'; readonly error: AppError };

/** Sends and edits the messages of one answer: intent first, edits spaced, retries while it is worth waiting. */
export interface MessageWriter {
  /**
   * `patient`: try again after retryable failures, for the last state; otherwise the next state is the retry. A send
   * that may have arrived is repeated as it was, so what is shown then may be an earlier state than `message`.
   */
  send(index: number, message: OutboundMessage, patient: boolean): Promise<WriteResult>;
  edit(index: number, shown: ShownMessage, message: OutboundMessage, patient: boolean): Promise<WriteResult>;
  /** Something was shown just now by other means (a native stream): spacing counts from here. */
  noteShown(): void;
}

const patientAttempts = 4;
const retryPauseMs = 1_000;
const longestRetryPauseMs = 30_000;

interface Unresolved {
  readonly body: Document;
  readonly intendedAt: number;
}

export function printOf({ body, actions, notes }: OutboundMessage): string {
  return JSON.stringify({ body, actions, notes });
}

/** The shortest time between two edits of one message in this place, milliseconds. */
export function editIntervalMs(channel: ChannelPort, target: ConversationAddress): number {
  const { minGroupEditIntervalMs, minEditIntervalMs } = channel.capabilities;
  return target.audience === 'group' ? minGroupEditIntervalMs : minEditIntervalMs;
}

/** `sends`: what an earlier process left of this answer. */
export function createMessageWriter(
  turnId: TurnId,
  target: ConversationAddress,
  deps: MessageWriterDeps,
  sends: readonly SendIntent[] = [],
): MessageWriter {
  const { channel, turns, clock, goingDown } = deps;
  /** Sends that may have arrived, by send key. */
  const unresolved = new Map<string, Unresolved>(
    sends
      .filter(({ state }) => state === 'intended')
      .map(({ sendKey, body, intendedAt }) => [sendKey, { body, intendedAt }]),
  );
  const intervalMs = editIntervalMs(channel, target);
  let lastShownAtMs = Number.NEGATIVE_INFINITY;

  function shownAs(ref: MessageRef, message: OutboundMessage): WriteResult {
    lastShownAtMs = clock.monotonicMs();
    return { kind: 'ok', shown: { ref, print: printOf(message), gone: false } };
  }

  async function pauseBefore(attempt: number, error: AppError): Promise<void> {
    const backoffMs = retryPauseMs * 2 ** attempt;
    await clock
      .sleep(Math.min(longestRetryPauseMs, error.retryAfterMs ?? backoffMs), goingDown)
      .catch(() => {});
  }

  const isLastTry = (count: number, patient: boolean): boolean =>
    !patient || count >= patientAttempts || goingDown.aborted;

  /** The channel's failure as a value; storage errors go up. */
  async function attempt<T>(
    call: () => Promise<T>,
  ): Promise<{ readonly value: T } | { readonly error: AppError }> {
    try {
      return { value: await call() };
    } catch (thrown) {
      return { error: toAppError(thrown) };
    }
  }

  /** Under a key that is known already a platform shows what came first, and not what a repetition says. */
  function asFirstSent(message: OutboundMessage): OutboundMessage {
    const body = channel.capabilities.canEdit ? unresolved.get(message.sendKey)?.body : undefined;
    if (body === undefined) return message;
    const { sendKey, replyTo } = message;
    return { body, sendKey, final: false, ...(replyTo === undefined ? {} : { replyTo }) };
  }

  /** It may have arrived, and sent again now it might show twice. */
  function isLost(sendKey: string): boolean {
    const known = unresolved.get(sendKey);
    return known !== undefined && !mayResend(channel.capabilities, known.intendedAt, clock.now());
  }

  const mayRepeat = (error: AppError): boolean => error.retryable || error.code === 'delivery_unknown';

  return {
    async send(index, wanted, patient) {
      const message = asFirstSent(wanted);
      if (isLost(message.sendKey)) return { kind: 'unknown' };
      const intendedAt = unresolved.get(message.sendKey)?.intendedAt ?? clock.now();
      await turns.intend(turnId, index, message.sendKey, message.body, intendedAt);
      for (let count = 1; ; count += 1) {
        const result = await attempt(() => channel.send(target, message));
        if ('value' in result) {
          await turns.sent(turnId, index, result.value, clock.now());
          unresolved.delete(message.sendKey);
          return shownAs(result.value, message);
        }
        const { error } = result;
        if (error.code === 'delivery_unknown') {
          unresolved.set(message.sendKey, { body: message.body, intendedAt });
        }
        if (isLost(message.sendKey)) return { kind: 'unknown' };
        if (!mayRepeat(error)) {
          await turns.sendFailed(turnId, index);
          return { kind: 'failed', error };
        }
        if (isLastTry(count, patient)) {
          // A send that surely did not arrive leaves nothing to resolve after a crash.
          if (!unresolved.has(message.sendKey)) await turns.unsent(turnId, index);
          return { kind: 'later', error };
        }
        await pauseBefore(count - 1, error);
      }
    },

    async edit(index, shown, message, patient) {
      for (let count = 1; ; count += 1) {
        const waitMs = lastShownAtMs + intervalMs - clock.monotonicMs();
        if (waitMs > 0) await clock.sleep(waitMs);
        const result = await attempt(() => channel.edit(shown.ref, message));
        if ('value' in result) {
          await turns.shown(turnId, index, message.body);
          return shownAs(shown.ref, message);
        }
        const { error } = result;
        if (error.code === 'not_found') return { kind: 'ok', shown: { ...shown, gone: true } };
        // What one state in the middle is refused for may be gone in the next: only the last one decides.
        if (!mayRepeat(error)) return { kind: patient ? 'failed' : 'later', error };
        if (isLastTry(count, patient)) return { kind: 'later', error };
        await pauseBefore(count - 1, error);
      }
    },

    noteShown() {
      lastShownAtMs = clock.monotonicMs();
    },
  };
}
