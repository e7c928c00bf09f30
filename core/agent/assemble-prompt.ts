import type { ModelMessage } from '../domain/model.ts';
import { estimateTokens } from '../domain/tokens.ts';
import type { PastTurn } from '../domain/turn.ts';

export interface PromptInput {
  /** The operator's persona: the highest authority in the prompt. */
  readonly persona: string;
  /** `ChannelCapabilities.promptFacts`. */
  readonly channelFacts: string;
  readonly audience: 'direct' | 'group';
  /** The delimited skills block, or empty. */
  readonly skillsBlock: string;
  /** Earlier turns of the session, chronological. */
  readonly history: readonly PastTurn[];
  /** How much of the history may go in, in estimated tokens; the newest turns stay. */
  readonly historyBudgetTokens: number;
  readonly request: RequestText;
  /** Epoch milliseconds; the model is told the day. */
  readonly now: number;
}

export interface RequestText {
  readonly askerName: string;
  readonly text: string;
  /** What the person replied to, where it is not in the history. */
  readonly quotedText?: string;
}

/** One line, so that a chosen name cannot pretend to be somebody else's words. */
function speakerName(name: string): string {
  const line = name.replaceAll(/[\s:]+/g, ' ').trim();
  return line === '' ? 'Somebody' : line.slice(0, 64);
}

function said(audience: 'direct' | 'group', name: string, text: string): string {
  const words = text.trim() === '' ? '(no words)' : text;
  return audience === 'group' ? `${speakerName(name)}: ${words}` : words;
}

const longestQuoteChars = 2_000;

function quoted(text: string): string {
  const lines = text.slice(0, longestQuoteChars).split('\n');
  return `In reply to this message:\n${lines.map((line) => `> ${line}`).join('\n')}\n\n`;
}

function historyMessages(input: PromptInput): readonly ModelMessage[] {
  let left = input.historyBudgetTokens;
  const kept: ModelMessage[][] = [];
  for (const turn of input.history.toReversed()) {
    if (turn.replyText.trim() === '') continue;
    const asked = said(input.audience, turn.askerName, turn.editedRequestText ?? turn.requestText);
    left -= estimateTokens(asked) + estimateTokens(turn.replyText);
    if (left < 0) break;
    kept.push([
      { role: 'user', text: asked },
      { role: 'assistant', text: turn.replyText },
    ]);
  }
  return kept.toReversed().flat();
}

/**
 * The whole prompt of one turn: persona, then where it speaks, then the skills block (lower authority, so after the
 * persona), then as much of the session as fits, then the request. Whole turns are left out, never halves.
 */
export function assemblePrompt(input: PromptInput): readonly ModelMessage[] {
  const day = new Date(input.now).toISOString().slice(0, 10);
  const group =
    input.audience === 'group'
      ? ' Several people talk here; each message begins with its author’s name.'
      : '';
  const system = [
    input.persona.trim(),
    `${input.channelFacts.trim()}${group} Today is ${day} (UTC).`,
    input.skillsBlock,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
  const { askerName, text, quotedText } = input.request;
  const quote = quotedText === undefined || quotedText.trim() === '' ? '' : quoted(quotedText);
  return [
    { role: 'system', text: system },
    ...historyMessages(input),
    { role: 'user', text: quote + said(input.audience, askerName, text) },
  ];
}
