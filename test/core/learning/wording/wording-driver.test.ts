import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../../../core/domain/app-error.ts';
import type { DriverEnd } from '../../../../core/learning/run/run-driver.ts';
import { haltError } from '../../../../core/learning/run/run-gate.ts';
import { decodeSearch } from '../../../../core/learning/wording/search-state.ts';
import {
  createWordingDriver,
  type WordingDriverDeps,
} from '../../../../core/learning/wording/wording-driver.ts';
import type { ModelPort } from '../../../../core/ports/model.ts';
import { modelOf } from '../../../fakes/model/model-of.ts';
import {
  createWorld,
  drive,
  gateOf,
  goodRule,
  isMeasure,
  killed,
  kitchenTurns,
  never,
  runOf,
  skill,
  unitRules,
  type World,
  withProgress,
} from './wording-world.ts';

const limits = { maxCalls: 100 };
/** A seed whose search ends with a better persona. */
const seed = 1;

/** Drives again and again until there is an end. `before` may stop a call, or kill at it. */
async function driveOn(
  world: World,
  before: (call: number) => void,
  of: number | string = seed,
): Promise<DriverEnd> {
  for (let round = 0; round < 1_000; round += 1) {
    try {
      const driver = createWordingDriver(world.deps);
      const end = await driver.drive(withProgress(runOf(of), world), gateOf(world, before), never());
      if (end.kind !== 'paused') return end;
    } catch (thrown) {
      if (thrown !== killed) throw thrown;
    }
  }
  throw new Error('It never came to an end.');
}

const stateOf = ({ progress }: World) => decodeSearch(progress ?? '');

