import type { Span } from '../../../core/domain/span.ts';
import { HOUR_MS } from '../../../core/domain/wall-clock.ts';
import type { Draws } from './draws.ts';

export interface Message {
  readonly at: number;
  /** How long its answer takes, once it has begun. */
  readonly answerMs: number;
}

export interface Talk {
  /** Conversations that begin an hour, at an instant; at most `mostAnHour`. */
  rateAt(at: number): number;
  readonly mostAnHour: number;
  /** Of a conversation, in the mean; at least 1. */
  readonly messages: number;
  /** From an answer to the next message, in the mean. */
  readonly pauseMs: number;
}

const shortestPauseMs = 3_000;
const answerMs = { least: 5_000, most: 40_000 };

/**
 * Messages in order. Conversations begin by a Poisson process whose rate changes with time (thinning: Lewis and Shedler 1979);
 * within one, the next message comes a while after the answer to the one before.
 */
export function drawMessages(talk: Talk, within: Span, draws: Draws): readonly Message[] {
  const messages: Message[] = [];
  const gapMs = HOUR_MS / talk.mostAnHour;
  for (let at = within.from + draws.exponential(gapMs); at < within.to; at += draws.exponential(gapMs)) {
    const rate = talk.rateAt(at);
    if (rate > talk.mostAnHour) throw new RangeError(`A rate of ${rate} is over ${talk.mostAnHour}.`);
    if (draws.chance(rate / talk.mostAnHour)) messages.push(...drawConversation(talk, at, draws));
  }
  return messages
    .map(({ at, answerMs: ms }) => ({ at: Math.round(at), answerMs: Math.round(ms) }))
    .filter(({ at }) => at < within.to)
    .sort((a, b) => a.at - b.at);
}

function drawConversation({ messages: mean, pauseMs }: Talk, from: number, draws: Draws): readonly Message[] {
  const messages: Message[] = [];
  let at = from;
  do {
    const message = { at, answerMs: draws.between(answerMs.least, answerMs.most) };
    messages.push(message);
    at += message.answerMs + shortestPauseMs + draws.exponential(pauseMs);
  } while (draws.chance(1 - 1 / mean));
  return messages;
}
