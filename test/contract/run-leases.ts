import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type TurnId, turnId } from '../../core/domain/ids.ts';
import { policyId, type RunId, runId } from '../../core/domain/policy.ts';
import type { RunSample, TrainingRun } from '../../core/domain/training-run.ts';
import { planned, sampleRun } from './run-samples.ts';
import type { RunsUnderTest } from './run-store.ts';
import type { StoreContract, StoresUnderTest } from './store-contract.ts';
import { sampleAt } from './store-samples.ts';

const turns: readonly TurnId[] = ['t0', 't1', 't2', 't3'].map(turnId);
const steps = [1, 2] as const;

const some = fc.subarray([...turns]);
const step = fc.constantFrom(...steps);
const turn = fc.constantFrom(...turns);
const command = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('begin' as const), of: some, cut: fc.nat(4) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('claim' as const), step }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('finish' as const), step, isDone: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('leave out' as const),
      of: some,
      reason: fc.constantFrom('too_long', 'changed'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      hasCandidate: fc.boolean(),
      keepsSteps: fc.constantFrom(undefined, 0, 1),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('say' as const), turn }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('settle' as const), turn }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('change' as const),
      consumed: fc.subarray([...turns], { maxLength: 1 }),
      dropped: fc.subarray([...turns], { maxLength: 1 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('mark' as const), turn }) },
);
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

/** What the commands so far should have come to. */
interface Expected {
  /** How many runs have begun. */
  begun: number;
  isUnfinished: boolean;
  /** Of runs of which not all steps are kept, up to which they are. */
  readonly kept: Map<RunId, number>;
  readonly stepStates: Map<number, 'begun' | 'ended'>;
  /** Turns of which somebody said something, or that the library moved on from while they were used, since they were settled last. */
  readonly unsettled: Set<TurnId>;
}

interface Held extends RunSample {
  readonly run: TrainingRun;
}

/** What the runs hold of a turn. */
async function holdersOf(id: TurnId, { runs }: RunsUnderTest): Promise<readonly Held[]> {
  const found: Held[] = [];
  for (const run of await runs.list(99)) {
    const sample = (await runs.samples(run.runId)).find((one) => one.turnId === id);
    if (sample !== undefined && sample.status !== 'left_out') found.push({ ...sample, run });
  }
  return found;
}

async function refusal(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'none',
    (thrown: unknown) => String(Object(thrown).code),
  );
}

async function revisions(stores: RunsUnderTest): Promise<ReadonlyMap<TurnId, number>> {
  const found = new Map<TurnId, number>();
  for (const id of turns) found.set(id, (await stores.table.of(id, 'weights'))?.revision ?? 0);
  return found;
}

type Of<Kind extends Command['do']> = Extract<Command, { readonly do: Kind }>;

const currentOf = ({ begun }: Expected) => runId(`r${begun}`);

async function begin(one: Of<'begin'>, stores: RunsUnderTest, expected: Expected): Promise<void> {
  const known = await revisions(stores);
  const plan = one.of.map((id, at) => planned(id, at < one.cut ? 1 : 2, { revision: known.get(id) ?? 0 }));
  const next = sampleRun(`r${expected.begun + 1}`, { startedAt: sampleAt + expected.begun });
  const refused = await refusal(stores.runs.begin(next, plan));
  expect(refused).toBe(expected.isUnfinished ? 'conflict' : 'none');
  if (expected.isUnfinished) return;
  expected.begun += 1;
  expected.isUnfinished = true;
  expected.stepStates.clear();
}

async function claim(one: Of<'claim'>, { runs }: RunsUnderTest, expected: Expected): Promise<void> {
  const isOpen = expected.isUnfinished && expected.stepStates.get(one.step) !== 'ended';
  const refused = await refusal(runs.claim(currentOf(expected), one.step, sampleAt));
  if (expected.begun > 0) expect(refused).toBe(isOpen ? 'none' : 'conflict');
  if (isOpen) expected.stepStates.set(one.step, 'begun');
}

async function finish(one: Of<'finish'>, { runs }: RunsUnderTest, expected: Expected): Promise<void> {
  const isOpen = expected.isUnfinished && expected.stepStates.get(one.step) === 'begun';
  const end = { step: one.step, metrics: {}, startedAt: sampleAt, endedAt: sampleAt } as const;
  const ended = one.isDone
    ? ({ ...end, state: 'done' } as const)
    : ({ ...end, state: 'skipped', reason: 'low_ess' } as const);
  const refused = await refusal(runs.finishStep(currentOf(expected), ended));
  if (expected.begun > 0) expect(refused).toBe(isOpen ? 'none' : 'conflict');
  if (isOpen) expected.stepStates.set(one.step, 'ended');
}

async function end(one: Of<'end'>, { runs }: RunsUnderTest, expected: Expected): Promise<void> {
  const current = currentOf(expected);
  const made = {
    ...(one.hasCandidate ? { candidateId: policyId(`made by ${current}`) } : {}),
    ...(one.keepsSteps === undefined ? {} : { keepsSteps: one.keepsSteps }),
  };
  const hasEnded = await runs.end(current, { state: 'done', at: sampleAt, ...made });
  expect(hasEnded).toBe(expected.isUnfinished);
  if (hasEnded && one.keepsSteps !== undefined) expected.kept.set(current, one.keepsSteps);
  expected.isUnfinished = false;
}

