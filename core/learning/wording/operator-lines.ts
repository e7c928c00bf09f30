import { termsOf } from '../../skills/tokenise.ts';

const linesOf = (text: string): readonly string[] =>
  text
    .trim()
    .split('\n')
    .map((line) => line.trimEnd());

/**
 * What a persona says beyond the configured one; `undefined` where it does not begin with all of that, line by line and word for
 * word. What is written between or before an operator's lines could turn them round.
 */
export function learnedPart(configured: string, persona: string): string | undefined {
  const lines = linesOf(persona);
  if (configured.trim() === '') return lines.join('\n');
  const own = linesOf(configured);
  if (own.some((line, at) => lines[at] !== line)) return undefined;
  return lines.slice(own.length).join('\n').trim();
}

/** How many lines of a persona are its operator's. */
export function operatorLines(configured: string): number {
  return configured.trim() === '' ? 0 : linesOf(configured).length;
}

/** Words of a line that forbids or obliges. */
const binding =
  /(?<!\p{L})(?:never|not|no|none|always|must|only|without|except|cannot|nie|niemals|nicht|kein\p{L}*|immer|nur|muss|musst|ohne)(?!\p{L})|n['’]t(?!\p{L})/iu;
const fewestTerms = 2;
const sameShare = 2 / 3;

const sentencesOf = (text: string): readonly string[] => text.split(/(?<=[.!?])\s+|\n+/);

/**
 * Whether a text speaks of the very matter on which an operator's sentence forbids or obliges, in whatever sense: it might take
 * back what that says. Told by telling words, two in three of them in one sentence.
 */
export function speaksOverRule(configured: string, learned: string): boolean {
  const rules = sentencesOf(configured)
    .filter((sentence) => binding.test(sentence))
    .map((sentence) => new Set(termsOf(sentence)))
    .filter(({ size }) => size >= fewestTerms);
  return sentencesOf(learned)
    .map((sentence) => new Set(termsOf(sentence)))
    .some((said) => rules.some((rule) => rule.intersection(said).size >= rule.size * sameShare));
}
