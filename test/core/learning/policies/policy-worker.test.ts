import { describe, expect, test } from 'vitest';
import { createPolicyWorker, type PolicyWorker } from '../../../../core/learning/policies/policy-worker.ts';
import type { TakeTurn } from '../../../../core/schedule/work-turns.ts';
import { createHeldTurns } from '../../../fakes/schedule/held-turns.ts';
import { createMemoryLogger, type MemoryLogger } from '../../../fakes/system/memory-logger.ts';
import { createRig, DAY_MS, operator, type PolicyRig } from './policy-rig.ts';

interface Working {
  readonly worker: PolicyWorker;
  readonly logger: MemoryLogger;
  let: (mayWork: boolean) => void;
  /** How many want to know of a change. */
  listeners: () => number;
}

function workOn(rig: PolicyRig, turn?: TakeTurn): Working {
  const logger = createMemoryLogger();
  const listeners = new Set<() => void>();
  let isLet = true;
  const { gate, live, store, clock } = rig;
  const worker = createPolicyWorker({
    gate,
    live,
    store,
    clock,
    logger,
    mayWork: () => isLet,
    ...(turn === undefined ? {} : { turn }),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  });
  return {
    worker,
    logger,
    let(mayWork) {
      isLet = mayWork;
      for (const listener of [...listeners]) listener();
    },
    listeners: () => listeners.size,
  };
}

describe('the worker', () => {
  test('carries a candidate from its first comparison to its canary', async () => {
    const rig = await createRig();
    await rig.add();
    rig.hold(100);
    const { worker } = workOn(rig);
    expect(await worker.report()).toEqual({ candidates: 1 });
    worker.start();
    await rig.clock.advance(1_000);
    expect((await rig.policy(1)).state).toBe('canary');
    await worker.stop();
    await rig.desk.promote(1, operator);
    expect(await worker.report()).toEqual({ candidates: 0 });
  });

  test('calls no model while it may not, and looks for harm all the same', async () => {
    const rig = await createRig();
    await rig.desk.advance(await rig.add(), 'canary');
    await rig.add();
    rig.hold(100);
    const working = workOn(rig);
    working.let(false);
    working.worker.start();
    await rig.desk.promote(2, operator);
    await rig.add();
    await rig.clock.advance(600_000);
    expect(await rig.policy(1)).toMatchObject({ state: 'discarded' });
    expect((await rig.policy(3)).evidence).toEqual({});
    working.let(true);
    await rig.clock.advance(30_000);
    expect((await rig.policy(3)).evidence.replay).toBeDefined();
    await working.worker.stop();
  });

  test('cuts off what is under way as soon as it may not go on, and does it again later', async () => {
    let asked = 0;
    let isHanging = true;
    const rig = await createRig({
      async answerAgain({ turnId }, { policy }, cut) {
        asked += 1;
        if (isHanging) await new Promise((resolve) => cut.addEventListener('abort', resolve));
        return { kind: 'answer', text: policy === 'configured' ? turnId : `good ${turnId}` };
      },
    });
    await rig.add();
    rig.hold(20);
    const working = workOn(rig);
    working.worker.start();
    await rig.clock.advance(1_000);
    expect([asked, working.listeners()]).toEqual([1, 1]);
    working.let(true);
    await rig.clock.advance(1_000);
    expect([asked, working.listeners()]).toEqual([1, 1]);
    working.let(false);
    await rig.clock.advance(1_000);
    expect([asked, working.listeners()]).toEqual([1, 0]);
    expect(await rig.store.comparisons((await rig.policy(1)).policyId)).toEqual([]);
    expect(await working.worker.report()).toEqual({ candidates: 1 });
    isHanging = false;
    working.let(true);
    await rig.clock.advance(30_000);
    expect((await rig.policy(1)).state).toBe('canary');
    await working.worker.stop();
  });

  test('says after a day that a candidate waits for a quiet time, and not of one that waits for a person', async () => {
    const rig = await createRig({ gateJudge: undefined });
    const working = workOn(rig);
    working.worker.start();
    await rig.add();
    working.let(false);
    await rig.clock.advance(DAY_MS);
    expect(await working.worker.report()).toEqual({ candidates: 1 });
    await rig.clock.advance(60_000);
    expect((await working.worker.report()).problem).toContain('waits for a quiet time');
    working.let(true);
    await rig.clock.advance(60_000);
    expect(await working.worker.report()).toEqual({ candidates: 1 });
    working.let(false);
    await rig.add();
    expect(await working.worker.report()).toEqual({ candidates: 2 });
    await rig.desk.discard(2, operator);
    await rig.clock.advance(2 * DAY_MS);
    expect((await rig.policy(1)).reason).toContain('a person decides');
    expect(await working.worker.report()).toEqual({ candidates: 1 });
    await working.worker.stop();
  });

  test('says that the budget is spent', async () => {
    const rig = await createRig({ calls: 4 });
    await rig.add();
    rig.hold(10);
    const { worker } = workOn(rig);
    worker.start();
    await rig.clock.advance(1_000);
    expect((await worker.report()).problem).toContain('the calls of the day are spent');
    await worker.stop();
  });

  test('outlives a store that fails', async () => {
    const rig = await createRig();
    await rig.add();
    rig.hold(100);
    const { worker, logger } = workOn(rig);
    rig.store.fail(new Error('disk'));
    worker.start();
    await rig.clock.advance(1_000);
    expect(logger.of('policy_gate_failed')).toHaveLength(1);
    rig.store.fail(undefined);
    expect((await worker.report()).problem).toContain('storage failed');
    await rig.clock.advance(30_000);
    expect((await rig.policy(1)).state).toBe('canary');
    expect(await worker.report()).toEqual({ candidates: 1 });
    await worker.stop();
    expect(rig.clock.waiting()).toBe(0);
  });

  test('says which candidate cannot be tried', async () => {
    const rig = await createRig({ answerAgain: () => Promise.reject(new Error('broken pipe')) });
    await rig.add();
    rig.hold(1);
    const { worker, logger } = workOn(rig);
    worker.start();
    await rig.clock.advance(1_000);
    expect((await worker.report()).problem).toBe('Policy 1 cannot be tested now: broken pipe');
    expect(logger.of('policy_gate_down')).toHaveLength(1);
    await worker.stop();
  });
});

