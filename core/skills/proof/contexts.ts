import type { Platform } from '../../domain/ids.ts';
import type { Exposure } from '../../ports/trial-store.ts';
import { processOf, type Trialled, threshold } from './e-process.ts';

/** Where and about what a skill was retrieved. */
export interface SkillContext {
  readonly platform: Platform;
  readonly audience: 'direct' | 'group';
  /** One folded term; absent where no word led to the skill. */
  readonly topic?: string;
}

/** What is in no context of its own. */
export const otherContext = 'other';
/** A scope has at most so many, `other` included. */
export const mostContexts = 6;
/** In fewer exposures a context says too little to be tested. */
export const leastContextExposures = 50;

/** As one text: `web|direct|invoice`. Equal contexts, and only they, have equal keys; none is `other`. A platform's name has no `|`. */
export function contextKey({ platform, audience, topic }: SkillContext): string {
  return [platform, audience, ...(topic === undefined ? [] : [topic])].join('|');
}

/** `undefined` for what `contextKey` did not write, as `other`. */
export function parseContextKey(key: string): SkillContext | undefined {
  const [platform, audience, ...topic] = key.split('|');
  if (platform === undefined || (audience !== 'direct' && audience !== 'group')) return undefined;
  return { platform, audience, ...(topic.length === 0 ? {} : { topic: topic.join('|') }) };
}

/** The contexts that keep their own key: the most frequent five, the first by name among equals. `keys`: one for each exposure of the scope. */
export function frequentContexts(keys: Iterable<string>): readonly string[] {
  const counts = new Map<string, number>();
  for (const key of keys) if (key !== otherContext) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts]
    .toSorted(([a, many], [b, others]) => others - many || (a < b ? -1 : 1))
    .slice(0, mostContexts - 1)
    .map(([key]) => key);
}

/** The context that an exposure counts for. Applying it again changes nothing. */
export function contextAmong(key: string, frequent: readonly string[]): string {
  return frequent.includes(key) ? key : otherContext;
}

/**
 * Where the skill is proven to hurt. The level of the i-th hypothesis is shared by all contexts a scope can have, so that
 * they stop one that hurts nowhere with a probability of alpha at most, all hypotheses together. In the order of the keys.
 */
export function harmfulContexts(
  exposures: readonly (Trialled & Pick<Exposure, 'context'>)[],
  i: number,
  alpha: number,
): readonly string[] {
  const frequent = frequentContexts(exposures.map(({ context }) => context));
  const groups = Map.groupBy(exposures, ({ context }) => contextAmong(context, frequent));
  const needed = Math.log(threshold(i, alpha / mostContexts));
  return [...groups]
    .filter(([, own]) => {
      const { exposures: tested, logHarm } = processOf(own);
      return tested >= leastContextExposures && logHarm >= needed;
    })
    .map(([context]) => context)
    .toSorted();
}
