import type { PersonId } from '../../domain/ids.ts';
import type { GatheredSample } from './gathered-sample.ts';
import { eachInPieces, type YieldNow } from './in-pieces.ts';
import { ratersOf } from './person-shares.ts';

/**
 * Who rates nearly everything is a voice in nearly every reward, and no choice of answers keeps them within their share. So
 * whoever has more than `share` of all these is not heard where others speak too: there the value is the mean of the others, as
 * it would be had they been silent. Where they alone spoke their word stays, and the share is held by leaving answers out.
 * The stored rewards stay as they are. The order of the samples does not matter.
 */
export async function withoutLoudVoices(
  samples: readonly GatheredSample[],
  share: number,
  yieldNow: YieldNow,
): Promise<readonly GatheredSample[]> {
  const parts = new Map<PersonId, number>();
  await eachInPieces(samples, countedAtOnce, yieldNow, (sample) => {
    const raters = ratersOf(sample);
    for (const person of raters) parts.set(person, (parts.get(person) ?? 0) + 1 / raters.length);
  });
  const loud = new Set(
    [...parts].filter(([, part]) => part > share * samples.length).map(([person]) => person),
  );
  if (loud.size === 0) return samples;
  const heard: GatheredSample[] = [];
  await eachInPieces(samples, countedAtOnce, yieldNow, (sample) => {
    heard.push(without(loud, sample));
  });
  return heard;
}

/** Looking at so many takes a few milliseconds. */
const countedAtOnce = 2_000;

function without(loud: ReadonlySet<PersonId>, sample: GatheredSample): GatheredSample {
  const others = sample.voices.filter(({ actorId }) => actorId !== undefined && !loud.has(actorId));
  if (others.length === 0 || others.length === sample.voices.length) return sample;
  const value = others.reduce((sum, { polarity }) => sum + polarity, 0) / others.length;
  return { ...sample, voices: others, value: Math.max(-1, Math.min(1, value)) };
}
