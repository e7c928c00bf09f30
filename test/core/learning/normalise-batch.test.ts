import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Datum, Loss } from '../../../core/domain/datum.ts';
import type { AnswerDatum } from '../../../core/learning/build-datum.ts';
import type { ReductionFacts } from '../../../core/learning/engine-share.ts';
import {
  type NormaliseOptions,
  needsCurrent,
  normaliseBatch,
} from '../../../core/learning/normalise-batch.ts';
import type { Objective } from '../../../core/learning/objective-shares.ts';
import {
  engineLoss,
  float32Lists,
  gradientOf,
  type Lists,
  meanEngine,
  paddedLists,
  plainMeanEngine,
  sumEngine,
  tokenLoss,
  weighingSumEngine,
} from './tiny-engine.ts';

interface Position {
  readonly weight: number;
  readonly lp: number;
  readonly q: number;
  readonly advantage: number;
}
/** Answers of a datum, each after one token of prompt that is not trained. */
type Talk = readonly (readonly Position[])[];

const prompted = (answer: readonly Position[]): readonly Position[] => [
  { weight: 0, lp: -2, q: 0, advantage: 0 },
  ...answer,
];

function datumOf(talk: Talk): AnswerDatum {
  const positions = talk.flatMap(prompted);
  let end = 0;
  return {
    input: new Int32Array(positions.length),
    targets: new Int32Array(positions.length),
    weights: Float32Array.from(positions, ({ weight }) => weight),
    logprobs: Float32Array.from(positions, ({ q }) => q),
    advantages: Float32Array.from(positions, ({ advantage }) => advantage),
    answers: talk.map((answer, turn) => {
      const start = end + 1;
      end = start + answer.length;
      return { start, end, turn };
    }),
  };
}
const lpsOf = (talks: readonly Talk[]): Lists =>
  talks.map((talk) => talk.flatMap(prompted).map(({ lp }) => lp));

/** The objective as it is defined, with the loss of each token by its definition. */
function objectiveOf(
  batch: readonly AnswerDatum[],
  loss: Loss,
  objective: Objective,
  lps: Lists,
  still: Lists,
): number {
  const answers = batch
    .flatMap((datum, index) =>
      datum.answers.map(({ start, end }) =>
        Array.from({ length: end - start }, (_, offset) => start + offset)
          .filter((at) => datum.weights[at] !== 0)
          .map((at) => datum.weights[at]! * tokenLoss(datum, at, loss, lps[index]![at]!, still[index]![at]!)),
      ),
    )
    .filter((tokens) => tokens.length > 0);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return objective === 'token_mean'
    ? sum(answers.flat()) / answers.flat().length
    : sum(answers.map((tokens) => sum(tokens) / tokens.length)) / answers.length;
}

function expectSameStep(talks: readonly Talk[], options: NormaliseOptions): void {
  const batch = talks.map(datumOf);
  const lps = lpsOf(talks);
  const made = normaliseBatch(batch, options);
  expect(made.batch.length).toBe(Math.max(batch.length, options.padTo ?? 0));
  const all = paddedLists(made.batch, lps);
  const wanted = gradientOf((moved) => objectiveOf(batch, options.loss, options.objective, moved, lps), lps);
  const found = gradientOf((moved) => engineLoss(made.batch, made.loss, options.facts, moved, all), all);
  for (const [index, own] of found.entries()) {
    for (const [at, slope] of own.entries()) {
      const expected = wanted[index]?.[at] ?? 0;
      expect(Math.abs(slope - expected)).toBeLessThanOrEqual(2e-5 * Math.max(1, Math.abs(expected)));
    }
  }
}

const engines = { sumEngine, weighingSumEngine, meanEngine, plainMeanEngine };
const ratioLosses: readonly Loss[] = [
  { name: 'importance_sampling' },
  { name: 'ppo', clipLow: 0.8, clipHigh: 1.28 },
  { name: 'cispo', clipLow: 0, clipHigh: 2 },
];
const supervised: Loss = { name: 'cross_entropy' };
const objectives = ['token_mean', 'sequence_mean'] as const;

