import { createRandom, mixSeeds, normals } from './random.ts';

export interface BaseModelOptions {
  /** How many token ids there are: 0 up to this. */
  readonly vocabulary: number;
  readonly seed: number;
  /**
   * Rows of the tables. Where the vocabulary is larger, tokens with the same remainder share a row and are equally likely,
   * so that a vocabulary of any size costs no more than this. @default 1024
   */
  readonly rows?: number;
  /** Length of the hidden state, its constant 1 included. @default 24 */
  readonly width?: number;
}

/** What was read so far. `decayed` mixes the tokens before the last one. */
export interface ReadState {
  readonly hidden: Float64Array;
  readonly decayed: Float64Array;
}

/**
 * A softmax model of the next token with fixed weights: logits = W·h, where h holds 1 and the last token's vector plus a
 * decayed mix of other vectors of the tokens before. Every position sees another h, so that targets, masks or log-probabilities
 * shifted by one give another gradient.
 */
export interface BaseModel {
  readonly vocabulary: number;
  readonly rows: number;
  readonly width: number;
  /** Before any token. */
  readonly start: ReadState;
  read(state: ReadState, token: number): ReadState;
  /** The state after each token. */
  readAll(tokens: ArrayLike<number>): readonly ReadState[];
  /** One logit a row. */
  logits(hidden: Float64Array): Float64Array;
  /** How many tokens share the row. */
  tokensOf(row: number): number;
}

const decay = 0.6;

function dot(table: Float64Array, row: number, vector: Float64Array): number {
  const start = row * vector.length;
  let sum = 0;
  for (let at = 0; at < vector.length; at += 1) sum += table[start + at]! * vector[at]!;
  return sum;
}

function product(table: Float64Array, rows: number, vector: Float64Array): Float64Array {
  const result = new Float64Array(rows);
  for (let row = 0; row < rows; row += 1) result[row] = dot(table, row, vector);
  return result;
}

export function createBaseModel(options: BaseModelOptions): BaseModel {
  const { vocabulary } = options;
  const rows = Math.min(vocabulary, options.rows ?? 1024);
  const width = options.width ?? 24;
  const table = (name: number, deviation: number): Float64Array =>
    normals(createRandom(mixSeeds(options.seed, name)), rows * width, deviation);
  const output = table(1, 0.25);
  const lastVectors = table(2, 1);
  const earlierVectors = table(3, 1);
  const start: ReadState = { hidden: new Float64Array(width), decayed: new Float64Array(width) };
  start.hidden[0] = 1;

  function read(state: ReadState, token: number): ReadState {
    const offset = (token % rows) * width;
    const hidden = new Float64Array(width);
    const decayed = new Float64Array(width);
    hidden[0] = 1;
    for (let at = 1; at < width; at += 1) {
      hidden[at] = lastVectors[offset + at]! + 0.5 * state.decayed[at]!;
      decayed[at] = decay * state.decayed[at]! + earlierVectors[offset + at]!;
    }
    return { hidden, decayed };
  }

  return {
    vocabulary,
    rows,
    width,
    start,
    read,
    readAll(tokens) {
      const states: ReadState[] = [];
      let state = start;
      for (let at = 0; at < tokens.length; at += 1) {
        state = read(state, tokens[at]!);
        states.push(state);
      }
      return states;
    },
    logits: (hidden) => product(output, rows, hidden),
    tokensOf: (row) => Math.floor((vocabulary - 1 - row) / rows) + 1,
  };
}

/** Low-rank weights: logits += scale · B·(A·h). `a` is rank × width, `b` rows × rank, both by rows. */
export interface Adapter {
  readonly rank: number;
  readonly scale: number;
  readonly a: Float64Array;
  readonly b: Float64Array;
}

/** As LoRA begins: A random, B zero, so that nothing changes before the first step. */
export function createAdapter(
  base: BaseModel,
  options: { readonly rank: number; readonly alpha: number; readonly seed: number },
): Adapter {
  const { rank, alpha, seed } = options;
  return {
    rank,
    scale: alpha / rank,
    a: normals(createRandom(mixSeeds(seed, 11)), rank * base.width, 1 / Math.sqrt(base.width)),
    b: new Float64Array(base.rows * rank),
  };
}

export const copyAdapter = (adapter: Adapter): Adapter => ({
  ...adapter,
  a: adapter.a.slice(),
  b: adapter.b.slice(),
});

/** What the model says of the next token. */
export interface NextToken {
  /** A·h, empty without an adapter. */
  readonly inner: Float64Array;
  /** Probability of any one token of the row. */
  readonly probabilities: Float64Array;
  logprob(token: number): number;
}

export function nextToken(base: BaseModel, adapter: Adapter | undefined, hidden: Float64Array): NextToken {
  const logits = base.logits(hidden);
  const inner = adapter === undefined ? new Float64Array() : product(adapter.a, adapter.rank, hidden);
  if (adapter !== undefined) {
    for (let row = 0; row < base.rows; row += 1) logits[row]! += adapter.scale * dot(adapter.b, row, inner);
  }
  let largest = Number.NEGATIVE_INFINITY;
  for (const logit of logits) largest = Math.max(largest, logit);
  const probabilities = new Float64Array(base.rows);
  let total = 0;
  for (let row = 0; row < base.rows; row += 1) {
    probabilities[row] = Math.exp(logits[row]! - largest);
    total += base.tokensOf(row) * probabilities[row]!;
  }
  for (let row = 0; row < base.rows; row += 1) probabilities[row]! /= total;
  const normaliser = largest + Math.log(total);
  return {
    inner,
    probabilities,
    logprob: (token) => logits[token % base.rows]! - normaliser,
  };
}

export interface Gradient {
  readonly a: Float64Array;
  readonly b: Float64Array;
}

export const zeroGradient = (adapter: Adapter): Gradient => ({
  a: new Float64Array(adapter.a.length),
  b: new Float64Array(adapter.b.length),
});

/** Adds `slope` times the gradient of log p(`token`) after `hidden` with respect to A and B. */
export function addLogprobGradient(
  base: BaseModel,
  adapter: Adapter,
  gradient: Gradient,
  hidden: Float64Array,
  next: NextToken,
  token: number,
  slope: number,
): void {
  const { rank, scale } = adapter;
  const towardsInner = new Float64Array(rank);
  for (let row = 0; row < base.rows; row += 1) {
    const hit = row === token % base.rows ? 1 : 0;
    const ofLogit = slope * scale * (hit - base.tokensOf(row) * next.probabilities[row]!);
    for (let at = 0; at < rank; at += 1) {
      gradient.b[row * rank + at]! += ofLogit * next.inner[at]!;
      towardsInner[at]! += ofLogit * adapter.b[row * rank + at]!;
    }
  }
  for (let at = 0; at < rank; at += 1) {
    for (let column = 0; column < base.width; column += 1) {
      gradient.a[at * base.width + column]! += towardsInner[at]! * hidden[column]!;
    }
  }
}

/** Of each token its log-probability after those before it. */
export function tokenLogprobs(
  base: BaseModel,
  adapter: Adapter | undefined,
  tokens: ArrayLike<number>,
): Float64Array {
  const states = base.readAll(tokens);
  return Float64Array.from({ length: tokens.length }, (_, at) =>
    nextToken(base, adapter, (states[at - 1] ?? base.start).hidden).logprob(tokens[at]!),
  );
}
