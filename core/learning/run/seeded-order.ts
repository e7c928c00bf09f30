import { seededDraws } from '../../domain/seeded-draws.ts';

/** The same items in an order that the seed's lowest 32 bits alone decide, each order as likely as any other (Fisher and Yates). */
export function inSeededOrder<Item>(items: readonly Item[], seed: number): readonly Item[] {
  const draw = seededDraws(seed);
  const rest = [...items];
  const ordered: Item[] = [];
  while (rest.length > 0) ordered.push(...rest.splice(Math.floor(draw() * rest.length), 1));
  return ordered;
}
