/** Numbers 0 … 1 without 1, the same for the same seed (SplitMix32). For orders, not for secrets. */
function drawsOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

/** The same items in an order that the seed's lowest 32 bits alone decide, each order as likely as any other (Fisher and Yates). */
export function inSeededOrder<Item>(items: readonly Item[], seed: number): readonly Item[] {
  const draw = drawsOf(seed);
  const rest = [...items];
  const ordered: Item[] = [];
  while (rest.length > 0) ordered.push(...rest.splice(Math.floor(draw() * rest.length), 1));
  return ordered;
}
