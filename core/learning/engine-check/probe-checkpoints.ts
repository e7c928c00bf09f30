import type { Datum } from '../../domain/datum.ts';
import type { EngineFinding } from './engine-finding.ts';
import type { OpenProbe } from './engine-probe.ts';

const sameWithin = 1e-3;

/** Whether a state comes back as it was saved. */
export async function probeCheckpoints(
  probe: OpenProbe,
  datums: readonly Datum[],
  signal: AbortSignal,
): Promise<EngineFinding> {
  const check = 'checkpoints';
  const loss = { name: 'cross_entropy' } as const;
  const before = await probe.model.forward(datums, loss, signal);
  const path = await probe.model.saveState(probe.nameOf('state'), signal);
  probe.saved.push(path);
  const restored = await probe.trainer.restoreModel(path, { withOptimizer: true }, signal);
  try {
    const after = await restored.forward(datums, loss, signal);
    let difference = 0;
    for (const [index, own] of before.logprobs.entries()) {
      for (const [at, logprob] of own.entries()) {
        difference = Math.max(difference, Math.abs(logprob - (after.logprobs[index]?.[at] ?? Number.NaN)));
      }
    }
    const numbers = { difference };
    if (!(difference <= sameWithin)) {
      const message = `A model restored from its state differs by ${difference.toExponential(1)}: it would not go on where it stopped.`;
      return { check, state: 'problem', message, numbers };
    }
    const listed = await probe.trainer.checkpoints(probe.model.modelId, signal);
    const isListed = listed.some((row) => row.path === path);
    return {
      check,
      state: isListed ? 'ok' : 'warning',
      message: `A restored state says the same as before${isListed ? '' : ', but is not in the engine’s list'}.`,
      numbers,
    };
  } finally {
    await restored.unload(signal);
  }
}