describe('a run that rewords', () => {
  test('makes a candidate of another persona', async () => {
    const world = createWorld(kitchenTurns(), unitRules, { limits });
    const end = await drive(world, seed);
    expect(end).toMatchObject({ kind: 'candidate', source: { kind: 'wording' } });
    expect(JSON.stringify(end)).toContain(goodRule);
    expect(world.edits).toEqual([]);
  });

  test('pauses where another instance has taken over, however often, and comes to the same end', async () => {
    const whole = createWorld(kitchenTurns(), unitRules, { limits });
    const end = await drive(whole, seed);
    const world = createWorld(kitchenTurns(), unitRules, { limits });
    let left = 8;
    const paused = { count: 0 };
    for (;;) {
      const driver = createWordingDriver({
        ...world.deps,
        runs: {
          async setProgress(...given) {
            left -= 1;
            if (left >= 0 && left % 2 === 0) {
              throw new AppError('conflict', 'Another leads.', { details: { reason: 'lease_lost' } });
            }
            await world.deps.runs.setProgress(...given);
          },
        },
      });
      const ended = await driver.drive(withProgress(runOf(seed), world), gateOf(world), never());
      if (ended.kind === 'paused') paused.count += 1;
      else {
        expect(ended).toEqual(end);
        break;
      }
    }
    expect(paused.count).toBe(4);
  });

  test('comes to the same end wherever it is killed or its window closes', async () => {
    const whole = createWorld(kitchenTurns(), unitRules, { limits });
    const end = await drive(whole, seed);
    const stops = fc.array(
      fc.record({ call: fc.integer({ min: 1, max: whole.calls }), isKill: fc.boolean() }),
      { maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(stops, async (some) => {
        const world = createWorld(kitchenTurns(), unitRules, { limits });
        const left = new Map(some.map(({ call, isKill }) => [call, isKill] as const));
        let kills = 0;
        const stopped = await driveOn(world, (call) => {
          const isKill = left.get(call);
          if (isKill === undefined) return;
          left.delete(call);
          if (!isKill) throw haltError('paused');
          kills += 1;
          throw killed;
        });
        expect(stopped).toEqual(end);
        expect(stateOf(world)).toEqual(stateOf(whole));
        // Each stop costs the answer of one evaluation at most.
        expect(world.calls).toBeLessThanOrEqual(whole.calls + some.length);
        expect(kills).toBeLessThanOrEqual(some.length);
      }),
      { numRuns: 40 },
    );
  });

  test('comes to the same end where each call has a window of its own, as far as one evaluation fits', async () => {
    const whole = createWorld(kitchenTurns(), unitRules, { limits });
    const end = await drive(whole, seed);
    const world = createWorld(kitchenTurns(), unitRules, { limits });
    let inWindow = 0;
    const stopped = await driveOn(world, () => {
      inWindow += 1;
      if (inWindow <= 2) return;
      inWindow = 0;
      throw haltError('paused');
    });
    expect(stopped).toEqual(end);
  });

  test('makes no call in a window that is closed already', async () => {
    const world = createWorld(kitchenTurns(), unitRules);
    const gate = { ...gateOf(world), halted: AbortSignal.abort() };
    expect(await createWordingDriver(world.deps).drive(runOf(1), gate, never())).toEqual({ kind: 'paused' });
    const cut = AbortSignal.abort();
    expect(await createWordingDriver(world.deps).drive(runOf(1), gateOf(world), cut)).toEqual({
      kind: 'paused',
    });
    expect(world.calls).toBe(0);
  });

  test('pauses where it is cut in the middle of a call', async () => {
    const cut = new AbortController();
    const world = createWorld(kitchenTurns(), unitRules);
    const deps: WordingDriverDeps = {
      ...world.deps,
      answerAgain: async () => {
        cut.abort();
        return { kind: 'answer', text: 'Too late.' };
      },
    };
    const end = await createWordingDriver(deps).drive(runOf(1), gateOf(world), cut.signal);
    expect(end).toEqual({ kind: 'paused' });
    expect(stateOf(world)?.pool[0]?.trials).toEqual({});
  });

  test('ends where the budget is spent', async () => {
    const world = createWorld(kitchenTurns(), unitRules);
    const end = await driveOn(world, (call) => {
      if (call > 10) throw haltError('budget_spent');
    });
    expect(end).toEqual({ kind: 'nothing', reason: 'budget_spent' });
  });

  test('counts each call before it is made, by what it will read and write', async () => {
    const world = createWorld(kitchenTurns(), unitRules, { limits });
    const costs: number[] = [];
    const gate = {
      ...gateOf(world),
      call: <T>({ tokens }: { readonly tokens: number }, make: () => Promise<T>) => {
        costs.push(tokens);
        return make();
      },
    };
    await createWordingDriver(world.deps).drive(runOf(seed), gate, never());
    expect(costs.length).toBe(stateOf(world)?.calls);
    expect(Math.min(...costs)).toBeGreaterThan(100);
  });

  test('needs twelve rated turns, four of them not good', async () => {
    const few = { kind: 'nothing', reason: 'too_few_samples' };
    expect(await drive(createWorld(kitchenTurns(11), unitRules), 1)).toEqual(few);
    const content = kitchenTurns().map((plan, index) => ({ ...plan, isGood: index >= 3 }));
    expect(await drive(createWorld(content, unitRules), 1)).toEqual(few);
    expect(await drive(createWorld(kitchenTurns(12), unitRules), 1)).not.toEqual(few);
  });

  test('waits for a model that fails, and gives up after six times in a row', async () => {
    const error = new AppError('rate_limited', 'Too fast.', { retryable: true, retryAfterMs: 5_000 });
    const broken: ModelPort = {
      description: 'broken',
      async *stream() {
        yield { type: 'failed', error };
      },
    };
    const world = createWorld(kitchenTurns(), unitRules, { limits: { maxCalls: 130 } });
    const bad = { ...world, deps: { ...world.deps, judge: broken } };
    for (let round = 1; round <= 5; round += 1) {
      const run = withProgress(runOf(seed), world);
      const end = await createWordingDriver(bad.deps).drive(run, gateOf(world), never());
      expect(end).toEqual({ kind: 'waiting', againMs: 5_000 });
      expect(stateOf(world)?.failures).toBe(round);
    }
    const run = withProgress(runOf(seed), world);
    const last = await createWordingDriver(bad.deps).drive(run, gateOf(world), never());
    expect(last).toEqual({ kind: 'failed', reason: 'model_failed', error });
    // One that comes back goes on as if nothing had been.
    const end = await drive(world, seed);
    expect(end.kind).toBe('candidate');
    expect(stateOf(world)?.failures).toBe(0);
  });

  test('begins anew where its progress cannot be read', async () => {
    const world = createWorld(kitchenTurns(), unitRules, { limits });
    world.progress = '{"half":';
    expect((await drive(world, seed)).kind).toBe('candidate');
  });

  test('ends where the present words have changed meanwhile', async () => {
    const world = createWorld(kitchenTurns(), unitRules, { limits });
    let stops = 0;
    const before = (call: number): void => {
      if (call < 30 || stops > 0) return;
      stops += 1;
      throw killed;
    };
    await expect(
      createWordingDriver(world.deps).drive(runOf(seed), gateOf(world, before), never()),
    ).rejects.toBe(killed);
    const deps = { ...world.deps, configuredPersona: 'You are another one by now.' };
    const run = withProgress(runOf(seed), world);
    expect(await createWordingDriver(deps).drive(run, gateOf(world), never())).toEqual({
      kind: 'nothing',
      reason: 'changed',
    });
  });

  test('forgets turns that may not be used any more, and each text that was written with a look at them', async () => {
    const world = createWorld(kitchenTurns(), unitRules, { limits });
    const before = (): void => {
      if ((stateOf(world)?.pool.length ?? 0) > 1) throw killed;
    };
    await expect(
      createWordingDriver(world.deps).drive(runOf(seed), gateOf(world, before), never()),
    ).rejects.toBe(killed);
    const [gone = ''] = stateOf(world)?.pool[1]?.changes[0]?.from ?? [];
    expect(gone).not.toBe('');
    const deps: WordingDriverDeps = {
      ...world.deps,
      mayUse: ({ turnId }) => ({ allowed: turnId !== gone }),
    };
    const stop = (): void => {
      throw haltError('paused');
    };
    const run = withProgress(runOf(seed), world);
    await createWordingDriver(deps).drive(run, gateOf(world, stop), never());
    const state = stateOf(world);
    expect(state?.pool).toHaveLength(1);
    expect(state?.train.map(({ turnId }) => turnId)).not.toContain(gone);
    const again = withProgress(runOf(seed), world);
    await createWordingDriver(deps).drive(again, gateOf(world), never());
    const seen = stateOf(world)?.pool.flatMap(({ changes }) => changes.flatMap(({ from }) => from));
    expect(seen).not.toContain(gone);
  });

  test('takes an answer that nobody can read or give for a bad one, and drops turns that cannot be played', async () => {
    const world = createWorld(kitchenTurns(), unitRules, { limits });
    const deps: WordingDriverDeps = {
      ...world.deps,
      answerAgain: async (one, as, signal) => {
        if (as.persona?.includes(goodRule) === true) return { kind: 'left_out', reason: 'no_words' };
        if (one.turnId === 't3') return { kind: 'left_out', reason: 'used_tools' };
        return world.deps.answerAgain(one, as, signal);
      },
    };
    const end = await drive({ ...world, deps }, seed);
    expect(end).toEqual({ kind: 'nothing', reason: 'nothing_better' });
    const judge = modelOf('judge', () => 'I would say ten of ten.');
    const mute = createWorld(kitchenTurns(), unitRules, { limits, judge });
    expect(await drive(mute, seed)).toEqual({ kind: 'nothing', reason: 'too_few_samples' });
  });

  test('hands a draft on once, also where a crash follows', async () => {
    const flour = skill('flour', 'Say how much flour a cake needs.\nBe brief about it.');
    const plans = kitchenTurns(60).map((plan) =>
      isMeasure(plan.request) ? { ...plan, skills: [flour] } : plan,
    );
    const world = createWorld(plans, {
      ...unitRules,
      answer: (one, _, skills) => unitRules.answer(one, '', skills),
      reword: (text) => (text.includes(goodRule) ? `${text} Please.` : `${text}\n${goodRule}`),
    });
    const end = await drive(world, 3);
    expect(end).toEqual({ kind: 'nothing', reason: 'skills_proposed' });
    expect(await drive(world, 3)).toEqual(end);
    expect(world.edits).toHaveLength(1);
    expect(world.edits[0]?.key).toMatch(/^[0-9a-f]{64}$/);
  });

  test('leaves skills alone where there is no space to draft them in', async () => {
    const flour = skill('flour', 'Say how much flour a cake needs.');
    const plans = kitchenTurns(60).map((plan) => ({ ...plan, skills: [flour] }));
    const world = createWorld(plans, {
      ...unitRules,
      answer: (one, _, skills) => unitRules.answer(one, '', skills),
    });
    const run = { ...runOf(3), scope: { kind: 'everywhere' } as const };
    const end = await createWordingDriver(world.deps).drive(run, gateOf(world), never());
    expect(end).toEqual({ kind: 'nothing', reason: 'nothing_better' });
    expect(world.edits).toEqual([]);
  });

  test('names every answer that was looked at on the way to a text', async () => {
    const world = createWorld(kitchenTurns(60), unitRules);
    await drive(world, seed);
    const changes = (stateOf(world)?.pool ?? []).flatMap((member) => member.changes);
    const steps = changes.flatMap((after) =>
      changes.filter(({ text }) => after.text.startsWith(`${text}\n`)).map((before) => ({ before, after })),
    );
    expect(steps.length).toBeGreaterThan(0);
    for (const { before, after } of steps)
      expect(after.from).toEqual(expect.arrayContaining([...before.from]));
  });

  test('shows who rewords nothing of the turns that a text is proven on, not even where somebody quotes them', async () => {
    const plans = kitchenTurns();
    const quoting = plans.map((plan, index) => ({
      ...plan,
      isGood: false,
      hint: `The unit is missing. ${plans[(index + 1) % plans.length]?.request ?? ''}`,
    }));
    const said: string[] = [];
    const rules = {
      ...unitRules,
      reword: (text: string, prompt: string) => {
        said.push(prompt);
        return unitRules.reword(text, prompt);
      },
    };
    const world = createWorld(quoting, rules, { limits });
    await drive(world, seed);
    const proofs = stateOf(world)?.select.map(({ turnId }) => turnId) ?? [];
    expect(said.length).toBeGreaterThan(0);
    expect(proofs.length).toBeGreaterThan(5);
    for (const { turnId, requestText } of world.turns) {
      if (proofs.includes(turnId)) expect(said.join('\n')).not.toContain(requestText);
    }
  });

  test('asks nobody twice about the same answer', async () => {
    let grades = 0;
    const rules = {
      ...unitRules,
      answer: () => 'Rice.',
      score: () => {
        grades += 1;
        return 5;
      },
    };
    const world = createWorld(kitchenTurns(), rules, { limits });
    expect(await drive(world, seed)).toEqual({ kind: 'nothing', reason: 'nothing_better' });
    expect(grades).toBe(stateOf(world)?.train.length);
  });
});
