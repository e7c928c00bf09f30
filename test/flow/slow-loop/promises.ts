import { expect } from 'vitest';
import type { TurnId } from '../../../core/domain/ids.ts';
import { foldReward } from '../../../core/domain/reward.ts';
import type { TrainingRun } from '../../../core/domain/training-run.ts';
import { wasSupport } from '../../../core/feedback/decide-role.ts';
import type { Settlement } from '../../../core/ports/ledger-store.ts';
import { everywhere, limits } from './limits.ts';
import { staleNow } from './stale-now.ts';
import { count } from './told.ts';
import type { World } from './world.ts';

const mostRuns = 1_000;

/** What a turn may become, as it is stored. */
interface Standing {
  readonly turnId: TurnId;
  readonly weights: Settlement | undefined;
  readonly skills: Settlement | undefined;
}

async function standings({ told, disk }: World): Promise<readonly Standing[]> {
  return Promise.all(
    told.turns.map(async ({ turnId }) => ({
      turnId,
      weights: await disk.ledger.settlement(turnId, 'weights'),
      skills: await disk.ledger.settlement(turnId, 'skills'),
    })),
  );
}

async function candidateRuns({ disk }: World): Promise<readonly TrainingRun[]> {
  return (await disk.runs.list(mostRuns)).filter(({ candidateId }) => candidateId !== undefined).toReversed();
}

/** Numbers of the turns that a run has trained, as it says itself. */
async function trainedBy(run: TrainingRun, { told, disk }: World): Promise<readonly number[]> {
  const ids = (await disk.runs.samples(run.runId)).flatMap(({ turnId, status }) =>
    status === 'trained' ? [turnId] : [],
  );
  return told.turns.filter(({ turnId }) => ids.includes(turnId)).map(({ number }) => number);
}

/** Numbers of the turns whose answers made a policy's weights, by what reached the engine. */
async function learnedBy(run: TrainingRun, { disk, lineage }: World): Promise<readonly number[]> {
  const policy = run.candidateId === undefined ? undefined : await disk.policies.get(run.candidateId);
  if (policy?.source.kind !== 'weights') return [];
  return lineage.of(policy.source.statePath);
}

/** The watchers' findings: claims of stale samples, calls after a touch or a pause, messages that waited. */
function watched({ broken }: World): void {
  expect(broken).toEqual([]);
}

/** A turn keeps the generation, the skills and the policy that its answer was drawn with, and what was acknowledged of it is on disk. */
async function turnsAreAsSampled({ told, disk }: World): Promise<void> {
  for (const { turnId, generation, policy, skills, stage } of told.turns) {
    const stored = await disk.turns.get(turnId);
    if (stored === undefined) expect(stage, `${turnId} is gone`).toBe('nothing');
    else {
      expect(stored).toMatchObject({ generation, policy, skills });
      if (stage === 'ended') expect(stored.state).toBe('done');
      if (stage !== 'nothing' && stage !== 'open') expect(await disk.turns.sampled(turnId)).toHaveLength(1);
    }
  }
}

/** What was acknowledged is on disk: every row of the ledger, the generation, ended runs and done steps as they were. */
async function acknowledgedIsStored({ told, disk }: World): Promise<void> {
  for (const signal of told.signals) expect(await disk.ledger.has(signal), signal).toBe(true);
  expect((await disk.library.state()).generation, 'the generation').toBe(told.generation);
  const present = new Map<string, string>();
  for (const run of await disk.runs.list(mostRuns)) {
    if (run.endedAt !== undefined) present.set(`run ${run.number}`, JSON.stringify(run));
    for (const step of await disk.runs.steps(run.runId)) {
      if (step.state !== 'begun') present.set(`run ${run.number} step ${step.step}`, JSON.stringify(step));
    }
  }
  for (const [name, text] of told.past) expect(present.get(name), name).toBe(text);
  for (const [name, text] of present) told.past.set(name, text);
}

/** What a change dropped, or made a skill from, is no sample ever again, whatever is said of it later. */
async function droppedStaysDropped({ told, happened }: World, all: readonly Standing[]): Promise<void> {
  for (const { turnId, weights, skills } of all) {
    if (told.dropped.has(turnId)) expect(weights?.droppedBy, `${turnId} came back`).toBeDefined();
    if (told.consumed.has(turnId)) expect(wasSupport(skills), `${turnId} is given back`).toBe(true);
    if (weights?.droppedBy !== undefined) {
      if (!told.dropped.has(turnId)) count(happened, 'dropped');
      told.dropped.add(turnId);
      expect(weights.decision.role, `${turnId} was dropped`).not.toBe('query');
      expect(weights.state, `${turnId} was dropped`).not.toBe('used');
    }
    if (wasSupport(skills)) {
      if (!told.consumed.has(turnId)) count(happened, 'consumed');
      told.consumed.add(turnId);
      expect(weights?.state, `${turnId} made a skill`).not.toBe('used');
    }
  }
}

/**
 * Atomically with each change, what it makes stale is dropped: whatever waits as a sample would be given the same skills now. What a
 * run held while a change looked at the samples, and gave back before it was made, nobody has dropped: that is found when it is claimed.
 */
