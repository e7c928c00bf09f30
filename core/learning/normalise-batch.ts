import { AppError } from '../domain/app-error.ts';
import type { Datum, Loss } from '../domain/datum.ts';
import type { AnswerDatum } from './build-datum.ts';
import { gradientDatums } from './custom-loss.ts';
import { engineShare, type ReductionFacts } from './engine-share.ts';
import { type Objective, objectiveShares } from './objective-shares.ts';
import { padBatch } from './pad-batch.ts';
import { isUsableLogprob } from './usable-logprob.ts';

export interface NormaliseOptions {
  readonly loss: Loss;
  readonly objective: Objective;
  readonly facts: ReductionFacts;
  /** Datums that one step shall have. @default as many as there are */
  readonly padTo?: number;
  /** What `forward` gave for the batch at the weights of now, where `needsCurrent` says so. */
  readonly current?: readonly Float32Array[];
}

/** What goes to the engine, all of it before one optimiser step. */
export interface NormalisedBatch {
  readonly batch: readonly Datum[];
  readonly loss: Loss;
}

/**
 * The batch with which an engine makes the step of the objective, whichever way it joins losses. Let c be the objective's
 * share of a token, 1/ΣT or 1/(N·Tᵢ), and e the engine's: 1 where it sums, 1/(D·Σw) where it takes means of D datums, padding
 * included.
 *
 * `importance_sampling`, `ppo`, `cispo` are linear in the advantage for factors above 0, so A becomes A·c/e. On engines that
 * sum that is A/ΣT or A/(N·Tᵢ); on others A·D·Tᵢ/ΣT, and A itself for `sequence_mean` with one answer a datum and no padding.
 *
 * `dro`, −(A·lp − β/2·(lp − q)²), is not: A·c/e needs β·c/e, and β is the batch's. It works where c/e is the same for all
 * tokens, else `unsupported`. An engine that takes no weights would pull at tokens of the prompt too, so there q becomes the lp
 * of now, where the pull is 0; that needs `current`, and is `unsupported` without.
 *
 * `cross_entropy` on engines that sum: w·c. On others a datum's scale of w is lost, so that it does only where each datum has the
 * share 1/D; else it becomes `importance_sampling` with A = w·c/e at q = lp of now (`gradientDatums`),
 * which needs `current`, and `unsupported` without.
 *
 * Throws `invalid_input` for a batch in which no token is trained, for ratio losses without log-probabilities, and with weights
 * other than 0 and 1; `unsupported` for a loss the engine does not have.
 */
export function normaliseBatch(batch: readonly AnswerDatum[], options: NormaliseOptions): NormalisedBatch {
  const { loss, facts } = options;
  if (!facts.losses.includes(loss.name)) {
    throw new AppError('unsupported', `This engine has no loss ${loss.name}.`);
  }
  const shares = sharesOf(batch, options.objective);
  return loss.name === 'cross_entropy'
    ? normaliseSupervised(batch, shares, options)
    : normaliseRatios(batch, shares, loss, options);
}

/** Whether the engine can make this step only with `current`. */
export function needsCurrent(
  batch: readonly AnswerDatum[],
  options: Omit<NormaliseOptions, 'current'>,
): boolean {
  const { loss, facts } = options;
  if (loss.name === 'dro') return !facts.ratioWeights && batch.some(hasUntrained);
  if (loss.name !== 'cross_entropy' || facts.lossReduction === 'sum') return false;
  const wanted = weighted(batch, sharesOf(batch, options.objective));
  return !isNative(wanted, countOf(batch, options));
}

const hasUntrained = ({ weights }: Datum): boolean => weights.some((weight) => weight === 0);

/** Equal but for rounding. */
const isNear = (one: number, other: number): boolean =>
  Math.abs(one - other) <= 1e-6 * Math.max(Math.abs(one), Math.abs(other));

const countOf = (batch: readonly Datum[], { padTo = 0 }: Pick<NormaliseOptions, 'padTo'>): number =>
  Math.max(batch.length, padTo);

function sharesOf(batch: readonly AnswerDatum[], objective: Objective): readonly Float64Array[] {
  const shares = objectiveShares(batch, objective);
  if (!shares.some((own) => own.some((share) => share > 0))) {
    throw new AppError('invalid_input', 'No token of this batch is trained.');
  }
  return shares;
}

function weighted(batch: readonly Datum[], shares: readonly Float64Array[]): readonly Float64Array[] {
  return batch.map(({ weights }, index) =>
    (shares[index] ?? new Float64Array(0)).map((share, at) => share * (weights[at] ?? 0)),
  );
}

/** Whether a mean over `datums` of Σ(w·loss)/Σw is the objective already. `wanted`: what each token shall be multiplied with. */
function isNative(wanted: readonly Float64Array[], datums: number): boolean {
  return (
    wanted.length === datums &&
    wanted.every((own) =>
      isNear(
        own.reduce((sum, share) => sum + share, 0),
        1 / datums,
      ),
    )
  );
}

