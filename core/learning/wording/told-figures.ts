/** A number in a text. */
export interface Figure {
  /** Without the signs that part thousands and decimals: `5,200` is `5200`. */
  readonly digits: string;
  /** It says something of somebody: an amount of money, a share, or as long as years and telephone numbers are. */
  readonly isTelling: boolean;
}

const number = String.raw`\d+(?:[.,'’ \u00a0\u202f]\d{3})*(?:[.,]\d+)?`;
const unit = String.raw`\p{Sc}|%|k(?![\p{L}\p{N}])|(?:euros?|eur|dollars?|usd|pounds?|gbp|francs?|chf|yen|jpy|percent|prozent)(?![\p{L}\p{N}])`;
const figures = new RegExp(
  String.raw`(?<before>\p{Sc}[ \u00a0]?)?(?<![\p{L}\p{N}])(?<number>${number})(?<after>[ \u00a0]?(?:${unit}))?`,
  'giu',
);
const fewestDigits = 4;

export function figuresIn(text: string): readonly Figure[] {
  return [...text.normalize('NFKC').matchAll(figures)].map(({ groups }) => {
    const digits = (groups?.['number'] ?? '').replaceAll(/\D/g, '');
    const isAmount = groups?.['before'] !== undefined || groups?.['after'] !== undefined;
    return { digits, isTelling: isAmount || digits.length >= fewestDigits };
  });
}
