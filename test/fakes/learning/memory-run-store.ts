import { AppError } from '../../../core/domain/app-error.ts';
import type { TurnId } from '../../../core/domain/ids.ts';
import {
  haveCommonSpaces,
  type PolicyScope,
  policyScopeKey,
  type RunId,
} from '../../../core/domain/policy.ts';
import type { PlannedSample, RunSample, RunStep, TrainingRun } from '../../../core/domain/training-run.ts';
import type { Lease } from '../../../core/ports/lease-store.ts';
import type { NewRun, RunStore } from '../../../core/ports/run-store.ts';
import { createMemoryLeaseStore, type MemoryLeaseStore } from '../schedule/memory-lease-store.ts';
import { type ClaimMark, createMemorySettlements, type MemorySettlements } from './memory-settlements.ts';

interface KeptSample {
  sample: RunSample;
  mark?: ClaimMark;
}

interface KeptRun {
  run: TrainingRun;
  readonly isBegun: boolean;
  readonly samples: Map<TurnId, KeptSample>;
  readonly steps: Map<number, RunStep>;
}

const isSound = (value: unknown): boolean => typeof value !== 'number' || Number.isFinite(value);

function refuse(code: 'conflict' | 'not_found' | 'invalid_input', message: string): never {
  throw new AppError(code, message);
}

function checkPlan({ plan }: NewRun, samples: readonly PlannedSample[]): void {
  const numbers = [...Object.values(plan), ...samples.flatMap((one) => Object.values(one))];
  const arePossible = numbers.every(isSound) && samples.every(({ step }) => step >= 1);
  const isDistinct = new Set(samples.map(({ turnId }) => turnId)).size === samples.length;
  if (!arePossible || !isDistinct) refuse('invalid_input', 'The plan is none.');
}

/** Every change of it checks the lease first. */
function behind(store: RunStore, lease: Lease, leases: Pick<MemoryLeaseStore, 'require'>): RunStore {
  const checked =
    <Params extends readonly unknown[], Result>(change: (...params: Params) => Promise<Result>) =>
    async (...params: Params): Promise<Result> => {
      leases.require(lease);
      return change(...params);
    };
  const fenced: RunStore = {
    ...store,
    fenced: (other) => behind(fenced, other, leases),
    begin: checked(store.begin),
    skip: checked(store.skip),
    claim: checked(store.claim),
    leaveOut: checked(store.leaveOut),
    finishStep: checked(store.finishStep),
    setState: checked(store.setState),
    setProgress: checked(store.setProgress),
    end: checked(store.end),
    endUnreadable: checked(store.endUnreadable),
    reserve: checked(store.reserve),
    refund: checked(store.refund),
  };
  return fenced;
}

