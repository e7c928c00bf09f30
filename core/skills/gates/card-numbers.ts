const run = /\d[\d -]{11,}/g;
const group = /\d+/g;

/** By first digits, the lengths that cards have. */
const brands =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|3[0689]\d{12}|35\d{14}|6\d{15,18})$/;

const mostDigits = 19;

/** Where a text holds the number of a payment card: digits in groups or in one piece, with the right check digit. */
export function cardSpans(text: string): readonly { readonly from: number; readonly to: number }[] {
  const spans: { from: number; to: number }[] = [];
  for (const { 0: digits, index } of text.matchAll(run)) {
    const groups = [...digits.matchAll(group)].map(({ 0: chars, index: at }) => ({ chars, at: index + at }));
    for (const [first, { at }] of groups.entries()) {
      const last = lastGroup(groups, first);
      if (last !== undefined) spans.push({ from: at, to: last.at + last.chars.length });
    }
  }
  return spans;
}

type Group = { readonly chars: string; readonly at: number };

/** The group with which a card number ends that begins with group `first`. */
function lastGroup(groups: readonly Group[], first: number): Group | undefined {
  let number = '';
  let end = groups[first]?.at ?? 0;
  for (let at = first; at < groups.length; at += 1) {
    const next = groups[at];
    // Between groups there is one blank or hyphen.
    if (next === undefined || next.at > end + 1) return undefined;
    number += next.chars.slice(0, mostDigits + 1);
    if (number.length > mostDigits) return undefined;
    if (brands.test(number) && hasCheckDigit(number)) return next;
    end = next.at + next.chars.length;
  }
  return undefined;
}

/** Luhn. */
function hasCheckDigit(number: string): boolean {
  let sum = 0;
  for (let at = 0; at < number.length; at += 1) {
    const digit = Number(number[number.length - 1 - at]);
    const weighed = at % 2 === 0 ? digit : 2 * digit;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return sum % 10 === 0;
}