async function leaveOut(one: Of<'leave out'>, stores: RunsUnderTest, expected: Expected): Promise<void> {
  if (expected.begun === 0) return;
  for (const id of one.of) {
    const isClaimed = (await holdersOf(id, stores)).some(({ status }) => status === 'claimed');
    if (isClaimed && one.reason === 'changed') expected.unsettled.add(id);
  }
  await stores.runs.leaveOut(currentOf(expected), one.of, one.reason);
}

async function change(one: Of<'change'>, stores: RunsUnderTest, expected: Expected): Promise<void> {
  for (const id of turns) {
    const isUsed = (await holdersOf(id, stores)).some(({ status }) => status !== 'leased');
    if (isUsed) expected.unsettled.add(id);
  }
  await stores.table.change(one.consumed, one.dropped);
}

async function perform(one: Command, stores: RunsUnderTest, expected: Expected): Promise<void> {
  const { table } = stores;
  switch (one.do) {
    case 'begin':
      return begin(one, stores, expected);
    case 'claim':
      return claim(one, stores, expected);
    case 'finish':
      return finish(one, stores, expected);
    case 'end':
      return end(one, stores, expected);
    case 'change':
      return change(one, stores, expected);
    case 'leave out':
      return leaveOut(one, stores, expected);
    case 'say':
      expected.unsettled.add(one.turn);
      return table.say(one.turn);
    case 'settle':
      if (await table.settle(one.turn)) expected.unsettled.delete(one.turn);
      return;
    case 'mark':
      return table.markUsed(one.turn);
  }
}

/** Of one turn, after every command. */
async function checkTurn(id: TurnId, stores: RunsUnderTest, expected: Expected): Promise<void> {
  const weights = await stores.table.of(id, 'weights');
  const skills = await stores.table.of(id, 'skills');
  const holders = await holdersOf(id, stores);
  expect(holders.length, `${id} is in one run at most`).toBeLessThanOrEqual(1);
  const [holder] = holders;
  if (holder !== undefined && holder.status !== 'leased') {
    expect(weights, `${id} is used, as it was planned`).toMatchObject({
      state: 'used',
      revision: holder.revision,
    });
    expect(weights?.droppedBy, `nothing drops ${id} while it is used`).toBeUndefined();
    expect(skills?.state, `no skill is made from ${id} while it is used`).not.toBe('used');
  }
  if (holder !== undefined && holder.run.endedAt !== undefined) {
    expect(holder.status, `${id} is free after the run`).toBe('trained');
    expect(holder.run.candidateId, `${id} is trained for a policy`).toBeDefined();
    const { step } = holder;
    expect(step, `${id} is in a step that it is made of`).toBeLessThanOrEqual(
      expected.kept.get(holder.run.runId) ?? 9,
    );
  }
  if (expected.unsettled.has(id)) {
    expect(weights?.state, `no late word of ${id} is lost`).not.toBe('settled');
  }
  const isFree =
    weights?.state === 'settled' &&
    weights.decision.role === 'query' &&
    weights.droppedBy === undefined &&
    skills?.state !== 'used' &&
    holder === undefined;
  const ready = await stores.runs.ready({ kind: 'everywhere' }, '', 99);
  expect(ready.includes(id), `${id} is ready where nothing has it`).toBe(isFree);
}

/** When nothing runs any more and all is quiet. */
async function checkNoneLost(stores: RunsUnderTest, marked: ReadonlySet<TurnId>): Promise<void> {
  const ready = await stores.runs.ready({ kind: 'everywhere' }, '', 99);
  for (const id of turns) {
    const weights = await stores.table.of(id, 'weights');
    const isTrained = (await holdersOf(id, stores)).length === 1;
    const isUsed = isTrained || (marked.has(id) && weights?.state === 'used');
    const ends = [ready.includes(id), isUsed, weights?.droppedBy !== undefined].filter(Boolean);
    expect(ends, `${id} is ready, trained once or dropped`).toHaveLength(1);
    expect((await stores.runs.trainedOn(id)).length).toBe(isTrained ? 1 : 0);
  }
}

/** What no order of calls, with a restart after each, may bring about. `runs`: how many orders are tried, default 100. */
export function runLeasesContract(contract: StoreContract<RunsUnderTest> & { readonly runs?: number }): void {
  describe(`RunStore leases: ${contract.name}`, () => {
    async function play(
      commands: readonly Command[],
      subject: StoresUnderTest<RunsUnderTest>,
    ): Promise<void> {
      const expected: Expected = {
        begun: 0,
        isUnfinished: false,
        kept: new Map(),
        stepStates: new Map(),
        unsettled: new Set(),
      };
      for (const id of turns) await subject.stores.table.add(id);
      const marked = new Set<TurnId>();
      for (const one of [...commands, { do: 'end', hasCandidate: false, keepsSteps: undefined } as const]) {
        await perform(one, subject.stores, expected);
        await subject.reopen();
        if (one.do === 'mark') marked.add(one.turn);
        for (const id of turns) await checkTurn(id, subject.stores, expected);
      }
      for (const id of turns) await subject.stores.table.settle(id);
      await checkNoneLost(subject.stores, marked);
    }

    test('no sample is in two runs, trained twice or lost, and no late word either', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(command, { minLength: 4, maxLength: 25 }), async (commands) => {
          const subject = await contract.create();
          try {
            await play(commands, subject);
          } finally {
            await subject.close();
          }
        }),
        { numRuns: contract.runs ?? 100 },
      );
    }, 120_000);
  });
}
