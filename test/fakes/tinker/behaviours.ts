import type { LossName, LossSettings, Reduction } from './losses.ts';

export type Behaviour = 'tinker' | 'skyrl' | 'tuft' | 'mint';

/** What one engine does otherwise than another; the server asks these and never its name. */
export interface Traits {
  /** Status for a missing and for a wrong key; absent: asks for none. */
  readonly keyRefusals?: { readonly missing: number; readonly wrong: number };
  /** What `forward_backward` takes. JSON `forward` is there where JSON is taken. */
  readonly takesJson: boolean;
  readonly takesProtobuf: boolean;
  /** Whether passes and samples are given as protobuf also to those who did not ask for it. */
  readonly resultsAlwaysProtobuf: boolean;
  /**
   * `by_seq`: waits for the next seq_id. `arrival`: as they come. `strict_next`: as they come, and any but the next expected
   * fails; what failed while it was done may be tried again or left out.
   */
  readonly order: 'by_seq' | 'arrival' | 'strict_next';
  /** Whether the same (model, seq_id) and body gives the same future for passes and steps, another body 409. */
  readonly dedupesBySeq: boolean;
  /** Whether the same X-Idempotency-Key and request gives the same answer, another request 409. */
  readonly dedupesByKey: boolean;
  readonly submitStatus: number;
  readonly createStatus: number;
  /** `body`: 200 {error, category}; `detail`: an HTTP status with {detail}. */
  readonly failure: 'body' | 'detail';
  /** Of a failed future with `detail`: always the same, or the reason's own. */
  readonly failureStatus: 'always_400' | 'own';
  /** Where an unknown model or session crashes the endpoint: 500 and plain text. */
  readonly crashesAt: readonly string[];
  /** Fields that are known where others are refused with 422, by endpoint. */
  readonly strictFields: Readonly<Record<string, readonly string[]>>;
  readonly notReady: 'status_408' | 'try_again';
  /** For a future that it does not know. */
  readonly lostFutureStatus: number;
  /** Where wrong tensors are refused: at once with 400, or by the future. */
  readonly refusesAt: 'submit' | 'future';
  readonly losses: readonly LossName[];
  readonly defaults: Partial<Record<LossName, LossSettings>>;
  readonly reduction: Reduction;
  /** What becomes of `weights` with ratio losses. */
  readonly ratioWeights: 'refused' | 'used' | 'ignored';
  /** Whether other names among loss_fn_inputs are refused. */
  readonly refusesUnknownInputs: boolean;
  /** Whether other names in loss_fn_config are refused, at once and with 422. */
  readonly refusesUnknownSettings: boolean;
  /** Whether cross_entropy without weights counts every position. */
  readonly defaultWeights: boolean;
  readonly clipsGradients: boolean;
  alpha(rank: number): number;
  readonly names: RegExp;
  /** A save under a name that was used: 409, 409 unless `overwrite` is set, or always saved over. */
  readonly nameReuse: 'refused' | 'if_asked' | 'saved_over';
  /** Allowed `ttl_seconds`, where there is such a rule. */
  readonly ttlSeconds?: { readonly least: number; readonly most: number };
  /** Whether checkpoints go with the model that is unloaded. */
  readonly unloadDropsCheckpoints: boolean;
  /** Of a tensor whose length is not the input's. */
  readonly lengthStatus: number;
  readonly loadsFirstOnly: boolean;
  readonly isolation: 'snapshot' | 'shared_slot';
  readonly samplerPath: 'sampler_weights' | 'bare';
  readonly stopAsListOnly: boolean;
  /** Where `max_tokens` is absent: 400, as many as fit, or this many. */
  readonly usualMaxTokens: 'required' | 'as_many_as_fit' | number;
  /** Whether a sample needs a sampling session. */
  readonly samplesBySessionOnly: boolean;
  /** Whether a submitted sample is told the names of its sequences at once. */
  readonly namesSequences: boolean;
  readonly promptLogprobs: 'leading_null' | 'without_first';
  /** Whose fields answers have, where engines differ in no more than these. */
  readonly fields: 'tinker' | 'skyrl';
  readonly outputType: string;
  readonly givesLosses: boolean;
  readonly idStyle: 'nested' | 'flat';
  /** Endpoints that are not there: 404. */
  readonly lacks: readonly string[];
}

const clips = (low: number, high: number): LossSettings => ({
  clip_low_threshold: low,
  clip_high_threshold: high,
});
const anyName = /^[A-Za-z0-9._-]{1,128}$/;
const plainName = /^[A-Za-z0-9_-]{1,255}$/;

/** Hosted. What it does is partly read from its client alone; where that leaves a choice, the stricter one. */
const tinker: Traits = {
  keyRefusals: { missing: 401, wrong: 401 },
  takesJson: false,
  takesProtobuf: true,
  resultsAlwaysProtobuf: false,
  order: 'by_seq',
  dedupesBySeq: true,
  dedupesByKey: true,
  submitStatus: 200,
  createStatus: 200,
  failure: 'body',
  failureStatus: 'always_400',
  crashesAt: [],
  strictFields: {},
  notReady: 'status_408',
  lostFutureStatus: 410,
  refusesAt: 'submit',
  losses: ['cross_entropy', 'importance_sampling', 'ppo', 'cispo', 'dro'],
  defaults: { ppo: clips(0.8, 1.2), cispo: clips(0, 4), dro: { beta: 0.05 } },
  reduction: 'sum',
  ratioWeights: 'refused',
  refusesUnknownInputs: true,
  refusesUnknownSettings: true,
  defaultWeights: false,
  clipsGradients: true,
  alpha: () => 32,
  names: anyName,
  nameReuse: 'if_asked',
  ttlSeconds: { least: 3_600, most: 315_360_000 },
  unloadDropsCheckpoints: false,
  lengthStatus: 400,
  loadsFirstOnly: true,
  isolation: 'snapshot',
  samplerPath: 'sampler_weights',
  stopAsListOnly: false,
  usualMaxTokens: 'as_many_as_fit',
  samplesBySessionOnly: false,
  namesSequences: true,
  promptLogprobs: 'leading_null',
  fields: 'tinker',
  outputType: 'TensorData',
  givesLosses: false,
  idStyle: 'nested',
  lacks: [],
};