/** Runs in memory; `settlements` are what their samples are taken from, `leases` what `fenced` looks at. */
export function createMemoryRunStore(
  settlements: MemorySettlements = createMemorySettlements(),
  leases: Pick<MemoryLeaseStore, 'require'> = createMemoryLeaseStore(),
): RunStore {
  const kept = new Map<RunId, KeptRun>();
  const all = (): readonly KeptRun[] => [...kept.values()];
  const unfinished = (): readonly KeptRun[] => all().filter(({ run }) => run.endedAt === undefined);
  const isHeld = (turnId: TurnId): boolean =>
    all().some(({ samples }) => (samples.get(turnId)?.sample.status ?? 'left_out') !== 'left_out');
  const isOf = (turnId: TurnId, scope: PolicyScope): boolean =>
    scope.kind === 'everywhere' || settlements.spaceOf(turnId) === scope.spaceId;
  const copies = (found: readonly KeptRun[]): readonly TrainingRun[] =>
    found.map(({ run }) => structuredClone(run));
  const known = (runId: RunId): KeptRun =>
    kept.get(runId) ?? refuse('not_found', `The run ${runId} is not stored.`);
  function going(runId: RunId): KeptRun {
    const one = known(runId);
    return one.run.endedAt === undefined ? one : refuse('conflict', 'The run has ended.');
  }

  function put(run: NewRun, state: 'running' | 'skipped', reason?: string): KeptRun {
    if (kept.has(run.runId)) refuse('conflict', `A run ${run.runId} is stored already.`);
    const one: KeptRun = {
      run: {
        ...structuredClone(run),
        number: kept.size + 1,
        state,
        ...(reason === undefined ? {} : { reason }),
        spend: { calls: 0, tokens: 0, micros: 0 },
        ...(state === 'skipped' ? { endedAt: run.startedAt } : {}),
      },
      isBegun: state === 'running',
      samples: new Map(),
      steps: new Map(),
    };
    kept.set(run.runId, one);
    return one;
  }

  function leaveOut(one: KeptSample, reason: string): void {
    if (one.mark !== undefined) settlements.free(one.sample.turnId, one.mark, reason === 'changed');
    delete one.mark;
    one.sample = { ...one.sample, status: 'left_out', reason };
  }
  const inOrder = ({ samples }: KeptRun): readonly KeptSample[] =>
    [...samples.values()].toSorted((a, b) => a.sample.step - b.sample.step);
  const claimedOf = (one: KeptRun, step: number): readonly KeptSample[] =>
    inOrder(one).filter(({ sample }) => sample.step === step && sample.status === 'claimed');

  function claimLeased(one: KeptRun, step: number): void {
    for (const held of inOrder(one)) {
      const { turnId, status, revision } = held.sample;
      if (held.sample.step !== step || status !== 'leased') continue;
      if (!settlements.isSample(turnId, revision)) leaveOut(held, 'changed');
      else {
        held.mark = settlements.use(turnId);
        held.sample = { ...held.sample, status: 'claimed' };
      }
    }
  }

  const store: RunStore = {
    fenced: (lease) => behind(store, lease, leases),
    ready: async (scope, afterTurnId, limit) =>
      settlements.turns
        .filter((id) => id > afterTurnId && isOf(id, scope) && settlements.isSample(id) && !isHeld(id))
        .slice(0, limit),
    spacesReady: async () => [
      ...new Set(
        settlements.turns
          .filter((id) => settlements.isSample(id) && !isHeld(id))
          .flatMap((id) => settlements.spaceOf(id) ?? [])
          .toSorted(),
      ),
    ],
    async begin(run, planned) {
      checkPlan(run, planned);
      const other = unfinished().find((one) => haveCommonSpaces(one.run.scope, run.scope));
      if (other !== undefined) refuse('conflict', `Run ${other.run.number} is not finished.`);
      const one = put(run, 'running');
      for (const plan of planned) {
        const { turnId, revision } = plan;
        const isFree = isOf(turnId, run.scope) && settlements.isSample(turnId, revision) && !isHeld(turnId);
        const standing = isFree
          ? ({ status: 'leased' } as const)
          : ({ status: 'left_out', reason: 'not_free' } as const);
        one.samples.set(turnId, { sample: { ...plan, ...standing } });
      }
      return structuredClone(one.run);
    },
    skip: async (run, reason) => structuredClone(put(run, 'skipped', reason).run),
    get: async (runId) => structuredClone(kept.get(runId)?.run),
    byNumber: async (number) => copies(all().filter(({ run }) => run.number === number))[0],
    async list(limit, scope) {
      const wanted = all().filter(
        ({ run }) => scope === undefined || policyScopeKey(run.scope) === policyScopeKey(scope),
      );
      return copies(wanted.toReversed().slice(0, limit));
    },
    async latest(scope, kind, which) {
      const isWanted = ({ run, isBegun }: KeptRun): boolean =>
        run.kind === kind &&
        policyScopeKey(run.scope) === policyScopeKey(scope) &&
        (which === undefined || isBegun);
      return structuredClone(all().findLast(isWanted)?.run);
    },
    unfinished: async (scope) =>
      copies(unfinished()).find(
        (run) => scope === undefined || policyScopeKey(run.scope) === policyScopeKey(scope),
      ),
    allUnfinished: async () => copies(unfinished()),
    async samples(runId) {
      const one = kept.get(runId);
      return one === undefined ? [] : inOrder(one).map(({ sample }) => ({ ...sample }));
    },
    steps: async (runId) =>
      structuredClone([...(kept.get(runId)?.steps.values() ?? [])].toSorted((a, b) => a.step - b.step)),
    async claim(runId, step, at) {
      const one = going(runId);
      const before = one.steps.get(step);
      if (before !== undefined && before.state !== 'begun') refuse('conflict', 'The step has ended.');
      if (before === undefined) {
        one.steps.set(step, { step, state: 'begun', metrics: {}, startedAt: at });
        claimLeased(one, step);
      }
      return claimedOf(one, step).map(({ sample }) => ({ ...sample }));
    },
    async leaveOut(runId, turnIds, reason) {
      const { samples } = known(runId);
      for (const turnId of turnIds) {
        const held = samples.get(turnId);
        const status = held?.sample.status;
        if (held !== undefined && (status === 'leased' || status === 'claimed')) leaveOut(held, reason);
      }
    },
    async finishStep(runId, step) {
      const one = going(runId);
      if (one.steps.get(step.step)?.state !== 'begun') refuse('conflict', 'The step has not begun.');
      const metrics = Object.fromEntries(Object.entries(step.metrics).filter(([, value]) => isSound(value)));
      one.steps.set(step.step, { ...step, metrics });
      for (const held of claimedOf(one, step.step)) {
        if (step.state === 'skipped') leaveOut(held, step.reason ?? 'skipped');
        else held.sample = { ...held.sample, status: 'trained' };
      }
    },
    async setState(runId, state, reason) {
      const one = kept.get(runId);
      if (one === undefined || one.run.endedAt !== undefined) return false;
      const { reason: _, ...rest } = one.run;
      one.run = { ...rest, state, ...(reason === undefined ? {} : { reason }) };
      return true;
    },
    async setProgress(runId, progress) {
      const one = known(runId);
      one.run = { ...one.run, progress };
    },
    // Nothing is damaged here.
    endUnreadable: async () => false,
    async end(runId, { state, reason, candidateId, keepsSteps = Number.POSITIVE_INFINITY, at }) {
      const one = kept.get(runId);
      if (one === undefined || one.run.endedAt !== undefined) return false;
      const { reason: _, ...rest } = one.run;
      one.run = {
        ...rest,
        state,
        ...(reason === undefined ? {} : { reason }),
        ...(candidateId === undefined ? {} : { candidateId }),
        endedAt: at,
      };
      for (const held of one.samples.values()) {
        const { status, step } = held.sample;
        if (status === 'left_out') continue;
        const isOfCandidate = status === 'trained' && candidateId !== undefined;
        if (!isOfCandidate) leaveOut(held, 'run_ended');
        else if (step > keepsSteps) leaveOut(held, reason ?? 'run_ended');
      }
      return true;
    },
    async reserve(runId, { tokens, micros }, since, capMicros) {
      if (![tokens, micros].every((value) => Number.isFinite(value) && value >= 0)) {
        refuse('invalid_input', 'A cost is an amount.');
      }
      const one = known(runId);
      const counted = all().filter((other) => other === one || other.run.startedAt >= since);
      const spent = counted.reduce((sum, { run }) => sum + run.spend.micros, 0);
      if (capMicros !== undefined && spent + micros > capMicros) return false;
      const { spend } = one.run;
      one.run = {
        ...one.run,
        spend: { calls: spend.calls + 1, tokens: spend.tokens + tokens, micros: spend.micros + micros },
      };
      return true;
    },
    async refund(runId, { tokens, micros }) {
      if (![tokens, micros].every((value) => Number.isFinite(value) && value >= 0)) {
        refuse('invalid_input', 'A cost is an amount.');
      }
      const one = known(runId);
      const { spend } = one.run;
      one.run = {
        ...one.run,
        spend: {
          calls: Math.max(0, spend.calls - 1),
          tokens: Math.max(0, spend.tokens - tokens),
          micros: Math.max(0, spend.micros - micros),
        },
      };
    },
    spentSince: async (since) =>
      all().reduce((sum, { run }) => sum + (run.startedAt >= since ? run.spend.micros : 0), 0),
    trainedOn: async (turnId) =>
      all().flatMap(({ run, samples }) =>
        run.candidateId !== undefined && samples.get(turnId)?.sample.status === 'trained'
          ? [run.candidateId]
          : [],
      ),
  };
  return store;
}
