import type { SessionId } from '../domain/ids.ts';
import type { ModelUsage } from '../domain/model.ts';
import { ownText } from '../domain/own-text.ts';
import type { SampledTokens } from '../domain/sampling.ts';
import { type ShownSkill, skillSlotKey } from '../domain/skill.ts';
import type { ExchangeEnd, ExchangeStart } from '../ports/exchange-desk.ts';
import type { NewTurn } from '../ports/turn-store.ts';

/** What was answered so far to one request of a person, over the calls of its model. */
export interface AnswerSoFar {
  readonly replyText: string;
  /** As their callers were told, each once. */
  readonly messageIds: readonly string[];
  readonly usage?: ModelUsage;
  /** Of every call, in order, where an engine answered all of them; else of none, as nothing is learned from a part of an answer. */
  readonly sampled: readonly SampledTokens[];
  readonly calls: number;
}

/** A turn whose answer ended with tool calls: the caller is expected to come back with their results. */
export interface ToolLoop {
  readonly turn: NewTurn;
  readonly wordsIndex: number;
  readonly soFar: AnswerSoFar;
}

/** Turns that go on, in memory alone. */
export interface ToolLoops {
  /** The turn that a request goes on with; taken out, so that of two such requests the other one is a turn of its own. */
  take(sessionId: SessionId, start: ExchangeStart, words: string): ToolLoop | undefined;
  put(loop: ToolLoop): void;
}

export const nothingYet: AnswerSoFar = { replyText: '', messageIds: [], sampled: [], calls: 0 };

const rememberedSessions = 1_000;
/** Of all that is remembered together. */
const mostChars = 16_000_000;
/** Helpers of one agent may be at work in one session side by side. */
const loopsOfSession = 8;
const longestReply = 100_000;
const keptOfBeginning = 30_000;

/** Of too long an answer its beginning and, as it says what came of all, more of its end. */
export function boundedReply(text: string): string {
  if (text.length <= longestReply) return text;
  const beginning = text.slice(0, keptOfBeginning).replace(/[\ud800-\udbff]$/, '');
  const end = text.slice(keptOfBeginning - longestReply).replace(/^[\udc00-\udfff]/, '');
  return [beginning, '\n\n[…]\n\n', end].join('');
}

function sumOf(a: ModelUsage | undefined, b: ModelUsage | undefined): ModelUsage | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return { inputTokens: a.inputTokens + b.inputTokens, outputTokens: a.outputTokens + b.outputTokens };
}

/** With what one further call answered: texts a blank line apart, usage summed. */
export function joinAnswer(
  before: AnswerSoFar,
  end: ExchangeEnd,
  messageIds: readonly string[],
): AnswerSoFar {
  const usage = sumOf(before.usage, end.usage);
  const texts = [before.replyText, end.replyText].filter((text) => text !== '');
  return {
    replyText: ownText(boundedReply(texts.join('\n\n'))),
    messageIds: [...new Set([...before.messageIds, ...messageIds])],
    sampled:
      end.sampled !== undefined && before.sampled.length === before.calls
        ? [...before.sampled, ...end.sampled]
        : [],
    calls: before.calls + 1,
    ...(usage === undefined ? {} : { usage }),
  };
}

function textKey({ name, scope = { kind: 'global' }, contentHash }: ShownSkill): string {
  return `${skillSlotKey({ name, scope })} ${contentHash}`;
}

/** Whether its turn was shown the same texts, in whatever order they were found. */
export function isShown({ turn: { skills } }: ToolLoop, shown: readonly ShownSkill[]): boolean {
  if (skills === shown) return true;
  const known = new Set(skills.map(textKey));
  return skills.length === shown.length && shown.every((one) => known.has(textKey(one)));
}

/** By the words that are still being answered, or by the answer that holds the calls. */
function goesOn({ turn, wordsIndex, soFar }: ToolLoop, start: ExchangeStart, words: string): boolean {
  const { after } = start.talk;
  if (after !== undefined && soFar.messageIds.includes(after)) return true;
  return wordsIndex === start.wordsIndex && turn.requestText === words;
}

/** A number of an engine's takes the room of two characters. */
function charsOf({ turn, soFar }: ToolLoop): number {
  const numbers = soFar.sampled.reduce(
    (sum, { prompt, tokens, logprobs }) => sum + prompt.length + tokens.length + (logprobs?.length ?? 0),
    0,
  );
  return turn.requestText.length + soFar.replyText.length + 2 * numbers;
}

const sumOfChars = (loops: readonly ToolLoop[]): number =>
  loops.reduce((sum, loop) => sum + charsOf(loop), 0);

export function createToolLoops(): ToolLoops {
  /** Those that were set least lately first. */
  const sessions = new Map<SessionId, readonly ToolLoop[]>();
  let chars = 0;

  function set(sessionId: SessionId, loops: readonly ToolLoop[]): void {
    chars += sumOfChars(loops) - sumOfChars(sessions.get(sessionId) ?? []);
    sessions.delete(sessionId);
    if (loops.length > 0) sessions.set(sessionId, loops);
  }

  return {
    take(sessionId, start, words) {
      if (!start.isContinued) return undefined;
      const known = sessions.get(sessionId) ?? [];
      const found = known.findLast((loop) => goesOn(loop, start, words));
      if (found === undefined) return undefined;
      set(
        sessionId,
        known.filter((loop) => loop !== found),
      );
      return found;
    },
    put(loop) {
      const { sessionId } = loop.turn;
      set(sessionId, [...(sessions.get(sessionId) ?? []), loop].slice(-loopsOfSession));
      for (const [oldest] of sessions) {
        if (sessions.size <= rememberedSessions && chars <= mostChars) return;
        set(oldest, []);
      }
    },
  };
}
