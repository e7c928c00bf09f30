import type { SessionId } from '../domain/ids.ts';
import { createLatestMap } from '../domain/latest-map.ts';
import type { ModelUsage } from '../domain/model.ts';
import type { SampledTokens } from '../domain/sampling.ts';
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
/** Helpers of one agent may be at work in one session side by side. */
const loopsOfSession = 8;
const longestReply = 100_000;
const keptOfBeginning = 30_000;

/** Of too long an answer its beginning and, as it says what came of all, more of its end. */
export function boundedReply(text: string): string {
  if (text.length <= longestReply) return text;
  const beginning = text.slice(0, keptOfBeginning).replace(/[\ud800-\udbff]$/, '');
  const end = text.slice(keptOfBeginning - longestReply).replace(/^[\udc00-\udfff]/, '');
  return `${beginning}\n\n[…]\n\n${end}`;
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
    replyText: boundedReply(texts.join('\n\n')),
    messageIds: [...new Set([...before.messageIds, ...messageIds])],
    sampled:
      end.sampled !== undefined && before.sampled.length === before.calls
        ? [...before.sampled, ...end.sampled]
        : [],
    calls: before.calls + 1,
    ...(usage === undefined ? {} : { usage }),
  };
}

/** By the words that are still being answered, or by the answer that holds the calls. */
function goesOn({ turn, wordsIndex, soFar }: ToolLoop, start: ExchangeStart, words: string): boolean {
  const { after } = start.talk;
  if (after !== undefined && soFar.messageIds.includes(after)) return true;
  return wordsIndex === start.wordsIndex && turn.requestText === words;
}

export function createToolLoops(): ToolLoops {
  const loops = createLatestMap<SessionId, readonly ToolLoop[]>(rememberedSessions);
  return {
    take(sessionId, start, words) {
      if (!start.isContinued) return undefined;
      const known = loops.get(sessionId) ?? [];
      const found = known.findLast((loop) => goesOn(loop, start, words));
      if (found === undefined) return undefined;
      const left = known.filter((loop) => loop !== found);
      if (left.length === 0) loops.delete(sessionId);
      else loops.set(sessionId, left);
      return found;
    },
    put(loop) {
      const { sessionId } = loop.turn;
      loops.set(sessionId, [...(loops.get(sessionId) ?? []), loop].slice(-loopsOfSession));
    },
  };
}
