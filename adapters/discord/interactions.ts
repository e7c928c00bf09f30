import { AppError, toAppError } from '../../core/domain/app-error.ts';
import type { OutboundMessage } from '../../core/domain/outbound-message.ts';
import type { Choice, Form, InteractionResponse } from '../../core/ports/channel.ts';
import type { Clock, Timer } from '../../core/ports/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { PendingInteraction } from './inbound-facts.ts';
import { FIRST_ANSWER_MS, type InteractionHandle, TOKEN_LIFE_MS } from './interaction-handle.ts';
import { createPictureTries, type Pictures, picturesOf, withAttachments } from './pictures.ts';
import { createRecentAnswers } from './recent-answers.ts';
import type { RestCaller } from './rest-caller.ts';

type Trigger = PendingInteraction['handle'];
type Written = Extract<InteractionHandle, { readonly kind: 'message' }>;

/** What is put into answers; pure. */
export interface InteractionPayloads {
  /** Data of a message; `isPrivate` sets its flag. */
  message(message: OutboundMessage, isPrivate: boolean): object;
  /** Data of a short text that only the asker sees. */
  note(words: string): object;
  /** Data of a completion, for a line that begins with `prefix`. */
  choices(choices: readonly Choice[], prefix: string): object;
  /** Data of a modal. */
  form(form: Form): object;
}

export interface InteractionParts {
  readonly caller: RestCaller;
  readonly payloads: InteractionPayloads;
  readonly clock: Clock;
  readonly logger: Logger;
  /** An ordinary message where the interaction took place, as an answer to `messageId` where there is one. */
  readonly post: (handle: InteractionHandle, message: OutboundMessage) => Promise<void>;
  /** Says there for all to see that an answer came too late to be shown to the person alone; once for an interaction. */
  readonly tellTooLate: (handle: Trigger) => Promise<void>;
  /** How long core has to answer before Discord is told that it takes longer. */
  readonly deferAfterMs: number;
  /** The same where it may open a form, of which Discord must not be told anything before. */
  readonly deferFormAfterMs: number;
}

/** What became of an interaction's event. */
export type Taken = 'stored' | 'duplicate' | 'refused' | 'unavailable';

export interface Interactions {
  /** Somebody waits: answers for the adapter itself, at once or when nobody else has in time. */
  begin(pending: PendingInteraction): void;
  /** Tells the person where nobody else will. Never rejects. */
  taken(pending: PendingInteraction, taken: Taken): Promise<void>;
  respond(handle: InteractionHandle, response: InteractionResponse): Promise<void>;
  /** Rejects with `not_found` once the interaction was answered, or after three seconds. */
  openForm(handle: InteractionHandle, form: Form): Promise<void>;
  /** Nothing is answered of its own accord any more; resolves when what is under way has ended. */
  close(): Promise<void>;
}

/** https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-callback-type */
const MESSAGE = 4;
const DEFERRED_MESSAGE = 5;
const DEFERRED_UPDATE = 6;
const CHOICES = 8;
const MODAL = 9;
const EPHEMERAL = 64;

/** Left for the way to Discord. */
const MARGIN_MS = 300;
/** As late as it is surely in time. */
export const DEFER_FORM_AFTER_MS = 2_500;
const TOKEN_MARGIN_MS = 10_000;
const REPEAT_AFTER_MS = 200;
const MAX_REPEATS = 3;
const LONGEST_PAUSE_MS = 2_000;

export const NOT_STORED = 'This could not be stored just now. Please do it once more.';
export const NOT_TAKEN = 'This was not taken just now.';
export const THANKS = 'Thank you, noted.';
const ELSEWHERE = 'The answer comes as a message of its own.';

const overdue = (): AppError =>
  new AppError('not_found', 'Discord lets a form be opened for three seconds only: press once more.');

/** For whom a message is cannot be changed, and may not be said again. */
const asEdit = (data: object): object =>
  'flags' in data && typeof data.flags === 'number' ? { ...data, flags: data.flags & ~EPHEMERAL } : data;

/** Discord waits no longer, or has an answer already. */
const isMissed = (error: AppError): boolean => error.code === 'not_found' || error.code === 'conflict';

/**
 * Answers to commands, buttons, menus and forms. Discord takes one first answer within three seconds and any number of
 * further ones for fifteen minutes; after that an answer is an ordinary message, and one that others may not see is not
 * given at all.
 */
