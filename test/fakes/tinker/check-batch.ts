import type { Traits } from './behaviours.ts';
import type { LossName } from './losses.ts';
import { refused } from './refusal.ts';
import type { TrainBatch, TrainDatum } from './train-batch.ts';
import type { WireBatch, WireDatum, WireTensor } from './wire-batch.ts';

const ratioInputs = ['logprobs', 'advantages'];

/** Throws a 400 of category `user` unless every token id exists, and there is at least one; joins the chunks. */
export function promptTokens(chunks: WireDatum['chunks'], vocabulary: number): readonly number[] {
  const tokens = chunks.flatMap((chunk) => {
    if (chunk.tokens === undefined) throw refused(400, `chunks of type ${chunk.type} are not supported`);
    if (chunk.tokens.length === 0) throw refused(400, 'a text chunk must hold at least one token');
    return chunk.tokens;
  });
  if (tokens.length === 0) throw refused(400, 'model_input must hold at least one token');
  checkIds(tokens, vocabulary, 'model_input');
  return tokens;
}

function checkIds(ids: readonly number[], vocabulary: number, where: string): void {
  const wrong = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabulary);
  if (wrong !== undefined) throw refused(400, `${where} holds token ${wrong} outside 0..${vocabulary - 1}`);
}

function tensorValues(
  tensor: WireTensor,
  name: string,
  length: number,
  lengthStatus: number,
): readonly number[] {
  const { data, shape } = tensor;
  if (shape !== undefined && shape.length > 1)
    throw refused(400, `${name} has ${shape.length} dimensions; 1 is supported`);
  if (shape?.[0] !== undefined && shape[0] !== data.length)
    throw refused(400, `${name} does not fit its shape`);
  if (data.length !== length)
    throw refused(lengthStatus, `${name} has ${data.length} values for ${length} tokens of model_input`);
  if (!data.every(Number.isFinite)) throw refused(400, `${name} holds a number that is not finite`);
  return data;
}

function checkNames(datum: WireDatum, loss: LossName, traits: Traits): void {
  const isRatio = loss !== 'cross_entropy';
  const known = ['target_tokens', ...(isRatio ? ratioInputs : ['weights'])];
  if (isRatio && traits.ratioWeights !== 'refused') known.push('weights');
  const unknown = Object.keys(datum.inputs).filter((name) => !known.includes(name));
  if (traits.refusesUnknownInputs && unknown.length > 0) {
    throw refused(400, `unexpected loss_fn_inputs for ${loss}: ${unknown.join(', ')}`);
  }
  const needed = ['target_tokens', ...(isRatio ? ratioInputs : traits.defaultWeights ? [] : ['weights'])];
  const missing = needed.filter((name) => datum.inputs[name] === undefined);
  if (missing.length > 0) throw refused(400, `missing loss_fn_inputs for ${loss}: ${missing.join(', ')}`);
}

function checkDatum(datum: WireDatum, loss: LossName, traits: Traits, vocabulary: number): TrainDatum {
  const tokens = promptTokens(datum.chunks, vocabulary);
  checkNames(datum, loss, traits);
  const values = (name: string, fallback: number): readonly number[] => {
    const tensor = datum.inputs[name];
    if (tensor === undefined) return tokens.map(() => fallback);
    return tensorValues(tensor, name, tokens.length, traits.lengthStatus);
  };
  const targets = values('target_tokens', 0);
  if (datum.inputs['target_tokens']?.dtype !== 'int64') throw refused(400, 'target_tokens must be integers');
  checkIds(targets, vocabulary, 'target_tokens');
  const weighs = loss === 'cross_entropy' || traits.ratioWeights === 'used';
  return {
    tokens,
    targets,
    weights: weighs ? values('weights', 1) : tokens.map(() => 1),
    old: values('logprobs', 0),
    advantages: values('advantages', 0),
  };
}

/** The loss by its name, or a 422. */
export function knownLoss(name: string, traits: Traits): LossName {
  const loss = traits.losses.find((one) => one === name);
  if (loss === undefined) throw refused(422, `unknown loss_fn ${JSON.stringify(name)}`);
  return loss;
}

/** Settings over the engine's own; throws a 422 for names it does not know, a 400 for what is no number. */
export function lossSettings(batch: WireBatch, loss: LossName, traits: Traits): Record<string, number> {
  const usual = traits.defaults[loss] ?? {};
  const unknown = Object.keys(batch.settings).filter((name) => !(name in usual));
  if (traits.refusesUnknownSettings && unknown.length > 0) {
    throw refused(422, `loss_fn_config of ${loss} has no ${unknown.join(', ')}`);
  }
  const settings = { ...usual, ...batch.settings };
  if (!Object.values(settings).every(Number.isFinite)) throw refused(400, 'loss_fn_config is not finite');
  return settings;
}

/** Throws what the engine refuses; gives what it trains on. */
export function checkBatch(batch: WireBatch, traits: Traits, vocabulary: number): TrainBatch {
  const loss = knownLoss(batch.loss, traits);
  if (batch.data.length === 0) throw refused(400, 'data must hold at least one datum');
  return {
    loss,
    settings: lossSettings(batch, loss, traits),
    data: batch.data.map((datum) => checkDatum(datum, loss, traits, vocabulary)),
  };
}
