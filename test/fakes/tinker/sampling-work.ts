import { z } from 'zod';
import type { Traits } from './behaviours.ts';
import { promptTokens } from './check-batch.ts';
import { findCheckpoint } from './checkpoint-store.ts';
import { type DrawSettings, drawTokens } from './draw-tokens.ts';
import type { EngineState, SamplerRecord } from './engine-state.ts';
import { type Adapter, copyAdapter, tokenLogprobs } from './policy.ts';
import { mixSeeds } from './random.ts';
import { refused } from './refusal.ts';
import { modelInputSchema } from './wire-batch.ts';
import { sampleResult, type WireResult } from './wire-results.ts';

export const sampleRequestSchema = z.object({
  sampling_session_id: z.string().nullish(),
  seq_id: z.int().nullish(),
  base_model: z.string().nullish(),
  model_path: z.string().nullish(),
  num_samples: z.int().min(1).max(1024).default(1),
  prompt: modelInputSchema,
  sampling_params: z.object({
    max_tokens: z.int().positive().nullish(),
    seed: z.int().nullish(),
    stop: z.union([z.string(), z.array(z.string()), z.array(z.int())]).nullish(),
    temperature: z.number().min(0).default(1),
    top_k: z.int().default(-1),
    top_p: z.number().gt(0).max(1).default(1),
  }),
  prompt_logprobs: z.boolean().nullish(),
  topk_prompt_logprobs: z.int().default(0),
});

export type SampleRequest = z.infer<typeof sampleRequestSchema>;

export interface SampleOptions {
  readonly logprobsOf: DrawSettings['logprobsOf'];
  /** For requests without a seed of their own. */
  readonly seed: number;
}

function stopIds(request: SampleRequest, traits: Traits): readonly number[] {
  const stop = request.sampling_params.stop ?? [];
  if (typeof stop === 'string') {
    throw refused(
      traits.stopAsListOnly ? 422 : 400,
      traits.stopAsListOnly ? 'stop: Input should be a valid list' : 'stop strings are not supported here',
    );
  }
  return stop.map((one) => {
    if (typeof one === 'string') throw refused(400, 'stop strings are not supported here');
    return one;
  });
}

/**
 * The weights to draw with. Where sampler weights live in the training slot, weights that are not thought to be there replace
 * the training weights, and those thought to be there are whatever training has made of them since.
 */
function weightsOf(state: EngineState, traits: Traits, sampler: SamplerRecord): Adapter | undefined {
  const { checkpoint } = sampler;
  if (checkpoint === undefined) return undefined;
  if (traits.isolation === 'snapshot') return checkpoint.adapter;
  const model = state.model(checkpoint.model.id);
  if (model.slotCheckpoint !== checkpoint.name) {
    model.adapter = copyAdapter(checkpoint.adapter);
    model.slotCheckpoint = checkpoint.name;
  }
  return model.adapter;
}

/** The sampler that a request names, or a passing one for the weights that it names. */
export function samplerFor(state: EngineState, request: SampleRequest, traits: Traits): SamplerRecord {
  const { sampling_session_id: id, base_model: baseModel, model_path: modelPath } = request;
  if (id != null) {
    if (traits.idStyle === 'flat' && id.includes(':')) {
      throw refused(400, "sampling_session_id must not contain ':' (the routing-key delimiter)");
    }
    if (traits.fields === 'skyrl' && request.seq_id == null) throw refused(422, 'seq_id: Field required');
    const sampler = state.samplers.get(id);
    if (sampler === undefined) throw refused(404, 'Sampling session not found');
    return sampler;
  }
  if (traits.samplesBySessionOnly) throw refused(404, 'Sampling session not found');
  return newSampler(state, 'passing', baseModel ?? undefined, modelPath ?? undefined);
}

export function newSampler(
  state: EngineState,
  id: string,
  baseModel: string | undefined,
  modelPath: string | undefined,
): SamplerRecord {
  if (modelPath !== undefined) {
    const checkpoint = findCheckpoint(state, modelPath);
    if (checkpoint.kind !== 'sampler_weights') throw refused(400, `${modelPath} holds no sampler weights`);
    return { id, offered: checkpoint.model.offered, modelPath, checkpoint };
  }
  if (baseModel === undefined) throw refused(400, 'Exactly one of base_model or model_path must be provided');
  return { id, offered: state.offeredModel(baseModel), modelPath: undefined, checkpoint: undefined };
}

function usualMaxTokens({ usualMaxTokens: usual }: Traits, room: number): number {
  if (usual === 'required') throw refused(400, 'max_tokens is currently required');
  return usual === 'as_many_as_fit' ? room : usual;
}

/** Checks the request at once; gives the work. */
export function checkedSample(
  state: EngineState,
  traits: Traits,
  sampler: SamplerRecord,
  request: SampleRequest,
  options: SampleOptions,
): () => WireResult {
  const { base, maxContextTokens } = sampler.offered;
  const params = request.sampling_params;
  const prompt = promptTokens(request.prompt.chunks, base.vocabulary);
  const room = maxContextTokens - prompt.length;
  const maxTokens = params.max_tokens ?? usualMaxTokens(traits, room);
  if (maxTokens < 1 || maxTokens > room) {
    throw refused(400, `prompt and max_tokens exceed the context of ${maxContextTokens} tokens`);
  }
  const stops = stopIds(request, traits);
  if (request.topk_prompt_logprobs > 0) throw refused(400, 'topk_prompt_logprobs is not supported here');
  return () => {
    const adapter = weightsOf(state, traits, sampler);
    const answers = Array.from({ length: request.num_samples }, (_, at) =>
      drawTokens(base, adapter, prompt, {
        maxTokens,
        temperature: params.temperature,
        topK: params.top_k,
        topP: params.top_p,
        stopIds: stops,
        seed: mixSeeds(params.seed ?? options.seed, at),
        logprobsOf: options.logprobsOf,
      }),
    );
    return sampleResult(answers, request.prompt_logprobs === true ? ofPrompt() : undefined);

    function ofPrompt(): readonly (number | null)[] {
      const known = Array.from(tokenLogprobs(base, adapter, prompt)).slice(1);
      return traits.promptLogprobs === 'leading_null' ? [null, ...known] : known;
    }
  };
}
