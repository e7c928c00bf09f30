import type { ModelMessage } from '../../../core/domain/model.ts';
import type { TokenizerPort } from '../../../core/ports/tokenizer.ts';
import type { SeededRandom } from '../seeded-random.ts';

const systemWords = 60;
const shortest = 10;
const longest = 120;
const sentenceWords = 12;

/** A piece of the prose, with full stops in it. */
function said(words: readonly string[], count: number, random: SeededRandom): string {
  const from = random.below(Math.max(1, words.length - count));
  const own = words.slice(from, from + count);
  return `${own.map((word, at) => (at % sentenceWords === sentenceWords - 1 ? `${word}.` : word)).join(' ')}.`;
}

/** A talk of so many words that ends with a question; each is another one. */
export function makeTalk(
  words: readonly string[],
  count: number,
  random: SeededRandom,
): readonly ModelMessage[] {
  const messages: ModelMessage[] = [{ role: 'system', text: said(words, systemWords, random) }];
  let left = count - systemWords;
  while (left > 0 || messages.at(-1)?.role !== 'user') {
    const size = Math.max(shortest, Math.min(left, shortest + random.below(longest - shortest)));
    const role = messages.at(-1)?.role === 'user' ? 'assistant' : 'user';
    messages.push({ role, text: said(words, size, random) });
    left -= size;
  }
  return messages;
}

/** How many words make a prompt of about so many tokens. */
export function wordsForTokens(
  tokens: number,
  words: readonly string[],
  tokenizer: TokenizerPort,
  random: SeededRandom,
): number {
  const tried = 20;
  const longEnough = 10 * systemWords;
  let found = 0;
  for (let at = 0; at < tried; at += 1) {
    found += tokenizer.renderPrompt(makeTalk(words, longEnough, random), []).length;
  }
  return Math.round((tokens * tried * longEnough) / found);
}
