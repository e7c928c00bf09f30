import type { StreamResult } from './run-stream.ts';
import type { AnsweredTurn } from './talk.ts';

type Stream = Pick<StreamResult, 'turns' | 'world'>;

export const tenths = 10;

/** Whoever brigades rates as it pleases: whether its answers are right says nothing. */
function counted({ turns }: Stream): readonly AnsweredTurn[] {
  return turns.filter(({ planned }) => !planned.asker.isBrigading);
}

function shareOf(turns: readonly AnsweredTurn[]): number {
  return turns.filter(({ isSuccess }) => isSuccess).length / turns.length;
}

/** Share of right answers in each tenth of the stream, by time. */
export function successByTenth(stream: Stream): readonly number[] {
  const { lengthMs } = stream.world;
  const parts = Map.groupBy(counted(stream), ({ at }) =>
    Math.min(tenths - 1, Math.floor((at / lengthMs) * tenths)),
  );
  return Array.from({ length: tenths }, (_, at) => shareOf(parts.get(at) ?? []));
}

export function successOf(stream: Stream): number {
  return shareOf(counted(stream));
}

export interface Recovery {
  /** Share of right answers in the quarter of the stream before. */
  readonly before: number;
  /** Turns on it after the preference turned round until it was back; all of them where it never was. */
  readonly turns: number;
  readonly isBack: boolean;
}

const lookedBack = 0.25;
const window = 10;
const enough = 0.9;
/** Where it was worse than this before there is nothing to come back to. */
const leastBefore = 0.5;

/**
 * How long the topic whose preference turned round took to be answered as well as before, in its space and for those without
 * a wish of their own: nine tenths of that share, over ten turns. `undefined` where it was never answered well.
 */
export function recoveryOf(stream: Stream): Recovery | undefined {
  const { reversal, lengthMs, isOwnWish } = stream.world;
  const concerned = counted(stream).filter(
    ({ planned: { asker, topic } }) =>
      asker.spaceId === reversal.spaceId && topic === reversal.topic && !isOwnWish(asker, topic),
  );
  const before = concerned.filter(({ at }) => at < reversal.at && at >= reversal.at - lookedBack * lengthMs);
  const after = concerned.filter(({ at }) => at >= reversal.at);
  if (before.length === 0 || after.length === 0) return undefined;
  const usual = shareOf(before);
  if (usual < leastBefore) return undefined;
  const isBackAt = (end: number): boolean => shareOf(after.slice(end - window, end)) >= enough * usual;
  for (let end = window; end <= after.length; end += 1) {
    if (isBackAt(end)) return { before: usual, turns: end, isBack: true };
  }
  return { before: usual, turns: after.length, isBack: false };
}
