import { ExponentialBackoff, halfJitterGenerator } from 'cockatiel';
import type { AppError } from '../../core/domain/app-error.ts';
import type { Timer } from '../../core/ports/clock.ts';
import type { UpstreamFlow, UpstreamRequest, UpstreamSink } from '../../core/ports/upstream.ts';
import { type Asking, askTarget, type Miss } from './ask.ts';
import type { BreakerEntry } from './breaker.ts';
import { aborted, allRest, type Limit, tookTooLong } from './errors.ts';
import type { HeldAnswer } from './held-answer.ts';
import type { UpstreamsOptions } from './options.ts';
import type { Target } from './target.ts';
import { createWatch } from './watch.ts';
import { createExchangeWitness } from './witness.ts';

/** An exchange under way. */
export interface Exchange extends UpstreamFlow {
  /** Ends it with this error. */
  stop(error: AppError): void;
}

/** Milliseconds: the first wait is between half of `initialDelay` and all of it, the next twice as long. */
const backoff = new ExponentialBackoff({
  generator: halfJitterGenerator,
  initialDelay: 500,
  maxDelay: 2_000,
});

/**
 * Carries one request through the targets, of which there is at least one, in order. What fails in a way that may pass before the
 * caller has seen anything is tried again at the same target up to `maxRetries` times, then at the next. That includes a
 * connection that broke after all was sent: a model may then be asked, and billed, twice, as it may after a 502, and as the
 * vendors' own clients do. A server that was silent for too long is not asked again, the next one is. An answer that may be
 * improved on is held, and told where no better one comes. `underWay` holds it until it is over.
 */
export function startExchange(
  request: UpstreamRequest,
  targets: readonly Target[],
  sink: UpstreamSink,
  options: UpstreamsOptions,
  underWay: Set<Exchange>,
): Exchange {
  const { clock, logger, maxRetries, metrics, timeouts } = options;
  const limitsMs = { first_byte: timeouts.firstByteMs, idle: timeouts.idleMs, total: timeouts.totalMs };
  const watch = createWatch(clock, timeouts, late);
  const witness = createExchangeWitness();
  let isOver = false;
  /** The target that is being asked, and how often it was. */
  let at = 0;
  let tries = 0;
  let waits = backoff.next();
  let asking: Asking | undefined;
  let retry: Timer | undefined;
  /** The last answer of a server that was not passed on, and why there was none since. */
  let held: HeldAnswer | undefined;
  let lastError: AppError | undefined;
  let isPassedOn = false;
  let isPaused = false;
  /** The held answer was told but for its end. */
  let isEndOwed = false;

  function over(): void {
    isOver = true;
    watch.stop();
    witness.end();
    retry?.cancel();
    underWay.delete(exchange);
  }

  function stop(error: AppError): void {
    if (isOver) return;
    over();
    asking?.cancel();
    const isToldAlready = error.code === 'aborted' || error.details['reason'] === 'resting';
    if (!isToldAlready) logger.warn('upstream_failed', { upstream: targets[at]?.name, error });
    // Never within the call of `forward`, nor within one of the sink.
    queueMicrotask(() => sink.failed(error));
  }

  function end(): void {
    if (isOver) return;
    over();
    sink.end();
  }

  /** Nothing is left to try: tells the last answer of a server, else why there was none. */
  function giveUp(): void {
    const answer = held;
    if (answer === undefined) {
      stop(lastError ?? allRest(targets.map(soonest)));
      return;
    }
    watch.stop();
    witness.end();
    asking = undefined;
    queueMicrotask(() => {
      if (isOver) return;
      isEndOwed = !answer.tell({
        head: (head) => sink.head(head),
        data: (chunk) => isOver || sink.data(chunk),
      });
      if (!isEndOwed) end();
    });
  }

  /** The first target from this one on that is not left alone. */
  function tryFrom(index: number): void {
    for (const [offset, target] of targets.slice(index).entries()) {
      const entry = target.breaker.enter();
      if (entry === undefined) continue;
      at = index + offset;
      if (at > 0) metrics.count('upstream_failovers_total', `upstream=${target.name}`);
      tries = 0;
      waits = backoff.next();
      ask(target, entry);
      return;
    }
    giveUp();
  }

  function ask(target: Target, entry: BreakerEntry): void {
    tries += 1;
    isPaused = false;
    watch.awaitAnswer();
    asking = askTarget(target, witness.attempt(target.breaker, entry), request, clock, {
      holds(mayAskAgain) {
        const isMoreLeft =
          (mayAskAgain && canAskAgain(target)) ||
          targets.slice(at + 1).some(({ breaker }) => breaker.admits());
        if (isMoreLeft) watch.pause();
        return isMoreLeft;
      },
      head(head) {
        isPassedOn = true;
        sink.head(head);
      },
      data(chunk) {
        watch.read();
        const wantsMore = sink.data(chunk);
        if (!wantsMore && !isOver) {
          isPaused = true;
          watch.pause();
        }
        return wantsMore;
      },
      end,
      missed: (miss) => goOn(target, miss),
      cut: (error) => stop(error),
    });
  }

  const canAskAgain = (target: Target): boolean => tries <= maxRetries && target.breaker.admits();

  function goOn(target: Target, miss: Miss): void {
    if (isOver) return;
    asking = undefined;
    watch.pause();
    if (miss.held !== undefined) held = miss.held;
    lastError = miss.error ?? lastError;
    if (miss.againAfterMs === undefined || !canAskAgain(target)) tryFrom(at + 1);
    else askAgain(target, miss, miss.againAfterMs);
  }

  function askAgain(target: Target, miss: Miss, leastMs: number): void {
    // Mostly a kept connection that the server closed just then: a new one will do.
    const isAtOnce = miss.isReset && tries === 1;
    const delayMs = isAtOnce ? 0 : Math.max(leastMs, waits.duration);
    if (!isAtOnce) waits = waits.next(undefined);
    logger.info('upstream_retry', { upstream: target.name, attempt: tries + 1, delayMs, why: miss.why });
    metrics.count('upstream_retries_total', `upstream=${target.name}`);
    retry = clock.after(delayMs, () => {
      const entry = target.breaker.enter();
      if (entry === undefined) tryFrom(at + 1);
      else ask(target, entry);
    });
  }

  function late(limit: Limit): void {
    const target = targets[at];
    if (isOver || target === undefined) return;
    const error = tookTooLong(limit, limitsMs[limit], target.peer);
    if (isPassedOn) {
      stop(error);
      return;
    }
    asking?.cancel(limit === 'total' ? undefined : error);
    lastError = error;
    asking = undefined;
    if (limit === 'first_byte') {
      watch.pause();
      tryFrom(at + 1);
    } else {
      retry?.cancel();
      giveUp();
    }
  }

  const exchange: Exchange = {
    resume() {
      if (isOver) return;
      if (isEndOwed) return end();
      if (!isPaused) return;
      isPaused = false;
      watch.resume();
      asking?.resume();
    },
    abort: () => stop(aborted()),
    stop,
  };
  underWay.add(exchange);
  tryFrom(0);
  return exchange;
}

const soonest = ({ name, breaker }: Target): { readonly name: string; readonly restMs: number } => ({
  name,
  restMs: breaker.restMs(),
});
