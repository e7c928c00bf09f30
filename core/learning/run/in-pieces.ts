/** Lets others have their turn. May reject, which ends the work. */
export type YieldNow = () => Promise<void>;

/** Visits each in order, and after every so many lets others have their turn. */
export async function eachInPieces<Item>(
  items: readonly Item[],
  pieceSize: number,
  yieldNow: YieldNow,
  visit: (item: Item, index: number) => void,
): Promise<void> {
  for (const [index, item] of items.entries()) {
    visit(item, index);
    if ((index + 1) % pieceSize === 0) await yieldNow();
  }
}

export async function setInPieces<Item>(
  items: readonly Item[],
  pieceSize: number,
  yieldNow: YieldNow,
): Promise<ReadonlySet<Item>> {
  const set = new Set<Item>();
  await eachInPieces(items, pieceSize, yieldNow, (item) => set.add(item));
  return set;
}

/** Sorting and merging so many takes a few milliseconds. */
const sortedAtOnce = 2_000;
const mergedAtOnce = 4_000;

/** As `toSorted`, equals in the order given, with turns for others in between. */
export async function sortedInPieces<Item>(
  items: readonly Item[],
  order: (a: Item, b: Item) => number,
  yieldNow: YieldNow,
): Promise<readonly Item[]> {
  let runs: (readonly Item[])[] = [];
  for (let from = 0; from < items.length; from += sortedAtOnce) {
    runs.push(items.slice(from, from + sortedAtOnce).toSorted(order));
    if (items.length > sortedAtOnce) await yieldNow();
  }
  let done = 0;
  while (runs.length > 1) {
    const longer: (readonly Item[])[] = [];
    for (let at = 0; at < runs.length; at += 2) {
      const merged: Item[] = [];
      for (const item of mergedOf(runs[at] ?? [], runs[at + 1] ?? [], order)) {
        merged.push(item);
        done += 1;
        if (done % mergedAtOnce === 0) await yieldNow();
      }
      longer.push(merged);
    }
    runs = longer;
  }
  return runs[0] ?? [];
}

function* mergedOf<Item>(
  one: readonly Item[],
  other: readonly Item[],
  order: (a: Item, b: Item) => number,
): Generator<Item> {
  const rest = other.values();
  let next = rest.next();
  for (const item of one) {
    for (; next.done !== true && order(next.value, item) < 0; next = rest.next()) yield next.value;
    yield item;
  }
  for (; next.done !== true; next = rest.next()) yield next.value;
}
