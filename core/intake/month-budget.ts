import type { ApiKey } from '../domain/api-key.ts';
import type { ApiRefused } from '../ports/api-access.ts';
import type { Clock } from '../ports/clock.ts';
import { monthHeld, monthUsedUp } from './api-refusals.ts';
import { promptTokens } from './exchange-cost.ts';
import { type UtcMonth, utcMonthOf } from './utc-month.ts';

/** What one request under way keeps back of what is left of the month. */
export interface Held {
  /** Keeps back what a request of that size may cost; where that may be more than others leave of the month, the words of a refusal. */
  grow(promptBytes: () => number): ApiRefused | undefined;
  /** It is over. Again is fine. */
  release(): void;
}

/**
 * A key's tokens of a calendar month. It ends requests that come after it is used up; of those under way only as many go on at once as
 * about fit into what is left, so that the last one alone may go beyond.
 */
export interface MonthBudget {
  refusal(key: ApiKey): ApiRefused | undefined;
  /** For a request that begins, as its size is known only when it has come. `keyNow`: the key as it is then. */
  hold(keyNow: () => ApiKey): Held;
  /** It may be what a costly request of this key costs lately. */
  spent(tokens: number): void;
  /** In place of what is known; of another month than the present one: nothing. `month`: `2026-11`. */
  restore(month: string, tokens: number): void;
}

/** What an answer is taken to cost while nothing is known of it. */
const ANSWER_TOKENS = 2_000;
/** A request that cost much is expected again, with each further one a little less. */
const FORGOTTEN = 0.95;

/** The month that it is, looked up once a month. */
export function createUtcMonths(clock: Pick<Clock, 'now'>): () => UtcMonth {
  let month = utcMonthOf(clock.now());
  return () => {
    const now = clock.now();
    if (now < month.startsAt || now >= month.endsAt) month = utcMonthOf(now);
    return month;
  };
}

export function createMonthBudget(clock: Pick<Clock, 'now'>, monthNow: () => UtcMonth): MonthBudget {
  let startsAt = monthNow().startsAt;
  /** In the month that begins there. */
  let tokens = 0;
  /** By requests under way. */
  let heldTokens = 0;
  let costlyTokens = 0;

  const tokensIn = (month: UtcMonth): number => (month.startsAt === startsAt ? tokens : 0);

  /** Refused where so many tokens, held by other requests, may be all that is left. */
  function overHeld(key: ApiKey, besideTokens: number): ApiRefused | undefined {
    const { monthlyTokens } = key;
    if (monthlyTokens === undefined || besideTokens === 0) return undefined;
    const isUsedUp = tokensIn(monthNow()) + besideTokens >= monthlyTokens;
    return isUsedUp ? monthHeld(key, monthlyTokens) : undefined;
  }

  return {
    refusal(key) {
      const { monthlyTokens } = key;
      const month = monthNow();
      if (monthlyTokens !== undefined && tokensIn(month) >= monthlyTokens) {
        return monthUsedUp(key, monthlyTokens, month.endsAt, clock.now());
      }
      return overHeld(key, heldTokens);
    },
    hold(keyNow) {
      let mine = 0;
      let isReleased = false;
      function keep(wanted: number): void {
        heldTokens += wanted - mine;
        mine = wanted;
      }
      keep(Math.max(ANSWER_TOKENS, costlyTokens));
      return {
        grow(promptBytes) {
          if (isReleased || keyNow().monthlyTokens === undefined) return undefined;
          const refusal = overHeld(keyNow(), heldTokens - mine);
          if (refusal !== undefined) return refusal;
          keep(Math.max(promptTokens(promptBytes()) + ANSWER_TOKENS, costlyTokens));
          return undefined;
        },
        release() {
          isReleased = true;
          keep(0);
        },
      };
    },
    spent(cost) {
      const month = monthNow();
      tokens = tokensIn(month) + cost;
      startsAt = month.startsAt;
      costlyTokens = Math.max(cost, Math.floor(FORGOTTEN * costlyTokens));
    },
    restore(name, stored) {
      const month = monthNow();
      if (name !== month.name) return;
      tokens = stored;
      startsAt = month.startsAt;
    },
  };
}
