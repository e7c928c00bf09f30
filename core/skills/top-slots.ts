/** The best few of many offered numbers, without sorting them all. */
export interface TopSlots {
  offer(slot: number, worth: number): void;
  /** Best first; equal worth by name. */
  list(): readonly { readonly slot: number; readonly worth: number }[];
}

export function createTopSlots(limit: number, nameOf: (slot: number) => string): TopSlots {
  const slots: number[] = [];
  const worths: number[] = [];
  let bar = Number.NEGATIVE_INFINITY;

  function precedes(slot: number, worth: number, at: number): boolean {
    const other = worths[at] ?? 0;
    return worth > other || (worth === other && nameOf(slot) < nameOf(slots[at] ?? 0));
  }

  return {
    offer(slot, worth) {
      if (worth < bar || limit <= 0) return;
      let at = slots.length;
      while (at > 0 && precedes(slot, worth, at - 1)) at -= 1;
      if (at >= limit) return;
      slots.splice(at, 0, slot);
      worths.splice(at, 0, worth);
      if (slots.length > limit) {
        slots.length = limit;
        worths.length = limit;
      }
      if (slots.length === limit) bar = worths[limit - 1] ?? bar;
    },
    list() {
      return slots.map((slot, at) => ({ slot, worth: worths[at] ?? 0 }));
    },
  };
}