const anyLogprob = fc.float({ min: -2, max: 0, noNaN: true });
const anyPosition = (weight: fc.Arbitrary<number>) =>
  fc.record({
    weight,
    lp: anyLogprob,
    q: anyLogprob,
    advantage: fc.float({ min: -2, max: 2, noNaN: true }),
  });
const anyBatch = (weight: fc.Arbitrary<number>): fc.Arbitrary<readonly Talk[]> =>
  fc
    .array(
      fc.array(fc.array(anyPosition(weight), { minLength: 1, maxLength: 4 }), {
        minLength: 1,
        maxLength: 2,
      }),
      { minLength: 1, maxLength: 4 },
    )
    .filter((talks) => talks.flat(2).some((position) => position.weight !== 0));
const mask = fc.constantFrom(1, 1, 1, 0);
const anyEngine = fc.constantFrom(...Object.values(engines));
const anyObjective = fc.constantFrom(...objectives);

describe('every engine makes the step of the objective', () => {
  test('with losses of ratios, masks, merged answers, padding, and datums without any trained token', () => {
    fc.assert(
      fc.property(
        anyBatch(mask),
        anyEngine,
        anyObjective,
        fc.constantFrom(...ratioLosses),
        fc.nat(6),
        (talks, facts, objective, loss, padTo) => {
          expectSameStep(talks, { loss, objective, facts, padTo });
        },
      ),
      { numRuns: 300 },
    );
  });

  test('with weights of supervised tokens, also fractions and below 0', () => {
    const weight = fc.oneof(fc.constantFrom(0, 1), fc.float({ min: -1, max: 1, noNaN: true }));
    fc.assert(
      fc.property(
        fc.oneof(anyBatch(mask), anyBatch(weight)),
        anyEngine,
        anyObjective,
        fc.nat(6),
        (talks, facts, objective, padTo) => {
          const current = float32Lists(lpsOf(talks));
          expectSameStep(talks, { loss: supervised, objective, facts, padTo, current });
        },
      ),
      { numRuns: 300 },
    );
  });

  test('with the quadratic loss where one β will do', () => {
    const loss: Loss = { name: 'dro', beta: 0.3 };
    fc.assert(
      fc.property(anyBatch(mask), fc.nat(6), (talks, padTo) => {
        expectSameStep(talks, { loss, objective: 'token_mean', facts: weighingSumEngine, padTo });
      }),
    );
    fc.assert(
      fc.property(anyBatch(mask), (talks) => {
        const current = float32Lists(lpsOf(talks));
        expectSameStep(talks, { loss, objective: 'token_mean', facts: sumEngine, current });
      }),
    );
    fc.assert(
      fc.property(
        fc
          .array(fc.array(anyPosition(mask), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 })
          .filter((answers) => answers.every((own) => own.some(({ weight }) => weight === 1))),
        (answers) => {
          const talks = answers.map((own): Talk => [own]);
          expectSameStep(talks, { loss, objective: 'sequence_mean', facts: meanEngine });
        },
      ),
    );
  });
});

const position = (changes: Partial<Position> = {}): Position => ({
  weight: 1,
  lp: -1,
  q: -1,
  advantage: 1,
  ...changes,
});
/** One answer of three tokens and one of one token. */
const uneven: readonly Talk[] = [[[position(), position(), position()]], [[position()]]];
const advantagesOf = (facts: ReductionFacts, objective: Objective, padTo?: number) =>
  normaliseBatch(uneven.map(datumOf), {
    loss: { name: 'importance_sampling' },
    objective,
    facts,
    ...(padTo === undefined ? {} : { padTo }),
  }).batch.map((datum) => [...datum.advantages!]);
