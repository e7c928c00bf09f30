import { describe, expect, test } from 'vitest';
import { createPolicyWorker, type PolicyWorker } from '../../../../core/learning/policies/policy-worker.ts';
import { createMemoryLogger, type MemoryLogger } from '../../../fakes/system/memory-logger.ts';
import { createRig, DAY_MS, operator, type PolicyRig } from './policy-rig.ts';

interface Working {
  readonly worker: PolicyWorker;
  readonly logger: MemoryLogger;
  let: (mayWork: boolean) => void;
  /** How many want to know of a change. */
  listeners: () => number;
}

function workOn(rig: PolicyRig): Working {
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
    expect(await working.worker.report()).toEqual({ candidates: 1 });
    await rig.clock.advance(60_000);
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