const skyrl: Traits = {
  takesJson: true,
  takesProtobuf: true,
  resultsAlwaysProtobuf: false,
  order: 'arrival',
  dedupesBySeq: true,
  dedupesByKey: false,
  submitStatus: 200,
  createStatus: 200,
  failure: 'detail',
  failureStatus: 'always_400',
  crashesAt: [],
  strictFields: {},
  notReady: 'status_408',
  lostFutureStatus: 404,
  refusesAt: 'future',
  losses: ['cross_entropy', 'importance_sampling', 'ppo', 'cispo'],
  defaults: { ppo: clips(0.8, 1.2), cispo: clips(0.8, 1.2) },
  reduction: 'mean',
  ratioWeights: 'used',
  refusesUnknownInputs: false,
  refusesUnknownSettings: true,
  defaultWeights: true,
  clipsGradients: false,
  alpha: () => 32,
  names: plainName,
  nameReuse: 'refused',
  unloadDropsCheckpoints: false,
  lengthStatus: 400,
  loadsFirstOnly: true,
  isolation: 'shared_slot',
  samplerPath: 'bare',
  stopAsListOnly: true,
  usualMaxTokens: 'required',
  samplesBySessionOnly: false,
  namesSequences: false,
  promptLogprobs: 'without_first',
  fields: 'skyrl',
  outputType: 'scalar',
  givesLosses: true,
  idStyle: 'flat',
  lacks: ['dynamic_config', 'auth_token', 'sessions', 'checkpoints', 'publish', 'ttl'],
};

/** SkyRL 0.4.0: the JSON of earlier ones is gone, both ways. For `FakeTinkerOptions.traits`. */
export const protobufOnly: Partial<Traits> = { takesJson: false, resultsAlwaysProtobuf: true };

/** Of the requests that newer clients write more into. */
const tuftFields: Traits['strictFields'] = {
  create_session: ['tags', 'user_metadata', 'sdk_version', 'project_id', 'type'],
  create_model: ['session_id', 'model_seq_id', 'base_model', 'user_metadata', 'lora_config', 'type'],
  asample: [
    ...['num_samples', 'prompt', 'sampling_params', 'base_model', 'model_path', 'sampling_session_id'],
    ...['seq_id', 'prompt_logprobs', 'topk_prompt_logprobs', 'type'],
  ],
  optim_step: ['model_id', 'seq_id', 'adam_params', 'type'],
  save_weights: ['model_id', 'seq_id', 'path', 'ttl_seconds', 'overwrite', 'type'],
  save_weights_for_sampler: ['model_id', 'seq_id', 'path', 'sampling_session_seq_id', 'ttl_seconds', 'type'],
};

const { ttlSeconds: _, ...tinkerWithoutTtl } = tinker;

const tuft: Traits = {
  ...tinkerWithoutTtl,
  keyRefusals: { missing: 401, wrong: 403 },
  order: 'strict_next',
  dedupesBySeq: false,
  dedupesByKey: false,
  submitStatus: 202,
  createStatus: 201,
  failure: 'detail',
  failureStatus: 'own',
  crashesAt: ['get_info', 'session_heartbeat', 'checkpoint_archive'],
  strictFields: tuftFields,
  notReady: 'try_again',
  lostFutureStatus: 404,
  refusesAt: 'future',
  defaults: { ppo: clips(0.9, 1.1), cispo: clips(0.9, 1.1), dro: { beta: 0.01 } },
  ratioWeights: 'ignored',
  refusesUnknownInputs: false,
  refusesUnknownSettings: false,
  alpha: (rank) => 2 * rank,
  names: /^.+$/,
  nameReuse: 'saved_over',
  unloadDropsCheckpoints: true,
  lengthStatus: 409,
  loadsFirstOnly: false,
  usualMaxTokens: 16,
  samplesBySessionOnly: true,
  namesSequences: false,
  outputType: 'scalar',
  idStyle: 'flat',
  lacks: ['dynamic_config', 'ttl', 'finish_session'],
};

const mint: Traits = {
  ...tinkerWithoutTtl,
  dedupesBySeq: false,
  takesJson: true,
  takesProtobuf: false,
  dedupesByKey: false,
  losses: ['cross_entropy', 'importance_sampling'],
  defaults: {},
  ratioWeights: 'ignored',
  refusesUnknownInputs: false,
  refusesUnknownSettings: false,
  names: plainName,
  nameReuse: 'refused',
  namesSequences: false,
  idStyle: 'flat',
  lacks: ['dynamic_config', 'auth_token', 'publish', 'ttl', 'finish_session'],
};

export const traitsOf: Readonly<Record<Behaviour, Traits>> = { tinker, skyrl, tuft, mint };
