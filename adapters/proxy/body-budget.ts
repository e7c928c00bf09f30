/** Bytes of requests that may be held at once, by all callers together. */
export interface BodyBudget {
  /** False: there is no room for so many more, and none are taken. */
  take(bytes: number): boolean;
  /** Whether so many more would find room just now. */
  hasRoomFor(bytes: number): boolean;
  /** Of those that were taken. */
  give(bytes: number): void;
}

export function createBodyBudget(maxBytes: number): BodyBudget {
  let held = 0;
  const hasRoomFor = (bytes: number): boolean => held + bytes <= maxBytes;
  return {
    hasRoomFor,
    take(bytes) {
      if (!hasRoomFor(bytes)) return false;
      held += bytes;
      return true;
    },
    give(bytes) {
      held -= bytes;
    },
  };
}
