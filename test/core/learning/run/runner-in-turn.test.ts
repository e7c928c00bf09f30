import { describe, expect, onTestFinished, test } from 'vitest';
import { personId, spaceId } from '../../../../core/domain/ids.ts';
import { type PolicyScope, policyId, policyScopeKey } from '../../../../core/domain/policy.ts';
import type { RunPlan, TrainingRun } from '../../../../core/domain/training-run.ts';
import type { DriverEnd } from '../../../../core/learning/run/run-driver.ts';
import { haltOf, type RunGate } from '../../../../core/learning/run/run-gate.ts';
import { createTrainingRunner } from '../../../../core/learning/run/training-runner.ts';
import type { RunStore } from '../../../../core/ports/run-store.ts';
import type { RunWindow } from '../../../../core/schedule/training-window.ts';
import { createMemoryRunStore } from '../../../fakes/learning/memory-run-store.ts';
import { createMemorySettlements } from '../../../fakes/learning/memory-settlements.ts';
import { createHeldTurns, type HeldTurns } from '../../../fakes/schedule/held-turns.ts';
import { createMemoryLeaseStore } from '../../../fakes/schedule/memory-lease-store.ts';
import { createFakeClock } from '../../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../../../fakes/system/sequential-ids.ts';

const here: PolicyScope = { kind: 'space', spaceId: spaceId('fake', 'here') };
const there: PolicyScope = { kind: 'space', spaceId: spaceId('fake', 'there') };
const ann = personId('fake', 'ann');
const source = { kind: 'weights', baseModel: 'b', samplerPath: 's', statePath: 't' } as const;
const plan: RunPlan = {
  steps: 2,
  samples: 0,
  positives: 0,
  negatives: 0,
  people: 0,
  leftOut: {},
  estimate: { calls: 0, tokens: 0, micros: 0 },
  settings: {},
};

/** Windows that a test opens and closes, of each scope its own. */
interface ScopedWindow extends RunWindow {
  /** How long every open window still lasts. */
  leftMs: number;
  /** Where something works, as it began and ended. */
  readonly worked: string[];
  set(scope: PolicyScope, isOpen: boolean): void;
}

