import fc from 'fast-check';
import { personId } from '../../../../core/domain/ids.ts';
import type { JudgedExposure } from '../../../../core/skills/proof/verdict.ts';

export const propensities = fc.oneof(
  fc.constantFrom(0.5, 0.9, 0.1, 1e-9, 1 - 1e-9),
  fc.double({ min: 0.001, max: 0.999, noNaN: true }),
);

export const outcomes = fc.oneof(fc.constantFrom(-1, 0, 1), fc.double({ min: -1, max: 1, noNaN: true }));

const negatives = fc.array(
  fc.record({
    personId: fc.constantFrom('ann', 'bob', 'cat').map((name) => personId('web', name)),
    votes: fc.integer({ min: 0, max: 3 }),
  }),
  { maxLength: 2 },
);

/** Any exposure, some of them certain to be shown. */
export const exposures: fc.Arbitrary<JudgedExposure> = fc
  .record({
    at: fc.nat({ max: 1_000_000 }),
    isMasked: fc.boolean(),
    propensity: fc.oneof(propensities, fc.constant(1)),
    context: fc.constantFrom('web|direct', 'web|group', 'other', 'web|direct|invoice'),
    outcome: outcomes,
    isLabelled: fc.boolean(),
    negatives,
  })
  .map(({ isMasked, ...rest }) => ({ ...rest, isShown: rest.propensity === 1 || !isMasked }));
