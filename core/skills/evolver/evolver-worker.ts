import type { AppError } from '../../domain/app-error.ts';
import type { PersonId, SessionId, SpaceId } from '../../domain/ids.ts';
import type { Proposal } from '../../domain/proposal.ts';
import type { Turn } from '../../domain/turn.ts';
import { createCallBudget } from '../../feedback/call-budget.ts';
import { createCallPause } from '../../feedback/call-pause.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { EvidenceStore } from '../../ports/evidence-store.ts';
import type { LedgerStore } from '../../ports/ledger-store.ts';
import type { ModelPort } from '../../ports/model.ts';
import type { EvolverRun, ProposalStore } from '../../ports/proposal-store.ts';
import type { SessionStore } from '../../ports/session-store.ts';
import type { TurnStore } from '../../ports/turn-store.ts';
import type { TakeTurn } from '../../schedule/work-turns.ts';
import type { ApprovalPolicy } from '../space-policy.ts';
import { clusterFailures } from './cluster-failures.ts';
import { type EvolveDeps, evolve, type RunEnd, type RunRequest } from './evolve.ts';
import type { Failure } from './failure.ts';
import { failuresLookedAt, findAsked, type LearnRequest, openFailures, spokenFor } from './find-asked.ts';
import { findWork, hasGrown, lastRunOn, type WorkItem, type WorkOptions } from './find-work.ts';
import { isOfToday } from './of-today.ts';
import { createRunsInTurn } from './runs-in-turn.ts';

export interface EvolverWorkerDeps extends Omit<EvolveDeps, 'reserve' | 'model'> {
  /** Absent: it writes nothing, and failures wait. */
  readonly model: ModelPort | undefined;
  readonly evidence: EvidenceStore;
  readonly proposals: ProposalStore;
  readonly ledger: Pick<LedgerStore, 'ofTurn' | 'settlement'>;
  readonly turns: Pick<TurnStore, 'get'>;
  readonly sessions: Pick<SessionStore, 'get'>;
  readonly clock: Clock;
  readonly policyOf: (spaceId: SpaceId) => Promise<ApprovalPolicy>;
  /** So many failures on one topic set it to work. */
  readonly threshold: number;
  /** So many different people must have met a failure before a skill is drafted for more than one of them. */
  readonly people: number;
  /** Resolves when nobody is being answered, and when the signal fires. @default at once */
  readonly whenQuiet?: (signal: AbortSignal) => Promise<void>;
  /** How near two failures are in meaning, where that is known. */
  readonly cosine?: WorkOptions['cosine'];
  /** How long one topic of one scope is left alone after a run, milliseconds. Commands do not wait. */
  readonly coolDownMs: number;
  /** The most calls in one day of UTC: drafts, replays and their judging together. */
  readonly dailyCalls: number;
  /** What a run on failures that gathered by themselves waits for. What a person asked for or put right does not wait. Absent: none does. */
  readonly turn?: TakeTurn;
  /** Called when what somebody asked for has ended. May reject: that is logged. */
  readonly onAsked?: (request: LearnRequest, outcome: LearnOutcome) => Promise<void> | void;
}

/** `started`: it works on so many failures, and a word comes later. Else why it does not, as a sentence. */
export type LearnAnswer =
  | { readonly kind: 'started'; readonly failures: number; readonly topic: string }
  | { readonly kind: 'nothing'; readonly why: string };

/** What came of it: drafts, some of which may have been refused at once; or why there are none, as a sentence. */
export type LearnOutcome =
  | { readonly kind: 'drafted'; readonly proposals: readonly Proposal[] }
  | { readonly kind: 'nothing'; readonly why: string };

/** The evolver as it is, for `status`. */
export interface EvolverReport {
  /** `off`: no model. `down`: it does not answer; it is asked again by and by. `budget_spent`: it goes on tomorrow, UTC. */
  readonly state: 'off' | 'working' | 'down' | 'budget_spent';
  /** Why it is off or down, or why its last run failed. */
  readonly detail?: string;
  /** As `ModelPort.description`. */
  readonly model?: string;
  readonly spentToday: number;
  readonly dailyCalls: number;
  readonly lastRun?: EvolverRun;
  /** Runs one after the other, up to now, that gave nothing usable. */
  readonly failedRuns: number;
  readonly waitingProposals: number;
}

