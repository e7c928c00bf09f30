import { estimateTokens } from '../domain/tokens.ts';
import type { ExchangeEnd } from '../ports/exchange-desk.ts';

/** About so many of a request as it is sent, its punctuation included. */
const bytesPerToken = 4;

/** About what a request costs to read. */
export function promptTokens(promptBytes: number): number {
  return Math.ceil(promptBytes / bytesPerToken);
}

/**
 * What an exchange cost, as its server told it, else about. An answer that was cut off was written up to there, whatever its server
 * had told of it before.
 */
export function tokensOf(
  words: string,
  { state, usage, replyText, promptBytes, answerTokens = estimateTokens(replyText) }: ExchangeEnd,
): number {
  if (usage !== undefined) {
    const { inputTokens, outputTokens } = usage;
    return inputTokens + (state === 'done' ? outputTokens : Math.max(outputTokens, answerTokens));
  }
  return (promptBytes === undefined ? estimateTokens(words) : promptTokens(promptBytes)) + answerTokens;
}
