import type { TurnId } from '../../../core/domain/ids.ts';
import type { Policy } from '../../../core/domain/policy.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { changeLibrary } from './change-library.ts';
import { wordsOn } from './community.ts';
import { createOurGate } from './our-gate.ts';
import { beginsAt, createOurRig, DAY_MS, type OurRig, scope } from './our-rig.ts';
import { createOurServing } from './our-serving.ts';
import { createOurTraining, type OurTraining } from './our-training.ts';
import { changedKind, type DaysResult, type Stage, shareRight } from './stage.ts';

const nightMs = 23 * 3_600_000;
const mostRuns = 1_000;

/** The product: real stores, library, settlement, runner, planner, driver, gate, canary and watch. */
export async function playOurs(stage: Stage, signal: AbortSignal): Promise<DaysResult> {
  const { plan, talk, community, poison, drawer } = stage;
  const { trainer, seed } = plan;
  const rig = await createOurRig(plan);
  try {
    const serving = createOurServing(rig, talk, drawer);
    const gate = createOurGate(rig, talk, drawer, createSeededRandom(104_729 * seed + 3));
    const training = createOurTraining(rig, trainer, plan);
    const rightByDay: number[] = [];
    const rated: TurnId[] = [];
    for (const [day, turns] of community.days.entries()) {
      const right: boolean[] = [];
      for (const turn of turns) {
        training.touch();
        const { turnId, sampled } = await serving.answer(day, turn);
        const isRight = talk.isRight(turn.kind, sampled.tokens);
        right.push(isRight);
        const words = wordsOn(turn, isRight, poison);
        if (words.length === 0) continue;
        rated.push(turnId);
        await serving.say(turnId, words);
      }
      rightByDay.push(shareRight(right));
      rig.clock.moveTo(beginsAt + day * DAY_MS + nightMs);
      await serving.settle();
      const kind = changedKind(day, talk.kinds);
      if (kind !== undefined) await changeLibrary(rig, talk, kind);
      await training.night();
      await gate.look(signal);
    }
    await training.stop();
    const { errors } = rig.log;
    if (errors.length > 0) throw new Error(`ours, seed ${seed}: ${errors.join('\n')}`);
    return {
      rightByDay,
      rated: rated.length,
      fates: await fatesOf(rated, rig, training, signal),
      steps: await stepsOf(rig),
      policies: await rig.stores.policies.list(mostRuns),
    };
  } finally {
    rig.close();
  }
}

/** A sentence's worth of how each rated answer ended, counted. What waits is told apart by what the planner says of it. */
async function fatesOf(
  rated: readonly TurnId[],
  rig: OurRig,
  { planner }: OurTraining,
  signal: AbortSignal,
): Promise<Readonly<Record<string, number>>> {
  const fates: Record<string, number> = {};
  const count = (fate: string, by = 1): void => {
    fates[fate] = (fates[fate] ?? 0) + by;
  };
  let ready = 0;
  for (const turnId of rated) {
    const fate = await fateOf(turnId, rig);
    if (fate === undefined) ready += 1;
    else count(fate);
  }
  const { plan } = await planner.plan(scope, signal);
  for (const [reason, those] of Object.entries(plan.leftOut)) {
    count(`passed over: ${reason}`, those);
    ready -= those;
  }
  count('waiting', ready);
  return fates;
}

/** `undefined`: it is a sample still. */
async function fateOf(turnId: TurnId, { stores }: OurRig): Promise<string | undefined> {
  const { ledger } = stores;
  const weights = await ledger.settlement(turnId, 'weights');
  const skills = await ledger.settlement(turnId, 'skills');
  if (weights?.state === 'used') return 'trained';
  if (skills?.state === 'used') return 'used as support';
  if (weights?.droppedBy !== undefined) return 'dropped at a change';
  if (weights === undefined || weights.state === 'open') return 'not settled';
  const { role, reason } = weights.decision;
  return role === 'query' ? undefined : `no sample: ${reason}`;
}

async function stepsOf({ stores }: OurRig): Promise<DaysResult['steps']> {
  let done = 0;
  let skipped = 0;
  for (const { runId } of await stores.runs.list(mostRuns, scope)) {
    for (const { state } of await stores.runs.steps(runId)) {
      if (state === 'done') done += 1;
      else skipped += 1;
    }
  }
  return { done, skipped };
}

/** Of policies how many ever answered everybody. */
export const everServed = (policies: readonly Policy[]): readonly Policy[] =>
  policies.filter(({ state }) => state === 'serving' || state === 'superseded' || state === 'rolled_back');
