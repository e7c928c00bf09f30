/** One place in which two runs of a scenario differ. */
export interface Difference {
  readonly step: string;
  /** Where in the observation: `events.0.author.displayName`. */
  readonly path: string;
  readonly fake: unknown;
  readonly peer: unknown;
}

/** A difference that is known, with the reason why it is none of ours. */
export interface ExpectedDifference extends Omit<Difference, 'step'> {
  readonly steps: readonly string[];
  readonly reason: string;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

function differencesIn(fake: unknown, peer: unknown, path: string): readonly Omit<Difference, 'step'>[] {
  if (isRecord(fake) && isRecord(peer) && Array.isArray(fake) === Array.isArray(peer)) {
    const keys = [...new Set([...Object.keys(fake), ...Object.keys(peer)])];
    return keys.flatMap((key) => differencesIn(fake[key], peer[key], path === '' ? key : `${path}.${key}`));
  }
  return Object.is(fake, peer) ? [] : [{ path, fake, peer }];
}

/** Step by step, down to the single value. */
export function compareObservations<Observation extends { readonly step: string }>(
  fake: readonly Observation[],
  peer: readonly Observation[],
): readonly Difference[] {
  return fake.flatMap((observation, index) =>
    differencesIn(observation, peer[index], '').map((difference) => ({
      step: observation.step,
      ...difference,
    })),
  );
}

/** The known differences as `compareObservations` would find them. */
export function foreseen(expected: readonly ExpectedDifference[]): readonly Difference[] {
  return expected.flatMap(({ steps, path, fake, peer }) => steps.map((step) => ({ step, path, fake, peer })));
}

const keyOf = ({ step, path }: Difference): string => `${step}: ${path}`;

/** By step and place, so that two lists can be compared whatever their order. */
export const byPlace = (differences: readonly Difference[]): Readonly<Record<string, Difference>> =>
  Object.fromEntries(differences.map((difference) => [keyOf(difference), difference]));
