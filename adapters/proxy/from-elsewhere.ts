import type { IncomingMessage } from 'node:http';

/**
 * A page makes a browser ask (Fetch standard: `Origin`, `null` for one that is kept secret; `Sec-Fetch-Site`). Only one that was
 * served at the very address that is asked is ours: another port of this machine is another program, whose pages are its own.
 */
export function isOfAnotherSite({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const { host, origin } = headers;
  const site = headers['sec-fetch-site'];
  if (site === 'cross-site' || site === 'same-site') return true;
  return origin !== undefined && origin.toLowerCase() !== `http://${host?.toLowerCase()}`;
}

/** What such a page is told. */
export const toAnotherSite =
  'This was asked by a page of another site. Pages need a key here, also on this machine: `metaclaw key create <name>` makes one; send it in the header x-metaclaw-key.';

/** Why a request that may seem to come from a program on this machine does not count as one, as a sentence; '' where it does not seem so. */
export function whyNotFromHere({ socket }: Pick<IncomingMessage, 'socket'>): string {
  if (!/^(?:::1$|(?:::ffff:)?127\.)/.test(socket.remoteAddress ?? '')) return '';
  return 'This was forwarded by another program or sent to another name than localhost, so it does not count as from this machine. ';
}
