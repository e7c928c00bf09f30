const allowedSchemes = new Set(['http:', 'https:', 'mailto:']);

/** The absolute, normalised form of a link's address; `undefined` for anything but http, https and mailto. */
export function linkUrl(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  return allowedSchemes.has(url.protocol) ? url.href : undefined;
}
