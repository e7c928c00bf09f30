import type { EngineFacts } from '../../core/domain/engine-facts.ts';

export type EngineProfileName = 'tinker' | 'skyrl' | 'tuft' | 'mint';

/** How to speak to one kind of engine, and what it is worth downstream. Chosen by configuration, never guessed. */
export interface EngineProfile {
  readonly name: EngineProfileName;
  readonly facts: EngineFacts;
  /** Of forward_backward. `auto`: JSON, and protobuf once the engine refuses that (415). */
  readonly codec: 'json' | 'proto' | 'auto';
  /** Passes without a gradient: their own endpoint, or a bit of forward_backward. */
  readonly forward: 'endpoint' | 'flag';
  /** Whether the engine has `client/config`, and flags in it that count. */
  readonly readsConfig: boolean;
  /**
   * How a call that comes twice is known: by its idempotency key, by its place in the model's sequence (training passes and
   * steps only), or not at all. What is not known apart is sent again only where the first had certainly not arrived.
   */
  readonly repeats: 'key' | 'sequence' | 'unknown';
  /** A call that was accepted and then failed did not use up its place in the sequence. */
  readonly failedCallKeepsSeq: boolean;
  /** A call that the engine looked at and refused has used up its place all the same. */
  readonly refusedCallUsesSeq: boolean;
  /** Settings of losses travel in a second map beside the first, as of version 0.34 of the wire. */
  readonly sendsLossConfigTwice: boolean;
  /** A state is restored by `load_weights` alone, which makes the model; elsewhere a model is created and then loaded. */
  readonly loadCreatesModel: boolean;
  /** Sessions are ended by a call of their own. */
  readonly finishesSessions: boolean;
  /** Questions that are answered at once fail with status 500, in place of 404, where the engine does not know what they are about. */
  readonly crashesOnUnknown: boolean;
  /** Checkpoints outlive the model that made them. */
  readonly unloadKeepsCheckpoints: boolean;
  /** The weights of passing samplers stay at the engine until somebody deletes them. */
  readonly keepsPassingWeights: boolean;
  /** Sessions that never gave a sign of life are never given up, and their models keep their places: one is given at once. */
  readonly beatsAtOnce: boolean;
  /** Whether the address of an archive names the kind of its checkpoint. */
  readonly archiveNamesKind: boolean;
  /** Ask whether a result is ready before its bytes are sent, so that few large ones are under way at once. */
  readonly asksSizeFirst: boolean;
}

const allLosses = ['cross_entropy', 'importance_sampling', 'ppo', 'cispo', 'dro'] as const;

export const engineProfiles: Readonly<Record<EngineProfileName, EngineProfile>> = {
  tinker: {
    name: 'tinker',
    facts: {
      lossReduction: 'sum',
      losses: allLosses,
      ratioWeights: false,
      samplerIsolation: 'snapshot',
      serveWhileTraining: true,
      clipsGradients: true,
      loadState: 'new_model',
    },
    codec: 'proto',
    forward: 'flag',
    readsConfig: true,
    repeats: 'key',
    failedCallKeepsSeq: false,
    refusedCallUsesSeq: true,
    sendsLossConfigTwice: true,
    loadCreatesModel: true,
    finishesSessions: true,
    crashesOnUnknown: false,
    unloadKeepsCheckpoints: true,
    keepsPassingWeights: false,
    beatsAtOnce: false,
    archiveNamesKind: true,
    asksSizeFirst: true,
  },
  skyrl: {
    name: 'skyrl',
    facts: {
      lossReduction: 'mean',
      losses: ['cross_entropy', 'importance_sampling', 'ppo', 'cispo'],
      ratioWeights: true,
      samplerIsolation: 'shared_slot',
      serveWhileTraining: false,
      clipsGradients: false,
      loadState: 'new_model',
    },
    codec: 'proto',
    forward: 'flag',
    readsConfig: false,
    repeats: 'sequence',
    failedCallKeepsSeq: false,
    refusedCallUsesSeq: false,
    sendsLossConfigTwice: false,
    loadCreatesModel: false,
    finishesSessions: false,
    crashesOnUnknown: false,
    unloadKeepsCheckpoints: true,
    keepsPassingWeights: true,
    beatsAtOnce: true,
    archiveNamesKind: false,
    asksSizeFirst: false,
  },
  tuft: {
    name: 'tuft',
    facts: {
      lossReduction: 'sum',
      losses: allLosses,
      ratioWeights: false,
      samplerIsolation: 'snapshot',
      serveWhileTraining: true,
      clipsGradients: true,
      loadState: 'any_time',
    },
    codec: 'proto',
    forward: 'flag',
    readsConfig: false,
    repeats: 'unknown',
    failedCallKeepsSeq: true,
    refusedCallUsesSeq: false,
    sendsLossConfigTwice: false,
    loadCreatesModel: false,
    finishesSessions: false,
    crashesOnUnknown: true,
    unloadKeepsCheckpoints: false,
    keepsPassingWeights: true,
    beatsAtOnce: false,
    archiveNamesKind: true,
    asksSizeFirst: false,
  },
  mint: {
    name: 'mint',
    facts: {
      lossReduction: 'sum',
      losses: ['cross_entropy', 'importance_sampling'],
      ratioWeights: true,
      samplerIsolation: 'snapshot',
      serveWhileTraining: true,
      clipsGradients: false,
      loadState: 'new_model',
    },
    codec: 'auto',
    forward: 'endpoint',
    readsConfig: true,
    repeats: 'unknown',
    failedCallKeepsSeq: false,
    refusedCallUsesSeq: true,
    sendsLossConfigTwice: false,
    loadCreatesModel: false,
    finishesSessions: false,
    crashesOnUnknown: false,
    unloadKeepsCheckpoints: true,
    keepsPassingWeights: false,
    beatsAtOnce: false,
    archiveNamesKind: true,
    asksSizeFirst: false,
  },
};
