import type { Exchange, ExchangeDesk } from '../core/ports/exchange-desk.ts';
import type { Answering } from '../core/schedule/answering.ts';
import type { SeenActivity } from './with-activity.ts';

export interface ExchangeActivity {
  /** Never throws. */
  readonly seen: (activity: SeenActivity) => void;
  readonly answering: Pick<Answering, 'begin'>;
}

/** Tells of every request that passes through, as of what people write, and of how long its answer takes. */
export function withExchangeActivity(
  desk: ExchangeDesk,
  { seen, answering }: ExchangeActivity,
): ExchangeDesk {
  return {
    ...desk,
    async begin(start) {
      const { spaceId } = start.caller;
      seen({ spaceId, kind: 'message' });
      const end = answering.begin(spaceId);
      return ending(await desk.begin(start), end);
    },
  };
}

function ending(exchange: Exchange, end: () => void): Exchange {
  return {
    ...exchange,
    finish(ended) {
      end();
      exchange.finish(ended);
    },
    abandon(sent) {
      end();
      exchange.abandon(sent);
    },
  };
}
