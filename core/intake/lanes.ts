import { type ConversationKey, isWithin } from '../domain/conversation.ts';
import type { PersonId } from '../domain/ids.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';

/** One piece of waiting work of a conversation. */
export interface LaneItem<T> {
  readonly key: ConversationKey;
  /** Work is held and released by it (a platform that has not started yet). */
  readonly group: string;
  readonly work: T;
  /** Words of this person that may be joined with their next ones into one turn; absent: runs alone. */
  readonly joinable?: { readonly personId: PersonId; readonly at: number };
}

/** What the runner may tell the lane while it runs. */
export interface LaneControl {
  readonly signal: AbortSignal;
  /** From now on nothing is joined to this run. */
  close(): void;
}

/**
 * `done`: the batch is finished. `withdrawn`: it was aborted without a trace and runs again with whatever joined it.
 * `again`: `items` (or the same batch) run after `delayMs`, before anything else of this conversation.
 */
export type LaneResult<T> =
  | { readonly kind: 'done' }
  | { readonly kind: 'withdrawn' }
  | { readonly kind: 'again'; readonly delayMs: number; readonly items?: readonly LaneItem<T>[] };

export interface LanesOptions<T> {
  /** Runs a batch: one item, or several joinable ones of one person. A rejection counts as `done` and is logged. */
  readonly run: (batch: readonly LaneItem<T>[], control: LaneControl) => Promise<LaneResult<T>>;
  /** How many batches run at once over all conversations. */
  readonly maxRunning: number;
  /** How many items may wait in one conversation, and how many make one batch. */
  readonly bound: number;
  /** Words of one person at most this far apart are one turn, milliseconds. */
  readonly burstMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface StopResult<T> {
  readonly stoppedRun: boolean;
  readonly dropped: readonly LaneItem<T>[];
}

/**
 * Serial, bounded, fair queues, one a conversation. Conversations take turns in the order in which they became ready, so
 * a busy one cannot starve another. Words that follow within the burst time join the run of the same person as long as
 * nothing of its answer shows: the run is aborted with `restart` and begins again with all the words.
 */
export interface Lanes<T> {
  /** Whether one more item fits; what was reserved and not yet offered counts. */
  hasRoom(key: ConversationKey): boolean;
  /** Counts one item that is being stored; the returned function takes it back or hands over to `offer`. */
  reserve(key: ConversationKey): () => void;
  /** Never refuses: what was accepted must run. */
  offer(item: LaneItem<T>): void;
  /** Aborts the running batch with `stop`, where `whose` is `theirs` only one with a matching item, and drops the waiting items that match. */
  stop(
    key: ConversationKey,
    matches: (item: LaneItem<T>) => boolean,
    whose?: 'anybodys' | 'theirs',
  ): StopResult<T>;
  /** Takes out the waiting items that match; what runs goes on. */
  dropWaiting(key: ConversationKey, matches: (item: LaneItem<T>) => boolean): readonly LaneItem<T>[];
  /** Whether a matching item waits or runs. */
  holds(key: ConversationKey, matches: (item: LaneItem<T>) => boolean): boolean;
  /** The conversations that have something to do, among this one and the threads in it. */
  within(whole: ConversationKey): readonly ConversationKey[];
  /** Changes a waiting or restartable item. True when one was found. */
  replace(key: ConversationKey, change: (item: LaneItem<T>) => LaneItem<T> | undefined): boolean;
  hold(group: string): void;
  release(group: string): void;
  /**
   * Begins nothing more, waits for what runs; after `deadlineMs` aborts the rest with `shutdown` and waits for that. What
   * is offered from now on waits, and restarts no run.
   */
  drain(deadlineMs: number): Promise<void>;
  stats(): { readonly running: number; readonly waiting: number; readonly conversations: number };
}

interface Running<T> {
  batch: LaneItem<T>[];
  joined: LaneItem<T>[];
  readonly controller: AbortController;
  /** Further words may join. */
  open: boolean;
  /** Stopped while it was being restarted: it must not run again. */
  discarded: boolean;
}

interface Lane<T> {
  readonly key: ConversationKey;
  waiting: LaneItem<T>[];
  reserved: number;
  running: Running<T> | undefined;
  /** In the ready queue, or waiting for a later attempt. */
  queued: boolean;
  delay: Timer | undefined;
}

/** Replaces the first item that `change` has another for; false when there is none. */
function changeFirst<T>(
  items: LaneItem<T>[],
  change: (item: LaneItem<T>) => LaneItem<T> | undefined,
): boolean {
  for (const [index, item] of items.entries()) {
    const changed = change(item);
    if (changed === undefined) continue;
    items[index] = changed;
    return true;
  }
  return false;
}

export function createLanes<T>(options: LanesOptions<T>): Lanes<T> {
  const lanes = new Map<ConversationKey, Lane<T>>();
  const ready: Lane<T>[] = [];
  const held = new Set<string>();
  let running = 0;
  let draining = false;
  let drained = Promise.withResolvers<void>();

  function laneOf(key: ConversationKey): Lane<T> {
    const known = lanes.get(key);
    if (known !== undefined) return known;
    const lane: Lane<T> = {
      key,
      waiting: [],
      reserved: 0,
      running: undefined,
      queued: false,
      delay: undefined,
    };
    lanes.set(key, lane);
    return lane;
  }

  function forgetIfIdle(lane: Lane<T>): void {
    const idle = lane.waiting.length === 0 && lane.running === undefined && lane.reserved === 0;
    if (idle && lane.delay === undefined && !lane.queued) lanes.delete(lane.key);
  }

  function makeReady(lane: Lane<T>): void {
    const first = lane.waiting[0];
    if (first === undefined || lane.running !== undefined || lane.queued || lane.delay !== undefined) return;
    if (held.has(first.group)) return;
    lane.queued = true;
    ready.push(lane);
  }

  function fill(): void {
    while (!draining && running < options.maxRunning) {
      const lane = ready.shift();
      if (lane === undefined) return;
      lane.queued = false;
      const batch = takeBatch(lane);
      if (batch.length > 0) start(lane, batch);
      else forgetIfIdle(lane);
    }
  }

  function follows(a: LaneItem<T>, b: LaneItem<T>): boolean {
    if (a.joinable === undefined || b.joinable === undefined) return false;
    // A clock that jumped back makes the distance negative: still the same burst.
    return a.joinable.personId === b.joinable.personId && b.joinable.at - a.joinable.at <= options.burstMs;
  }

  function takeBatch(lane: Lane<T>): LaneItem<T>[] {
    const batch: LaneItem<T>[] = [];
    for (const item of lane.waiting) {
      const previous = batch.at(-1);
      if (previous !== undefined && (batch.length >= options.bound || !follows(previous, item))) break;
      batch.push(item);
    }
    lane.waiting = lane.waiting.slice(batch.length);
    return batch;
  }

  function start(lane: Lane<T>, batch: LaneItem<T>[]): void {
    const run: Running<T> = {
      batch,
      joined: [],
      controller: new AbortController(),
      open: true,
      discarded: false,
    };
    lane.running = run;
    running += 1;
    const control: LaneControl = {
      signal: run.controller.signal,
      close() {
        run.open = false;
      },
    };
    options.run(batch, control).then(
      (result) => ended(lane, run, result),
      (error: unknown) => {
        options.logger.error('lane_run_failed', { conversation: lane.key, error });
        ended(lane, run, { kind: 'done' });
      },
    );
  }

  function ended(lane: Lane<T>, run: Running<T>, result: LaneResult<T>): void {
    lane.running = undefined;
    running -= 1;
    const batch = run.discarded ? [] : run.batch;
    if (result.kind === 'done') lane.waiting.unshift(...run.joined);
    else if (result.kind === 'again') lane.waiting.unshift(...(result.items ?? batch), ...run.joined);
    else lane.waiting.unshift(...batch, ...run.joined);
    if (result.kind === 'again' && !draining) {
      lane.delay = options.clock.after(result.delayMs, () => {
        lane.delay = undefined;
        wake(lane);
      });
    }
    if (running === 0) drained.resolve();
    wake(lane);
  }

  function wake(lane: Lane<T>): void {
    makeReady(lane);
    fill();
    forgetIfIdle(lane);
  }

  function takeWaiting(lane: Lane<T>, matches: (item: LaneItem<T>) => boolean): LaneItem<T>[] {
    const taken = lane.waiting.filter(matches);
    lane.waiting = lane.waiting.filter((item) => !matches(item));
    forgetIfIdle(lane);
    return taken;
  }

  function joins(lane: Lane<T>, item: LaneItem<T>): boolean {
    const run = lane.running;
    // A run that began again now would not come to its end any more.
    if (draining || run?.open !== true || lane.waiting.length > 0) return false;
    if (run.batch.length + run.joined.length >= options.bound) return false;
    const last = run.joined.at(-1) ?? run.batch.at(-1);
    return last !== undefined && follows(last, item);
  }

  return {
    hasRoom(key) {
      const lane = lanes.get(key);
      return lane === undefined || lane.waiting.length + lane.reserved < options.bound;
    },
    reserve(key) {
      const lane = laneOf(key);
      lane.reserved += 1;
      let taken = false;
      return () => {
        if (taken) return;
        taken = true;
        lane.reserved -= 1;
        forgetIfIdle(lane);
      };
    },
    offer(item) {
      const lane = laneOf(item.key);
      if (joins(lane, item) && lane.running !== undefined) {
        lane.running.joined.push(item);
        lane.running.controller.abort('restart');
        return;
      }
      lane.waiting.push(item);
      wake(lane);
    },
    dropWaiting(key, matches) {
      const lane = lanes.get(key);
      return lane === undefined ? [] : takeWaiting(lane, matches);
    },
    stop(key, matches, whose = 'anybodys') {
      const lane = lanes.get(key);
      if (lane === undefined) return { stoppedRun: false, dropped: [] };
      const dropped = takeWaiting(lane, matches);
      const run = lane.running;
      const isMeant = whose === 'anybodys' || run?.batch.some(matches) === true;
      if (run === undefined || !isMeant) return { stoppedRun: false, dropped };
      const restarting = run.controller.signal.reason === 'restart';
      const stoppedRun = restarting || !run.controller.signal.aborted;
      // What is said after the stop is no part of what was stopped.
      run.open = false;
      if (restarting) {
        run.discarded = true;
        dropped.push(...run.batch, ...run.joined);
        run.joined = [];
      }
      run.controller.abort('stop');
      return { stoppedRun, dropped };
    },
    holds(key, matches) {
      const lane = lanes.get(key);
      return lane !== undefined && [...(lane.running?.batch ?? []), ...lane.waiting].some(matches);
    },
    within: (whole) => [...lanes.keys()].filter((key) => isWithin(key, whole)),
    replace(key, change) {
      const lane = lanes.get(key);
      if (lane === undefined) return false;
      const run = lane.running;
      if (changeFirst(lane.waiting, change) || changeFirst(run?.joined ?? [], change)) return true;
      if (draining || run?.open !== true || !changeFirst(run.batch, change)) return false;
      run.controller.abort('restart');
      return true;
    },
    hold(group) {
      held.add(group);
    },
    release(group) {
      held.delete(group);
      for (const lane of lanes.values()) makeReady(lane);
      fill();
    },
    async drain(deadlineMs) {
      draining = true;
      for (const lane of lanes.values()) lane.delay?.cancel();
      if (running === 0) return;
      drained = Promise.withResolvers<void>();
      const deadline = options.clock.after(deadlineMs, () => {
        for (const lane of lanes.values()) lane.running?.controller.abort('shutdown');
      });
      await drained.promise;
      deadline.cancel();
    },
    stats() {
      let waiting = 0;
      for (const lane of lanes.values()) waiting += lane.waiting.length;
      return { running, waiting, conversations: lanes.size };
    },
  };
}
