import { describe, expect, onTestFinished, test } from 'vitest';
import { personId, spaceId } from '../../../../core/domain/ids.ts';
import { type PolicyScope, policyId, policyScopeKey } from '../../../../core/domain/policy.ts';
import type { RunKind, RunPlan, TrainingRun } from '../../../../core/domain/training-run.ts';
import type { DriverEnd } from '../../../../core/learning/run/run-driver.ts';
import { haltOf, type RunGate } from '../../../../core/learning/run/run-gate.ts';
import { createTrainingRunner } from '../../../../core/learning/run/training-runner.ts';
import type { RunStore } from '../../../../core/ports/run-store.ts';
import { createMemoryRunStore } from '../../../fakes/learning/memory-run-store.ts';
import { createFakeClock } from '../../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../../../fakes/system/sequential-ids.ts';

const space = (name: string): PolicyScope => ({ kind: 'space', spaceId: spaceId('fake', name) });
const [a, b] = [space('a'), space('b')];
const everywhere: PolicyScope = { kind: 'everywhere' };
const isOf = (run: TrainingRun, scope: PolicyScope): boolean =>
  policyScopeKey(run.scope) === policyScopeKey(scope);
const ann = personId('fake', 'ann');
const source = { kind: 'weights', baseModel: 'b', samplerPath: 's', statePath: 't' } as const;
const hourMs = 3_600_000;
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

type Drive = (run: TrainingRun, gate: RunGate, signal: AbortSignal) => Promise<DriverEnd>;

interface Given {
  readonly drive?: Drive;
  readonly scopes?: readonly PolicyScope[];
  readonly kind?: RunKind;
  readonly stepMs?: (kind: RunKind) => number;
  readonly runs?: RunStore;
  readonly abandon?: () => Promise<void>;
  /** In front of its ids, where there are two over one store. */
  readonly life?: string;
}

/** Runs until it is halted, or cut off. */
const endless: Drive = (_, gate, signal) =>
  new Promise((resolve) => {
    const end = (): void => resolve({ kind: 'paused' });
    if (gate.halted.aborted) end();
    for (const one of [gate.halted, signal]) one.addEventListener('abort', end);
  });

