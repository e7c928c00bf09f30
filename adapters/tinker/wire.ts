/** Part of what a model reads. Images and audio are passed through as the engine takes them. */
export type Chunk =
  | { readonly type: 'encoded_text'; readonly tokens: Int32Array }
  | {
      readonly type: 'image';
      readonly data: Uint8Array;
      readonly format: 'png' | 'jpeg';
      readonly expectedTokens?: number;
    }
  | {
      readonly type: 'image_asset_pointer';
      readonly location: string;
      readonly format: 'png' | 'jpeg';
      readonly expectedTokens?: number;
    }
  | { readonly type: 'dmel'; readonly data: Uint8Array };

/** Numbers in row-major order; integers travel as int64. `sparse`: rows compressed (CSR), two dimensions only. */
export interface Tensor {
  readonly data: Int32Array | Float32Array;
  readonly shape?: readonly number[];
  readonly sparse?: { readonly crowIndices: Int32Array; readonly columnIndices: Int32Array };
}

export interface WireDatum {
  readonly chunks: readonly Chunk[];
  readonly lossInputs: Readonly<Record<string, Tensor>>;
}

/** One forward_backward, or forward, as it is submitted. */
export interface PassRequest {
  readonly modelId: string;
  readonly seqId: number;
  readonly data: readonly WireDatum[];
  readonly lossName: string;
  readonly lossConfig: Readonly<Record<string, number>>;
  /** Both maps of settings, where engines look into the newer one. */
  readonly sendsLossConfigTwice: boolean;
  readonly forwardOnly: boolean;
}

/** Its result: for each datum the named arrays, in order. */
export interface PassResult {
  readonly outputs: readonly Readonly<Record<string, Float32Array>>[];
  readonly metrics: Readonly<Record<string, number>>;
}

export interface WireSequence {
  readonly tokens: Int32Array;
  readonly logprobs?: Float32Array;
  readonly stopReason: 'stop' | 'length';
}

export interface SampleResult {
  readonly sequences: readonly WireSequence[];
  /** NaN where the engine gives none. */
  readonly promptLogprobs?: Float32Array;
  /** For each prompt token its likeliest alternatives. */
  readonly topPromptLogprobs?: readonly (readonly (readonly [token: number, logprob: number])[] | null)[];
  readonly promptCacheHitTokens?: number;
  /** The engine's names of the answers, where it keeps what it knows of them. */
  readonly sequenceIds?: readonly string[];
}

/** How many tokens a datum's input has; images as the engine was told to expect. */
export function inputLength(chunks: readonly Chunk[]): number {
  let length = 0;
  for (const chunk of chunks) {
    if (chunk.type === 'encoded_text') length += chunk.tokens.length;
    else if (chunk.type !== 'dmel') length += chunk.expectedTokens ?? 0;
  }
  return length;
}

/** About how many bytes a datum costs on the wire, as Tinker counts them for its chunks. */
export function estimatedBytes(datum: WireDatum): number {
  let bytes = 0;
  for (const chunk of datum.chunks) {
    if (chunk.type === 'encoded_text') bytes += chunk.tokens.byteLength;
    else if (chunk.type === 'image_asset_pointer') bytes += chunk.location.length;
    else bytes += chunk.data.byteLength;
  }
  for (const { data, sparse } of Object.values(datum.lossInputs)) {
    bytes += data instanceof Int32Array ? data.length * 8 : data.byteLength;
    if (sparse !== undefined) bytes += (sparse.crowIndices.length + sparse.columnIndices.length) * 8;
  }
  return bytes;
}
