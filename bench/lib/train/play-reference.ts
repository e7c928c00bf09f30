import { wordsOn } from './community.ts';
import { createReferenceLoop } from './reference-rule.ts';
import { changedKind, type DaysResult, type Stage, shareRight } from './stage.ts';

const rank = 8;
const nothing = { steps: { done: 0, skipped: 0 }, policies: [] } as const;

/** Nobody trains: the base model answers for good. */
export async function playOff({ plan, talk, community, poison, drawer }: Stage): Promise<DaysResult> {
  const rightByDay: number[] = [];
  let rated = 0;
  for (const turns of community.days) {
    const right: boolean[] = [];
    for (const turn of turns) {
      const { tokens } = await drawer.next({ baseModel: plan.baseModel }, turn.kind);
      const isRight = talk.isRight(turn.kind, tokens);
      right.push(isRight);
      if (wordsOn(turn, isRight, poison).length > 0) rated += 1;
    }
    rightByDay.push(shareRight(right));
  }
  return { rightByDay, rated, fates: { 'never trained': rated }, ...nothing };
}

/** The reference's rule: a rated answer is worth the mean of its words, and a window comes each night. */
export async function playReference(
  { plan, talk, community, poison, drawer }: Stage,
  signal: AbortSignal,
): Promise<DaysResult> {
  const { trainer, baseModel, learningRate, seed } = plan;
  const model = await trainer.createModel({ baseModel, rank, seed }, signal);
  const name = `reference-${baseModel.replaceAll(/\W/g, '-')}-${plan.isPoisoned ? 'poisoned' : 'clean'}`;
  const loop = createReferenceLoop({ model, baseModel, learningRate, name });
  const rightByDay: number[] = [];
  let rated = 0;
  for (const [day, turns] of community.days.entries()) {
    const right: boolean[] = [];
    for (const turn of turns) {
      const sampled = await drawer.next(loop.source(), turn.kind);
      const isRight = talk.isRight(turn.kind, sampled.tokens);
      right.push(isRight);
      const words = wordsOn(turn, isRight, poison);
      if (words.length === 0) continue;
      rated += 1;
      loop.put({ sampled, reward: words.reduce((sum, { polarity }) => sum + polarity, 0) / words.length });
    }
    rightByDay.push(shareRight(right));
    if (changedKind(day, talk.kinds) !== undefined) loop.flush();
    await loop.night(signal);
  }
  await model.unload(signal);
  const { trained, surplus, flushed, waiting, steps, emptySteps } = loop.counts();
  return {
    rightByDay,
    rated,
    fates: { trained, 'lost as surplus': surplus, 'dropped at a change': flushed, waiting },
    steps: { done: steps - emptySteps, skipped: emptySteps },
    policies: [],
  };
}
