/** What a host is made of after normalisation. The URL standard lets through more, which no name service knows. */
const hostName = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])$/;
const allowedSchemes = new Set(['http:', 'https:', 'mailto:']);

/**
 * The absolute, normalised form of a link's address; `undefined` for anything but http, https and mailto, or without a host. A name and
 * password before the host are left out: they are secrets where they are real, and otherwise a host that is none.
 */
export function linkUrl(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (!allowedSchemes.has(url.protocol)) return undefined;
  if (url.protocol === 'mailto:') return url.href;
  if (!hostName.test(url.hostname)) return undefined;
  url.username = '';
  url.password = '';
  return url.href;
}
