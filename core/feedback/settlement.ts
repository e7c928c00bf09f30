import { toAppError } from '../domain/app-error.ts';
import type { TurnId } from '../domain/ids.ts';
import { foldReward, isSameReward, missingReward, type Reward, standingSignals } from '../domain/reward.ts';
import type { Signal } from '../domain/signal.ts';
import type { Turn } from '../domain/turn.ts';
import type { Timer } from '../ports/clock.ts';
import type { DueTimes, LedgerStore, Settlement, SettlementUse } from '../ports/ledger-store.ts';
import type { TurnStore } from '../ports/turn-store.ts';
import { type GuardDeps, guardTurn } from './brigading-guard.ts';
import {
  type ContentPolicy,
  type DoorAnswer,
  type HasConsent,
  mayUse,
  provenanceOf,
} from './content-door.ts';
import { decideRole, turnMissing, wasSupport } from './decide-role.ts';
import { outcomeOfTurn } from './outcome.ts';

/** How long a turn must be quiet before its reward counts, by use, milliseconds. */
export type QuietTimes = Readonly<Record<SettlementUse, number>>;

/** When the quiet times end that begin now. */
export function dueTimes(now: number, quietTimes: QuietTimes): Required<DueTimes> {
  return { skills: now + quietTimes.skills, weights: now + quietTimes.weights };
}

/** Somebody said something about a turn: its reward is open again until it has been quiet long enough. */
export async function restartQuietTime(
  turnId: TurnId,
  now: number,
  quietTimes: QuietTimes,
  ledger: Pick<LedgerStore, 'schedule'>,
): Promise<void> {
  await ledger.schedule(turnId, dueTimes(now, quietTimes));
}

export interface SettlerDeps extends GuardDeps {
  readonly ledger: LedgerStore;
  readonly turns: Pick<TurnStore, 'get'>;
  readonly contentPolicy: ContentPolicy;
  readonly hasConsent: HasConsent;
  /** Whether the library would give a turn other skills now than it was sampled with. Absent: never. Asked for `weights` only. */
  readonly isStale?: (turn: Turn) => boolean | Promise<boolean>;
}

const batchSize = 200;
const longestPauseMs = 30_000;
/** A turn that could not be settled is tried again after this. */
const putOffMs = 60 * 60 * 1000;
const shortestPauseMs = 250;

/** Whether this turn, with what people said about it, may be learned from in the way that the use would. */
function doorOf(turn: Turn, rows: readonly Signal[], use: SettlementUse, deps: SettlerDeps): DoorAnswer {
  const hintAuthors = standingSignals(rows).flatMap(({ text, actorId, kind }) =>
    text === undefined || actorId === undefined || kind === 'hold' ? [] : [actorId],
  );
  const provenance = provenanceOf(turn, hintAuthors);
  const ask = (contentUse: 'evolve' | 'train_local' | 'train_hosted'): DoorAnswer =>
    mayUse(contentUse, provenance, deps.contentPolicy, deps.hasConsent);
  if (use === 'skills') return ask('evolve');
  const answers = [ask('train_local'), ask('train_hosted')];
  const open = answers.find(({ allowed }) => allowed);
  // Of two refusals the one that says more than that a way of training is not in use.
  const told = answers.find((answer) => !answer.allowed && answer.reason !== 'operator_off');
  return open ?? told ?? ask('train_local');
}

/**
 * A hold of the guard comes without anybody's word. What the other use has settled without it opens again, and what was
 * used already counts it as too late. Before this use is settled, so that a crash in between does it once more.
 */
async function reopenOther(
  turnId: TurnId,
  use: SettlementUse,
  reward: Reward,
  { ledger, clock }: SettlerDeps,
): Promise<void> {
  const other: SettlementUse = use === 'skills' ? 'weights' : 'skills';
  const before = await ledger.settlement(turnId, other);
  if (before === undefined || before.state === 'open' || isSameReward(before.reward, reward)) return;
  if (before.state === 'used' && before.lateSignals > 0) return;
  await ledger.schedule(turnId, { [other]: clock.now() });
}

/** Whether a turn is no sample of the library as it is. Once dropped it stays so, whatever was said later. */
async function isStale(turn: Turn, { use, droppedBy }: Settlement, deps: SettlerDeps): Promise<boolean> {
  if (use !== 'weights') return false;
  return droppedBy !== undefined || ((await deps.isStale?.(turn)) ?? false);
}

/** Guard, fold, decision: all of one turn from its own rows. False when it was reopened meanwhile. */
async function settleOne(settlement: Settlement, deps: SettlerDeps): Promise<boolean> {
  const { turnId, use, revision } = settlement;
  const turn = await deps.turns.get(turnId);
  if (turn === undefined) return deps.ledger.settle(turnId, use, revision, missingReward, turnMissing);
  const rows = await guardTurn(turn, await deps.ledger.ofTurn(turnId), deps);
  const reward = foldReward(rows);
  await reopenOther(turnId, use, reward, deps);
  const decision = decideRole(turn, reward, use, {
    outcome: outcomeOfTurn(rows),
    door: doorOf(turn, rows, use, deps),
    wasSupport: use === 'weights' && wasSupport(await deps.ledger.settlement(turnId, 'skills')),
    isStale: await isStale(turn, settlement, deps),
  });
  return deps.ledger.settle(turnId, use, revision, reward, decision);
}

/** As `settleOne`; what fails by itself is put off, so that it keeps nobody else's reward waiting. Rejects with storage errors only. */
async function settleOrPutOff(settlement: Settlement, deps: SettlerDeps): Promise<boolean> {
  try {
    return await settleOne(settlement, deps);
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.code.startsWith('storage_')) throw error;
    const { turnId, use } = settlement;
    deps.logger.error('turn_not_settled', { turnId, use, error });
    await deps.ledger.schedule(turnId, { [use]: deps.clock.now() + putOffMs });
    return false;
  }
}

/** Settles every reward that is due. Resolves with how many. A turn that was reopened meanwhile is left for its new time. */
export async function settleDue(deps: SettlerDeps): Promise<number> {
  let settled = 0;
  for (;;) {
    const due = await deps.ledger.due(deps.clock.now(), batchSize);
    let progress = 0;
    for (const settlement of due) if (await settleOrPutOff(settlement, deps)) progress += 1;
    settled += progress;
    if (due.length < batchSize || progress === 0) return settled;
  }
}

export interface Settler {
  start(): void;
  /** Resolves when a run under way is through. Safe to call twice. */
  stop(): Promise<void>;
}

/** Runs `settleDue` whenever something is due; a failing store is logged and tried again, and never stops it. */
export function createSettler(deps: SettlerDeps): Settler {
  let timer: Timer | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = true;

  async function pauseMs(): Promise<number> {
    const nextDueAt = await deps.ledger.nextDueAt();
    if (nextDueAt === undefined) return longestPauseMs;
    return Math.min(longestPauseMs, Math.max(shortestPauseMs, nextDueAt - deps.clock.now()));
  }

  async function tick(): Promise<void> {
    let nextMs = longestPauseMs;
    try {
      await settleDue(deps);
      nextMs = await pauseMs();
    } catch (error) {
      deps.logger.error('settlement_failed', { error });
    }
    if (!stopped) arm(nextMs);
  }

  function arm(delayMs: number): void {
    timer = deps.clock.after(delayMs, () => {
      running = tick();
    });
  }

  return {
    start() {
      if (!stopped) return;
      stopped = false;
      arm(0);
    },
    async stop() {
      stopped = true;
      timer?.cancel();
      await running;
    },
  };
}
