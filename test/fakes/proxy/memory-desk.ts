import { sessionId, turnId } from '../../../core/domain/ids.ts';
import type {
  ApiFeedback,
  Exchange,
  ExchangeDesk,
  ExchangeEnd,
  ExchangeStart,
  FeedbackReceipt,
} from '../../../core/ports/exchange-desk.ts';
import { createWaitingList } from './waiting-list.ts';

/** How one exchange ended; an exchange may end once. */
export type Ended =
  | { readonly how: 'finished'; readonly end: ExchangeEnd }
  | { readonly how: 'abandoned'; readonly sent?: Parameters<Exchange['abandon']>[0] };

export interface MemoryDesk extends ExchangeDesk {
  readonly starts: readonly ExchangeStart[];
  readonly peeks: readonly ExchangeStart[];
  readonly feedbacks: readonly ApiFeedback[];
  readonly ends: readonly Ended[];
  /** Resolves with the nth that began, from 1. */
  begun(place: number): Promise<ExchangeStart>;
  /** Resolves with the nth that ended, from 1. */
  ended(place: number): Promise<Ended>;
}

export interface MemoryDeskOptions {
  readonly block?: string;
  /** What a beginning waits for. */
  readonly until?: Promise<void>;
  /** In place of a beginning. */
  readonly throws?: Error;
  readonly receipt?: () => Promise<FeedbackReceipt>;
}

/** A desk that remembers what it is told, and throws where an exchange ends twice. */
export function createMemoryDesk(options: MemoryDeskOptions = {}): MemoryDesk {
  const starts = createWaitingList<ExchangeStart>();
  const ends = createWaitingList<Ended>();
  const peeks: ExchangeStart[] = [];
  const feedbacks: ApiFeedback[] = [];
  const block = options.block ?? '';

  return {
    starts: starts.all,
    ends: ends.all,
    begun: starts.nth,
    ended: ends.nth,
    peeks,
    feedbacks,
    async begin(start) {
      starts.add(start);
      const place = starts.all.length;
      await options.until;
      if (options.throws !== undefined) throw options.throws;
      let isOver = false;
      const over = (ended: Ended): void => {
        if (isOver) throw new Error('an exchange ended twice');
        isOver = true;
        ends.add(ended);
      };
      return {
        turnId: turnId(`turn_${place}`),
        sessionId: sessionId(`session_${place}`),
        block,
        finish: (end) => over({ how: 'finished', end }),
        abandon: (sent) => over({ how: 'abandoned', ...(sent === undefined ? {} : { sent }) }),
      };
    },
    async peek(start) {
      peeks.push(start);
      return block;
    },
    feedback(feedback) {
      feedbacks.push(feedback);
      return options.receipt?.() ?? Promise.resolve({ kind: 'stored', turnId: turnId('turn_1') });
    },
  };
}