function createScopedWindow(): ScopedWindow {
  const open = new Map<string, PolicyScope>();
  const listeners = new Set<() => void>();
  const window: ScopedWindow = {
    leftMs: Number.POSITIVE_INFINITY,
    worked: [],
    set(scope, isOpen) {
      if (isOpen) open.set(policyScopeKey(scope), scope);
      else open.delete(policyScopeKey(scope));
      for (const listener of [...listeners]) listener();
    },
    isOpen: (scope) => open.has(policyScopeKey(scope)),
    hasTimeFor: (scope, durationMs) => open.has(policyScopeKey(scope)) && window.leftMs >= durationMs,
    working(scope) {
      window.worked.push(`begins ${policyScopeKey(scope)}`);
      return () => void window.worked.push(`ends ${policyScopeKey(scope)}`);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    force() {},
    release() {},
  };
  return window;
}

type Drive = (run: TrainingRun, gate: RunGate) => Promise<DriverEnd>;

interface Given {
  readonly drive?: Drive;
  readonly turns?: HeldTurns;
  readonly isOverdue?: () => boolean;
  readonly scopes?: readonly PolicyScope[];
  readonly stepMs?: number;
  readonly runs?: RunStore;
  readonly leads?: () => boolean;
  /** In front of its ids, where there are two over one store. */
  readonly life?: string;
}

function open(given: Given = {}) {
  const clock = createFakeClock();
  const window = createScopedWindow();
  const runs = given.runs ?? createMemoryRunStore(createMemorySettlements());
  const settings = new Map<string, unknown>();
  const driven: TrainingRun[] = [];
  const candidates: string[] = [];
  const { turns, stepMs, leads } = given;
  const runner = createTrainingRunner({
    runs,
    settings: {
      get: async (of, key) => settings.get(`${of} ${key}`),
      set: async (of, key, value) => void settings.set(`${of} ${key}`, value),
    },
    window,
    ...(turns === undefined
      ? {}
      : { turns: { take: turns.take, isOverdue: given.isOverdue ?? (() => false) } }),
    ...(stepMs === undefined ? {} : { stepMs: () => stepMs }),
    ...(leads === undefined ? {} : { leads }),
    scopes: async () => given.scopes ?? [here],
    planners: [
      { kind: 'weights', plan: async () => ({ kind: 'ready', methods: ['kto'], samples: [], plan }) },
    ],
    drivers: {
      weights: {
        async drive(run, gate) {
          driven.push(run);
          return (given.drive ?? (async () => ({ kind: 'candidate', source })))(run, gate);
        },
        async abandon() {},
      },
    },
    servingIn: () => policyId('parent'),
    async addCandidate(run) {
      candidates.push(run.runId);
      return policyId(`of-${run.runId}`);
    },
    generation: () => 1,
    capMicros: undefined,
    clock,
    ids: createSequentialIds(given.life),
    logger: createMemoryLogger(),
  });
  onTestFinished(() => runner.stop());
  runner.start();
  return { clock, window, runs, runner, driven, candidates };
}

/** Begins a step, and tells what stopped it before. */
const oneStep =
  (told: (string | undefined)[], step: () => Promise<DriverEnd>): Drive =>
  async (_, gate) => {
    try {
      await gate.beforeStep();
    } catch (thrown) {
      told.push(haltOf(thrown));
      return { kind: 'paused' };
    }
    return step();
  };

describe('the turn of a run', () => {
  test('is waited for before anything is driven, and given back after it', async () => {
    const turns = createHeldTurns();
    const { clock, window, driven, candidates } = open({ turns });
    window.set(here, true);
    await clock.advance(5_000);
    expect([turns.waiting(), driven.length, window.worked]).toEqual([1, 0, []]);
    turns.give();
    await clock.advance(1);
    expect(candidates).toHaveLength(1);
    expect(turns.taken()).toBe(0);
    expect(window.worked).toEqual([`begins ${policyScopeKey(here)}`, `ends ${policyScopeKey(here)}`]);
  });

  test.each<readonly [string, Drive]>([
    ['comes to nothing', async () => ({ kind: 'nothing', reason: 'low_ess' })],
    ['waits for somebody outside', async () => ({ kind: 'waiting', againMs: 60_000 })],
    ['pauses', async () => ({ kind: 'paused' })],
    ['breaks', () => Promise.reject(new Error('broken'))],
  ])('is given back where the run %s', async (_, drive) => {
    const turns = createHeldTurns();
    const { clock, window, driven } = open({ turns, drive });
    window.set(here, true);
    await clock.advance(2_000);
    turns.give();
    await clock.advance(1);
    expect(driven).toHaveLength(1);
    expect(turns.taken()).toBe(0);
    expect(window.worked).toHaveLength(2);
  });

  test('is given up where the window closes before it came; the run waits for the next one', async () => {
    const turns = createHeldTurns();
    const { clock, window, runs, driven, runner } = open({ turns });
    window.set(here, true);
    await clock.advance(2_000);
    window.set(here, false);
    await clock.advance(2_000);
    expect([turns.waiting(), driven.length]).toEqual([0, 0]);
    expect(await runs.unfinished()).toMatchObject({ state: 'paused', reason: 'window_closed' });
    expect(runner.problem()).toBeUndefined();
    window.set(here, true);
    await clock.advance(2_000);
    turns.give();
    await clock.advance(1);
    expect(driven.map(({ number }) => number)).toEqual([1]);
  });

  test('is given up where a person pauses the run before it came', async () => {
    const turns = createHeldTurns();
    const { clock, window, runs, runner, driven } = open({ turns });
    window.set(here, true);
    await clock.advance(2_000);
    await runner.pause(here, ann);
    await clock.advance(2_000);
    expect([turns.waiting(), driven.length]).toEqual([0, 0]);
    expect(await runs.unfinished()).toMatchObject({ state: 'paused', reason: 'person_paused' });
  });

  test('is given up where a person cancels the run before it came', async () => {
    const turns = createHeldTurns();
    const { clock, window, runner, driven } = open({ turns });
    window.set(here, true);
    await clock.advance(2_000);
    expect(await runner.cancel(here, ann)).toMatchObject({ state: 'cancelled' });
    expect([turns.waiting(), driven.length]).toEqual([0, 0]);
  });

  test('is given up at a stop, which waits for nobody else’s work', async () => {
    const turns = createHeldTurns();
    const { clock, window, runner, driven } = open({ turns });
    window.set(here, true);
    await clock.advance(2_000);
    await runner.stop();
    expect([turns.waiting(), driven.length]).toEqual([0, 0]);
  });

  test('goes between two steps to what has waited too long, and comes back', async () => {
    const turns = createHeldTurns();
    let isOverdue = true;
    const { clock, window, candidates } = open({
      turns,
      isOverdue: () => isOverdue,
      drive: oneStep([], async () => ({ kind: 'candidate', source })),
    });
    window.set(here, true);
    await clock.advance(2_000);
    turns.give();
    await clock.advance(1);
    expect([turns.taken(), turns.waiting(), candidates.length]).toEqual([0, 1, 0]);
    isOverdue = false;
    turns.give();
    await clock.advance(1);
    expect([turns.taken(), turns.given(), candidates.length]).toEqual([0, 2, 1]);
  });

  test('that does not come back before the window closes pauses the run', async () => {
    const turns = createHeldTurns();
    const told: (string | undefined)[] = [];
    const drive = oneStep(told, async () => ({ kind: 'candidate', source }));
    const { clock, window, runs } = open({ turns, isOverdue: () => true, drive });
    window.set(here, true);
    await clock.advance(2_000);
    turns.give();
    await clock.advance(1);
    window.set(here, false);
    await clock.advance(1);
    expect(told).toEqual(['paused']);
    expect([turns.taken(), turns.waiting()]).toEqual([0, 0]);
    expect(await runs.unfinished()).toMatchObject({ state: 'paused', reason: 'window_closed' });
  });
});

describe('a step', () => {
  const done: DriverEnd = { kind: 'candidate', source };

  test('is not begun where the window is known to close before it could be over', async () => {
    const told: (string | undefined)[] = [];
    const { clock, window, runs, candidates } = open({
      stepMs: 1_000,
      drive: oneStep(told, async () => done),
    });
    window.leftMs = 999;
    window.set(here, true);
    await clock.advance(2_000);
    expect([told, candidates]).toEqual([['paused'], []]);
    expect(await runs.unfinished()).toMatchObject({ state: 'paused', number: 1 });
    window.leftMs = 1_000;
    window.set(there, true);
    await clock.advance(1_500);
    expect(candidates).toHaveLength(1);
  });

  test('is begun in whatever time is left where nobody has measured one', async () => {
    const told: (string | undefined)[] = [];
    const { clock, window, candidates } = open({ drive: oneStep(told, async () => done) });
    window.leftMs = 0;
    window.set(here, true);
    await clock.advance(1_500);
    expect([told, candidates.length]).toEqual([[], 1]);
  });
});

describe('windows of several places', () => {
  const scopes = [here, there] as const;

  test('let a run begin where one is open, and only there', async () => {
    const { clock, window, driven } = open({
      scopes,
      drive: async () => ({ kind: 'waiting', againMs: 3_600_000 }),
    });
    window.set(there, true);
    await clock.advance(5_000);
    expect(driven.map(({ scope }) => scope)).toEqual([there]);
    expect(window.worked[0]).toBe(`begins ${policyScopeKey(there)}`);
  });

  test('a run is halted when its own closes, and not when another does', async () => {
    const ended = Promise.withResolvers<DriverEnd>();
    const halts: AbortSignal[] = [];
    const { clock, window } = open({
      scopes,
      drive: (_, gate) => {
        halts.push(gate.halted);
        return ended.promise;
      },
    });
    window.set(here, true);
    window.set(there, true);
    await clock.advance(2_000);
    window.set(there, false);
    expect(halts.map(({ aborted }) => aborted)).toEqual([false]);
    window.set(here, false);
    expect(halts.map(({ aborted }) => aborted)).toEqual([true]);
    ended.resolve({ kind: 'paused' });
  });

  test('a run whose own is closed waits, and does not keep another place from its own', async () => {
    const { clock, window, driven, runs } = open({ scopes, drive: async () => ({ kind: 'paused' }) });
    window.set(here, true);
    await clock.advance(2_000);
    window.set(here, false);
    window.set(there, true);
    await clock.advance(2_000);
    expect(driven.map(({ scope }) => scope)).toEqual([here, there]);
    expect(await runs.unfinished(here)).toMatchObject({ state: 'paused', reason: 'window_closed' });
    window.set(there, false);
    window.set(here, true);
    await clock.advance(2_000);
    expect(driven.map(({ scope }) => scope)).toEqual([here, there, here]);
  });
});

describe('whoever leads no more', () => {
  const ttlMs = 30_000;

  test('makes no policy of what it still trained; who leads now goes on with the run', async () => {
    const leases = createMemoryLeaseStore();
    const runs = createMemoryRunStore(createMemorySettlements(), leases);
    const lease = await leases.take('schedule', 'old', 0, ttlMs);
    const trained = Promise.withResolvers<DriverEnd>();
    const old = open({ runs: runs.fenced(lease!), drive: () => trained.promise, life: 'old' });
    old.window.set(here, true);
    await old.clock.advance(2_000);
    expect(old.driven).toHaveLength(1);

    const next = await leases.take('schedule', 'new', ttlMs, ttlMs);
    trained.resolve({ kind: 'candidate', source });
    await old.clock.advance(1);
    expect(old.candidates).toEqual([]);
    expect(old.runner.problem()).toBeUndefined();
    expect(await runs.unfinished()).toMatchObject({ number: 1 });

    const now = open({ runs: runs.fenced(next!), life: 'new' });
    now.window.set(here, true);
    await now.clock.advance(1_500);
    expect(now.candidates).toEqual([old.driven[0]?.runId]);
    expect(await runs.byNumber(1)).toMatchObject({ state: 'done' });
  });

  test('touches nothing while another leads, and begins when it leads itself', async () => {
    let isLeading = false;
    const { clock, window, runs, driven } = open({ leads: () => isLeading });
    window.set(here, true);
    await clock.advance(2 * 3_600_000);
    expect([driven.length, await runs.list(9)]).toEqual([0, []]);
    isLeading = true;
    await clock.advance(3_600_000);
    expect(driven.length).toBeGreaterThan(0);
  });

  test('begins nothing, and gives back the turn of what it had begun', async () => {
    const leases = createMemoryLeaseStore();
    const runs = createMemoryRunStore(createMemorySettlements(), leases);
    const lease = await leases.take('schedule', 'old', 0, ttlMs);
    const turns = createHeldTurns();
    const { clock, window, driven } = open({ runs: runs.fenced(lease!), turns });
    window.set(here, true);
    await clock.advance(2_000);
    await leases.take('schedule', 'new', ttlMs, ttlMs);
    turns.give();
    await clock.advance(1);
    expect([driven.length, turns.taken()]).toEqual([0, 0]);
    expect(window.worked).toHaveLength(2);
  });
});
