import { attachmentsOnlyNotice, laneFullNotice } from '../agent/notices.ts';
import { commandOfForm, isCommandForm } from '../commands/command-of-form.ts';
import { readDraftAction } from '../commands/draft-card.ts';
import { writtenCommand } from '../commands/written-command.ts';
import {
  type ConversationAddress,
  type ConversationKey,
  encodeConversationKey,
} from '../domain/conversation.ts';
import type {
  ActionInvoked,
  CommandInvoked,
  CompletionRequested,
  FormSubmitted,
  HomeOpened,
  InboundEvent,
  MessageDeleted,
  MessageEdited,
  MessageReceived,
  SignalGiven,
} from '../domain/inbound-event.ts';
import { sameMessage } from '../domain/message-ref.ts';
import type { Receipt } from '../domain/receipt.ts';
import { isFeedbackForm } from '../feedback/feedback-forms.ts';
import { recordForm } from '../feedback/record-form.ts';
import { recordSignal, type SignalRecorderDeps } from '../feedback/record-signal.ts';
import type { CachePort } from '../ports/cache.ts';
import type { Sink } from '../ports/channel.ts';
import type { Clock } from '../ports/clock.ts';
import type { InboxEvent, InboxStore } from '../ports/inbox-store.ts';
import type { Logger } from '../ports/logger.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { TurnStore } from '../ports/turn-store.ts';
import type { AdmissionDesk } from './admission.ts';
import { eventItem } from './lane-item.ts';
import type { LaneItem, Lanes } from './lanes.ts';
import type { Notifier } from './notifier.ts';
import { createPressMemory } from './press-memory.ts';
import { createStrangerBudget } from './stranger-budget.ts';
import { isEventWork, type Work } from './work.ts';

export interface DoorDeps {
  readonly inbox: InboxStore;
  readonly turns: TurnStore;
  /** Survives a restart. */
  readonly cache: CachePort;
  readonly signals: SignalRecorderDeps;
  readonly lanes: Lanes<Work>;
  readonly admission: AdmissionDesk;
  readonly notifier: Notifier;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** How a command is run: in its conversation's order, or at once. */
  readonly laneOf: (line: string) => 'in_order' | 'at_once';
  /** Commands that anybody may use, so that one can ask to be let in and what is stored. */
  readonly isForStrangers: (line: string) => boolean;
  /** Runs a stored command beside the lanes; never rejects. */
  readonly runAtOnce: (event: CommandInvoked) => void;
  readonly complete: (event: CompletionRequested) => Promise<void>;
  /** These begin something beside the door and never reject. */
  readonly showHome: (event: HomeOpened) => void;
  readonly offerReason: (event: SignalGiven) => void;
  readonly openForm: (event: ActionInvoked) => void;
  readonly editDraft: (event: ActionInvoked) => void;
  readonly thank: (event: FormSubmitted) => void;
}

const fullNoticeEveryMs = 60 * 1000;