const rounded = (lists: Lists): Lists =>
  lists.map((own) => own.map((value) => Math.round(value * 1e6) / 1e6));

describe('by hand, answers of three tokens and of one, T = 4, N = D = 2', () => {
  test.each<[string, ReductionFacts, Objective, number | undefined, Lists]>([
    [
      'A/ΣT',
      sumEngine,
      'token_mean',
      undefined,
      [
        [0, 0.25, 0.25, 0.25],
        [0, 0.25],
      ],
    ],
    [
      'A/(N·T)',
      sumEngine,
      'sequence_mean',
      undefined,
      [
        [0, 0.166667, 0.166667, 0.166667],
        [0, 0.5],
      ],
    ],
    [
      'A·D·T/ΣT',
      meanEngine,
      'token_mean',
      undefined,
      [
        [0, 1.5, 1.5, 1.5],
        [0, 0.5],
      ],
    ],
    [
      'A',
      meanEngine,
      'sequence_mean',
      undefined,
      [
        [0, 1, 1, 1],
        [0, 1],
      ],
    ],
    ['A·3/2 with one padding datum', meanEngine, 'sequence_mean', 3, [[0, 1.5, 1.5, 1.5], [0, 1.5], [0]]],
    [
      'A·D·N/ΣT over all positions',
      plainMeanEngine,
      'token_mean',
      undefined,
      [
        [0, 2, 2, 2],
        [0, 1],
      ],
    ],
    ['padding is nothing to a sum', sumEngine, 'token_mean', 3, [[0, 0.25, 0.25, 0.25], [0, 0.25], [0]]],
  ])('%s', (_name, facts, objective, padTo, expected) => {
    expect(rounded(advantagesOf(facts, objective, padTo))).toEqual(expected);
  });

  test('what goes out is a datum and nothing more, and the same loss', () => {
    const loss: Loss = { name: 'ppo', clipLow: 0.8, clipHigh: 1.28 };
    const made = normaliseBatch(uneven.map(datumOf), { loss, objective: 'token_mean', facts: meanEngine });
    expect(made.loss).toEqual(loss);
    expect(Object.keys(made.batch[0]!).sort()).toEqual(
      ['input', 'targets', 'weights', 'logprobs', 'advantages'].sort(),
    );
  });
});

describe('cross_entropy', () => {
  const options = { loss: supervised, objective: 'sequence_mean', facts: meanEngine } as const;
  const weightsOf = (batch: readonly Datum[]) => batch.map(({ weights }) => [...weights]);

  test('stays itself where a mean over datums is the objective', () => {
    const batch = uneven.map(datumOf);
    expect(needsCurrent(batch, options)).toBe(false);
    const made = normaliseBatch(batch, options);
    expect(made.loss).toEqual(supervised);
    expect(weightsOf(made.batch)).toEqual([
      [0, 1, 1, 1],
      [0, 1],
    ]);
    expect(made.batch.every((datum) => !('advantages' in datum))).toBe(true);
  });

  test('becomes weights where losses are summed', () => {
    const made = normaliseBatch(uneven.map(datumOf), { ...options, facts: sumEngine, padTo: 3 });
    expect(made.loss).toEqual(supervised);
    expect(rounded(weightsOf(made.batch))).toEqual([[0, 0.166667, 0.166667, 0.166667], [0, 0.5], [0]]);
  });

  test.each<[string, readonly Talk[], Partial<NormaliseOptions>]>([
    ['tokens that count the same', uneven, { objective: 'token_mean' }],
    ['padding', uneven, { padTo: 3 }],
    ['half a datum beside padding', [[[position({ weight: 0.5 })]]], { padTo: 2 }],
    ['a fraction', [[[position({ weight: 0.5 })]], [[position()]]], {}],
    ['weights that cancel out', [[[position(), position({ weight: -1 })]]], {}],
    ['two answers beside one', [[[position()], [position()]], [[position()]]], {}],
  ])('needs the log-probabilities of now where means would lose %s', (_name, talks, changes) => {
    const batch = talks.map(datumOf);
    expect(needsCurrent(batch, { ...options, ...changes })).toBe(true);
    expect(() => normaliseBatch(batch, { ...options, ...changes })).toThrow(
      expect.objectContaining({ code: 'unsupported' }),
    );
    const made = normaliseBatch(batch, { ...options, ...changes, current: float32Lists(lpsOf(talks)) });
    expect(made.loss).toEqual({ name: 'importance_sampling' });
    expect(needsCurrent(batch, { ...options, ...changes, facts: sumEngine })).toBe(false);
  });
});

