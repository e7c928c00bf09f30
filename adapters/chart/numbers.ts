const counts = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const decimals = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 2 });

const digits = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

/** `7`, `1.2k`, `3M`. */
export function countText(value: number): string {
  return counts.format(value).replace('K', 'k');
}

/** `+0.35`, `−1`, `0`: to a hundredth, with a sign that is as wide as a plus. */
export function signedText(value: number): string {
  const digits = decimals.format(Math.abs(value));
  if (digits === '0') return digits;
  return `${value < 0 ? '−' : '+'}${digits}`;
}

/** As good as nothing, and too long to write. */
const leastAmount = 1e-6;

/** `0.0123`, `−0.5`, `2.5k`: to three digits; `0` for what is nearly nothing. */
export function amountText(value: number): string {
  if (Math.abs(value) < leastAmount) return '0';
  return `${value < 0 ? '−' : ''}${digits.format(Math.abs(value)).replace('K', 'k')}`;
}
