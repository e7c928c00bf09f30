import { isObject, type JsonObject } from './wire.ts';

/** What a byte-level pre-tokenizer splits at by itself: the pattern of GPT-2. */
const byteLevelWords = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;

/**
 * A pre-tokenizer of `tokenizer.json`, said in other words where the library's own part takes other characters than the
 * reference: its digits are those of ASCII alone, and its byte-level words know other spaces. Patterns that are spelled
 * out it reads exactly.
 */
export function exactPreTokenizer(part: unknown): unknown {
  if (!isObject(part)) return part ?? null;
  const { type } = part;
  if (type === 'Sequence' && Array.isArray(part['pretokenizers'])) {
    return { ...part, pretokenizers: part['pretokenizers'].map(exactPreTokenizer) };
  }
  if (type === 'Digits') return splitAt(part['individual_digits'] === true ? '\\p{N}' : '\\p{N}+');
  // The space in front must come before the words are split: only the part itself can do both.
  if (type !== 'ByteLevel' || part['use_regex'] === false || part['add_prefix_space'] !== false) return part;
  return { type: 'Sequence', pretokenizers: [splitAt(byteLevelWords), { ...part, use_regex: false }] };
}

function splitAt(pattern: string): JsonObject {
  return { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false };
}
