import type { SpaceId, TurnId } from '../domain/ids.ts';
import { type Skill, skillScopeKey } from '../domain/skill.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { LedgerStore } from '../ports/ledger-store.ts';
import type { ChangeCause, EntryChange } from '../ports/library-store.ts';
import type { Logger } from '../ports/logger.ts';
import type { EndedSession, TrialStore } from '../ports/trial-store.ts';
import { otherContext } from './proof/contexts.ts';
import { type RetirableSkill, retirements } from './proof/retirement.ts';
import type { SignedVote } from './proof/session-outcome.ts';
import { judgeHypothesis, type Verdict } from './proof/verdict.ts';
import { sessionExposures, votesOn } from './session-exposures.ts';

export interface TrialLibrary {
  /** Every skill that can be retrieved, of all scopes. */
  active(): readonly Skill[];
  change(request: {
    readonly cause: ChangeCause;
    readonly entries: readonly Omit<EntryChange, 'text'>[];
  }): Promise<{ readonly changed: boolean }>;
}

export interface TrialWorkerDeps {
  readonly library: TrialLibrary;
  readonly trials: TrialStore;
  readonly ledger: Pick<LedgerStore, 'ofTurn'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How likely a scope may ever prove a skill that makes no difference. */
  readonly alpha: number;
  /** Skills made in chat that may be active in one scope. */
  readonly maxActive: number;
  readonly disuseMs: number;
  /** Told after a skill was stopped for harm, or raised the alarm although it is pinned. Never rejects. */
  readonly onHarm: (skill: Skill, verdict: Verdict) => Promise<void>;
  /** Told how much feedback each space had in the last month, all of them with the key ''. */
  readonly onLabelled: (turns: ReadonlyMap<SpaceId | '', number>) => void;
}

/** Counts ended sessions and acts on what they say: promotes, proves, masks, stops and retires. */
export interface TrialWorker {
  start(): void;
  stop(): Promise<void>;
  /** One round. Rejects with storage errors; calls run one after another. */
  run(): Promise<void>;
}

const lookEveryMs = 60_000;
const sessionsAtOnce = 100;
const DAY_MS = 86_400_000;
const labelledMs = 30 * DAY_MS;
const baselineMs = 90 * DAY_MS;
/** Where no session was counted the calendar alone may still promote or retire. */
const wholeRoundEveryMs = 6 * 60 * 60_000;

/** The space whose feedback a skill earns; all of them for a global one. */
export function spaceOf({ scope }: Pick<Skill, 'scope'>): SpaceId | undefined {
  return scope.kind === 'global' ? undefined : scope.spaceId;
}

/** What its trial comes to by now; rejects as the store does. */
export async function verdictOn(
  skill: Skill,
  { trials, clock, alpha }: Pick<TrialWorkerDeps, 'trials' | 'clock' | 'alpha'>,
): Promise<Verdict> {
  const key = { scope: skill.scope, name: skill.name, trial: skill.standing.trial };
  const now = clock.now();
  const [exposures, baseline] = await Promise.all([
    trials.exposures(key),
    trials.baseline(key, spaceOf(skill), now - baselineMs),
  ]);
  const { state, isProven, isPinned, trial, since } = skill.standing;
  return judgeHypothesis({
    state: state === 'canary' ? 'canary' : 'active',
    isProven,
    isPinned,
    ordinal: trial,
    exposures,
    startedAt: since,
    now,
    ...(baseline === undefined ? {} : { baseline }),
    alpha,
    isPersonal: skill.scope.kind === 'user',
  });
}

