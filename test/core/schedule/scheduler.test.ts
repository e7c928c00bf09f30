import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type SpaceId, spaceId } from '../../../core/domain/ids.ts';
import { type PolicyScope, policyScopeKey } from '../../../core/domain/policy.ts';
import type { PastWindow, SpaceSignals } from '../../../core/domain/schedule.ts';
import type { Span } from '../../../core/domain/span.ts';
import type { StoredSchedule, WindowStore } from '../../../core/ports/window-store.ts';
import { createAnswering } from '../../../core/schedule/answering.ts';
import { createScheduler, type Scheduler, type SchedulerDeps } from '../../../core/schedule/scheduler.ts';
import { createFakeClock, type FakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const here = spaceId('web', 'here');
const there = spaceId('web', 'there');
const scope: PolicyScope = { kind: 'space', spaceId: here };
const other: PolicyScope = { kind: 'space', spaceId: there };
const everywhere: PolicyScope = { kind: 'everywhere' };
const clockStart = Date.UTC(2026, 0, 5, 12);
const rule = { vetoMs: 3 * minuteMs, wokenMs: 0, idleMs: 30 * minuteMs, neededQuiet: 0.8 };

/** What a test says of the spaces; may be changed while it runs. */
interface Said {
  sleep: readonly Span[];
  quiet: number;
  leads: boolean;
  work: boolean;
  leastMs: number;
  lastAt: number | undefined;
}

interface Rig {
  readonly clock: FakeClock;
  readonly said: Said;
  readonly scheduler: Scheduler;
  readonly answering: ReturnType<typeof createAnswering>;
  readonly windows: WindowStore & {
    readonly states: Map<string, StoredSchedule>;
    readonly closed: PastWindow[];
  };
}

function memoryWindows(): Rig['windows'] {
  const states = new Map<string, StoredSchedule>();
  const closed: PastWindow[] = [];
  return {
    states,
    closed,
    state: async (key) => states.get(key),
    setState: async (key, state) => void states.set(key, state),
    async close(key, window, state) {
      // Of the one place that the tests look at.
      if (key === policyScopeKey(scope)) closed.push(window);
      states.set(key, state);
    },
    past: async () => closed,
    prune: async () => {},
  };
}

function rigOf(
  given: Partial<SchedulerDeps> = {},
  windows = memoryWindows(),
  clock = createFakeClock(),
): Rig {
  const said: Said = {
    sleep: [],
    quiet: 1,
    leads: true,
    work: false,
    leastMs: 15 * minuteMs,
    lastAt: clock.now(),
  };
  const answering = createAnswering(clock);
  const signalsOf = (of: SpaceId, lastActivityAt: number | undefined): SpaceSignals => ({
    spaceId: of,
    sleep: said.sleep,
    busy: [],
    peopleAway: [],
    isShared: true,
    ...(lastActivityAt === undefined ? {} : { lastActivityAt }),
    quiet: () => said.quiet,
  });
  const scheduler = createScheduler({
    windows,
    signals: { of: (of, _, lastActivityAt) => signalsOf(of, lastActivityAt) },
    activity: { spaces: () => [here, there], lastAt: () => said.lastAt },
    answering,
    scopeOf: (of) => ({ kind: 'space', spaceId: of }),
    leads: () => said.leads,
    vetoBy: 'all',
    mayWorkStarved: () => false,
    hasWork: async () => said.work,
    rule,
    leastMs: () => said.leastMs,
    clock,
    logger: createMemoryLogger(),
    ...given,
  });
  return { clock, said, scheduler, answering, windows };
}

async function startedRig(given: Partial<SchedulerDeps> = {}): Promise<Rig> {
  const rig = rigOf(given);
  rig.scheduler.isOpen(scope);
  await rig.scheduler.start();
  await rig.clock.advance(rule.vetoMs);
  return rig;
}

const barOf = (scheduler: Scheduler, of: PolicyScope = scope): string => {
  const verdict = scheduler.expected(of);
  return verdict.isOpen ? `open by ${verdict.by.join(' ')}` : verdict.bar;
};

describe('a window', () => {
  test('is closed before the start, whatever the signals say', async () => {
    const { scheduler, said, clock } = rigOf();
    said.sleep = [{ from: clock.now() - hourMs, to: clock.now() + 8 * hourMs }];
    expect(barOf(scheduler)).toBe('starting');
    await scheduler.start();
    // What was said while it was away comes in just after the start.
    await clock.advance(rule.vetoMs - 1);
    expect(barOf(scheduler)).toBe('starting');
    expect(scheduler.expected(scope)).toMatchObject({ nextAt: clock.now() + 1, nextBy: ['sleep'] });
    await clock.advance(1);
    expect(barOf(scheduler)).toBe('open by sleep');
    await scheduler.stop();
  });

  test('counts the start as the last time of whom nothing is known', async () => {
    const { scheduler, said, clock } = rigOf();
    said.lastAt = undefined;
    await scheduler.start();
    await clock.advance(rule.idleMs - 1);
    expect(scheduler.isOpen(scope)).toBe(false);
    await clock.advance(minuteMs);
    expect(barOf(scheduler)).toBe('open by idle');
    await scheduler.stop();
  });

  test('opens by itself when it has been idle for long, and says so', async () => {
    const { scheduler, clock } = await startedRig();
    let changes = 0;
    scheduler.onChange(() => {
      changes += 1;
    });
    expect(barOf(scheduler)).toBe('awake');
    await clock.advance(rule.idleMs - rule.vetoMs - 1);
    expect(scheduler.isOpen(scope)).toBe(false);
    await clock.advance(minuteMs + 1);
    expect(barOf(scheduler)).toBe('open by idle');
    expect(changes).toBe(1);
    await scheduler.stop();
  });

  test('closes in the same moment in which somebody writes, in whatever space the engine serves', async () => {
    const { scheduler, said, clock } = await startedRig();
    said.sleep = [{ from: clock.now() - hourMs, to: clock.now() + 8 * hourMs }];
    scheduler.look();
    expect(scheduler.isOpen(scope)).toBe(true);
    let wasTold = false;
    scheduler.onChange(() => {
      wasTold = true;
    });
    scheduler.seen(there, 'message');
    expect(wasTold).toBe(true);
    expect(barOf(scheduler)).toBe('message');
    await clock.advance(rule.vetoMs - 1);
    expect(scheduler.isOpen(scope)).toBe(false);
    await clock.advance(1);
    expect(barOf(scheduler)).toBe('open by sleep');
    await scheduler.stop();
  });

  test('is closed by the messages of its own spaces only where others do not use the engine', async () => {
    const { scheduler, said, clock } = await startedRig({ vetoBy: 'own' });
    said.sleep = [{ from: clock.now() - hourMs, to: clock.now() + 8 * hourMs }];
    scheduler.look();
    scheduler.seen(there, 'message');
    expect(scheduler.isOpen(scope)).toBe(true);
    expect(scheduler.isOpen(other)).toBe(false);
    expect(scheduler.isOpen(everywhere)).toBe(false);
    scheduler.seen(here, 'message');
    expect(scheduler.isOpen(scope)).toBe(false);
    await scheduler.stop();
  });

  test('a command shows that somebody is there, and closes no window of sleepers', async () => {
    const { scheduler, said, clock } = await startedRig();
    await clock.advance(rule.idleMs + minuteMs);
    expect(barOf(scheduler)).toBe('open by idle');
    scheduler.seen(here, 'presence');
    expect(barOf(scheduler)).toBe('awake');
    said.sleep = [{ from: clock.now(), to: clock.now() + 8 * hourMs }];
    scheduler.look();
    scheduler.seen(here, 'presence');
    expect(barOf(scheduler)).toBe('open by sleep');
    await scheduler.stop();
  });

  test('is closed while an answer is under way, however long that takes', async () => {
    const { scheduler, said, clock, answering } = await startedRig();
    said.sleep = [{ from: clock.now() - hourMs, to: clock.now() + 8 * hourMs }];
    scheduler.look();
    const end = answering.begin();
    expect(barOf(scheduler)).toBe('answering');
    await clock.advance(hourMs);
    expect(scheduler.isOpen(scope)).toBe(false);
    end();
    expect(scheduler.isOpen(scope)).toBe(true);
    await scheduler.stop();
  });

  test('a follower keeps all closed until it leads', async () => {
    const { scheduler, said, clock } = await startedRig();
    said.leads = false;
    await clock.advance(2 * hourMs);
    expect(barOf(scheduler)).toBe('follower');
    said.leads = true;
    scheduler.look();
    expect(scheduler.isOpen(scope)).toBe(true);
    await scheduler.stop();
  });

  test('no jump of the wall clock makes idle time of none, or keeps what is idle closed', async () => {
    const { scheduler, clock } = await startedRig();
    scheduler.seen(here, 'message');
    clock.jump(5 * hourMs);
    scheduler.look();
    expect(barOf(scheduler)).toBe('message');
    clock.jump(-10 * hourMs);
    await clock.advance(rule.idleMs + minuteMs);
    expect(barOf(scheduler)).toBe('open by idle');
    await scheduler.stop();
  });

  test('what is known from before a restart counts as idle time', async () => {
    const { scheduler, said, clock } = rigOf();
    said.lastAt = clock.now() - hourMs;
    await scheduler.start();
    await clock.advance(rule.vetoMs);
    expect(barOf(scheduler)).toBe('open by idle');
    await scheduler.stop();
  });

  test('has time for what ends before it does, and only while it is open', async () => {
    const { scheduler, said, clock } = await startedRig();
    said.quiet = 0;
    said.sleep = [{ from: clock.now(), to: clock.now() + hourMs }];
    scheduler.look();
    expect(scheduler.hasTimeFor(scope, hourMs)).toBe(true);
    expect(scheduler.hasTimeFor(scope, hourMs + 1)).toBe(false);
    await clock.advance(50 * minuteMs);
    // Too short to begin is not too short to go on.
    expect(scheduler.isOpen(scope)).toBe(true);
    expect(scheduler.hasTimeFor(scope, 11 * minuteMs)).toBe(false);
    scheduler.seen(here, 'message');
    expect(scheduler.hasTimeFor(scope, 1)).toBe(false);
    await scheduler.stop();
  });
});

describe('a person who wants a run now', () => {
  test('has it at once, also where they have just written; a later word closes it for a while', async () => {
    const { scheduler, clock } = await startedRig();
    scheduler.seen(here, 'message');
    scheduler.force(scope);
    expect(barOf(scheduler)).toBe('open by person');
    await clock.advance(1_000);
    scheduler.seen(there, 'message');
    expect(barOf(scheduler)).toBe('message');
    await clock.advance(rule.vetoMs);
    expect(barOf(scheduler)).toBe('open by person');
    scheduler.release();
    expect(barOf(scheduler)).toBe('awake');
    await scheduler.stop();
  });

  test('has it for their scope alone', async () => {
    const { scheduler } = await startedRig();
    scheduler.force(scope);
    expect(scheduler.isOpen(other)).toBe(false);
    await scheduler.stop();
  });
});

describe('what is kept', () => {
  test('a window that closes is stored with what opened and closed it and how long something worked', async () => {
    const { scheduler, said, clock, windows } = await startedRig();
    said.sleep = [{ from: clock.now(), to: clock.now() + 8 * hourMs }];
    const openedAt = clock.now();
    scheduler.look();
    await clock.advance(hourMs);
    const rest = scheduler.working(scope);
    expect(scheduler.standing(scope).state).toBe('running');
    await clock.advance(hourMs);
    scheduler.seen(here, 'message');
    expect(scheduler.standing(scope).state).toBe('pausing');
    rest();
    expect(scheduler.standing(scope).state).toBe('waiting');
    await scheduler.stop();
    expect(windows.closed).toEqual([
      {
        from: openedAt,
        to: openedAt + 2 * hourMs,
        openedBy: ['sleep'],
        closedBy: 'message',
        workedMs: hourMs,
      },
    ]);
    expect(windows.states.get(policyScopeKey(scope))).toMatchObject({ state: 'waiting' });
  });

  test('one that was open at a crash is told of after it', async () => {
    const first = rigOf();
    first.said.sleep = [{ from: first.clock.now(), to: first.clock.now() + 8 * hourMs }];
    await first.scheduler.start();
    first.scheduler.isOpen(scope);
    await first.clock.advance(rule.vetoMs);
    await first.clock.advance(rule.vetoMs);
    first.scheduler.working(scope);
    await first.clock.advance(hourMs);
    const second = rigOf({}, first.windows, first.clock);
    second.scheduler.isOpen(scope);
    await second.scheduler.start();
    await second.scheduler.stop();
    expect(first.windows.closed).toMatchObject([
      { openedBy: ['sleep'], closedBy: 'restart', workedMs: hourMs },
    ]);
  });

  test('a follower writes nothing over what the leader sees', async () => {
    const leader = await startedRig();
    leader.said.sleep = [{ from: leader.clock.now(), to: leader.clock.now() + 8 * hourMs }];
    leader.scheduler.look();
    await leader.clock.advance(minuteMs);
    const before = leader.windows.states.get(policyScopeKey(scope));
    expect(before).toMatchObject({ state: 'open' });
    const follower = rigOf({}, leader.windows, leader.clock);
    follower.said.leads = false;
    await follower.scheduler.start();
    await leader.clock.advance(rule.vetoMs);
    await follower.scheduler.stop();
    expect(leader.windows.states.get(policyScopeKey(scope))).toEqual(before);
    expect(leader.windows.closed).toEqual([]);
    await leader.scheduler.stop();
  });

  test('one that is open at a stop has ended with it', async () => {
    const { scheduler, said, clock, windows } = await startedRig();
    said.sleep = [{ from: clock.now(), to: clock.now() + 8 * hourMs }];
    scheduler.look();
    const openedAt = clock.now();
    await clock.advance(4 * hourMs);
    await scheduler.stop();
    expect(windows.closed).toMatchObject([
      { from: openedAt, to: openedAt + 4 * hourMs, closedBy: 'restart', workedMs: 0 },
    ]);
    expect(scheduler.isOpen(scope)).toBe(false);
  });

  test('a store that fails stops nothing', async () => {
    const broken = memoryWindows();
    const rig = rigOf({}, { ...broken, setState: () => Promise.reject(new Error('full')) });
    await rig.scheduler.start();
    await rig.clock.advance(rule.vetoMs);
    rig.said.sleep = [{ from: rig.clock.now(), to: rig.clock.now() + 8 * hourMs }];
    rig.scheduler.look();
    expect(rig.scheduler.isOpen(scope)).toBe(true);
    await rig.scheduler.stop();
  });
});

describe('many places', () => {
  test('an answer elsewhere closes only what goes by its own people', async () => {
    const { scheduler, said, clock, answering } = await startedRig({ vetoBy: 'own' });
    said.sleep = [{ from: clock.now() - hourMs, to: clock.now() + 8 * hourMs }];
    scheduler.look();
    let changes = 0;
    scheduler.onChange(() => {
      changes += 1;
    });
    const end = answering.begin(there);
    expect(scheduler.isOpen(scope)).toBe(true);
    expect(scheduler.isOpen(other)).toBe(false);
    end();
    expect(scheduler.isOpen(other)).toBe(true);
    expect(changes).toBe(2);
    const endUnknown = answering.begin();
    expect(scheduler.isOpen(scope)).toBe(false);
    endUnknown();
    await scheduler.stop();
  });

  test('are known from the start on, without anybody asking', async () => {
    const { scheduler, said, clock } = rigOf();
    said.sleep = [{ from: clock.now() - hourMs, to: clock.now() + 8 * hourMs }];
    await scheduler.start();
    let wasTold = false;
    scheduler.onChange(() => {
      wasTold = true;
    });
    await clock.advance(rule.vetoMs);
    expect(wasTold).toBe(true);
    expect(scheduler.isOpenAnywhere()).toBe(true);
    await scheduler.stop();
  });

  test('one that is asked for in an open window is told of and stored', async () => {
    const { scheduler, said, clock, windows } = await startedRig();
    said.sleep = [{ from: clock.now() - hourMs, to: clock.now() + 8 * hourMs }];
    let wasTold = false;
    scheduler.onChange(() => {
      wasTold = true;
    });
    expect(scheduler.isOpen(everywhere)).toBe(true);
    expect(wasTold).toBe(true);
    await clock.advance(0);
    expect(windows.states.get(policyScopeKey(everywhere))).toMatchObject({ state: 'open' });
    await scheduler.stop();
  });

  test('where nobody was ever seen somebody may have been until the start', async () => {
    const { scheduler, clock } = await startedRig({
      activity: { spaces: () => [], lastAt: () => undefined },
    });
    expect(barOf(scheduler, everywhere)).toBe('awake');
    await clock.advance(rule.idleMs);
    expect(barOf(scheduler, everywhere)).toBe('open by idle');
    await scheduler.stop();
  });

  test('a message is taken without a look at every space', async () => {
    let looks = 0;
    const spaces = Array.from({ length: 100 }, (_, at) => spaceId('web', `s${at}`));
    const { scheduler, clock } = await startedRig({
      activity: { spaces: () => spaces, lastAt: () => clockStart },
      scopeOf: () => everywhere,
      signals: {
        of(of, _, lastActivityAt) {
          looks += 1;
          return {
            ...{ spaceId: of, sleep: [], busy: [], peopleAway: [], isShared: true, quiet: () => 1 },
            ...(lastActivityAt === undefined ? {} : { lastActivityAt }),
          };
        },
      },
    });
    await clock.advance(hourMs);
    expect(scheduler.isOpen(everywhere)).toBe(true);
    looks = 0;
    for (const one of spaces) scheduler.seen(one, 'message');
    expect(looks).toBe(0);
    expect(scheduler.isOpen(everywhere)).toBe(false);
    await scheduler.stop();
  });
});

describe('who is active in hours of sleep', () => {
  test('is awake for a while, and then asleep again', async () => {
    const { scheduler, said, clock } = await startedRig({ rule: { ...rule, wokenMs: 20 * minuteMs } });
    said.sleep = [{ from: clock.now() + minuteMs, to: clock.now() + 8 * hourMs }];
    await clock.advance(2 * minuteMs);
    expect(barOf(scheduler)).toBe('open by sleep');
    scheduler.seen(here, 'message');
    await clock.advance(rule.vetoMs);
    expect(barOf(scheduler)).toBe('awake');
    await clock.advance(17 * minuteMs);
    expect(barOf(scheduler)).toBe('open by sleep');
    scheduler.seen(here, 'presence');
    expect(barOf(scheduler)).toBe('awake');
    await scheduler.stop();
  });
});

describe('a window that grows', () => {
  test('is told of: what paused for want of time goes on', async () => {
    const { scheduler, said, clock } = await startedRig();
    said.quiet = 0;
    said.sleep = [{ from: clock.now(), to: clock.now() + hourMs }];
    scheduler.look();
    await clock.advance(50 * minuteMs);
    expect(scheduler.hasTimeFor(scope, hourMs)).toBe(false);
    let changes = 0;
    scheduler.onChange(() => {
      changes += 1;
    });
    said.sleep = [{ from: clock.now(), to: clock.now() + 3 * hourMs }];
    scheduler.look();
    expect(changes).toBe(1);
    expect(scheduler.hasTimeFor(scope, hourMs)).toBe(true);
    scheduler.look();
    expect(changes).toBe(1);
    await scheduler.stop();
  });
});

describe('starvation', () => {
  test('is not made by a clock that is put right', async () => {
    const rig = await startedRig();
    rig.said.work = true;
    rig.said.quiet = 0;
    await rig.clock.advance(2 * hourMs);
    rig.clock.jump(60 * dayMs);
    await rig.clock.advance(2 * hourMs);
    expect(rig.scheduler.isStarved(scope)).toBe(false);
    await starve(rig, 8);
    expect(rig.scheduler.isStarved(scope)).toBe(true);
    await rig.scheduler.stop();
  });

  async function starve(rig: Rig, days: number): Promise<void> {
    rig.said.work = true;
    rig.said.quiet = 0;
    for (let day = 0; day < days; day += 1) await rig.clock.advance(dayMs);
  }

  test('is told after seven days without a window while something waited', async () => {
    const rig = await startedRig();
    await starve(rig, 7);
    expect(rig.scheduler.isStarved(scope)).toBe(false);
    await rig.clock.advance(2 * hourMs);
    expect(rig.scheduler.isStarved(scope)).toBe(true);
    expect(rig.scheduler.isOpen(scope)).toBe(false);
    await rig.scheduler.stop();
  });

  test('outlives a restart', async () => {
    const rig = await startedRig();
    await starve(rig, 5);
    await rig.scheduler.stop();
    const second = rigOf({}, rig.windows, rig.clock);
    second.said.work = true;
    second.scheduler.isOpen(scope);
    await second.scheduler.start();
    await starve(second, 3);
    expect(second.scheduler.isStarved(scope)).toBe(true);
    await second.scheduler.stop();
  });

  test('does not come where nothing waits, or a window was of use', async () => {
    const rig = await startedRig();
    await starve(rig, 6);
    rig.said.sleep = [{ from: rig.clock.now(), to: rig.clock.now() + hourMs }];
    await rig.clock.advance(2 * hourMs);
    await starve(rig, 6);
    expect(rig.scheduler.isStarved(scope)).toBe(false);
    rig.said.work = false;
    await rig.clock.advance(9 * dayMs);
    expect(rig.scheduler.isStarved(scope)).toBe(false);
    await rig.scheduler.stop();
  });

  test('lets work that disturbs nobody begin, until it has worked for a while', async () => {
    const rig = await startedRig({ mayWorkStarved: () => true });
    await starve(rig, 8);
    expect(barOf(rig.scheduler)).toBe('open by starved');
    rig.scheduler.seen(here, 'message');
    expect(rig.scheduler.isOpen(scope)).toBe(true);
    const rest = rig.scheduler.working(scope);
    await rig.clock.advance(hourMs);
    rest();
    await rig.clock.advance(minuteMs);
    expect(rig.scheduler.isOpen(scope)).toBe(false);
    await rig.scheduler.stop();
  });
});

test('never is a window open within the veto of a message, during an answer, or to a follower', async () => {
  const action = fc.oneof(
    fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 2 * hourMs }) }),
    fc.record({
      kind: fc.constantFrom(
        'write' as const,
        'answer' as const,
        'end' as const,
        'lead' as const,
        'follow' as const,
      ),
    }),
    fc.record({ kind: fc.constant('jump' as const), ms: fc.integer({ min: -5 * hourMs, max: 5 * hourMs }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 40 }), async (actions) => {
      const rig = await startedRig();
      rig.said.sleep = [{ from: 0, to: rig.clock.now() + 365 * dayMs }];
      rig.scheduler.look();
      let lastMs = Number.NEGATIVE_INFINITY;
      let ends: (() => void)[] = [];
      const check = (): void => {
        const mayOpen =
          rig.said.leads && ends.length === 0 && rig.clock.monotonicMs() - lastMs >= rule.vetoMs;
        expect(rig.scheduler.isOpen(scope)).toBe(mayOpen);
      };
      for (const step of actions) {
        if (step.kind === 'wait') await rig.clock.advance(step.ms);
        else if (step.kind === 'jump') rig.clock.jump(step.ms);
        else if (step.kind === 'write') {
          lastMs = rig.clock.monotonicMs();
          rig.scheduler.seen(there, 'message');
        } else if (step.kind === 'answer') ends.push(rig.answering.begin());
        else if (step.kind === 'end') {
          for (const end of ends) end();
          ends = [];
        } else {
          rig.said.leads = step.kind === 'lead';
          rig.scheduler.look();
        }
        check();
      }
      await rig.scheduler.stop();
    }),
    { numRuns: 60 },
  );
});
