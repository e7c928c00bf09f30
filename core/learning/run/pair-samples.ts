import type { GatheredSample } from './gathered-sample.ts';

type Paired = Pick<GatheredSample, 'turnId' | 'value' | 'request' | 'answer'>;

/**
 * Different answers to one request, a good one and a bad one each, a sample in one pair at most. By turn id; the order of the
 * input does not matter.
 */
export function pairUp<Sample extends Paired>(
  samples: readonly Sample[],
): readonly (readonly [good: Sample, bad: Sample])[] {
  const ordered = samples.toSorted((a, b) => (a.turnId < b.turnId ? -1 : 1));
  return [...Map.groupBy(ordered, ({ request }) => request).values()].flatMap((answers) => {
    const bad = answers.filter(({ value }) => value < 0);
    return answers
      .filter(({ value }) => value > 0)
      .flatMap((good): readonly (readonly [Sample, Sample])[] => {
        const at = bad.findIndex(({ answer }) => answer !== good.answer);
        const [other] = at === -1 ? [] : bad.splice(at, 1);
        return other === undefined ? [] : [[good, other]];
      });
  });
}
