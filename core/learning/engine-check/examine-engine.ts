import { AppError, toAppError } from '../../domain/app-error.ts';
import type { EngineCheckName, EngineFinding } from './engine-finding.ts';
import { type EngineProbe, type OpenProbe, probePrompts } from './engine-probe.ts';
import { probeCheckpoints } from './probe-checkpoints.ts';
import { type EarlierWeights, probeIsolation, probeLearning, rememberWeights } from './probe-learning.ts';
import { probeLosses, probeReduction } from './probe-losses.ts';
import { type ProbeSamples, probeAgreement, probeSampling } from './probe-sampling.ts';

function failed(check: EngineCheckName, error: AppError): EngineFinding {
  return { check, state: 'problem', message: error.message };
}

/** One check; what goes wrong in it is its finding. An abort ends everything. */
async function attempt<T>(
  check: EngineCheckName,
  work: () => Promise<T>,
): Promise<{ readonly value: T } | { readonly finding: EngineFinding }> {
  try {
    return { value: await work() };
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.code === 'aborted') throw error;
    return { finding: failed(check, error) };
  }
}

async function findingOf(check: EngineCheckName, work: () => Promise<EngineFinding>): Promise<EngineFinding> {
  const outcome = await attempt(check, work);
  return 'value' in outcome ? outcome.value : outcome.finding;
}

async function probeModels({ trainer, baseModel }: EngineProbe, signal: AbortSignal): Promise<EngineFinding> {
  const models = await trainer.models(signal);
  const names = models.map(({ name }) => name);
  const list = names.length === 0 ? 'none' : names.slice(0, 20).join(', ');
  if (baseModel === '') {
    const message = `engine.baseModel is not set. ${trainer.description} offers ${list}: set it to one of them.`;
    return { check: 'models', state: 'problem', message };
  }
  const found = models.find(({ name }) => name === baseModel);
  if (found === undefined) {
    const message = `${trainer.description} does not offer ${baseModel}. It offers ${list}. Set engine.baseModel to one of them.`;
    return { check: 'models', state: 'problem', message };
  }
  const { maxContextTokens } = found;
  const context = maxContextTokens === undefined ? '' : `, of ${maxContextTokens} tokens`;
  const message = `${trainer.description} offers ${baseModel}${context}.`;
  return { check: 'models', state: 'ok', message };
}

function probeTokenizer({ tokenizer }: EngineProbe): EngineFinding {
  if (tokenizer === undefined) {
    const message =
      'engine.tokenizer is not set: plain ids are used here, and the engine cannot answer people.';
    return { check: 'tokenizer', state: 'skipped', message };
  }
  const prompt = tokenizer.renderPrompt([{ role: 'user', text: 'Hello' }], []);
  const { length } = tokenizer.stopIds;
  const ends = length === 1 ? 'one id ends an answer' : `${length} ids end an answer`;
  const message = `opens; “Hello” is a prompt of ${prompt.length} tokens, and ${ends}.`;
  return { check: 'tokenizer', state: 'ok', message };
}

async function* checkTraining(
  probe: OpenProbe,
  samples: ProbeSamples,
  signal: AbortSignal,
): AsyncGenerator<EngineFinding> {
  const { datums } = samples;
  yield await findingOf('agreement', () => probeAgreement(probe, samples, signal));
  yield await findingOf('losses', () => probeLosses(probe, datums, signal));
  const earlier = await attempt<EarlierWeights>('isolation', () => rememberWeights(probe, samples, signal));
  yield await findingOf('learning', () => probeLearning(probe, signal));
  yield 'finding' in earlier
    ? earlier.finding
    : await findingOf('isolation', () => probeIsolation(probe, earlier.value, signal));
  yield await findingOf('checkpoints', () => probeCheckpoints(probe, datums, signal));
  const { keepAs } = probe;
  if (keepAs !== undefined) yield await findingOf('kept', () => keep(probe, keepAs, signal));
  yield await findingOf('reduction', () => probeReduction(probe, datums, signal));
}

async function keep({ model, kept }: OpenProbe, name: string, signal: AbortSignal): Promise<EngineFinding> {
  const path = await model.saveState(name, signal);
  kept.push(path);
  return { check: 'kept', state: 'ok', message: path };
}

async function deleteSaved(
  { trainer, model, saved, kept }: Pick<OpenProbe, 'trainer' | 'model' | 'saved' | 'kept'>,
  signal: AbortSignal,
): Promise<void> {
  const listed = await trainer.checkpoints(model.modelId, signal).catch(() => []);
  const paths = new Set([...saved, ...listed.map(({ path }) => path)]).difference(new Set(kept));
  for (const path of paths) await trainer.deleteCheckpoint(path, signal).catch(() => undefined);
}

/** The engine is left as it was found, with what it saved by itself for passing samplers; what cannot be taken away there is nobody's harm. */
async function cleanUp({ trainer, model, saved, kept }: OpenProbe, signal: AbortSignal): Promise<void> {
  await deleteSaved({ trainer, model, saved, kept }, signal);
  await model.unload(signal).catch(() => undefined);
  // What was still being saved when the check was stopped.
  await deleteSaved({ trainer, model, saved: [], kept }, signal);
}

/**
 * Finds out what an engine can do and whether learning on it is right, one finding after the other: with an adapter of its own,
 * which it throws away. What depends on something that failed is left out. Rejects with `aborted` alone.
 */
export async function* examineEngine(probe: EngineProbe, signal: AbortSignal): AsyncGenerator<EngineFinding> {
  const models = await findingOf('models', () => probeModels(probe, signal));
  yield models;
  if (models.state === 'problem') return;
  const tokenizer = await findingOf('tokenizer', async () => probeTokenizer(probe));
  yield tokenizer;
  if (tokenizer.state === 'problem') return;
  const { trainer, baseModel, rank } = probe;
  // Not cut short: an adapter that nobody knows of would keep its place at the engine.
  const whole = new AbortController().signal;
  const created = await attempt('adapter', () => trainer.createModel({ baseModel, rank }, whole));
  if ('finding' in created) {
    yield created.finding;
    return;
  }
  const open: OpenProbe = {
    ...probe,
    model: created.value,
    prompts: probePrompts(probe.tokenizer),
    saved: [],
    kept: [],
  };
  try {
    yield { check: 'adapter', state: 'ok', message: `A new adapter of rank ${rank} was made.` };
    if (signal.aborted) throw new AppError('aborted', 'The check was stopped.');
    const sampling = await attempt('sampling', () => probeSampling(open, signal));
    if ('finding' in sampling) {
      yield sampling.finding;
      return;
    }
    yield* sampling.value.findings;
    if (sampling.value.samples !== undefined) yield* checkTraining(open, sampling.value.samples, signal);
  } finally {
    await cleanUp(open, whole);
  }
}