describe('where turns are taken', () => {
  test('candidates wait for a turn, and go on in it', async () => {
    const rig = await createRig();
    const turns = createHeldTurns();
    const { worker } = workOn(rig, turns.take);
    worker.start();
    await rig.clock.advance(60_000);
    expect(turns.waiting()).toBe(0);
    await rig.add();
    rig.hold(100);
    await rig.clock.advance(3_600_000);
    expect([turns.waiting(), (await rig.policy(1)).evidence]).toEqual([1, {}]);
    turns.give();
    await rig.clock.advance(1_000);
    expect((await rig.policy(1)).state).toBe('canary');
    expect([turns.given(), turns.taken()]).toEqual([1, 0]);
    await worker.stop();
  });

  test('harm is looked for while they wait', async () => {
    const rig = await createRig();
    const turns = createHeldTurns();
    await rig.desk.advance(await rig.add(), 'canary');
    await rig.add();
    rig.hold(100);
    const { worker } = workOn(rig, turns.take);
    worker.start();
    await rig.desk.promote(2, operator);
    await rig.add();
    await rig.clock.advance(600_000);
    expect(await rig.policy(1)).toMatchObject({ state: 'discarded' });
    expect([turns.waiting(), turns.given()]).toEqual([1, 0]);
    await worker.stop();
  });

  test('a turn lasts a minute, and the step that began in it', async () => {
    const rig = await createRig({
      async answerAgain({ turnId }, { policy }) {
        await rig.clock.sleep(9_000);
        return { kind: 'answer', text: policy === 'configured' ? turnId : `good ${turnId}` };
      },
    });
    const turns = createHeldTurns();
    await rig.add();
    rig.hold(100);
    const { worker } = workOn(rig, turns.take);
    worker.start();
    await rig.clock.advance(0);
    turns.give();
    await rig.clock.advance(600_000);
    expect([turns.given(), turns.taken(), turns.waiting()]).toEqual([1, 0, 1]);
    // Two answers each: begun at 0, 18, 36 and 54 seconds.
    expect(await rig.store.comparisons((await rig.policy(1)).policyId)).toHaveLength(4);
    await worker.stop();
  });

  test('a turn that comes while people are answered has waited for them long enough', async () => {
    const rig = await createRig();
    const turns = createHeldTurns();
    await rig.add();
    rig.hold(100);
    const working = workOn(rig, turns.take);
    working.worker.start();
    await rig.clock.advance(0);
    working.let(false);
    turns.give();
    working.let(false);
    await rig.clock.advance(1_000);
    expect((await rig.policy(1)).state).toBe('canary');
    expect(turns.taken()).toBe(0);
    await working.worker.stop();
  });

  describe('what people cut off', () => {
    /** Each answer takes so long, and heeds what cuts it off. */
    const rigOf = async (answerMs: number): Promise<PolicyRig> => {
      const rig: PolicyRig = await createRig({
        async answerAgain({ turnId }, { policy }, cut) {
          await rig.clock.sleep(answerMs, cut);
          return { kind: 'answer', text: policy === 'configured' ? turnId : `good ${turnId}` };
        },
      });
      await rig.add();
      rig.hold(100);
      return rig;
    };

    async function begun(rig: PolicyRig) {
      const turns = createHeldTurns();
      const working = workOn(rig, turns.take);
      working.worker.start();
      await rig.clock.advance(0);
      turns.give();
      const compared = async (): Promise<number> =>
        (await rig.store.comparisons((await rig.policy(1)).policyId)).length;
      /** Somebody is answered for five seconds of each of so many. */
      async function talk(everyMs: number, times: number): Promise<void> {
        for (let at = 0; at < times; at += 1) {
          await rig.clock.advance(everyMs - 5_000);
          working.let(false);
          await rig.clock.advance(5_000);
          working.let(true);
        }
      }
      return { turns, working, compared, talk };
    }

    test('is made again in the same turn, as soon as nobody is answered', async () => {
      const rig = await rigOf(9_000);
      const { turns, working, compared, talk } = await begun(rig);
      await talk(25_000, 2);
      expect([turns.given(), turns.taken(), await compared()]).toEqual([1, 1, 2]);
      await talk(25_000, 2);
      // A minute of work is over: it waits for another.
      expect([turns.given(), turns.taken(), turns.waiting()]).toEqual([1, 0, 1]);
      await working.worker.stop();
    });

    test('is made to its end at last, where they never leave the time for it', async () => {
      const rig = await rigOf(9_000);
      const { turns, working, compared, talk } = await begun(rig);
      for (let hours = 0; hours < 3 && (await compared()) === 0; hours += 1) {
        await talk(15_000, 240);
        turns.give();
      }
      expect(await compared()).toBe(1);
      await working.worker.stop();
    });

    test('waits no longer than a while for them with its turn in hand', async () => {
      const rig = await rigOf(9_000);
      const { turns, working } = await begun(rig);
      await rig.clock.advance(1_000);
      working.let(false);
      await rig.clock.advance(9 * 60_000);
      expect(turns.taken()).toBe(1);
      await rig.clock.advance(2 * 60_000);
      expect([turns.taken(), turns.waiting(), working.listeners()]).toEqual([0, 1, 0]);
      await working.worker.stop();
    });

    test('is given up at a stop, also while it waits for them', async () => {
      const rig = await rigOf(9_000);
      const { turns, working } = await begun(rig);
      await rig.clock.advance(1_000);
      working.let(false);
      await rig.clock.advance(1_000);
      await working.worker.stop();
      expect([turns.taken(), turns.waiting(), working.listeners(), rig.clock.waiting()]).toEqual([
        0, 0, 0, 0,
      ]);
    });
  });

  test('one that has just come has not waited for a day, however long there was none', async () => {
    const rig = await createRig();
    const { worker } = workOn(rig, createHeldTurns().take);
    worker.start();
    await rig.clock.advance(2 * DAY_MS);
    await rig.add();
    expect(await worker.report()).toEqual({ candidates: 1 });
    await worker.stop();
  });

  test('it is told after a day that no step has come to its end, also while nobody is answered', async () => {
    const rig = await createRig();
    const turns = createHeldTurns();
    await rig.add();
    rig.hold(100);
    const { worker } = workOn(rig, turns.take);
    worker.start();
    await rig.clock.advance(DAY_MS);
    expect(await worker.report()).toEqual({ candidates: 1 });
    await rig.clock.advance(60_000);
    expect((await worker.report()).problem).toContain('waits for a quiet time');
    turns.give();
    await rig.clock.advance(1_000);
    expect(await worker.report()).toEqual({ candidates: 1 });
    await worker.stop();
  });

  test('a stop while they wait ends it at once', async () => {
    const rig = await createRig();
    const turns = createHeldTurns();
    await rig.add();
    rig.hold(100);
    const { worker, logger } = workOn(rig, turns.take);
    worker.start();
    await rig.clock.advance(0);
    expect(turns.waiting()).toBe(1);
    await worker.stop();
    expect([turns.waiting(), turns.taken(), rig.clock.waiting()]).toEqual([0, 0, 0]);
    expect(logger.of('policy_gate_failed')).toEqual([]);
  });

  test('a failing store gives the turn back and is tried again', async () => {
    const rig = await createRig();
    const turns = createHeldTurns();
    await rig.add();
    rig.hold(100);
    const { worker, logger } = workOn(rig, turns.take);
    worker.start();
    await rig.clock.advance(0);
    rig.store.fail(new Error('disk'));
    turns.give();
    await rig.clock.advance(0);
    expect([turns.taken(), logger.of('policy_gate_failed').length]).toEqual([0, 1]);
    rig.store.fail(undefined);
    await rig.clock.advance(30_000);
    turns.give();
    await rig.clock.advance(0);
    expect((await rig.policy(1)).state).toBe('canary');
    await worker.stop();
  });
});
