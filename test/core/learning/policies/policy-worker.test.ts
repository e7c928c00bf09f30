import { describe, expect, test } from 'vitest';
import { createPolicyWorker, type PolicyWorker } from '../../../../core/learning/policies/policy-worker.ts';
import { createMemoryLogger, type MemoryLogger } from '../../../fakes/system/memory-logger.ts';
import { createRig, DAY_MS, operator, type PolicyRig, wholeSpace } from './policy-rig.ts';

interface Working {
  readonly worker: PolicyWorker;
  readonly logger: MemoryLogger;
  let: (mayWork: boolean) => void;
}

function workOn(rig: PolicyRig): Working {
  const logger = createMemoryLogger();
  let isLet = true;
  const { gate, live, store, clock } = rig;
  const worker = createPolicyWorker({ gate, live, store, clock, logger, mayWork: () => isLet });
  return {
    worker,
    logger,
    let(mayWork) {
      isLet = mayWork;
    },
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
    await rig.clock.advance(31 * DAY_MS);
    expect((await rig.policy(1)).state).toBe('discarded');
    expect((await rig.policy(2)).evidence).toEqual({});
    working.let(true);
    await rig.desk.promote(2, operator);
    await rig.add(wholeSpace);
    await rig.clock.advance(30_000);
    expect((await rig.policy(3)).evidence.replay).toBeDefined();
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