/** The one door into core; its promises are `Sink`'s. */
export function createDoor(deps: DoorDeps): Sink {
  const strangers = createStrangerBudget(deps.clock);
  const presses = createPressMemory(deps.cache);

  async function accept(event: InboxEvent): Promise<Receipt> {
    const key = encodeConversationKey(event.conversation);
    const isAtOnce = event.type === 'command_invoked' && deps.laneOf(event.line) === 'at_once';
    if (!isAtOnce && !deps.lanes.hasRoom(key)) return refuseForRoom(event, key);
    const release = deps.lanes.reserve(key);
    try {
      const acceptedAt = deps.clock.now();
      const result = await deps.inbox.accept(event, key, acceptedAt);
      if (result.kind === 'duplicate') return 'duplicate';
      if (isAtOnce) deps.runAtOnce(event);
      else deps.lanes.offer(eventItem(event, acceptedAt));
      return 'stored';
    } finally {
      release();
    }
  }

  async function refuseForRoom(event: InboxEvent, key: ConversationKey): Promise<Receipt> {
    // What was taken and comes again is not refused, and nobody is told that it was.
    if (await deps.inbox.has(event.eventId)) return 'duplicate';
    void deps.notifier.notice(event.conversation, laneFullNotice, `full:${key}`, fullNoticeEveryMs);
    deps.metrics.count('refused_total', 'lane_full');
    return 'refused';
  }

  /** A code that this person sent just before is still to be redeemed: the lane asks again when it comes to the words. */
  function isBeingLetIn({ conversation, author }: MessageReceived): boolean {
    return deps.lanes.holds(
      encodeConversationKey(conversation),
      ({ work }) =>
        work.kind === 'command' &&
        work.event.actor.personId === author.personId &&
        deps.isForStrangers(work.event.line),
    );
  }

  /** Followed only where the bot was addressed before; its turn may still be on its way. */
  async function isFollowed({ conversation }: MessageReceived): Promise<boolean> {
    const key = encodeConversationKey(conversation);
    if (deps.lanes.holds(key, ({ work }) => work.kind === 'message')) return true;
    return (await deps.turns.last(key)) !== undefined;
  }

  async function onMessage(event: MessageReceived): Promise<Receipt> {
    if (event.author.isBot || event.addressing === 'ambient') return 'refused';
    if (event.addressing === 'thread' && !(await isFollowed(event))) return 'refused';
    const command = commandIn(event);
    if (command !== undefined) return onCommand(command, event.conversation);
    const { conversation } = event;
    if (!(await deps.admission.admits(event.admission)) && !isBeingLetIn(event)) {
      // In a thread that the bot only follows people talk to each other: nobody asked it anything.
      if (event.addressing !== 'thread') {
        void deps.notifier.stranger(conversation, event.author.personId);
      }
      return 'refused';
    }
    const key = encodeConversationKey(conversation);
    const hasWords = event.text.trim() !== '' || event.quotedText !== undefined;
    if (!hasWords && event.attachments !== undefined && event.attachments.length > 0) {
      void deps.notifier.notice(conversation, attachmentsOnlyNotice, `attachments:${key}`, fullNoticeEveryMs);
      return 'refused';
    }
    return accept(event);
  }

  async function onEdit(event: MessageEdited): Promise<Receipt> {
    if (event.author.isBot || !(await deps.admission.admits(event.admission))) return 'refused';
    const waiting = await deps.inbox.replaceText(event.ref, event.text);
    if (waiting) {
      const changed = deps.lanes.replace(encodeConversationKey(event.conversation), (item) =>
        withText(item, event),
      );
      if (changed) return 'stored';
    }
    return (await deps.turns.editRequest(event.ref, event.text)) || waiting ? 'stored' : 'refused';
  }

  async function onDelete(event: MessageDeleted): Promise<Receipt> {
    const key = encodeConversationKey(event.conversation);
    const dropped = deps.lanes.dropWaiting(
      key,
      ({ work }) => work.kind === 'message' && sameMessage(work.event.ref, event.ref),
    );
    const ids = dropped.flatMap(({ work }) => (isEventWork(work) ? [work.event.eventId] : []));
    if (ids.length === 0) return 'refused';
    await deps.inbox.finish(ids);
    return 'stored';
  }

  /** `place`: where a stranger is spoken to. */
  async function onCommand(event: CommandInvoked, place = event.conversation): Promise<Receipt> {
    if (event.actor.isBot) return 'refused';
    const isStranger = !(await deps.admission.admits(event.admission));
    if (isStranger && !strangers.spend(event.actor.personId)) return 'refused';
    if (isStranger && !deps.isForStrangers(event.line)) {
      void deps.notifier.stranger(place, event.actor.personId);
      return 'refused';
    }
    return accept(event);
  }

  async function onAction(event: ActionInvoked): Promise<Receipt> {
    if (event.actor.isBot || !(await deps.admission.admits(event.admission))) return 'refused';
    const opensDraft = readDraftAction(event.actionId)?.act === 'edit';
    if (!isFeedbackForm(event.actionId) && !opensDraft) return accept(event);
    // A platform lets a form be opened for a few seconds only: it cannot wait for its turn in a lane.
    if (!(await presses.isFirst(event))) return 'duplicate';
    if (opensDraft) deps.editDraft(event);
    else deps.openForm(event);
    return 'stored';
  }

  async function onSignal(event: SignalGiven): Promise<Receipt> {
    if (!(await deps.admission.admits(event.admission))) return 'refused';
    const receipt = await recordSignal(event, deps.signals);
    if (receipt === 'stored') deps.offerReason(event);
    return receipt;
  }

  async function onForm(event: FormSubmitted): Promise<Receipt> {
    if (event.actor.isBot || !(await deps.admission.admits(event.admission))) return 'refused';
    if (isCommandForm(event.formId)) {
      const line = commandOfForm(event);
      return line === undefined ? 'refused' : onCommand(commandFrom(event, line));
    }
    const receipt = await recordForm(event, deps.signals);
    if (receipt === 'stored') deps.thank(event);
    return receipt;
  }

  async function take(event: InboundEvent): Promise<Receipt> {
    switch (event.type) {
      case 'message_received':
        return onMessage(event);
      case 'message_edited':
        return onEdit(event);
      case 'message_deleted':
        return onDelete(event);
      case 'command_invoked':
        return onCommand(event);
      case 'action_invoked':
        return onAction(event);
      case 'completion_requested':
        await deps.complete(event);
        return 'stored';
      case 'home_opened':
        deps.showHome(event);
        return 'stored';
      case 'form_submitted':
        return onForm(event);
      case 'signal_given':
        return onSignal(event);
      case 'signal_withdrawn':
        if (!(await deps.admission.admits(event.admission))) return 'refused';
        return recordSignal(event, deps.signals);
      case 'signals_cleared':
        return recordSignal(event, deps.signals);
    }
  }

  return async (event) => {
    let receipt: Receipt;
    try {
      receipt = await take(event);
    } catch (error) {
      deps.logger.error('event_not_stored', { platform: event.platform, type: event.type, error });
      receipt = 'unavailable';
    }
    deps.metrics.count('events_total', receipt);
    return receipt;
  };
}

