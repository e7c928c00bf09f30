import type { SpaceId, TurnId } from '../domain/ids.ts';
import {
  isRetrievable,
  type Skill,
  type SkillName,
  type SkillScope,
  skillScopeKey,
  skillSlotKey,
} from '../domain/skill.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { LedgerStore } from '../ports/ledger-store.ts';
import type { ChangeCause, EntryChange } from '../ports/library-store.ts';
import type { Logger } from '../ports/logger.ts';
import type { EndedSession, TrialStore } from '../ports/trial-store.ts';
import { inTurn } from '../schedule/in-turn.ts';
import type { TakeTurn } from '../schedule/work-turns.ts';
import { otherContext } from './proof/contexts.ts';
import { type RetirableSkill, retirements } from './proof/retirement.ts';
import type { SignedVote } from './proof/session-outcome.ts';
import { judgeHypothesis, type Verdict } from './proof/verdict.ts';
import { heldOutUses, sessionExposures, votesOn } from './session-exposures.ts';

export interface TrialLibrary {
  /** Every skill that can be retrieved, of all scopes. */
  active(): readonly Skill[];
  /** A name as it stands in one scope, whatever its state. */
  at(scope: SkillScope, name: SkillName): Skill | undefined;
  /** `onlyIf`: as in `ChangeRequest`. */
  change(request: {
    readonly cause: ChangeCause;
    readonly entries: readonly Omit<EntryChange, 'text'>[];
    readonly onlyIf?: () => boolean;
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
  /** Told after a skill was stopped for harm, or, once, that it raised the alarm although it is pinned. Never rejects. */
  readonly onHarm: (skill: Skill, verdict: Verdict) => Promise<void>;
  /** Told how much feedback each space had in the last month, all of them with the key ''. */
  readonly onLabelled: (turns: ReadonlyMap<SpaceId | '', number>) => void;
  /** What retiring and the counting for a month wait for; what is said of skills on trial does not. Absent: nothing. */
  readonly turn?: TakeTurn;
}

/** Counts ended sessions and acts on what they say: promotes, proves, masks, stops and retires. */
export interface TrialWorker {
  start(): void;
  stop(): Promise<void>;
  /** One round, without what waits for its turn. Rejects with storage errors; calls run one after another. */
  run(): Promise<void>;
}

const lookEveryMs = 60_000;
const sessionsAtOnce = 100;
const DAY_MS = 86_400_000;
const labelledMs = 30 * DAY_MS;
const baselineMs = 90 * DAY_MS;
/** Where no session was counted the calendar alone may still promote or retire. */
const wholeRoundEveryMs = 6 * 60 * 60_000;
/** After a start those used in this time are judged again: their last session may have been counted by a process that died then. */
const rejudgedMs = 7 * DAY_MS;

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

const trialKeyOf = ({ scope, name, standing }: Skill): string =>
  `${skillSlotKey({ scope, name })} ${standing.trial}`;

export function createTrialWorker(deps: TrialWorkerDeps): TrialWorker {
  const { library, trials, clock, logger } = deps;
  /** Trials of which something was counted that nobody has acted on yet; kept where a round fails in its middle. */
  const unjudged = new Set<string>();
  /** Trials of pinned skills whose alarm was told of. */
  const told = new Set<string>();
  let timer: Timer | undefined;
  let running: Promise<void> = Promise.resolve();
  let isStopped = true;
  let wholeRoundAt = Number.NEGATIVE_INFINITY;
  let stopping = new AbortController();
  let tidying: Promise<void> | undefined;

  async function countOne(session: EndedSession): Promise<void> {
    const votes = new Map<TurnId, readonly SignedVote[]>();
    for (const { turnId } of session.turns) votes.set(turnId, votesOn(await deps.ledger.ofTurn(turnId)));
    const exposures = sessionExposures(session, votes);
    await trials.count(session.sessionId, exposures, heldOutUses(session));
    for (const { scope, name, trial } of exposures) unjudged.add(`${skillSlotKey({ scope, name })} ${trial}`);
  }

  async function countAll(): Promise<void> {
    for (;;) {
      const sessions = await trials.countable(sessionsAtOnce);
      for (const session of sessions) await countOne(session);
      if (sessions.length < sessionsAtOnce) return;
    }
  }

  /** Changes a skill unless somebody took it out of use, pinned it or began a new trial of it since it was looked at. */
  async function changeIfSame(
    skill: Skill,
    cause: ChangeCause,
    change: Omit<EntryChange, 'text' | 'scope' | 'name'>,
  ): Promise<boolean> {
    const { scope, name, standing } = skill;
    const { changed } = await library.change({
      cause,
      entries: [{ scope, name, ...change }],
      onlyIf() {
        const now = library.at(scope, name)?.standing;
        return (
          now !== undefined &&
          isRetrievable(now.state) &&
          now.trial === standing.trial &&
          now.isPinned === standing.isPinned
        );
      },
    });
    return changed;
  }

  async function act(skill: Skill, verdict: Verdict): Promise<void> {
    const { standing } = skill;
    switch (verdict.kind) {
      case 'demote_harm': {
        const cause = { kind: 'demote', reason: harmInWords(verdict) } as const;
        if (!(await changeIfSame(skill, cause, { state: 'candidate' }))) return;
        logger.warn('skill_stopped', { name: skill.name, trial: standing.trial });
        await deps.onHarm(skill, verdict);
        return;
      }
      case 'prove':
        await changeIfSame(skill, { kind: 'prove' }, { state: 'active', isProven: true });
        break;
      case 'promote_unproven':
        await changeIfSame(skill, { kind: 'promote' }, { state: 'active' });
        break;
      case 'keep':
        if (!verdict.isHarmAlarm || told.has(trialKeyOf(skill))) break;
        told.add(trialKeyOf(skill));
        await deps.onHarm(skill, verdict);
    }
    // What is left over is no one place that could be told from another.
    const fresh = verdict.contextsToMask.filter(
      (context) => context !== otherContext && !standing.maskedContexts.includes(context),
    );
    if (fresh.length === 0) return;
    const cause = { kind: 'mask', reason: 'people were less happy with it there' } as const;
    await changeIfSame(skill, cause, { maskedContexts: [...standing.maskedContexts, ...fresh] });
  }

  async function judge(isWhole: boolean): Promise<void> {
    for (const skill of library.active()) {
      const key = trialKeyOf(skill);
      if (!unjudged.has(key) && !(isWhole && skill.standing.state === 'canary')) continue;
      await act(skill, await verdictOn(skill, deps));
      unjudged.delete(key);
    }
    // What is left is no longer on trial.
    unjudged.clear();
  }

  async function rejudgeRecent(): Promise<void> {
    const since = clock.now() - rejudgedMs;
    const recent = (await trials.uses()).filter(({ lastShownAt }) => lastShownAt >= since);
    const used = new Set(recent.map(skillSlotKey));
    for (const skill of library.active()) {
      if (used.has(skillSlotKey(skill))) unjudged.add(trialKeyOf(skill));
    }
  }

  /** Scope by scope, as each has a bound of its own. */
  async function retire(): Promise<void> {
    const lastShown = new Map((await trials.uses()).map((use) => [skillSlotKey(use), use]));
    for (const [, skills] of Map.groupBy(library.active(), ({ scope }) => skillScopeKey(scope))) {
      const made = skills.filter(({ origin }) => origin.kind !== 'files');
      if (made.length === 0) continue;
      const byKey = new Map<string, Skill>(made.map((skill) => [skill.name, skill]));
      const facts = await Promise.all(made.map((skill) => retirable(skill, made.length > deps.maxActive)));
      for (const { key, reason } of retirements(facts, clock.now(), deps.maxActive, deps.disuseMs)) {
        const skill = byKey.get(key);
        if (skill === undefined) continue;
        const why = reason === 'cap' ? 'others there are of more use' : disuseInWords(deps.disuseMs);
        await changeIfSame(skill, { kind: 'retire', reason: why }, { state: 'retired' });
      }
    }

    /** Its effect is asked for only where some have to go. */
    async function retirable(skill: Skill, isFull: boolean): Promise<RetirableSkill> {
      const use = lastShown.get(skillSlotKey(skill));
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
    await countAll();
    const isWhole = clock.monotonicMs() - wholeRoundAt >= wholeRoundEveryMs;
    if (wholeRoundAt === Number.NEGATIVE_INFINITY) await rejudgeRecent();
    await judge(isWhole);
    if (!isWhole) return;
    if (deps.turn === undefined) await tidy();
    else tidying ??= tidyInTurn(deps.turn, stopping.signal);
    // Last, so that a round that a failing store cut off is taken again.
    wholeRoundAt = clock.monotonicMs();
  }

  async function tidy(): Promise<void> {
    await retire();
    await countLabelled();
  }

  /** Beside the rounds: a stop for harm must not wait for it. */
  async function tidyInTurn(take: TakeTurn, signal: AbortSignal): Promise<void> {
    try {
      await inTurn(take, signal, () => alone(async () => (signal.aborted ? undefined : tidy())));
    } catch (error) {
      if (!signal.aborted) logger.error('trials_failed', { error });
      wholeRoundAt = Number.NEGATIVE_INFINITY;
    }
    tidying = undefined;
  }

  function alone(work: () => Promise<void>): Promise<void> {
    const next = running.then(work);
    running = next.catch(() => {});
    return next;
  }

  const run = (): Promise<void> => alone(round);

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
      if (stopping.signal.aborted) stopping = new AbortController();
      arm(0);
    },
    async stop() {
      isStopped = true;
      timer?.cancel();
      stopping.abort();
      await tidying;
      await running;
    },
  };
}

function harmInWords({ negatives, negativePeople }: Verdict): string {
  return `${negatives} bad ratings of ${negativePeople} people where it was shown`;
}

const disuseInWords = (disuseMs: number): string => `not used for ${Math.round(disuseMs / DAY_MS)} days`;
