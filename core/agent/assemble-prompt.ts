import type { TurnId } from '../domain/ids.ts';
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
  /** What the person replied to; left out where the model sees it in the history anyway. */
  readonly quotes: readonly Quote[];
  /** What was said in the thread before the bot was called into it, chronological. */
  readonly threadBefore?: readonly SaidBefore[];
}

export interface SaidBefore {
  readonly authorName: string;
  readonly text: string;
}

/** Text that was replied to. `turnId`: it is the answer of that turn. */
export interface Quote {
  readonly text: string;
  readonly turnId?: TurnId;
}

/** One line, so that a chosen name cannot pretend to be somebody else's words. */
function speakerName(name: string): string {
  const line = name.replaceAll(/[\s:]+/g, ' ').trim();
  return line === '' ? 'Somebody' : beginning(line, 64);
}

function said(audience: 'direct' | 'group', name: string, text: string): string {
  const words = text.trim() === '' ? '(no words)' : text;
  return audience === 'group' ? `${speakerName(name)}: ${words}` : words;
}

/** At most so many characters, and no half of one: model servers refuse text that is no Unicode. */
function beginning(text: string, maxChars: number): string {
  return text.slice(0, maxChars).replace(/[\ud800-\udbff]$/, '');
}

const longestQuoteChars = 2_000;
const lineEnd = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/;

function quoted({ text }: Quote): string {
  const lines = beginning(text, longestQuoteChars).split(lineEnd);
  return `In reply to this message:\n${lines.map((line) => `> ${line}`).join('\n')}\n\n`;
}

const threadBudgetTokens = 2_000;

/** The newest messages that fit, chronological, marked as other people's words. */
function overheard(messages: readonly SaidBefore[]): string {
  const lines: string[] = [];
  let left = threadBudgetTokens;
  for (const { authorName, text } of messages.toReversed()) {
    const line = `${speakerName(authorName)}: ${beginning(text.trim(), longestQuoteChars)}`;
    left -= estimateTokens(line);
    if (left < 0) break;
    lines.unshift(...line.split(lineEnd).map((part) => `> ${part}`));
  }
  return lines.length === 0 ? '' : `Said in this thread before:\n${lines.join('\n')}\n\n`;
}

interface Past {
  readonly turnId: TurnId;
  readonly messages: readonly ModelMessage[];
}

/** The newest turns that fit, chronological. */
function pastThatFits(input: PromptInput): readonly Past[] {
  let left = input.historyBudgetTokens;
  const kept: Past[] = [];
  for (const turn of input.history.toReversed()) {
    if (turn.replyText.trim() === '') continue;
    const asked = said(input.audience, turn.askerName, turn.editedRequestText ?? turn.requestText);
    left -= estimateTokens(asked) + estimateTokens(turn.replyText);
    if (left < 0) break;
    kept.push({
      turnId: turn.turnId,
      messages: [
        { role: 'user', text: asked },
        { role: 'assistant', text: turn.replyText },
      ],
    });
  }
  return kept.toReversed();
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
  const past = pastThatFits(input);
  const { askerName, text, quotes, threadBefore = [] } = input.request;
  const unseen = quotes.filter(
    (quote) => quote.text.trim() !== '' && !past.some(({ turnId }) => turnId === quote.turnId),
  );
  return [
    { role: 'system', text: system },
    ...past.flatMap(({ messages }) => messages),
    {
      role: 'user',
      text: overheard(threadBefore) + unseen.map(quoted).join('') + said(input.audience, askerName, text),
    },
  ];
}
