import type { Quote } from '../agent/assemble-prompt.ts';
import { deliverStored } from '../agent/deliver-stored.ts';
import type { DeliveryPlace } from '../agent/delivery-deps.ts';
import { gaveUpNotice, storageNotice } from '../agent/notices.ts';
import { recoverTurn } from '../agent/recover-turn.ts';
import { type RunTurnDeps, runTurn, type TurnJob } from '../agent/run-turn.ts';
import type { TurnOutcome } from '../agent/turn-outcome.ts';
import { readDraftAction } from '../commands/draft-card.ts';
import { toAppError } from '../domain/app-error.ts';
import { decodeConversationKey, encodeConversationKey } from '../domain/conversation.ts';
import type { PersonId, TurnId } from '../domain/ids.ts';
import type { ActionInvoked, CommandInvoked, MessageReceived } from '../domain/inbound-event.ts';
import type { CachePort } from '../ports/cache.ts';
import type { ChannelPort } from '../ports/channel.ts';
import type { InboxStore } from '../ports/inbox-store.ts';
import type { AdmissionDesk } from './admission.ts';
import { turnItem } from './lane-item.ts';
import type { LaneControl, LaneItem, LaneResult } from './lanes.ts';
import type { Notifier } from './notifier.ts';
import { type PatienceOptions, patiently, patientTurns } from './patient-turns.ts';
import { promptAuthors, quotedAuthors } from './prompt-authors.ts';
import { prepareRetry } from './retry.ts';
import type { Sessions } from './sessions.ts';
import { wordsBefore } from './words-before.ts';
import { isEventWork, type Work } from './work.ts';

export interface RunWorkDeps extends RunTurnDeps {
  readonly inbox: InboxStore;
  readonly sessions: Sessions;
  readonly notifier: Notifier;
  readonly cache: CachePort;
  readonly channelOf: (platform: string) => ChannelPort | undefined;
  readonly admission: Pick<AdmissionDesk, 'admits'>;
  /** Runs a command and answers it; its event is finished by the caller. */
  readonly runCommand: (event: CommandInvoked) => Promise<void>;
  /** A button under the card of a draft was pressed. */
  readonly pressDraft: (event: ActionInvoked) => Promise<void>;
  /** Person ids that may do for others what is theirs. */
  readonly maintainers: readonly string[];
  /** How many earlier turns of a session are looked at for the prompt. */
  readonly historyTurns: number;
}

type Result = LaneResult<Work>;
const done: Result = { kind: 'done' };
const storagePauseMs = 15_000;
const storageNoticeEveryMs = 10 * 60 * 1000;
const deliveryPauseMs = 15_000;
/** With the pauses growing to five minutes: about two hours until an unreachable platform is given up. */
const deliveryAttempts = 28;
const longestDeliveryPauseMs = 5 * 60 * 1000;

/** Runs one batch of a lane. Rejects never; what cannot be done now comes back as `again`. */
export async function runWork(
  batch: readonly LaneItem<Work>[],
  control: LaneControl,
  deps: RunWorkDeps,
): Promise<Result> {
  const first = batch[0];
  if (first === undefined) return done;
  try {
    return await runFirst(first, batch, control, withPatience(first, deps));
  } catch (thrown) {
    const error = toAppError(thrown);
    deps.logger.error('work_failed', { kind: first.work.kind, conversation: first.key, error });
    const target = isEventWork(first.work) ? first.work.event.conversation : undefined;
    if (error.code.startsWith('storage_')) {
      if (target !== undefined)
        await deps.notifier.notice(target, storageNotice, `storage:${first.key}`, storageNoticeEveryMs);
      return { kind: 'again', delayMs: storagePauseMs };
    }
    // A bug would fail again in the same way: say so and let the next message through.
    if (target !== undefined) {
      const sorry =
        'Something went wrong on my side, and I could not answer that. The operator finds it in the log.';
      await deps.notifier.notice(target, sorry, `bug:${first.key}`, 1_000);
    }
    await deps.inbox
      .finish(batch.flatMap(({ work }) => (isEventWork(work) ? [work.event.eventId] : [])))
      .catch(() => {});
    return done;
  }
}