function commandFrom(event: FormSubmitted, line: string): CommandInvoked {
  const { eventId, platform, spaceId, occurredAt, conversation, admission, actor, interaction } = event;
  return {
    type: 'command_invoked',
    ...{ eventId, platform, spaceId, occurredAt, conversation, admission, actor, interaction, line },
  };
}

function withText(item: LaneItem<Work>, edit: MessageEdited): LaneItem<Work> | undefined {
  if (item.work.kind !== 'message' || !sameMessage(item.work.event.ref, edit.ref)) return undefined;
  return { ...item, work: { kind: 'message', event: { ...item.work.event, text: edit.text } } };
}

/** The command that a message is, on platforms whose own commands do not work everywhere. */
export function commandIn(event: MessageReceived): CommandInvoked | undefined {
  const { interaction, addressing, author, commandWord } = event;
  if (interaction === undefined) return undefined;
  const line = writtenCommand(event.text, addressing === 'mention', commandWord);
  if (line === undefined) return undefined;
  const { eventId, platform, spaceId, occurredAt, admission, replyTo } = event;
  const conversation = meantBy(event);
  return {
    type: 'command_invoked',
    ...{ eventId, platform, spaceId, occurredAt, conversation, admission, interaction, line },
    actor: author,
    isWritten: true,
    ...(replyTo === undefined ? {} : { replyTo }),
  };
}

/** A message that begins a thread of its own has no conversation yet: its command is about the place as a whole. */
function meantBy({ conversation, ref }: MessageReceived): ConversationAddress {
  const { threadId, ...whole } = conversation;
  return threadId === ref.messageId ? whole : conversation;
}
