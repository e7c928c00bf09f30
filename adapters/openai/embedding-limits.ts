import { largestFit } from '../../core/domain/largest-fit.ts';
import { textCut } from '../../core/domain/text-cut.ts';
import { estimateTokens } from '../../core/domain/tokens.ts';
import { isTooLong } from './errors.ts';
import type { PeerError } from './wire.ts';

/** What one request for vectors may hold, and in which form they are asked for. */
export interface EmbeddingLimits {
  readonly texts: number;
  /** By `estimateTokens`. */
  readonly tokensEach: number;
  readonly encoding: 'base64' | 'float';
}

/** OpenAI takes 2,048 texts, 8,192 tokens each and 300,000 in all (API reference, create embeddings); base64 is a quarter of the bytes. */
export const firstLimits: EmbeddingLimits = { texts: 256, tokensEach: 8_000, encoding: 'base64' };
/** Far enough below 300,000 for an estimate. */
const tokensInAll = 150_000;
/** A model that reads less is none for skills. */
const leastTokensEach = 100;

const tooManyTexts = /batch[ _]size|too many (inputs|texts)|maximum (number of|allowed) (inputs|batch)/i;
const unknownEncoding = /encoding_?format|base64/i;

/** Limits that this refusal asks for, smaller in one point; undefined where it is about something else, or nothing is left to give. */
export function smallerLimits(limits: EmbeddingLimits, error: PeerError): EmbeddingLimits | undefined {
  const words = `${error.code} ${error.text}`;
  if (unknownEncoding.test(words)) {
    return limits.encoding === 'base64' ? { ...limits, encoding: 'float' } : undefined;
  }
  if (tooManyTexts.test(words)) {
    return limits.texts > 1 ? { ...limits, texts: Math.ceil(limits.texts / 2) } : undefined;
  }
  if (isTooLong(error)) {
    const tokensEach = Math.floor(limits.tokensEach / 2);
    return tokensEach < leastTokensEach ? undefined : { ...limits, tokensEach };
  }
  return undefined;
}

/** As much of the text as may be sent, to the end of a sentence or a word. */
function cutToTokens(text: string, tokens: number): string {
  const trimmed = text.trim();
  const chars = largestFit(trimmed.length, (n) => estimateTokens(trimmed.slice(0, n)) <= tokens);
  return chars === trimmed.length ? trimmed : trimmed.slice(0, textCut(trimmed, chars));
}

/** The texts of the next request, cut as they are sent: those from `from` on that fit into one, at least one. */
export function nextBatch(
  texts: readonly string[],
  from: number,
  { texts: mostTexts, tokensEach }: EmbeddingLimits,
): readonly string[] {
  const batch: string[] = [];
  let tokens = 0;
  for (const text of texts.slice(from, from + mostTexts)) {
    const cut = cutToTokens(text, tokensEach);
    tokens += estimateTokens(cut);
    if (tokens > tokensInAll && batch.length > 0) break;
    batch.push(cut);
  }
  return batch;
}
