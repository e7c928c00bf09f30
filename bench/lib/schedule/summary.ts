import type { WindowBar, WindowSignal } from '../../../core/domain/schedule.ts';
import { intersectSpans, mergeSpans, type Span, totalMs } from '../../../core/domain/span.ts';
import { DAY_MS, HOUR_MS } from '../../../core/domain/wall-clock.ts';
import { percentile } from '../statistics.ts';
import type { Played } from './work.ts';

/** What one rule came to, beside one who knows the future. */
export interface Summary {
  readonly trainedHoursADay: number;
  /** Of the training time, in which a person waited for an answer, or got it; 0 … 1. */
  readonly overlapShare: number;
  /** Seconds of it a day. */
  readonly overlapSecondsADay: number;
  /** Of 1,000 messages, those that came while a call was in flight. */
  readonly arrivedPerThousand: number;
  /** Of the oracle's training time, what disturbed nobody; absent where the oracle had none. */
  readonly oracleShare?: number;
  /** Of the training time, what a step that was cut off lost; 0 … 1. */
  readonly lostShare: number;
  readonly waitMs: { readonly p50: number; readonly p95: number; readonly p99: number; readonly max: number };
  readonly interruptedADay: Readonly<Partial<Record<WindowSignal, number>>>;
  /** Of the oracle's training time, what was left, by what kept the window closed; 0 … 1. */
  readonly leftBy: Readonly<Partial<Record<WindowBar, number>>>;
}

export function summarise(played: Played, oracle: readonly Span[], span: Span): Summary {
  const days = (span.to - span.from) / DAY_MS;
  const { trained, waitsMs, lostMs, interrupted } = played;
  const trainedMs = totalMs(trained);
  const overlapMs = totalMs(intersectSpans(trained, mergeSpans(played.answers)));
  const oracleMs = totalMs(oracle);
  const ofTraining = (ms: number): number => (trainedMs === 0 ? 0 : ms / trainedMs);
  const wait = (share: number): number => (waitsMs.length === 0 ? 0 : percentile(waitsMs, share));
  return {
    trainedHoursADay: trainedMs / HOUR_MS / days,
    overlapShare: ofTraining(overlapMs),
    overlapSecondsADay: overlapMs / 1000 / days,
    arrivedPerThousand: (1000 * waitsMs.filter((ms) => ms > 0).length) / Math.max(1, waitsMs.length),
    ...(oracleMs === 0 ? {} : { oracleShare: (trainedMs - overlapMs) / oracleMs }),
    lostShare: ofTraining(lostMs),
    waitMs: { p50: wait(0.5), p95: wait(0.95), p99: wait(0.99), max: wait(1) },
    interruptedADay: Object.fromEntries([...interrupted].map(([signal, count]) => [signal, count / days])),
    leftBy: oracleMs === 0 ? {} : leftBy(played, oracle, oracleMs),
  };
}

function leftBy({ closed }: Played, oracle: readonly Span[], oracleMs: number): Summary['leftBy'] {
  const bars = [...new Set(closed.map(({ bar }) => bar))];
  return Object.fromEntries(
    bars.map((bar) => [
      bar,
      totalMs(
        intersectSpans(
          closed.filter((span) => span.bar === bar),
          oracle,
        ),
      ) / oracleMs,
    ]),
  );
}
