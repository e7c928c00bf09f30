import { isIP } from 'node:net';
import { AppError } from '../../core/domain/app-error.ts';
import { isPublicAddress } from './public-address.ts';

const maxChars = 2_000;

function refused(message: string): AppError {
  return new AppError('invalid_input', message);
}

/** What chat platforms put around a link: `<…>`, `<…|label>`, quotes, a code mark. */
function unwrap(text: string): string {
  const bare = text.trim().replaceAll(/^[<"'`\s]+|[>"'`\s]+$/g, '');
  const bar = bare.indexOf('|');
  return bar === -1 || !text.includes('<') ? bare : bare.slice(0, bar);
}

/** The host as a resolver takes it: an IPv6 address without its brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replaceAll(/^\[|\]$/g, '');
}

/**
 * The address of an iCalendar feed as people paste it, as the https address that is fetched: `webcal:` means https. It is a secret: whoever
 * has it can read the calendar. Throws `invalid_input`, which does not quote it.
 */
export function feedAddress(text: string): string {
  const pasted = unwrap(text);
  const https = pasted.replace(/^webcals?:\/\//i, 'https://');
  if (https.length > maxChars || /\s/.test(https) || !URL.canParse(https)) {
    throw refused(
      'This is no address. Copy the whole address of the feed; it begins with https:// or webcal://.',
    );
  }
  const url = new URL(https);
  if (url.protocol !== 'https:') {
    throw refused('A feed is read by https only. Give an address that begins with https:// or webcal://.');
  }
  if (url.port !== '')
    throw refused('A feed is read at the usual port only. Give the address without a port.');
  const host = hostOf(url);
  const isOutside =
    isIP(host) === 0
      ? /\.[a-z\d-]+\.?$/i.test(host) && !/\.(local|localhost|internal)\.?$/i.test(host)
      : isPublicAddress(host);
  if (!isOutside)
    throw refused('This address leads into a private network. The bot reads feeds on the internet only.');
  if (/(^|\.)calendar\.google\.com$/.test(host) && !/\.ics$/i.test(url.pathname)) {
    throw refused(
      'This is the address of a page. In the settings of the calendar, copy the “Secret address in iCal format”; it ends with .ics.',
    );
  }
  url.hash = '';
  return url.href;
}
