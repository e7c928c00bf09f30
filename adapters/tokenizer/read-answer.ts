import type { ToolCall } from '../../core/domain/model.ts';
import type { ParsedAnswer } from '../../core/ports/tokenizer.ts';
import type { AnswerPart } from './answer-parts.ts';
import { readToolCall } from './read-tool-call.ts';

/**
 * What an answer says: without its reasoning, also where that never ended, and with its calls apart. A call that cannot be
 * read, or is not closed, stays text. `opensThinking`: the prompt began the reasoning already.
 */
export function readAnswer(
  parts: readonly AnswerPart[],
  opensThinking: boolean,
): Pick<ParsedAnswer, 'text' | 'toolCalls'> {
  const toolCalls: Omit<ToolCall, 'id'>[] = [];
  let isThinking = opensThinking;
  let text = '';
  let call: string | undefined;

  const say = (words: string): void => {
    if (call === undefined) text += words;
    else call += words;
  };
  const giveUpCall = (): void => {
    if (call !== undefined) text += `<tool_call>${call}`;
    call = undefined;
  };
  const endCall = (): void => {
    const read = readToolCall(call ?? '');
    if (read === undefined) text += `<tool_call>${call}</tool_call>`;
    else toolCalls.push(read);
    call = undefined;
  };

  for (const part of parts) {
    if (isThinking) isThinking = part.type === 'text' || part.tag !== '</think>';
    else if (part.type === 'text') say(part.text);
    else if (part.tag === '<tool_call>') {
      giveUpCall();
      call = '';
    } else if (part.tag === '</tool_call>' && call !== undefined) endCall();
    else if (part.tag === '<think>' && call === undefined) isThinking = true;
    else say(call === undefined ? part.stray : part.tag);
  }
  giveUpCall();
  return { text: text.trim(), toolCalls };
}
