import type { RunTurnDeps } from '../agent/run-turn.ts';
import type { EventId, Platform } from '../domain/ids.ts';
import type { CommandInvoked, HomeOpened } from '../domain/inbound-event.ts';
import type { BurstLimits } from '../feedback/brigading.ts';
import type { ContentPolicy, HasConsent } from '../feedback/content-door.ts';
import { type PolarityTable, polarityRule } from '../feedback/polarity.ts';
import { createSettler, dueTimes, type QuietTimes, type SettlerDeps } from '../feedback/settlement.ts';
import type { CachePort } from '../ports/cache.ts';
import type { ChannelPort, Form, Sink } from '../ports/channel.ts';
import type { Timer } from '../ports/clock.ts';
import type { InboxRow, InboxStore } from '../ports/inbox-store.ts';
import type { LedgerStore } from '../ports/ledger-store.ts';
import type { AdmissionDesk } from './admission.ts';
import type { BotControls, CommandRunner } from './command-runner.ts';
import { createDoor } from './door.ts';
import type { DraftDesk, DraftDeskDeps } from './draft-desk.ts';
import { createFeedbackDesk } from './feedback-desk.ts';
import { eventItem, giveUpItem, turnItem } from './lane-item.ts';
import { createLanes, type LaneItem } from './lanes.ts';
import { createNotifier } from './notifier.ts';
import { patiently } from './patient-turns.ts';
import { type RunWorkDeps, runWork } from './run-work.ts';
import type { Sessions } from './sessions.ts';
import { isEventWork, type Work } from './work.ts';

export interface BotDeps extends Omit<RunTurnDeps, 'quietUntil' | 'goingDown'> {
  readonly inbox: InboxStore;
  readonly ledger: LedgerStore;
  readonly cache: CachePort;
  readonly sessions: Sessions;
  readonly admission: AdmissionDesk;
  /** Asked once, with what commands need of the running bot. */
  readonly commands: (controls: BotControls) => CommandRunner;
  /** Asked once, with what the desk of drafts needs of the running bot. */
  readonly drafts: (parts: DraftDeskParts) => DraftDesk;
  readonly polarity: PolarityTable;
  readonly quietTimes: QuietTimes;
  /** Whether a judge looks at answers once their quiet time for skills is over. */
  readonly isJudged: boolean;
  readonly contentPolicy: ContentPolicy;
  readonly hasConsent: HasConsent;
  readonly burstLimits: BurstLimits;
  /** As `SettlerDeps.isStale`. */
  readonly isStale?: NonNullable<SettlerDeps['isStale']>;
  readonly historyTurns: number;
  /** Person ids that may do for others what is theirs. */
  readonly maintainers: readonly string[];
  readonly maxRunning: number;
  readonly laneBound: number;
  readonly burstMs: number;
}

export type DraftDeskParts = Pick<DraftDeskDeps, 'notifier' | 'channelOf'>;

/**
 * The running bot. For each channel: `prepare` (its unfinished work is queued, held), then the channel's own start with
 * `sink`, then `attach` (work begins). Order matters: what was accepted before a restart goes before what is new.
 */
export interface Bot {
  readonly sink: Sink;
  readonly controls: BotControls;
  /** For commands that come by another way than a channel. */
  readonly commands: Pick<CommandRunner, 'run'>;
  prepare(channel: ChannelPort): Promise<void>;
  attach(channel: ChannelPort): void;
  /** Begins settling rewards and ending idle sessions. */
  start(): void;
  /**
   * Begins no further answer, waits for running ones up to `deadlineMs`, ends the open sessions, stops the background
   * work. `sink` goes on storing for as long as the stores are open: what it takes from now on is answered after the next
   * start, except commands that run at once, which are answered until the running answers have ended.
   */
  stop(deadlineMs: number): Promise<void>;
}

const sweepEveryMs = 60_000;
const inboxMemoryMs = 8 * 24 * 60 * 60 * 1000;
const staleCommandMs = 5 * 60 * 1000;
/** Longer than any send is under way: then a reaction kept for a message still unknown was for somebody else's. */
const unmatchedMemoryMs = 10 * 60 * 1000;
/** An event whose work was begun this often without an end has killed the process each time. */
const attemptsAllowed = 3;

