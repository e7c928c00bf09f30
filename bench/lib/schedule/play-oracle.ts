import type { Span } from '../../../core/domain/span.ts';
import type { Community } from './community.ts';
import type { OurRule } from './play-ours.ts';
import type { WorkShape } from './work.ts';

/**
 * When one trains who knows when the next message comes: in whole calls between the end of a message's veto, or its answer, and
 * the next message, wherever that is as long as a window must be.
 */
export function playOracle(
  { span, messages }: Community,
  { vetoMs, leastMs }: Pick<OurRule, 'vetoMs' | 'leastMs'>,
  { callMs }: Pick<WorkShape, 'callMs'>,
): readonly Span[] {
  const trained: Span[] = [];
  let freeFrom = span.from;
  for (const { at, answerMs } of [...messages, { at: span.to, answerMs: 0 }]) {
    if (at - freeFrom >= leastMs) {
      trained.push({ from: freeFrom, to: freeFrom + Math.floor((at - freeFrom) / callMs) * callMs });
    }
    freeFrom = Math.max(freeFrom, at + Math.max(vetoMs, answerMs));
  }
  return trained;
}
