import { addressClaims } from '../../core/domain/address-claims.ts';
import { cleanText } from '../../core/domain/clean-text.ts';
import { readingForm } from '../../core/domain/reading-form.ts';
import { escapeText, type TextPlace } from './escape-text.ts';

/** Longer addresses are left out, so that a link always fits a message. */
const maxAddressChars = 1_000;

/**
 * A label that Discord shows as it is. Nothing can be escaped in labels, and one with an emoji, a mention or something
 * like an address in it makes Discord show the whole link as source
 * (https://github.com/discord/discord-api-docs/issues/6185, …/6088, …/7721).
 */
function isPlainLabel(label: string): boolean {
  if (!/[\p{L}\p{N}]/u.test(label) || /[\\*~|`<>[\]@:]|_.*_/.test(label)) return false;
  if (/\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3|\p{Cf}/u.test(label)) return false;
  const read = readingForm([{ type: 'text', text: label }]).text;
  return !/www\.|discord/.test(read) && read.split(/\s+/).every((word) => addressClaims(word).length === 0);
}

/** Whether the words of a link are its address, perhaps without its scheme or the slash at its end. */
function isItsAddress(label: string, address: string): boolean {
  return ['', 'https://', 'http://'].some((scheme) =>
    ['', '/'].some((end) => scheme + label + end === address),
  );
}

function webAddress(url: string): string | undefined {
  const address = cleanText(url).replaceAll(/[<>()\\"'`|^{}]/g, (sign) => {
    const code = sign.codePointAt(0) ?? 0;
    return `%${code.toString(16).toUpperCase()}`;
  });
  const isLink = /^https?:\/\/\S+$/i.test(address) && URL.canParse(address);
  return isLink && address.length <= maxAddressChars ? address : undefined;
}

/** Whom a `mailto:` link writes to; Discord makes no links of these. */
function mailAddress(url: string): string | undefined {
  const address = /^mailto:([^?]+)/i.exec(url)?.[1];
  return address === undefined || address.length > maxAddressChars ? undefined : cleanText(address).trim();
}

/**
 * A link in Discord's markup. Where its words cannot stand for it, they stand before it; where it is none for Discord,
 * they stand alone.
 */
export function linkText(url: string, label: string, place: TextPlace): string {
  const words = (text: string, after: string): string => escapeText(text, { ...place, after });
  const address = webAddress(url);
  if (address === undefined) {
    const mail = mailAddress(url);
    if (mail === undefined || mail === '' || label.includes(mail)) return words(label, place.after);
    // At a line's start no longer.
    return `${words(label, ' ')} (${escapeText(mail, { ...place, isLineStart: false, after: ')' })})`;
  }
  if (isItsAddress(label, address)) return `<${address}>`;
  if (!place.isBound && isPlainLabel(label)) return `[${label}](<${address}>)`;
  // One more than the form above, which is longer when nothing in the words has to be escaped.
  return `${words(label, ' ')} (<${address}>)${place.isBound ? '.' : ''}`;
}