export function createInteractions(parts: InteractionParts): Interactions {
  const { caller, payloads, clock, logger } = parts;
  const recent = createRecentAnswers(clock);
  const timers = new Set<Timer>();
  const underWay = new Set<Promise<unknown>>();
  let isClosed = false;

  const ageMs = (handle: Trigger): number => clock.now() - handle.issuedAt;
  const isInTime = (handle: Trigger): boolean => ageMs(handle) < FIRST_ANSWER_MS - MARGIN_MS;
  const where = (handle: Trigger) => ({
    params: { application: handle.applicationId, token: handle.token },
    destination: `interaction:${handle.interactionId}`,
  });

  /**
   * Repeats what failed for a moment, as long as `mayRepeat`. Only for calls of which a second one does no harm.
   * `hadDoubts` is true once a call may have arrived without an answer.
   */
  async function repeating(
    mayRepeat: () => boolean,
    call: () => Promise<unknown>,
    isFine: (error: AppError, hadDoubts: boolean) => boolean = () => false,
  ): Promise<void> {
    let hadDoubts = false;
    for (let repeats = 0; ; repeats += 1) {
      try {
        await call();
        return;
      } catch (thrown) {
        const error = toAppError(thrown);
        if (isFine(error, hadDoubts)) return;
        const pauseMs = error.retryAfterMs ?? REPEAT_AFTER_MS;
        const isHopeless = !error.retryable || repeats >= MAX_REPEATS || pauseMs > LONGEST_PAUSE_MS;
        if (isHopeless || isClosed || !mayRepeat()) throw error;
        hadDoubts ||= error.code !== 'rate_limited';
        await clock.sleep(pauseMs);
      }
    }
  }

  /** The first answer; false when it comes too late or there is one. */
  async function first(handle: Trigger, type: number, data?: object, pictures?: Pictures): Promise<boolean> {
    const answer = recent.of(handle);
    if (answer.state !== 'open' || (!isInTime(handle) && answer.isOurs !== true)) return false;
    const params = { interaction: handle.interactionId, token: handle.token };
    const { destination } = where(handle);
    const tries = createPictureTries(pictures, logger);
    const send = (shown: Pictures | undefined): Promise<unknown> => {
      const body = data === undefined ? { type } : { type, data: withAttachments(data, shown) };
      const options = { body, files: shown?.files, destination, waitsOnRateLimit: false };
      return caller.call('answer an interaction', params, options);
    };
    try {
      await repeating(
        () => isInTime(handle),
        () => tries(send, ({ retryable }) => !retryable),
        // There is an answer: the one that nobody was told of.
        (error, hadDoubts) => hadDoubts && error.code === 'conflict',
      );
    } catch (thrown) {
      const error = toAppError(thrown);
      if (!isMissed(error)) throw error;
      logger.info('discord_answer_missed', { code: error.code, ageMs: ageMs(handle) });
      answer.state = 'answered';
      return false;
    }
    answer.state = 'answered';
    return true;
  }

  async function defer(handle: Trigger, isPrivate: boolean): Promise<void> {
    if (handle.kind === 'complete') {
      await first(handle, CHOICES, payloads.choices([], handle.prefix));
      return;
    }
    if (handle.kind !== 'command' && !recent.of(handle).standsAlone) {
      await first(handle, DEFERRED_UPDATE);
      return;
    }
    if (await first(handle, DEFERRED_MESSAGE, isPrivate ? { flags: EPHEMERAL } : undefined)) {
      recent.of(handle).placeholder = isPrivate ? 'private' : 'public';
    }
  }

  async function say(handle: Trigger, data: object, isPrivate: boolean, pictures?: Pictures): Promise<void> {
    if (await first(handle, MESSAGE, data, pictures)) return;
    const { params, destination } = where(handle);
    const open = recent.of(handle);
    const { placeholder } = open;
    const isForOthers = placeholder !== undefined && placeholder !== (isPrivate ? 'private' : 'public');
    if (placeholder !== undefined) {
      // The next message would take its place as long as it loads, and be for the same eyes.
      const words = asEdit(isForOthers ? payloads.note(ELSEWHERE) : data);
      const tries = createPictureTries(isForOthers ? undefined : pictures, logger);
      const edit = (shown: Pictures | undefined): Promise<unknown> => {
        const body = withAttachments(words, shown);
        return caller.call('edit an answer', params, { body, files: shown?.files, destination });
      };
      await repeating(
        () => true,
        () => tries(edit, ({ retryable }) => !retryable),
      );
      open.placeholder = undefined;
      if (!isForOthers) return;
    }
    await createPictureTries(pictures, logger)(
      (shown) => {
        const body = withAttachments(data, shown);
        return caller.call('add to an answer', params, { body, files: shown?.files, destination });
      },
      // One that may be there must not be sent again.
      ({ code }) => code !== 'delivery_unknown',
    );
    if (isForOthers) {
      await caller.call('remove an answer', params, { destination }).catch((error: unknown) => {
        logger.info('discord_placeholder_left', { error });
      });
    }
  }

  async function answer(handle: Trigger, message: OutboundMessage, isPrivate: boolean): Promise<void> {
    if (ageMs(handle) < TOKEN_LIFE_MS - TOKEN_MARGIN_MS) {
      try {
        await say(handle, payloads.message(message, isPrivate), isPrivate, picturesOf(message));
        return;
      } catch (thrown) {
        const error = toAppError(thrown);
        if (error.code !== 'not_found' && error.code !== 'auth_failed') throw error;
        logger.info('discord_token_over', { ageMs: ageMs(handle) });
      }
    }
    // In direct messages nobody else reads along.
    if (isPrivate && handle.guildId !== undefined) await parts.tellTooLate(handle);
    else await parts.post(handle, message);
  }

  /** One after another for each interaction: whether an answer is the first one depends on those before it. */
  function inTurn<T>(handle: Trigger, work: () => Promise<T>): Promise<T> {
    const open = recent.of(handle);
    const running = open.tail.then(work);
    const settled = running.then(
      () => undefined,
      () => undefined,
    );
    open.tail = settled;
    underWay.add(settled);
    void settled.then(() => underWay.delete(settled));
    return running;
  }

  function quietly(handle: Trigger, what: string, work: () => Promise<unknown>): Promise<void> {
    return inTurn(handle, work).then(
      () => undefined,
      (error: unknown) => logger.warn('discord_own_answer_failed', { what, error }),
    );
  }

  function later(handle: Trigger, afterMs: number): void {
    const timer = clock.after(Math.max(0, afterMs - ageMs(handle)), () => {
      timers.delete(timer);
      void quietly(handle, 'defer', () => defer(handle, true));
    });
    timers.add(timer);
    recent.of(handle).timer = timer;
  }

  function calm(handle: Trigger): void {
    const { timer } = recent.of(handle);
    if (timer === undefined) return;
    timer.cancel();
    timers.delete(timer);
  }

  return {
    begin({ handle, ownAnswer }) {
      if (isClosed || recent.has(handle)) return;
      const open = recent.of(handle);
      open.isOurs = true;
      open.standsAlone = handle.kind === 'submit' && ownAnswer !== 'update';
      if (ownAnswer === 'update') void quietly(handle, 'update', () => defer(handle, true));
      else later(handle, ownAnswer === 'form' ? parts.deferFormAfterMs : parts.deferAfterMs);
    },
    async taken({ handle, ownAnswer }, taken) {
      if (taken === 'duplicate') return;
      if (taken === 'stored' && ownAnswer !== 'thanks') return;
      calm(handle);
      const { standsAlone } = recent.of(handle);
      const isSilent = taken === 'refused' && handle.kind !== 'command' && !standsAlone;
      if (ownAnswer === 'choices' || isSilent) {
        await quietly(handle, taken, () => defer(handle, true));
        return;
      }
      const words = taken === 'stored' ? THANKS : taken === 'refused' ? NOT_TAKEN : NOT_STORED;
      await quietly(handle, taken, () => say(handle, payloads.note(words), true));
    },
    async respond(handle, response) {
      if (handle.kind === 'message') return await respondInWriting(handle, response, parts.post);
      calm(handle);
      await inTurn(handle, async () => {
        if (response.kind === 'defer') return await defer(handle, response.private);
        if (response.kind === 'message') return await answer(handle, response.message, response.private);
        if (handle.kind !== 'complete') {
          throw new AppError('invalid_input', 'Discord takes choices while an option is typed only.');
        }
        await first(handle, CHOICES, payloads.choices(response.choices, handle.prefix));
      });
    },
    async openForm(handle, form) {
      if (handle.kind !== 'command' && handle.kind !== 'press') throw overdue();
      await inTurn(handle, async () => {
        if (!isInTime(handle) || !(await first(handle, MODAL, payloads.form(form)))) throw overdue();
        calm(handle);
      });
    },
    async close() {
      isClosed = true;
      for (const timer of timers) timer.cancel();
      timers.clear();
      await Promise.all([...underWay]);
    },
  };
}

/** A command that was written as a message is answered by one, and nobody has to be told that it takes longer. */
async function respondInWriting(
  handle: Written,
  response: InteractionResponse,
  post: InteractionParts['post'],
): Promise<void> {
  if (response.kind === 'message') await post(handle, response.message);
  if (response.kind === 'choices') {
    throw new AppError('unsupported', 'Discord has no completion of what is written as a message.');
  }
}