/** The same effects, whose writes wait for a store that is full or locked, and say so once. */
function withPatience(first: LaneItem<Work>, deps: RunWorkDeps): RunWorkDeps {
  const patience: PatienceOptions = {
    clock: deps.clock,
    signal: deps.goingDown,
    onWait: () => void tellStorage(first, deps),
  };
  return {
    ...deps,
    turns: patientTurns(deps.turns, patience),
    // The person was answered already: what is left is to write that down, not to answer again.
    inbox: { ...deps.inbox, finish: (ids) => patiently(() => deps.inbox.finish(ids), patience) },
  };
}

async function tellStorage(first: LaneItem<Work>, deps: RunWorkDeps): Promise<void> {
  deps.logger.warn('storage_stalled', { conversation: first.key });
  const target = decodeConversationKey(first.key);
  if (target === undefined) return;
  await deps.notifier.notice(target, storageNotice, `storage:${first.key}`, storageNoticeEveryMs);
}

async function runFirst(
  first: LaneItem<Work>,
  batch: readonly LaneItem<Work>[],
  control: LaneControl,
  deps: RunWorkDeps,
): Promise<Result> {
  const { work } = first;
  switch (work.kind) {
    case 'message': {
      const events = batch.flatMap((item) => (item.work.kind === 'message' ? [item.work.event] : []));
      return runMessages(events, control, deps);
    }
    case 'command':
      await deps.runCommand(work.event);
      await deps.inbox.finish([work.event.eventId]);
      return done;
    case 'action': {
      if (readDraftAction(work.event.actionId) !== undefined) {
        await deps.pressDraft(work.event);
        await deps.inbox.finish([work.event.eventId]);
        return done;
      }
      const plan = await prepareRetry(work.event, deps);
      if (plan.kind === 'nothing') return done;
      if (plan.kind === 'deliver')
        return afterOutcome(await deliverStored(plan.turn, plan.place, deps), 1, deps);
      return runJob(plan.job, control, deps);
    }
    case 'give_up':
      await deps.notifier.notice(
        work.event.conversation,
        gaveUpNotice,
        `gave-up:${work.event.eventId}`,
        60_000,
      );
      await deps.inbox.finish([work.event.eventId]);
      return done;
    case 'recover':
      return redeliver(work.turnId, work.attempt, recoverTurn, deps);
    case 'deliver':
      return redeliver(work.turnId, work.attempt, deliverStored, deps);
  }
}

async function runMessages(
  events: readonly MessageReceived[],
  control: LaneControl,
  deps: RunWorkDeps,
): Promise<Result> {
  const first = events[0];
  const channel = first === undefined ? undefined : deps.channelOf(first.platform);
  if (first === undefined || channel === undefined) return done;
  if (!(await deps.admission.admits(first.admission))) return turnAway(events, first, deps);
  const conversationKey = encodeConversationKey(first.conversation);
  const session = await deps.sessions.enter(conversationKey);
  const history = await deps.sessions.history(session, deps.historyTurns);
  const [quotes, before] = await Promise.all([
    Promise.all(events.map((event) => quoteOf(event, deps))),
    wordsBefore(first.conversation, first.ref, first.addressing === 'mention', channel, deps),
  ]);
  const found = quotes.flatMap((quote) => quote ?? []);
  const authors = await promptAuthors(
    {
      platform: first.platform,
      askerId: first.author.personId,
      events,
      history,
      threadBefore: before,
      quotedAuthors: found.flatMap(({ authors }) => authors),
    },
    deps.turns,
  );
  const job: TurnJob = {
    channel,
    conversation: first.conversation,
    conversationKey,
    sessionId: session.sessionId,
    askerId: first.author.personId,
    askerName: first.author.displayName,
    eventIds: events.map((event) => event.eventId),
    requestRefs: events.map((event) => event.ref),
    requestText: events.map((event) => event.text).join('\n'),
    quotes: found.map(({ quote }) => quote),
    threadBefore: before,
    promptAuthors: authors,
    history,
  };
  return runJob(job, control, deps);
}

