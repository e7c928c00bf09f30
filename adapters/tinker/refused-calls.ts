/**
 * Calls of one sequence, in the order in which they were made. A call that was made before anybody knew that one before it was
 * refused is not carried out: it was meant to come after that one.
 */
export interface RefusedCalls {
  /** The place of the next call. */
  next(): number;
  /** The call at this place is known from now on to have been refused. Twice is once. */
  refuse(place: number): void;
  /** Asked of each place once, in order. */
  isBarred(place: number): boolean;
}

export function createRefusedCalls(): RefusedCalls {
  let made = 0;
  /** Of each refused call how many were made when that was known. */
  const knownAt = new Map<number, number>();
  return {
    next: () => made++,
    refuse(place) {
      if (!knownAt.has(place)) knownAt.set(place, made);
    },
    isBarred(place) {
      let isBarred = false;
      for (const [refused, known] of knownAt) {
        if (place > refused && place < known) isBarred = true;
        if (known <= place) knownAt.delete(refused);
      }
      return isBarred;
    },
  };
}