function normaliseSupervised(
  batch: readonly AnswerDatum[],
  shares: readonly Float64Array[],
  options: NormaliseOptions,
): NormalisedBatch {
  const { facts, current } = options;
  const wanted = weighted(batch, shares);
  const datums = countOf(batch, options);
  const withWeights = (weightsOf: (own: Float64Array) => Float32Array): NormalisedBatch => ({
    batch: padBatch(
      batch.map(({ input, targets }, index) => ({
        input,
        targets,
        weights: weightsOf(wanted[index] ?? new Float64Array(0)),
      })),
      datums,
      'cross_entropy',
    ),
    loss: { name: 'cross_entropy' },
  });
  if (facts.lossReduction === 'sum') return withWeights((own) => Float32Array.from(own));
  if (isNative(wanted, datums)) {
    return withWeights((own) => {
      const most = own.reduce((found, share) => Math.max(found, share), 0);
      return Float32Array.from(own, (share) => share / most);
    });
  }
  if (current === undefined) {
    throw new AppError(
      'unsupported',
      'Where losses are means, these weights need the log-probabilities of now: run a forward pass first.',
    );
  }
  const slopes = wanted.map((own) => own.map((share) => -share));
  return {
    batch: gradientDatums({ batch, current, slopes, facts, padTo: datums }),
    loss: { name: 'importance_sampling' },
  };
}

function normaliseRatios(
  batch: readonly AnswerDatum[],
  shares: readonly Float64Array[],
  loss: Loss,
  options: NormaliseOptions,
): NormalisedBatch {
  const { facts } = options;
  const datums = countOf(batch, options);
  const factors = batch.map(({ weights }, index) => {
    const share = engineShare(weights, datums, facts);
    return (shares[index] ?? new Float64Array(0)).map((own) => own / share);
  });
  const beta = loss.name === 'dro' ? loss.beta * droFactor(batch, factors, options) : undefined;
  return {
    batch: padBatch(
      batch.map((datum, index) => {
        const made = scaled(datum, factors[index] ?? new Float64Array(0), loss, facts);
        return loss.name === 'dro' && !facts.ratioWeights
          ? withoutPull(made, options.current?.[index])
          : made;
      }),
      datums,
      loss.name,
    ),
    loss: beta === undefined ? loss : { name: 'dro', beta },
  };
}

function scaled(
  { input, targets, weights, logprobs, advantages }: Datum,
  factors: Float64Array,
  loss: Loss,
  facts: ReductionFacts,
): Datum {
  if (logprobs === undefined || advantages === undefined) {
    throw new AppError('invalid_input', `A datum for ${loss.name} needs log-probabilities and advantages.`);
  }
  if (!weights.every((weight) => weight === 0 || weight === 1)) {
    throw new AppError(
      'invalid_input',
      `Weights for ${loss.name} are 0 or 1; what counts more has a larger advantage.`,
    );
  }
  const isEmpty = facts.lossReduction === 'mean' && weights.every((weight) => weight === 0);
  return {
    input,
    targets,
    // A mean over no weight is 0/0: without advantages any weight is as good.
    weights: isEmpty ? weights.map(() => 1) : weights,
    logprobs,
    advantages: advantages.map((advantage, at) => (factors[at] === 0 ? 0 : advantage * (factors[at] ?? 0))),
  };
}

/** At untrained tokens the old log-probability is that of now, so that no difference is left to be drawn back. */
function withoutPull(datum: Datum, current: Float32Array | undefined): Datum {
  const { weights, logprobs } = datum;
  if (logprobs === undefined || !hasUntrained(datum)) return datum;
  const isKnown = weights.every((weight, at) => weight !== 0 || isUsableLogprob(current?.[at]));
  if (logprobs.length !== current?.length || !isKnown) {
    throw new AppError('bad_reply', 'The forward pass gave no log-probability for a token of the prompt.');
  }
  return { ...datum, logprobs: logprobs.map((own, at) => (weights[at] === 0 ? (current[at] ?? own) : own)) };
}

/** What A and β are multiplied with alike. */
function droFactor(
  batch: readonly Datum[],
  factors: readonly Float64Array[],
  options: NormaliseOptions,
): number {
  const { facts } = options;
  if (!facts.ratioWeights && batch.some(hasUntrained) && options.current === undefined) {
    throw new AppError(
      'unsupported',
      'Where ratio losses take no weights, dro would train the prompt too: run a forward pass first.',
    );
  }
  if (!facts.ratioWeights && countOf(batch, options) > batch.length) {
    throw new AppError('unsupported', 'The loss dro allows no padding where ratio losses take no weights.');
  }
  const hasEmpty = batch.some(({ weights }) => weights.every((weight) => weight === 0));
  if (facts.lossReduction === 'mean' && (hasEmpty || countOf(batch, options) > batch.length)) {
    throw new AppError('unsupported', 'The loss dro allows no padding where losses are means.');
  }
  const used = factors.flatMap((own) => [...own].filter((factor) => factor !== 0));
  const [first = 1] = used;
  if (!used.every((factor) => isNear(factor, first))) {
    throw new AppError(
      'unsupported',
      'The loss dro cannot weigh answers differently. Choose the other objective, or another loss.',
    );
  }
  return first;
}