function whatWaitsIsNotStale(world: World, all: readonly Standing[]): void {
  const { told, invalidation } = world;
  const { library } = world.bot();
  for (const turn of told.turns) {
    const weights = all.find(({ turnId }) => turnId === turn.turnId)?.weights;
    const waits = weights?.state === 'settled' && weights.decision.role === 'query';
    if (!waits || told.heldInChange.has(turn.turnId)) continue;
    expect(staleNow(turn, library, invalidation), `${turn.turnId} waits and is stale`).toBe(false);
  }
}

/**
 * What has made a candidate's weights, by the engine's own journal, is exactly what its run says that it trained, on top of what its
 * parent was made of: each answer once, and none of them in a consumed support set.
 */
async function candidatesAreMadeOfWhatTheySay(world: World): Promise<void> {
  const { told } = world;
  const runs = await candidateRuns(world);
  const trained: number[] = [];
  for (const run of runs) {
    const own = await trainedBy(run, world);
    const parent = runs.find(({ candidateId }) => candidateId !== undefined && candidateId === run.parentId);
    const inherited = parent === undefined ? [] : await learnedBy(parent, world);
    const learned = await learnedBy(run, world);
    expect(learned.toSorted(), `run ${run.number}`).toEqual([...inherited, ...own].toSorted());
    expect(run.plan.samples).toBeLessThanOrEqual(limits.mostSamples);
    trained.push(...own);
  }
  expect(new Set(trained).size, 'trained twice').toBe(trained.length);
  for (const number of trained) {
    const id = told.turns[number]?.turnId;
    expect(id !== undefined && told.consumed.has(id), `${id} made a skill and was trained`).toBe(false);
  }
}

/** Every attempt leaves a record with a state and, unless it is done or under way, a reason. */
async function everyRunSaysWhy({ disk }: World): Promise<void> {
  for (const { number, state, reason, candidateId, endedAt } of await disk.runs.list(mostRuns)) {
    if (state === 'done') expect(candidateId, `run ${number}`).toBeDefined();
    else if (state !== 'running') expect(reason, `run ${number} is ${state}`).toBeTruthy();
    expect(endedAt === undefined, `run ${number}`).toBe(state === 'running' || state === 'paused');
  }
}

/** What was spent is never above the cap, and never less than what the engine was given to learn. */
async function spendKeepsToTheCap({ disk, capMicros, lineage, happened }: World): Promise<void> {
  const runs = await disk.runs.list(mostRuns);
  const micros = runs.reduce((sum, { spend }) => sum + spend.micros, 0);
  expect(micros).toBeLessThanOrEqual(capMicros ?? Number.POSITIVE_INFINITY);
  expect(micros).toBeGreaterThanOrEqual(lineage.tokensSent());
  if (runs.some(({ reason }) => reason === 'budget_spent')) count(happened, 'spent the budget');
}

/** What serves changes by somebody's word on policies alone. */
function servingIsUntouched(world: World): void {
  const { told } = world;
  const { desk } = world.bot();
  for (const { conversation, key } of told.turns) {
    const known = told.answering.get(key);
    if (known === undefined) continue;
    expect(desk.policyFor(conversation, key)?.policyId ?? 'configured', key).toBe(known);
  }
}

/** All that must hold at every moment. */
export async function checkPromises(world: World): Promise<void> {
  watched(world);
  const all = await standings(world);
  await turnsAreAsSampled(world);
  await acknowledgedIsStored(world);
  await droppedStaysDropped(world, all);
  whatWaitsIsNotStale(world, all);
  await candidatesAreMadeOfWhatTheySay(world);
  await everyRunSaysWhy(world);
  await spendKeepsToTheCap(world);
  servingIsUntouched(world);
}

/** All that must hold when everything has come to rest: no run is under way, nothing is due. */
export async function checkNothingIsLost(world: World): Promise<void> {
  const { told, disk, happened } = world;
  const ready = new Set(await disk.runs.ready(everywhere, '', mostRuns));
  const trained = new Set<number>();
  for (const run of await candidateRuns(world)) {
    count(happened, 'candidates');
    for (const number of await trainedBy(run, world)) trained.add(number);
  }
  for (const turn of told.turns) {
    if (turn.stage !== 'ended') continue;
    const { turnId, number } = turn;
    const weights = await disk.ledger.settlement(turnId, 'weights');
    const isRated = foldReward(await disk.ledger.ofTurn(turnId)).kind === 'known';
    expect(weights?.state, `${turnId} never settled`).not.toBe('open');
    expect(weights?.state === 'used', `${turnId} is used by nothing`).toBe(trained.has(number));
    const isSample = weights?.state === 'settled' && weights.decision.role === 'query';
    expect(ready.has(turnId), `${turnId} is not in the queue`).toBe(isSample);
    if (isSample) count(happened, 'left in the queue');
    if (trained.has(number)) count(happened, 'trained');
    const isOut =
      told.dropped.has(turnId) ||
      told.consumed.has(turnId) ||
      (weights?.decision.reason === 'library_changed' && turn.generation < told.generation);
    if (isRated && !isOut) expect(isSample || trained.has(number), `${turnId} is lost`).toBe(true);
  }
}