export interface EvolverWorker {
  start(): void;
  /** Cuts off what is under way: its failures wait for the next start. Resolves when all has ended; safe to call twice. */
  stop(): Promise<void>;
  /** Sets it to work on failures of the asker or the space at once, whatever was tried before. Rejects as the stores do. */
  ask(request: LearnRequest): Promise<LearnAnswer>;
  report(): Promise<EvolverReport>;
}

const lookEveryMs = 30_000;
/** Where no failure came or went, only time can have made a difference: that is looked at less often. */
const lookAgainMs = 5 * 60_000;
const runsLookedAt = 300;
const runsReported = 50;
/** A topic whose run failed is left alone for this long at least. */
const leastRestMs = 60 * 60_000;
const noModel = 'evolver.model is not set';
const noAnswer = 'The model that writes skills does not answer at the moment. The answers wait for it.';
const noNeed = 'The model that writes skills saw no need for a change.';
const switchedOff = 'Nothing is drafted in this space. A maintainer can change that with `skill policy`.';
const noCalls = 'The calls for writing skills are used up for today; it goes on tomorrow, by UTC.';

/**
 * Turns failures into proposals beside everything else: one run at a time, within the day's budget, in turn for each space
 * that has something to do. A model that does not answer is left alone for a minute and then ever longer. A failing store
 * is logged and tried again.
 */