export function createBot(deps: BotDeps): Bot {
  const channels = new Map<Platform, ChannelPort>();
  const background = new Set<Promise<void>>();
  let sweepTimer: Timer | undefined;
  let sweeping: Promise<void> = Promise.resolve();
  const goingDown = new AbortController();
  let stopped = false;
  /** The channels are about to stop: what would begin beside the lanes is left to the next start, or undone. */
  let isResting = false;

  const channelOf = (platform: Platform): ChannelPort | undefined => channels.get(platform);
  const notifier = createNotifier({ ...deps, channelOf });
  const settler = createSettler(deps);
  const feedback = createFeedbackDesk({ ...deps, notifier, channelOf });
  const drafts = deps.drafts({ notifier, channelOf });

  const work: RunWorkDeps = {
    ...deps,
    notifier,
    channelOf,
    goingDown: goingDown.signal,
    quietUntil() {
      const dueAt = dueTimes(deps.clock.now(), deps.quietTimes);
      return deps.isJudged ? { dueAt, judgeAt: dueAt.skills } : { dueAt };
    },
    runCommand: (event) => runCommand(event),
    pressDraft: drafts.press,
  };
  const lanes = createLanes<Work>({
    run: (batch, control) => runWork(batch, control, work),
    maxRunning: deps.maxRunning,
    bound: deps.laneBound,
    burstMs: deps.burstMs,
    clock: deps.clock,
    logger: deps.logger,
  });

  const controls: BotControls = {
    async stop(key, personId) {
      const isTheirs = ({ work }: LaneItem<Work>): boolean =>
        work.kind === 'message' && work.event.author.personId === personId;
      const stopped = lanes
        .within(key)
        .map((lane) => lanes.stop(lane, isTheirs, lane === key ? 'anybodys' : 'theirs'));
      const ids = stopped
        .flatMap(({ dropped }) => dropped)
        .flatMap((item) => (isEventWork(item.work) ? [item.work.event.eventId] : []));
      if (ids.length > 0) track(finishPatiently(ids));
      return { stoppedRun: stopped.some(({ stoppedRun }) => stoppedRun), dropped: ids.length };
    },
    stats: () => lanes.stats(),
    channels: () =>
      [...channels.values()].map((channel) => ({ platform: channel.platform, health: channel.health() })),
  };
  const commands = deps.commands(controls);

  async function runCommand(event: CommandInvoked): Promise<void> {
    const channel = channelOf(event.platform);
    if (channel === undefined) return;
    const { markdown, private: isPrivate, images, form } = await commands.run(event, channel);
    if (form !== undefined && (await opened(form, event, channel))) return;
    const privateTo = isPrivate ? event.actor.personId : undefined;
    await notifier.reply(event.conversation, event.interaction, markdown, privateTo, images);
  }

  /** A form is a comfort: where it cannot be opened the words say what to do. */
  async function opened(form: Form, event: CommandInvoked, channel: ChannelPort): Promise<boolean> {
    if (!channel.capabilities.canOpenForms) return false;
    try {
      await channel.openForm(event.interaction, form);
      return true;
    } catch (error) {
      deps.logger.info('form_not_opened', { form: form.formId, error });
      return false;
    }
  }

  async function showHome(event: HomeOpened): Promise<void> {
    const channel = channelOf(event.platform);
    if (channel?.capabilities.canPublishHome !== true) return;
    const page = deps.markdown.parse(await commands.home(event, channel));
    await channel.publishHome(event.actor.personId, page);
  }

  async function runAtOnce(event: CommandInvoked): Promise<void> {
    await runCommand(event);
    await deps.inbox.finish([event.eventId]);
  }

  function beside<E>(work: (event: E) => Promise<void>): (event: E) => void {
    return (event) => {
      if (!isResting) track(work(event));
    };
  }

  /** What was dropped must not come back with the next start only because the store was full for a moment. */
  function finishPatiently(ids: readonly EventId[]): Promise<void> {
    const patience = { clock: deps.clock, signal: goingDown.signal, onWait: () => {} };
    return patiently(() => deps.inbox.finish(ids), patience);
  }

  function track(promise: Promise<void>): void {
    const settled = promise.catch((error: unknown) => deps.logger.error('background_failed', { error }));
    background.add(settled);
    void settled.finally(() => background.delete(settled));
  }

  const sink = createDoor({
    ...deps,
    signals: {
      ledger: deps.ledger,
      turns: deps.turns,
      clock: deps.clock,
      polarity: deps.polarity,
      rule: polarityRule(deps.polarity, deps.ids.digest),
      quietTimes: deps.quietTimes,
    },
    lanes,
    notifier,
    laneOf: (line) => commands.laneOf(line),
    isForStrangers: (line) => commands.isForStrangers(line),
    runAtOnce: beside(runAtOnce),
    complete: async (event) => {
      const choices = await commands.complete(event);
      await channelOf(event.platform)?.respond(event.interaction, { kind: 'choices', choices });
    },
    showHome: beside(showHome),
    offerReason: beside(feedback.offerReason),
    openForm: beside(feedback.open),
    editDraft: beside(drafts.openEditor),
    thank: beside(feedback.thank),
  });

  function sweepLater(): void {
    sweepTimer = deps.clock.after(sweepEveryMs, () => {
      sweeping = sweep();
    });
  }

  async function sweep(): Promise<void> {
    try {
      await deps.sessions.sweep();
      const now = deps.clock.now();
      await deps.inbox.prune(now - inboxMemoryMs);
      await deps.ledger.forgetUnmatched(now - unmatchedMemoryMs);
    } catch (error) {
      deps.logger.error('sweep_failed', { error });
    }
    if (!stopped) sweepLater();
  }

  /** A question that was cut off, and not just now: asking again is cheap, an answer out of the blue is odd. */
  function isStale({ event, acceptedAt }: InboxRow): boolean {
    if (event.type !== 'command_invoked' || !commands.mayLapse(event.line)) return false;
    return deps.clock.now() - acceptedAt > staleCommandMs;
  }

  async function queueAgain(row: InboxRow): Promise<void> {
    if (isStale(row)) {
      await deps.inbox.finish([row.event.eventId]);
    } else if (row.attempts >= attemptsAllowed) {
      deps.logger.error('event_given_up', { eventId: row.event.eventId, attempts: row.attempts });
      lanes.offer(giveUpItem(row.event));
    } else {
      lanes.offer(eventItem(row.event, row.acceptedAt));
    }
  }

  return {
    sink,
    controls,
    commands,
    async prepare(channel) {
      channels.set(channel.platform, channel);
      lanes.hold(channel.platform);
      for (const turn of await deps.turns.unfinished()) {
        if (turn.conversation.platform !== channel.platform) continue;
        lanes.offer(turnItem(turn, { kind: 'recover', turnId: turn.turnId, attempt: 1 }));
      }
      const answering = await eventsBeingAnswered(deps);
      for (const row of await deps.inbox.pending()) {
        if (row.event.platform === channel.platform && !answering.has(row.event.eventId))
          await queueAgain(row);
      }
    },
    attach(channel) {
      lanes.release(channel.platform);
    },
    start() {
      settler.start();
      sweepLater();
    },
    async stop(deadlineMs) {
      stopped = true;
      sweepTimer?.cancel();
      const deadline = deps.clock.after(deadlineMs, () => goingDown.abort());
      await lanes.drain(deadlineMs);
      deadline.cancel();
      isResting = true;
      // What ends may have begun something more.
      while (background.size > 0) await Promise.all(background);
      await sweeping;
      await settler.stop();
      await deps.sessions.endAll('shutdown');
    },
  };
}

/** Events whose turn already shows something: that turn is finished instead of answering them a second time. */
async function eventsBeingAnswered(deps: Pick<BotDeps, 'turns'>): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for (const turn of await deps.turns.unfinished()) {
    const nothingShown = turn.state === 'open' && (await deps.turns.sends(turn.turnId)).length === 0;
    if (!nothingShown) for (const id of turn.eventIds) ids.add(id);
  }
  return ids;
}