export function createTrialWorker(deps: TrialWorkerDeps): TrialWorker {
  const { library, trials, clock, logger } = deps;
  let timer: Timer | undefined;
  let running: Promise<void> = Promise.resolve();
  let isStopped = true;
  let wholeRoundAt = Number.NEGATIVE_INFINITY;

  /** Resolves with the trials that it said something of. */
  async function countOne(session: EndedSession): Promise<readonly string[]> {
    const votes = new Map<TurnId, readonly SignedVote[]>();
    for (const { turnId } of session.turns) votes.set(turnId, votesOn(await deps.ledger.ofTurn(turnId)));
    const exposures = sessionExposures(session, votes);
    await trials.count(session.sessionId, exposures);
    return exposures.map(({ scope, name, trial }) => `${skillScopeKey(scope)} ${name} ${trial}`);
  }

  async function countAll(): Promise<ReadonlySet<string>> {
    const touched = new Set<string>();
    for (;;) {
      const sessions = await trials.countable(sessionsAtOnce);
      for (const session of sessions) for (const key of await countOne(session)) touched.add(key);
      if (sessions.length < sessionsAtOnce) return touched;
    }
  }

  async function act(skill: Skill, verdict: Verdict): Promise<void> {
    const entry = { scope: skill.scope, name: skill.name };
    const { standing } = skill;
    switch (verdict.kind) {
      case 'demote_harm':
        await library.change({
          cause: { kind: 'demote', reason: harmInWords(verdict) },
          entries: [{ ...entry, state: 'candidate' }],
        });
        logger.warn('skill_stopped', { name: skill.name, trial: standing.trial });
        await deps.onHarm(skill, verdict);
        return;
      case 'prove':
        await library.change({
          cause: { kind: 'prove' },
          entries: [{ ...entry, state: 'active', isProven: true }],
        });
        break;
      case 'promote_unproven':
        await library.change({ cause: { kind: 'promote' }, entries: [{ ...entry, state: 'active' }] });
        break;
      case 'keep':
        if (verdict.isHarmAlarm) await deps.onHarm(skill, verdict);
    }
    // What is left over is no one place that could be told from another.
    const fresh = verdict.contextsToMask.filter(
      (context) => context !== otherContext && !standing.maskedContexts.includes(context),
    );
    if (fresh.length === 0) return;
    await library.change({
      cause: { kind: 'mask', reason: 'people were less happy with it there' },
      entries: [{ ...entry, maskedContexts: [...standing.maskedContexts, ...fresh] }],
    });
  }

  async function judge(touched: ReadonlySet<string>, isWhole: boolean): Promise<void> {
    for (const skill of library.active()) {
      const key = `${skillScopeKey(skill.scope)} ${skill.name} ${skill.standing.trial}`;
      if (!touched.has(key) && !(isWhole && skill.standing.state === 'canary')) continue;
      await act(skill, await verdictOn(skill, deps));
    }
  }

  /** Scope by scope, as each has a bound of its own. */
  async function retire(): Promise<void> {
    const lastShown = new Map(
      (await trials.uses()).map((use) => [`${skillScopeKey(use.scope)} ${use.name}`, use]),
    );
    for (const [, skills] of Map.groupBy(library.active(), ({ scope }) => skillScopeKey(scope))) {
      const made = skills.filter(({ origin }) => origin.kind !== 'files');
      if (made.length === 0) continue;
      const byKey = new Map<string, Skill>(made.map((skill) => [skill.name, skill]));
      const facts = await Promise.all(made.map((skill) => retirable(skill, made.length > deps.maxActive)));
      for (const { key, reason } of retirements(facts, clock.now(), deps.maxActive, deps.disuseMs)) {
        const skill = byKey.get(key);
        if (skill === undefined) continue;
        await library.change({
          cause: {
            kind: 'retire',
            reason: reason === 'cap' ? 'others there are of more use' : disuseInWords(deps.disuseMs),
          },
          entries: [{ scope: skill.scope, name: skill.name, state: 'retired' }],
        });
      }
    }

    /** Its effect is asked for only where some have to go. */
    async function retirable(skill: Skill, isFull: boolean): Promise<RetirableSkill> {
      const use = lastShown.get(`${skillScopeKey(skill.scope)} ${skill.name}`);
      const lift = isFull ? (await verdictOn(skill, deps)).lift : undefined;
      const { state, isProven, isPinned, since } = skill.standing;
      return {
        key: skill.name,
        state,
        isProven,
        isPinned,
        isFromFiles: false,
        startedAt: since,
        uses: use?.sessions ?? 0,
        ...(use === undefined ? {} : { lastShownAt: use.lastShownAt }),
        ...(lift === undefined ? {} : { lift }),
      };
    }
  }

  async function countLabelled(): Promise<void> {
    const since = clock.now() - labelledMs;
    const spaces = new Set(library.active().flatMap((skill) => spaceOf(skill) ?? []));
    const turns = new Map<SpaceId | '', number>([['', await trials.labelledTurns(since)]]);
    for (const spaceId of spaces) turns.set(spaceId, await trials.labelledTurns(since, spaceId));
    deps.onLabelled(turns);
  }

  async function round(): Promise<void> {
    const touched = await countAll();
    const isWhole = clock.monotonicMs() - wholeRoundAt >= wholeRoundEveryMs;
    await judge(touched, isWhole);
    if (!isWhole) return;
    await retire();
    await countLabelled();
    // Last, so that a round that a failing store cut off is taken again.
    wholeRoundAt = clock.monotonicMs();
  }

  function run(): Promise<void> {
    const next = running.then(round);
    running = next.catch(() => {});
    return next;
  }

  function arm(delayMs: number): void {
    timer = clock.after(delayMs, () => {
      void run()
        .catch((error: unknown) => logger.error('trials_failed', { error }))
        .then(() => {
          if (!isStopped) arm(lookEveryMs);
        });
    });
  }

  return {
    run,
    start() {
      if (!isStopped) return;
      isStopped = false;
      arm(0);
    },
    async stop() {
      isStopped = true;
      timer?.cancel();
      await running;
    },
  };
}

function harmInWords({ negatives, negativePeople }: Verdict): string {
  return `${negatives} bad ratings of ${negativePeople} people where it was shown`;
}

const disuseInWords = (disuseMs: number): string => `not used for ${Math.round(disuseMs / DAY_MS)} days`;
