/** One message's way through a bot. Milliseconds of `performance.now()`. */
export interface Stamps {
  /** The update is handed to the adapter. */
  readonly enteredMs: number;
  /** The platform has its answer to the update. */
  readonly acknowledgedMs: number;
  /** The model is asked. */
  readonly askedMs: number;
  /** The model's last event. */
  readonly endedMs: number;
  /** The turn is stored for good; with a bot that stores nothing, the reply is sent. */
  readonly storedMs: number;
  /** How long the call that sends the answer took. */
  readonly platformMs: number;
}

export interface BotUnderTest {
  /** Takes one update and resolves when its answer is over and nothing of it is under way any more. */
  answer(update: object): Promise<Stamps>;
  close(): Promise<void>;
}

export const webhookPath = '/hooks/telegram';
export const webhookSecret = 'bench-secret';
export const botToken = '1:bench';

/** Resolves with `performance.now()` of the next `mark`. */
export interface Mark {
  mark(): void;
  next(): Promise<number>;
}

export function createMark(): Mark {
  let waiting = Promise.withResolvers<number>();
  return {
    mark: () => waiting.resolve(performance.now()),
    next() {
      waiting = Promise.withResolvers<number>();
      return waiting.promise;
    },
  };
}
