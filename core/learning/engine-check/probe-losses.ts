import { toAppError } from '../../domain/app-error.ts';
import type { Datum, Loss, LossName } from '../../domain/datum.ts';
import type { EngineFinding } from './engine-finding.ts';
import type { OpenProbe } from './engine-probe.ts';

const losses: Readonly<Record<LossName, Loss>> = {
  cross_entropy: { name: 'cross_entropy' },
  importance_sampling: { name: 'importance_sampling' },
  ppo: { name: 'ppo', clipLow: 0.8, clipHigh: 1.2 },
  cispo: { name: 'cispo', clipLow: 0, clipHigh: 2 },
  dro: { name: 'dro', beta: 0.05 },
};

/** Whether the engine takes every loss that its profile says it has. */
export async function probeLosses(
  probe: OpenProbe,
  datums: readonly Datum[],
  signal: AbortSignal,
): Promise<EngineFinding> {
  const refused: string[] = [];
  for (const name of probe.trainer.facts.losses) {
    try {
      await probe.model.forward(datums, losses[name], signal);
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.code === 'aborted') throw error;
      refused.push(`${name}: ${error.message}`);
    }
  }
  const names = probe.trainer.facts.losses.join(', ');
  return refused.length === 0
    ? { check: 'losses', state: 'ok', message: `${names}.` }
    : {
        check: 'losses',
        state: 'problem',
        message: `Of ${names} the engine refuses ${refused.join(' ')}`,
        numbers: { refused: refused.length },
      };
}

function gradientNormIn(metrics: Readonly<Record<string, number>>): number | undefined {
  const [found] = Object.entries(metrics).filter(([name]) => /grad(?:ient)?_?norm/i.test(name));
  return found?.[1];
}

/** What twice the same batch does to the gradient's norm: a sum doubles, a mean does not. Weights stay as they are. */
export async function probeReduction(
  probe: OpenProbe,
  datums: readonly Datum[],
  signal: AbortSignal,
): Promise<EngineFinding> {
  const declared = probe.trainer.facts.lossReduction;
  const { model } = probe;
  const normOf = async (batch: readonly Datum[]): Promise<number | undefined> => {
    const [, metrics] = await Promise.all([
      model.forwardBackward(batch, { name: 'cross_entropy' }, signal),
      model.optimStep({ learningRate: 0 }, signal),
    ]);
    return gradientNormIn(metrics);
  };
  const once = await normOf(datums);
  const twice = once === undefined ? undefined : await normOf([...datums, ...datums]);
  if (once === undefined || twice === undefined || !(once > 0)) {
    const message = `The engine tells no norm of its gradients, so that it joins losses by ${declared} is its profile’s word.`;
    return { check: 'reduction', state: 'skipped', message };
  }
  const growth = twice / once;
  const measured = growth > 1.5 ? 'sum' : 'mean';
  return measured === declared
    ? {
        check: 'reduction',
        state: 'ok',
        message: `Losses are joined by ${declared}: a batch doubled has ${growth.toFixed(2)} times the gradient.`,
        numbers: { growth },
      }
    : {
        check: 'reduction',
        state: 'problem',
        message: `The profile says that losses are joined by ${declared}, but a batch doubled has ${growth.toFixed(2)} times the gradient. Another profile fits this engine.`,
        numbers: { growth },
      };
}
