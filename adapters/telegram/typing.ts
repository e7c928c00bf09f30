import type { Clock, Timer } from '../../core/ports/clock.ts';

/** Telegram shows "typing" for five seconds at most. */
const REPEAT_MS = 4_500;
/** Nobody should see a bot type for ever because somebody forgot to say that it stopped. */
const MAX_REPEATS = 60;

export interface Typing {
  start(place: string, show: () => Promise<void>): Promise<void>;
  end(place: string): void;
  endAll(): void;
}

/** Keeps "typing" alive in each place until it ends. `show` must not reject. */
export function createTyping(clock: Clock): Typing {
  const timers = new Map<string, Timer>();

  const end = (place: string): void => {
    timers.get(place)?.cancel();
    timers.delete(place);
  };
  function repeat(place: string, show: () => Promise<void>, left: number): void {
    if (left === 0) {
      end(place);
      return;
    }
    const timer = clock.after(REPEAT_MS, () => {
      void show();
      repeat(place, show, left - 1);
    });
    timers.set(place, timer);
  }

  return {
    start(place, show) {
      end(place);
      repeat(place, show, MAX_REPEATS);
      return show();
    },
    end,
    endAll() {
      for (const place of [...timers.keys()]) end(place);
    },
  };
}
