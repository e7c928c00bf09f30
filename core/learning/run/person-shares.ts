import { type PersonId, platformOf, unknownAuthor } from '../../domain/ids.ts';
import type { GatheredSample } from './gathered-sample.ts';
import { eachInPieces, type YieldNow } from './in-pieces.ts';

/** On whose word a sample rests: whoever rated it, each with an equal part; its asker where only a judge spoke. */
export function ratersOf({
  voices,
  askerId,
}: Pick<GatheredSample, 'voices' | 'askerId'>): readonly PersonId[] {
  const raters = new Set(voices.flatMap(({ actorId }) => (actorId === undefined ? [] : [actorId])));
  return raters.size === 0 ? [askerId] : [...raters];
}

/** Whether this is somebody who can be counted: whom a platform does not name is nobody. */
export function isCountable(person: PersonId): boolean {
  return person !== unknownAuthor(platformOf(person));
}

export interface ShareLimits {
  /** The largest part of the whole that may rest on one person's word, 0 … 1. */
  readonly share: number;
  /** So many items at most. */
  readonly most: number;
}

/** An item with its raters as small numbers: they are looked up for each of thousands, many times over. */
interface Part<Item> {
  readonly item: Item;
  readonly raters: readonly number[];
}

/** Parts are sums of fractions; they differ from what they stand for by rounding alone. */
const rounding = 1e-9;
/** Looking at so many takes a few milliseconds. */
const readAtOnce = 2_000;
const takenAtOnce = 8_000;

/**
 * As many of these as there can be with nobody's part in them above `share`; the earlier ones first. What is left out makes the
 * whole smaller, and so what a person may have of it: the size is the largest at which both hold. No further one could be
 * added afterwards. Where each has one rater there is no larger set; where several rated one, a larger set may exist that
 * takes others. `ratersOf`: at least one, each once, with an equal part.
 */
export async function withinShares<Item>(
  items: readonly Item[],
  ratersOf: (item: Item) => readonly PersonId[],
  { share, most }: ShareLimits,
  yieldNow: YieldNow,
): Promise<readonly Item[]> {
  const parts = await partsOf(items, ratersOf, yieldNow);
  let size = largestSize(await totalsOf(parts, yieldNow), Math.min(items.length, most), share);
  let before: Pass<Item> | undefined;
  for (;;) {
    const pass = await takeUpTo(size, parts, share, yieldNow);
    if (pass.kept.size === size) {
      await growWithin(pass, parts, { share, most }, yieldNow);
      const kept: Item[] = [];
      await eachInPieces(items, takenAtOnce, yieldNow, (item) => {
        if (pass.kept.has(item)) kept.push(item);
      });
      return kept;
    }
    size = nextSize(pass, before, share);
    before = pass;
  }
}

async function partsOf<Item>(
  items: readonly Item[],
  ratersOf: (item: Item) => readonly PersonId[],
  yieldNow: YieldNow,
): Promise<readonly Part<Item>[]> {
  const numbers = new Map<PersonId, number>();
  const parts: Part<Item>[] = [];
  await eachInPieces(items, readAtOnce, yieldNow, (item) => {
    parts.push({ item, raters: ratersOf(item).map((person) => numberOf(numbers, person)) });
  });
  return parts;
}

function numberOf(numbers: Map<PersonId, number>, person: PersonId): number {
  const known = numbers.get(person) ?? numbers.size;
  numbers.set(person, known);
  return known;
}

interface Totals {
  /** What each person would have of all, the least first. */
  readonly loads: Float64Array;
  /** Each item has one rater, so that people have whole items. */
  readonly areWhole: boolean;
}

async function totalsOf(parts: readonly Part<unknown>[], yieldNow: YieldNow): Promise<Totals> {
  const loads: number[] = [];
  let areWhole = true;
  await eachInPieces(parts, takenAtOnce, yieldNow, ({ raters }) => {
    areWhole &&= raters.length === 1;
    for (const person of raters) loads[person] = (loads[person] ?? 0) + 1 / raters.length;
  });
  return { loads: Float64Array.from(loads).sort(), areWhole };
}

/**
 * The largest size, `most` at most, which what people have leaves room for: nothing larger can be filled, whatever is taken.
 * With one rater each it can be. Of numbers alone, so that a whole that shrinks a little at a time costs next to nothing.
 */
function largestSize({ loads, areWhole }: Totals, most: number, share: number): number {
  let size = most;
  let below = loads.reduce((sum, load) => sum + load, 0);
  let count = loads.length;
  for (;;) {
    const room = share * size + rounding;
    const cap = areWhole ? Math.floor(room) : room;
    // Smaller wholes cap more people, never fewer.
    for (let load = loads[count - 1]; load !== undefined && load > cap; load = loads[count - 1]) {
      below -= load;
      count -= 1;
    }
    const filled = Math.floor(below + (loads.length - count) * cap + rounding * (loads.length + 1));
    if (filled >= size) return size;
    size = filled;
  }
}

interface Pass<Item> {
  readonly size: number;
  readonly kept: Set<Item>;
  readonly loads: Loads;
}

interface Loads {
  /** Takes an item if each of its raters then has at most `cap` items' worth. */
  take(raters: readonly number[], cap: number): boolean;
}

function createLoads(): Loads {
  const loads: number[] = [];
  return {
    take(raters, cap) {
      const part = 1 / raters.length;
      if (raters.some((person) => (loads[person] ?? 0) + part > cap + rounding)) return false;
      for (const person of raters) loads[person] = (loads[person] ?? 0) + part;
      return true;
    },
  };
}

async function takeUpTo<Item>(
  size: number,
  parts: readonly Part<Item>[],
  share: number,
  yieldNow: YieldNow,
): Promise<Pass<Item>> {
  const loads = createLoads();
  const kept = new Set<Item>();
  await eachInPieces(parts, takenAtOnce, yieldNow, ({ item, raters }) => {
    if (kept.size < size && loads.take(raters, share * size)) kept.add(item);
  });
  return { size, kept, loads };
}

/**
 * What to try after a size that could not be filled: what was kept. While far more is lacking than people who are full lack
 * for items being whole (fewer than 1/share people, less than one each), two passes tell where this leads, and half of the way there
 * is skipped: else a whole that shrinks by a hundredth at a time would take hundreds of passes.
 */
function nextSize({ size, kept }: Pass<unknown>, before: Pass<unknown> | undefined, share: number): number {
  const lacking = size - kept.size;
  if (before === undefined || lacking <= 1 / share) return kept.size;
  const slope = (before.kept.size - kept.size) / (before.size - size);
  if (!(slope > 0 && slope < 1)) return kept.size;
  const end = Math.max(0, size - lacking / (1 - slope));
  return Math.ceil((kept.size + Math.min(kept.size, end)) / 2);
}

/** Adds what still finds room as the whole grows. */
async function growWithin<Item>(
  { kept, loads }: Pass<Item>,
  parts: readonly Part<Item>[],
  { share, most }: ShareLimits,
  yieldNow: YieldNow,
): Promise<void> {
  for (let before = -1; before < kept.size && kept.size < most; ) {
    before = kept.size;
    await eachInPieces(parts, takenAtOnce, yieldNow, ({ item, raters }) => {
      if (kept.size < most && !kept.has(item) && loads.take(raters, share * (kept.size + 1))) kept.add(item);
    });
  }
}
