import { AppError } from '../domain/app-error.ts';
import type { PersonId, TurnId } from '../domain/ids.ts';
import type { ActionInvoked, FormSubmitted, SignalGiven } from '../domain/inbound-event.ts';
import { REASON_FORM } from '../domain/outbound-message.ts';
import type { Turn } from '../domain/turn.ts';
import { feedbackForm } from '../feedback/feedback-forms.ts';
import { type PolarityTable, polarityOf } from '../feedback/polarity.ts';
import type { CachePort } from '../ports/cache.ts';
import type { ChannelPort } from '../ports/channel.ts';
import type { Logger } from '../ports/logger.ts';
import type { TurnStore } from '../ports/turn-store.ts';
import type { Notifier } from './notifier.ts';

export interface FeedbackDeskDeps {
  readonly turns: Pick<TurnStore, 'byReply'>;
  readonly cache: CachePort;
  readonly notifier: Notifier;
  readonly channelOf: (platform: string) => ChannelPort | undefined;
  readonly polarity: PolarityTable;
  readonly logger: Logger;
}

/**
 * The forms around feedback. No method rejects, and none is waited for by the door: a form is a comfort, the vote before
 * it is stored already.
 */
export interface FeedbackDesk {
  /**
   * After a vote that says "bad": asks its giver once what was wrong. They may leave it unanswered. Who could not be
   * asked is asked after their next such vote.
   */
  offerReason(event: SignalGiven): Promise<void>;
  /** A button or menu entry that opens a form was pressed. */
  open(event: ActionInvoked): Promise<void>;
  /** After a form was stored. Who sent one is not asked any more. */
  thank(event: FormSubmitted): Promise<void>;
}

const askedMemoryMs = 30 * 24 * 60 * 60 * 1000;
const offer =
  'Sorry that this answer was no good. If you like, tell me what was wrong: it helps the next one.';
const notOurs = 'That message is none of my answers, so there is nothing of mine to correct.';
const lost = 'I could not open the form. Please try once more.';

export function createFeedbackDesk(deps: FeedbackDeskDeps): FeedbackDesk {
  /** Who is being asked about what at this moment: a second vote meanwhile asks nothing. */
  const asking = new Set<string>();

  /** Kept of who was asked about an answer, and of who told on their own. */
  const memoryOf = (turnId: TurnId, personId: PersonId): string => `asked-reason:${turnId}:${personId}`;
  const remember = (memory: string): Promise<void> => deps.cache.set(memory, true, askedMemoryMs);

  /**
   * Straight away where the platform lets a press be answered so, else as a word to this person alone. False: neither
   * could be.
   */
  async function ask(event: SignalGiven, turn: Turn, channel: ChannelPort): Promise<boolean> {
    const form = feedbackForm(REASON_FORM, event.target);
    if (form === undefined) return false;
    if (event.interaction !== undefined) {
      try {
        await channel.openForm(event.interaction, form);
        return true;
      } catch (error) {
        deps.logger.info('form_not_opened', { form: form.formId, error });
      }
    }
    if (!channel.capabilities.canSendPrivately) return false;
    const button = { actionId: REASON_FORM, label: 'Tell what was wrong', about: event.target };
    await deps.notifier.whisper(turn.conversation, event.actor.personId, offer, [[button]]);
    return true;
  }

  async function askOnce(event: SignalGiven, turn: Turn, channel: ChannelPort): Promise<void> {
    const memory = memoryOf(turn.turnId, event.actor.personId);
    if (asking.has(memory)) return;
    asking.add(memory);
    try {
      if ((await deps.cache.get(memory)) !== undefined) return;
      if (await ask(event, turn, channel)) await remember(memory);
    } finally {
      asking.delete(memory);
    }
  }

  async function quietly(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      deps.logger.warn('feedback_form_failed', { what, error });
    }
  }

  return {
    offerReason: (event) =>
      quietly('offer', async () => {
        const channel = deps.channelOf(event.platform);
        if (channel?.capabilities.canOpenForms !== true || event.actor.isBot) return;
        if (polarityOf(event.mark, deps.polarity) >= 0) return;
        const turn = await deps.turns.byReply(event.target);
        if (turn === undefined || turn.conversation.spaceId !== event.spaceId) return;
        await askOnce(event, turn, channel);
      }),
    open: (event) =>
      quietly('open', async () => {
        const channel = deps.channelOf(event.platform);
        const form = feedbackForm(event.actionId, event.target);
        if (channel === undefined || form === undefined) return;
        const tell = (words: string): Promise<void> =>
          deps.notifier.reply(event.conversation, event.interaction, words, event.actor.personId);
        const turn = await deps.turns.byReply(event.target);
        if (turn === undefined || turn.conversation.spaceId !== event.spaceId) return tell(notOurs);
        try {
          await channel.openForm(event.interaction, form);
        } catch (error) {
          deps.logger.warn('form_not_opened', { form: form.formId, error });
          // Trying once more would not help: the platform's own sentence says what would.
          const isHopeless = error instanceof AppError && error.code === 'not_allowed';
          await tell(isHopeless ? error.message : lost);
        }
      }),
    thank: (event) =>
      quietly('thank', async () => {
        const turn = event.target === undefined ? undefined : await deps.turns.byReply(event.target);
        if (turn === undefined) return;
        await remember(memoryOf(turn.turnId, event.actor.personId));
        await deps.notifier.whisper(turn.conversation, event.actor.personId, 'Thank you, noted.', []);
      }),
  };
}
