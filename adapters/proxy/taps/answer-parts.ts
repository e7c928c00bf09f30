import type { ModelUsage } from '../../../core/domain/model.ts';
import { calledLine } from '../../../core/ports/exchange-desk.ts';
import type { TapResult } from '../dialect-port.ts';
import { firstAnswerOf } from '../first-answer.ts';

/** Of one answer; what comes after them is passed over. */
export const maxParts = 2_000;

export type AnswerPart =
  /** Two in a row are one text in two pieces. */
  | { readonly type: 'text'; readonly text: string }
  /** Something that is not told stands here: what follows is a text of its own. */
  | { readonly type: 'break' }
  /** Of a tool that the caller runs. `id`: '' for none. */
  | { readonly type: 'call'; readonly id: string; readonly name: string; readonly argumentsJson: string };

export interface UnderstoodAnswer {
  readonly isWhole: boolean;
  readonly parts: readonly AnswerPart[];
  /** What `TapResult.awaitsTools` is for an answer that came whole. */
  readonly endsWithCalls: boolean;
  readonly messageId: string | undefined;
  /** As `TapResult.partIds`. */
  readonly partIds?: readonly string[];
  readonly model: string | undefined;
  readonly usage: ModelUsage | undefined;
  /** Of all that the model wrote, also of what is not among the parts. */
  readonly writtenChars: number;
}

const charsPerToken = 4;

export function estimatedTokens(chars: number): number {
  return Math.ceil(chars / charsPerToken);
}

export function tellAnswer(answer: UnderstoodAnswer): TapResult {
  const { isWhole, parts, endsWithCalls, messageId, partIds = [], model, usage } = answer;
  return {
    isWhole,
    ...tellParts(parts),
    awaitsTools: isWhole && endsWithCalls,
    ...(messageId !== undefined && { messageId }),
    ...(partIds.length > 0 && { partIds }),
    ...(model !== undefined && { model }),
    ...(usage && { usage }),
    ...((usage === undefined || !isWhole) && { estimatedTokens: estimatedTokens(answer.writtenChars) }),
  };
}

function tellParts(parts: readonly AnswerPart[]): Pick<TapResult, 'text' | 'firstAnswer'> {
  const lines: string[] = [];
  const said: string[] = [];
  const callIds: string[] = [];
  let open = '';
  function close(): void {
    if (open === '') return;
    lines.push(open);
    said.push(open);
    open = '';
  }
  for (const part of parts) {
    if (part.type === 'text') {
      open += part.text;
      continue;
    }
    close();
    if (part.type === 'break') continue;
    lines.push(calledLine(part.name, part.argumentsJson));
    if (part.id !== '') callIds.push(part.id);
  }
  close();
  return { text: lines.join('\n'), firstAnswer: firstAnswerOf(said.join('\n'), callIds) };
}