/** Accepted in the hope of a code that then was wrong, or of somebody who was admitted then and is not now. */
async function turnAway(
  events: readonly MessageReceived[],
  { conversation, author }: MessageReceived,
  deps: RunWorkDeps,
): Promise<Result> {
  await deps.notifier.stranger(conversation, author.personId);
  await deps.inbox.finish(events.map(({ eventId }) => eventId));
  return done;
}

async function quoteOf(
  event: MessageReceived,
  deps: RunWorkDeps,
): Promise<{ readonly quote: Quote; readonly authors: readonly PersonId[] } | undefined> {
  const { quotedText, replyTo } = event;
  if (quotedText === undefined) return undefined;
  const turn = replyTo === undefined ? undefined : await deps.turns.byReply(replyTo);
  return {
    quote: { text: quotedText, ...(turn === undefined ? {} : { turnId: turn.turnId }) },
    authors: quotedAuthors(event, turn),
  };
}

async function runJob(job: TurnJob, control: LaneControl, deps: RunWorkDeps): Promise<Result> {
  let wasCounted = false;
  const outcome = await runTurn(job, deps, {
    signal: control.signal,
    becameVisible: () => control.close(),
    askedModel() {
      wasCounted = true;
      countAttempt(() => deps.inbox.begin(job.eventIds), deps);
    },
  });
  // Further words or a shutdown are no failure: only what killed the process counts.
  if (outcome.kind === 'withdrawn' && wasCounted) countAttempt(() => deps.inbox.callOff(job.eventIds), deps);
  return afterOutcome(outcome, 1, deps);
}

/** Beside the model's work, so that it costs no time; it only matters for events that kill the process again and again. */
function countAttempt(count: () => Promise<unknown>, deps: RunWorkDeps): void {
  count().catch((error: unknown) => deps.logger.warn('attempt_not_counted', { error }));
}

async function redeliver(
  turnId: TurnId,
  attempt: number,
  deliver: typeof deliverStored,
  deps: RunWorkDeps,
): Promise<Result> {
  const turn = await deps.turns.get(turnId);
  const channel = turn === undefined ? undefined : deps.channelOf(turn.conversation.platform);
  if (turn === undefined || channel === undefined || (turn.state !== 'open' && turn.state !== 'answered'))
    return done;
  const place: DeliveryPlace = { channel, conversation: turn.conversation };
  const outcome = await deliver(turn, place, deps);
  // Nothing of it ever showed: its events wait behind this item and are answered as if for the first time.
  return outcome.kind === 'withdrawn' ? done : afterOutcome(outcome, attempt, deps);
}

async function afterOutcome(outcome: TurnOutcome, attempt: number, deps: RunWorkDeps): Promise<Result> {
  if (outcome.kind === 'withdrawn') return { kind: 'withdrawn' };
  if (outcome.kind === 'ended') return done;
  const turn = await deps.turns.get(outcome.turnId);
  if (turn === undefined) return done;
  if (attempt >= deliveryAttempts) {
    deps.logger.error('delivery_given_up', { turnId: turn.turnId });
    const endedAt = deps.clock.now();
    const { dueAt } = deps.quietUntil();
    await deps.turns.end(turn.turnId, { state: 'delivery_unknown', endedAt, dueAt });
    return done;
  }
  const delayMs = Math.min(longestDeliveryPauseMs, deliveryPauseMs * 2 ** Math.min(attempt - 1, 10));
  // A turn that is still `open` was cut off before its text was whole: recovery knows what to do with it.
  const kind = turn.state === 'answered' ? 'deliver' : 'recover';
  const next: Work = { kind, turnId: turn.turnId, attempt: attempt + 1 };
  return { kind: 'again', delayMs, items: [turnItem(turn, next)] };
}
