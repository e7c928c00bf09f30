/**
 * Lets two threads of one process write to one file by turns. SQLite's own lock keeps them apart; whoever finds it taken sleeps and
 * looks again, ever more seldom, and may miss each gap. Here the event loop's thread is woken as soon as the other one has
 * committed, and that one lets it go first.
 */
export interface WriteGate {
  /** For the other thread. */
  readonly words: SharedArrayBuffer;
  /** On the event loop's thread: waits for a commit of the other, for a second at most, then writes. */
  ahead<T>(write: () => T): T;
  /** On the other one: waits while the first wants to write, for a second at most, then writes. */
  behind<T>(write: () => T): T;
  /** The other thread has ended, whatever it was at. */
  left(): void;
}

/** Places in `words`. */
const heldBehind = 0;
const wantedAhead = 1;
/** Whatever keeps the gate shut then, the file's own lock decides. */
const longestMs = 1_000;

/** `words`: of the gate that the other thread has. */
export function createWriteGate(words = new SharedArrayBuffer(8)): WriteGate {
  const states = new Int32Array(words);

  function set(place: number, state: 0 | 1): void {
    Atomics.store(states, place, state);
    Atomics.notify(states, place);
  }

  function during<T>(place: number, write: () => T): T {
    set(place, 1);
    try {
      return write();
    } finally {
      set(place, 0);
    }
  }

  return {
    words,
    ahead: (write) =>
      during(wantedAhead, () => {
        Atomics.wait(states, heldBehind, 1, longestMs);
        return write();
      }),
    behind(write) {
      Atomics.wait(states, wantedAhead, 1, longestMs);
      return during(heldBehind, write);
    },
    left: () => set(heldBehind, 0),
  };
}