export function createEvolverWorker(deps: EvolverWorkerDeps): EvolverWorker {
  const { evidence, proposals, clock, logger } = deps;
  const budget = createCallBudget({ queue: proposals, clock, dailyCalls: deps.dailyCalls });
  const pause = createCallPause(clock);
  const stopping = new AbortController();
  /** By space: the failures of the last look, and when it was. */
  const looks = new Map<SpaceId, { readonly turns: string; readonly atMs: number }>();
  /** Whose wish is being worked on. */
  const asking = new Set<PersonId>();
  const wishes = new Set<Promise<void>>();
  let isBudgetSpent = false;
  let timer: Timer | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let ticking: Promise<void> = Promise.resolve();
  let started = false;

  const mayGoOn = (): boolean => !stopping.signal.aborted && !isBudgetSpent && pause.remainingMs() === 0;

  /** One thing at a time, in the order in which they came. */
  function alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const run = last.then(work);
    last = run.catch(() => undefined);
    return run;
  }

  /** Before each call: people are answered first. */
  async function reserve(calls: number): Promise<boolean> {
    await deps.whenQuiet?.(stopping.signal);
    return budget.reserve(calls);
  }

  async function run(request: RunRequest, model: ModelPort): Promise<RunEnd> {
    const end = await evolve(request, { ...deps, model, reserve }, stopping.signal);
    if (end.kind === 'unavailable') {
      if (pause.why() === undefined) logger.warn('evolver_down', { error: end.error });
      pause.failed(end.error);
    } else if (end.kind === 'no_budget') isBudgetSpent = true;
    else if (end.kind === 'ran') {
      if (pause.why() !== undefined) logger.info('evolver_up');
      pause.answered();
    }
    return end;
  }

  const options: WorkOptions = {
    threshold: deps.threshold,
    people: deps.people,
    ...(deps.cosine === undefined ? {} : { cosine: deps.cosine }),
  };

  async function endedSessions(failures: readonly Failure[]): Promise<ReadonlySet<SessionId>> {
    const ids = [...new Set(failures.map(({ turn }) => turn.sessionId))];
    const sessions = await Promise.all(ids.map((id) => deps.sessions.get(id)));
    return new Set(
      sessions.flatMap((session) => (session?.endedAt === undefined ? [] : [session.sessionId])),
    );
  }

  /** Whether a topic was left alone long enough, and has more to say than what came to nothing before. */
  async function isRipe({ cluster }: WorkItem, runs: readonly EvolverRun[]): Promise<boolean> {
    const before = lastRunOn(cluster, runs);
    if (before === undefined) return true;
    const restMs = before.outcome === 'failed' ? Math.max(deps.coolDownMs, leastRestMs) : deps.coolDownMs;
    if (clock.now() - before.at < restMs) return false;
    if (before.outcome === 'failed' || hasGrown(cluster, before)) return true;
    const drafts = await Promise.all(before.proposals.map((number) => proposals.get(number)));
    return drafts.some(
      (draft) => draft !== undefined && draft.state !== 'refused' && draft.state !== 'rejected',
    );
  }

  async function nextWork(spaceId: SpaceId, turns: readonly Turn[]): Promise<WorkItem | undefined> {
    const open = await openFailures(turns, await spokenFor(spaceId, proposals), deps);
    const failures = open.filter(({ turn, isCorrected }) => {
      // Left out by chance, a skill may mend this already. What the asker put right is heard all the same.
      const isWhole = turn.maskedSkills.length === 0 || isCorrected;
      return isWhole && isOfToday(turn, deps.library);
    });
    const ended = await endedSessions(failures);
    const items = findWork(clusterFailures(failures, options), options, (session) => ended.has(session));
    const runs = items.length === 0 ? [] : await proposals.runs(runsLookedAt, spaceId);
    for (const item of items) if (await isRipe(item, runs)) return item;
    return undefined;
  }

  /** At most one run; false when the space has nothing to do now, or what it has waits for its turn. */
  async function workFor(spaceId: SpaceId, model: ModelPort, hasTurn: boolean): Promise<boolean> {
    const turns = await evidence.failures(spaceId, failuresLookedAt);
    const known = turns.map(({ turnId }) => turnId).join(' ');
    const before = looks.get(spaceId);
    const isSame = before?.turns === known && clock.monotonicMs() - before.atMs < lookAgainMs;
    if (isSame && !hasTurn) return false;
    looks.set(spaceId, { turns: known, atMs: clock.monotonicMs() });
    const policy = await deps.policyOf(spaceId);
    const item = policy === 'off' ? undefined : await nextWork(spaceId, turns);
    if (policy === 'off' || item === undefined) return false;
    if (inTurns !== undefined && !hasTurn && item.trigger !== 'correction') {
      inTurns.add(spaceId);
      return false;
    }
    const end = await run({ ...item, spaceId, policy }, model);
    // What threw, and what the budget did not allow, is not tried again with the very next look.
    if (end.kind === 'ran' || end.kind === 'unavailable') looks.delete(spaceId);
    return end.kind === 'ran';
  }

  async function workOrLog(spaceId: SpaceId, model: ModelPort, hasTurn = false): Promise<boolean> {
    try {
      return await workFor(spaceId, model, hasTurn);
    } catch (error) {
      logger.error('evolver_failed', { spaceId, error });
      return false;
    }
  }

  /** One run for each space that has something to do, and again until none has. What people ask for comes in between. */
  async function drain(model: ModelPort): Promise<void> {
    isBudgetSpent = false;
    for (let isBusy = true; isBusy; ) {
      isBusy = false;
      for (const spaceId of await evidence.spacesWithFailures()) {
        if (!mayGoOn()) return;
        if (await alone(() => workOrLog(spaceId, model))) isBusy = true;
      }
    }
  }

  const workAlone = async (spaceId: SpaceId, hasTurn: boolean): Promise<boolean> => {
    const { model } = deps;
    return model !== undefined && alone(() => workOrLog(spaceId, model, hasTurn));
  };

  const inTurns =
    deps.turn === undefined
      ? undefined
      : createRunsInTurn({
          take: deps.turn,
          signal: stopping.signal,
          mayGoOn,
          run: (spaceId) => workAlone(spaceId, true),
          lookAgain: (spaceId) => workAlone(spaceId, false),
          logger,
        });

  async function tick(model: ModelPort): Promise<void> {
    try {
      await drain(model);
    } catch (error) {
      logger.error('evolver_failed', { error });
    }
    if (!stopping.signal.aborted) arm(lookEveryMs, model);
  }

  function arm(delayMs: number, model: ModelPort): void {
    timer = clock.after(delayMs, () => {
      ticking = tick(model);
    });
  }

  async function carryOut(request: LearnRequest, item: RunRequest, model: ModelPort): Promise<LearnOutcome> {
    // What was under way meanwhile may have made a draft of the same answers.
    const taken = await spokenFor(request.spaceId, proposals);
    const made = item.cluster.failures
      .map(({ turn }) => taken.get(turn.turnId))
      .find((draft) => draft !== undefined);
    if (made !== undefined)
      return { kind: 'nothing', why: `Draft ${made} is about that and waits for a maintainer.` };
    return outcomeOf(await run(item, model));
  }

  async function carryOutAndTell(request: LearnRequest, item: RunRequest, model: ModelPort): Promise<void> {
    let outcome: LearnOutcome;
    try {
      outcome = await alone(() => carryOut(request, item, model));
    } catch (error) {
      logger.error('evolver_failed', { spaceId: request.spaceId, error });
      outcome = {
        kind: 'nothing',
        why: 'Something here failed; the log says what. The answers wait as before.',
      };
    } finally {
      asking.delete(request.personId);
    }
    try {
      await deps.onAsked?.(request, outcome);
    } catch (error) {
      logger.error('evolver_outcome_not_told', { error });
    }
  }

  function track(wish: Promise<void>): void {
    const tracked = wish.finally(() => wishes.delete(tracked));
    wishes.add(tracked);
  }

  async function begin(request: LearnRequest, model: ModelPort): Promise<LearnAnswer> {
    const { spaceId, personId, conversationKey, turnId } = request;
    const policy = await deps.policyOf(spaceId);
    if (policy === 'off') return { kind: 'nothing', why: switchedOff };
    if (pause.remainingMs() > 0) return { kind: 'nothing', why: noAnswer };
    if ((await budget.spentToday()) >= deps.dailyCalls) return { kind: 'nothing', why: noCalls };
    const cluster = await findAsked(request, { ...deps, options });
    if (typeof cluster === 'string') return { kind: 'nothing', why: cluster };
    const item: RunRequest = {
      cluster,
      trigger: 'command',
      ...(turnId === undefined ? {} : { focus: turnId }),
      spaceId,
      policy,
      askedBy: personId,
      askedIn: conversationKey,
    };
    track(carryOutAndTell(request, item, model));
    return { kind: 'started', failures: cluster.failures.length, topic: cluster.topic };
  }

  async function ask(request: LearnRequest): Promise<LearnAnswer> {
    const { model } = deps;
    const { personId } = request;
    if (model === undefined || stopping.signal.aborted) {
      return {
        kind: 'nothing',
        why: `No skills are written here, as ${noModel}. The answers wait until it is.`,
      };
    }
    if (asking.has(personId)) return { kind: 'nothing', why: 'I am still at what you asked for before.' };
    asking.add(personId);
    let answer: LearnAnswer | undefined;
    try {
      answer = await begin(request, model);
      return answer;
    } finally {
      if (answer?.kind !== 'started') asking.delete(personId);
    }
  }

  return {
    start() {
      const { model } = deps;
      if (started || model === undefined) return;
      started = true;
      arm(0, model);
    },
    async stop() {
      stopping.abort();
      timer?.cancel();
      await ticking;
      await inTurns?.ended();
      await Promise.all(wishes);
    },
    ask,
    async report() {
      const [spentToday, runs, counts] = await Promise.all([
        budget.spentToday(),
        proposals.runs(runsReported),
        proposals.counts(),
      ]);
      const why = pause.why();
      const [lastRun] = runs;
      const firstGood = runs.findIndex(({ outcome }) => outcome !== 'failed');
      const failedRuns = firstGood === -1 ? runs.length : firstGood;
      const detail =
        deps.model === undefined ? noModel : (why?.message ?? (failedRuns > 0 ? lastRun?.detail : undefined));
      return {
        state: stateOf(deps.model, why, spentToday, deps.dailyCalls),
        ...(detail === undefined ? {} : { detail }),
        ...(deps.model === undefined ? {} : { model: deps.model.description }),
        spentToday,
        dailyCalls: deps.dailyCalls,
        ...(lastRun === undefined ? {} : { lastRun }),
        failedRuns,
        waitingProposals: counts.waiting,
      };
    },
  };
}

function stateOf(
  model: ModelPort | undefined,
  why: AppError | undefined,
  spentToday: number,
  dailyCalls: number,
): EvolverReport['state'] {
  if (model === undefined) return 'off';
  if (why !== undefined) return 'down';
  return spentToday >= dailyCalls ? 'budget_spent' : 'working';
}

function outcomeOf(end: RunEnd): LearnOutcome {
  switch (end.kind) {
    case 'ran':
      if (end.proposals.length > 0) return { kind: 'drafted', proposals: end.proposals };
      // What the model itself said is its own words about others': it stays in the record.
      if (end.run.outcome !== 'failed') return { kind: 'nothing', why: noNeed };
      return {
        kind: 'nothing',
        why: `The model that writes skills gave nothing usable: ${end.run.detail ?? 'no reason given'}`,
      };
    case 'unavailable':
      return { kind: 'nothing', why: noAnswer };
    case 'no_budget':
      return { kind: 'nothing', why: noCalls };
    case 'stopped':
      return { kind: 'nothing', why: 'I was stopped before it was done. The answers wait as before.' };
  }
}