describe('what cannot be is said', () => {
  const dro: Loss = { name: 'dro', beta: 0.1 };
  const unsupported = expect.objectContaining({ code: 'unsupported' });
  const invalid = expect.objectContaining({ code: 'invalid_input' });
  const attempt = (talks: readonly Talk[], options: NormaliseOptions) => () =>
    normaliseBatch(talks.map(datumOf), options);

  test.each<[string, NormaliseOptions]>([
    ['answers that count the same', { loss: dro, objective: 'sequence_mean', facts: weighingSumEngine }],
    ['tokens that count the same', { loss: dro, objective: 'token_mean', facts: meanEngine }],
    ['padding of means', { loss: dro, objective: 'sequence_mean', facts: meanEngine, padTo: 3 }],
    ['no weights and no pass before', { loss: dro, objective: 'token_mean', facts: sumEngine }],
  ])('dro: %s', (_name, options) => {
    expect(attempt(uneven, options)).toThrow(unsupported);
  });

  test('dro: padding where no weight keeps it still', () => {
    const talks = [[[position()]]];
    const current = float32Lists(lpsOf(talks));
    const options = { loss: dro, objective: 'token_mean', facts: sumEngine, current } as const;
    expect(needsCurrent(talks.map(datumOf), options)).toBe(true);
    expect(attempt(talks, options)).not.toThrow();
    expect(attempt(talks, { ...options, padTo: 2 })).toThrow(unsupported);
    // The prompt's one position is without a number.
    for (const gap of [[], [Float32Array.of(Number.NaN, -1)], [Float32Array.of(-9999, -1)]]) {
      expect(attempt(talks, { ...options, current: gap })).toThrow(
        expect.objectContaining({ code: 'bad_reply' }),
      );
    }
  });

  test('dro: a datum without any trained token, in a mean', () => {
    const talks = [[[position()]], [[position({ weight: 0 })]]];
    expect(attempt(talks, { loss: dro, objective: 'sequence_mean', facts: meanEngine })).toThrow(unsupported);
  });

  test('β is scaled with the advantages', () => {
    const made = normaliseBatch(uneven.map(datumOf), {
      loss: dro,
      objective: 'token_mean',
      facts: weighingSumEngine,
    });
    expect(made.loss).toEqual({ name: 'dro', beta: 0.1 / 4 });
  });

  test('a loss that the engine has not', () => {
    const facts: ReductionFacts = { ...sumEngine, losses: ['cross_entropy'] };
    expect(
      attempt(uneven, { loss: { name: 'importance_sampling' }, objective: 'token_mean', facts }),
    ).toThrow(unsupported);
  });

  test('nothing to train, weights that are no mask, a datum that was not sampled', () => {
    const options = {
      loss: { name: 'importance_sampling' },
      objective: 'token_mean',
      facts: meanEngine,
    } as const;
    expect(attempt([], options)).toThrow(invalid);
    expect(attempt([[[position({ weight: 0 })]]], options)).toThrow(invalid);
    expect(attempt([[[position({ weight: 0.5 })]]], options)).toThrow(invalid);
    const { logprobs: _, ...bare } = datumOf(uneven[0]!);
    expect(() => normaliseBatch([bare], options)).toThrow(invalid);
  });
});
