import { AppError } from '../../domain/app-error.ts';
import type { AdamParams, Datum, LossResult } from '../../domain/datum.ts';
import type { EngineFacts } from '../../domain/engine-facts.ts';
import type { EngineSampler, SamplerSource, TrainableModel, TrainerPort } from '../../ports/trainer.ts';
import { costOf, type EnginePrices } from './engine-prices.ts';
import type { RunGate } from './run-gate.ts';
import type { ReferenceName, StepEngine } from './step-engine.ts';

/** What the policy in training is compared with; opened when first asked for. */
export type References = Readonly<Partial<Record<ReferenceName, SamplerSource>>>;

export interface RunEngineDeps {
  readonly trainer: Pick<TrainerPort, 'facts' | 'createSampler'>;
  readonly model: TrainableModel;
  readonly references: References;
  readonly gate: RunGate;
  readonly prices: EnginePrices;
  readonly adam: AdamParams;
  /** A name that no checkpoint has yet. */
  readonly checkpointName: () => string;
  /** Ends everything with the process. */
  readonly signal: AbortSignal;
}

/** The engine for the steps of one run, and what its last `update` saved. */
export interface RunEngine extends StepEngine {
  /** Takes the state path of the update made since it was last asked; `undefined` where there was none. */
  takeCheckpoint(): string | undefined;
}

/** Scoring calls under way at once. */
const atOnce = 8;

const tokensOf = (batch: readonly Datum[]): number =>
  batch.reduce((sum, { input }) => sum + input.length + 1, 0);

export function createRunEngine(deps: RunEngineDeps): RunEngine {
  const { trainer, model, references, gate, prices, signal } = deps;
  const facts: EngineFacts = trainer.facts;
  const opened = new Map<ReferenceName, Promise<EngineSampler>>();
  let passing: Promise<EngineSampler> | undefined;
  let checkpoint: string | undefined;
  let dirty = false;

  function openReference(name: ReferenceName): Promise<EngineSampler> {
    const source = references[name];
    if (source === undefined) {
      return Promise.reject(new AppError('unsupported', `No ${name} is set to compare with.`));
    }
    const known = opened.get(name);
    if (known !== undefined) return known;
    const made = gate.call(costOf({}, prices), () => trainer.createSampler(source, signal));
    opened.set(name, made);
    made.catch(() => opened.delete(name));
    return made;
  }

  function currentSampler(): Promise<EngineSampler> {
    if (passing !== undefined) return passing;
    const made = gate.call(costOf({}, prices), () => model.currentSampler(signal));
    passing = made;
    made.catch(() => {
      passing = undefined;
    });
    return made;
  }

  return {
    facts,
    forward: (batch, loss) =>
      gate.call(costOf({ read: tokensOf(batch) }, prices), () => model.forward(batch, loss, signal)),
    async update(batch, loss) {
      if (checkpoint !== undefined || dirty) {
        throw new AppError('internal', 'A step may update the model once only.');
      }
      return gate.call(costOf({ train: tokensOf(batch) }, prices), async () => {
        dirty = true;
        passing = undefined;
        // Sent in one go: an engine that is asked between them may take another cycle, and a pause may come between.
        const [pass, step, saved] = await Promise.allSettled([
          model.forwardBackward(batch, loss, signal),
          model.optimStep(deps.adam, signal),
          model.saveState(deps.checkpointName(), signal),
        ]);
        if (pass.status === 'rejected') throw pass.reason;
        if (step.status === 'rejected') throw step.reason;
        if (saved.status === 'rejected') throw saved.reason;
        dirty = false;
        checkpoint = saved.value;
        return pass.value satisfies LossResult;
      });
    },
    async reference(name, sequences) {
      const sampler = await openReference(name);
      const found: Float32Array[] = [];
      for (let at = 0; at < sequences.length; at += atOnce) {
        const part = sequences.slice(at, at + atOnce);
        found.push(
          ...(await Promise.all(
            part.map((tokens) =>
              gate.call(costOf({ read: tokens.length }, prices), () => sampler.logprobs(tokens, signal)),
            ),
          )),
        );
      }
      return found;
    },
    async sample(request) {
      const sampler = await currentSampler();
      const { prompt, count, params } = request;
      const cost = costOf({ read: prompt.length, write: count * params.maxTokens }, prices);
      return gate.call(cost, () => sampler.sample(request, signal));
    },
    takeCheckpoint() {
      const taken = checkpoint;
      checkpoint = undefined;
      return taken;
    },
  };
}