/** One runner, and windows that a test opens, of each scope its own. */
function open(given: Given = {}) {
  const clock = createFakeClock();
  const runs = given.runs ?? createMemoryRunStore();
  const openKeys = new Set<string>();
  const listeners = new Set<() => void>();
  let forced: string | undefined;
  let leftMs = Number.POSITIVE_INFINITY;
  const settings = new Map<string, unknown>();
  const driven: PolicyScope[] = [];
  const abandoned: PolicyScope[] = [];
  const { kind = 'weights' } = given;
  const isOpen = (scope: PolicyScope): boolean =>
    openKeys.has(policyScopeKey(scope)) || forced === policyScopeKey(scope);
  const tell = (): void => {
    for (const listener of [...listeners]) listener();
  };
  const runner = createTrainingRunner({
    runs,
    settings: {
      get: async (of, key) => settings.get(`${of} ${key}`),
      set: async (of, key, value) => void settings.set(`${of} ${key}`, value),
    },
    window: {
      isOpen,
      hasTimeFor: (scope, durationMs) => isOpen(scope) && leftMs >= durationMs,
      working: () => () => {},
      onChange(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      force(scope) {
        forced = policyScopeKey(scope);
        tell();
      },
      release() {
        forced = undefined;
        tell();
      },
    },
    ...(given.stepMs === undefined ? {} : { stepMs: given.stepMs }),
    scopes: async () => given.scopes ?? [a, b],
    planners: [
      {
        kind,
        plan: async () => ({ kind: 'ready', methods: ['kto'], samples: [], plan }),
      },
    ],
    drivers: {
      [kind]: {
        drive(run: TrainingRun, gate: RunGate, signal: AbortSignal) {
          driven.push(run.scope);
          return (given.drive ?? endless)(run, gate, signal);
        },
        async abandon(run: TrainingRun) {
          abandoned.push(run.scope);
          await given.abandon?.();
        },
      },
    },
    servingIn: () => undefined,
    addCandidate: async (run) => policyId(`of-${run.runId}`),
    generation: () => 1,
    capMicros: undefined,
    clock,
    ids: createSequentialIds(given.life),
    logger: createMemoryLogger(),
  });
  onTestFinished(() => runner.stop());
  runner.start();
  return {
    clock,
    runs,
    runner,
    driven,
    abandoned,
    forced: () => forced,
    leave(ms: number) {
      leftMs = ms;
    },
    set(scope: PolicyScope, isNowOpen: boolean) {
      if (isNowOpen) openKeys.add(policyScopeKey(scope));
      else openKeys.delete(policyScopeKey(scope));
      tell();
    },
    async standing(): Promise<readonly unknown[]> {
      return (await runs.allUnfinished()).map(({ scope, state, reason }) => [scope, state, reason]);
    },
  };
}

describe('a run that cannot go on', () => {
  test('holds up no other space: there a run begins and ends, and the first goes on after it', async () => {
    const { clock, set, standing, driven, runs } = open({
      drive: async (run, gate, signal) =>
        isOf(run, b) ? { kind: 'candidate', source } : endless(run, gate, signal),
    });
    set(a, true);
    await clock.advance(2_000);
    set(a, false);
    await clock.advance(2_000);
    expect(await standing()).toEqual([[a, 'paused', 'window_closed']]);
    set(b, true);
    await clock.advance(1_500);
    expect(driven.slice(0, 2)).toEqual([a, b]);
    expect(await runs.byNumber(2)).toMatchObject({ scope: b, state: 'done' });
    set(b, false);
    set(a, true);
    await clock.advance(2_000);
    expect(await standing()).toEqual([[a, 'running', undefined]]);
    expect(driven.at(-1)).toEqual(a);
  });

  test.each<readonly [string, (subject: ReturnType<typeof open>) => Promise<unknown>, string]>([
    ['a person has paused it', ({ runner }) => runner.pause(a, ann), 'person_paused'],
    [
      'its window has too little time',
      async (subject) => {
        subject.set(a, false);
        subject.leave(5);
        await subject.clock.advance(1);
        subject.set(a, true);
      },
      'too_little_time',
    ],
  ])('as %s, lets another be driven', async (_, stop, reason) => {
    const subject = open({ stepMs: () => 10 });
    subject.set(a, true);
    await subject.clock.advance(2_000);
    await stop(subject);
    await subject.clock.advance(2_000);
    expect(await subject.standing()).toEqual([[a, 'paused', reason]]);
    subject.leave(10);
    if (reason === 'too_little_time') subject.set(a, false);
    subject.set(b, true);
    await subject.clock.advance(2_000);
    expect(subject.driven.at(-1)).toEqual(b);
    expect(subject.driven).toHaveLength(2);
  });

  test('as it waits for somebody outside, lets another be driven, and is driven again at its time', async () => {
    const { clock, set, driven } = open({
      drive: async (run, gate, signal) =>
        isOf(run, b) ? endless(run, gate, signal) : { kind: 'waiting', againMs: 10 * 60_000 },
    });
    set(a, true);
    set(b, true);
    await clock.advance(5_000);
    expect(driven).toEqual([a, b]);
    set(b, false);
    await clock.advance(9 * 60_000);
    expect(driven).toEqual([a, b]);
    await clock.advance(60_000);
    expect(driven).toEqual([a, b, a]);
  });
});

describe('of several that may go on', () => {
  /** A run of each, paused by its window. */
  async function bothAtHand(given: Given = {}) {
    const subject = open(given);
    for (const scope of [a, b]) {
      subject.set(scope, true);
      await subject.clock.advance(2_000);
      subject.set(scope, false);
      await subject.clock.advance(2_000);
    }
    subject.driven.length = 0;
    return subject;
  }

  test('one is driven at a time, the first; the other says that it waits for it', async () => {
    const { clock, set, driven, standing } = await bothAtHand();
    set(b, true);
    await clock.advance(1);
    set(a, true);
    await clock.advance(3 * hourMs);
    expect(driven).toHaveLength(1);
    expect(await standing()).toEqual([
      [a, 'running', undefined],
      [b, 'paused', 'other_run'],
    ]);
    set(a, false);
    await clock.advance(2_000);
    expect(await standing()).toEqual([
      [a, 'paused', 'window_closed'],
      [b, 'running', undefined],
    ]);
    expect(driven).toEqual([a, b]);
  });

  test('the one that a person asked for goes first', async () => {
    const { clock, set, runner, driven, forced } = await bothAtHand();
    expect(await runner.now(b, ann)).toMatchObject({ kind: 'resumed' });
    set(a, true);
    expect(forced()).toBe(policyScopeKey(b));
    await clock.advance(2_000);
    expect(driven).toEqual([b]);
  });

  test('cancelling and pausing one touches the other in nothing, and waits for no drive of it', async () => {
    const { clock, set, runner, standing, abandoned, driven } = await bothAtHand();
    set(a, true);
    await clock.advance(2_000);
    expect(await runner.pause(b, ann)).toBe(true);
    await clock.advance(1);
    expect(await standing()).toEqual([
      [a, 'running', undefined],
      [b, 'paused', 'person_paused'],
    ]);
    expect(await runner.cancel(b, ann)).toMatchObject({ scope: b, state: 'cancelled' });
    expect(abandoned).toEqual([b]);
    expect(await standing()).toEqual([[a, 'running', undefined]]);
    expect(await runner.cancel(b, ann)).toBeUndefined();
    expect(await runner.cancel(a, ann)).toMatchObject({ scope: a, state: 'cancelled' });
    expect(await standing()).toEqual([]);
    expect(driven).toEqual([a]);
  });

  test('one that is just being cancelled holds up no other', async () => {
    const tidied = Promise.withResolvers<void>();
    const { clock, set, runner, driven } = await bothAtHand({ abandon: () => tidied.promise });
    const cancelled = runner.cancel(a, ann);
    await clock.advance(1);
    set(a, true);
    set(b, true);
    await clock.advance(3_000);
    expect(driven).toEqual([b]);
    tidied.resolve();
    expect(await cancelled).toMatchObject({ scope: a, state: 'cancelled' });
  });

  test('one that is cancelled in the moment in which it would be driven is not', async () => {
    const runs = createMemoryRunStore();
    const read = { after: async (): Promise<void> => {} };
    const subject = await bothAtHand({
      runs: {
        ...runs,
        async allUnfinished() {
          const found = await runs.allUnfinished();
          await read.after();
          return found;
        },
      },
    });
    const { clock, set, runner, driven, standing } = subject;
    read.after = async () => {
      read.after = async () => {};
      await runner.cancel(a, ann);
    };
    set(a, true);
    await clock.advance(2_000);
    expect(driven).not.toContainEqual(a);
    expect(await standing()).toEqual([[b, 'paused', 'window_closed']]);
  });
});

describe('a person who wants a run', () => {
  test('has one begun at once while another is driven; it goes on as soon as that one does not', async () => {
    const { clock, set, runner, standing, driven } = open();
    set(a, true);
    await clock.advance(2_000);
    expect(await runner.now(b, ann)).toMatchObject({ kind: 'began', run: { number: 2 } });
    expect(await standing()).toEqual([
      [a, 'running', undefined],
      [b, 'paused', 'other_run'],
    ]);
    set(a, false);
    await clock.advance(2_000);
    expect(driven).toEqual([a, b]);
  });

  test('keeps their window open when the run of another place ends', async () => {
    const first = Promise.withResolvers<DriverEnd>();
    const { clock, set, runner, forced } = open({
      drive: (run, gate, signal) => (isOf(run, b) ? endless(run, gate, signal) : first.promise),
    });
    set(a, true);
    await clock.advance(2_000);
    await runner.now(b, ann);
    first.resolve({ kind: 'nothing', reason: 'low_ess' });
    await clock.advance(3_000);
    expect(forced()).toBe(policyScopeKey(b));
  });

  test('is told of a run that has answers in common', async () => {
    const { clock, set, runner, standing } = open({ scopes: [everywhere] });
    set(everywhere, true);
    await clock.advance(2_000);
    expect(await runner.now(a, ann)).toEqual({ kind: 'nothing', reason: 'other_run' });
    expect(await runner.cancel(a, ann)).toBeUndefined();
    expect(await standing()).toEqual([[everywhere, 'running', undefined]]);
  });
});

test('beside one of everywhere nothing begins in a space, until it has ended', async () => {
  const runs = createMemoryRunStore();
  const first = open({ runs, scopes: [everywhere] });
  first.set(everywhere, true);
  await first.clock.advance(2_000);
  await first.runner.stop();
  const { clock, set, runner, driven, standing } = open({ runs, life: 'second' });
  set(a, true);
  await clock.advance(5_000);
  expect(driven).toEqual([]);
  set(everywhere, true);
  await clock.advance(2_000);
  expect(driven).toEqual([everywhere]);
  await runner.cancel(everywhere, ann);
  await clock.advance(3_000);
  expect(driven).toEqual([everywhere, a]);
  expect(await standing()).toEqual([[a, 'running', undefined]]);
});

test('a step of another kind does not have to have the time of one of weights', async () => {
  const steps: (string | undefined)[] = [];
  const { clock, set, leave } = open({
    kind: 'wording',
    scopes: [a],
    stepMs: (kind) => (kind === 'weights' ? hourMs : 0),
    async drive(_, gate) {
      steps.push(
        await gate.beforeStep().then(
          () => 'begun',
          (thrown: unknown) => haltOf(thrown),
        ),
      );
      return { kind: 'waiting', againMs: hourMs };
    },
  });
  leave(1);
  set(a, true);
  await clock.advance(2_000);
  expect(steps).toEqual(['begun']);
});

test('a driver that pauses by itself is left alone until something changes', async () => {
  const { clock, set, driven } = open({ scopes: [a], drive: async () => ({ kind: 'paused' }) });
  set(a, true);
  await clock.advance(30 * 60_000);
  expect(driven).toEqual([a]);
  set(b, true);
  await clock.advance(2_000);
  expect(driven).toEqual([a, a]);
  await clock.advance(hourMs + 2_000);
  expect(driven).toEqual([a, a, a]);
});
