/** By which the browser that comes back is known as the one that went. No other site can set it, and no script reads it. */
const name = 'metaclaw_calendar';
const lifetimeSeconds = 1_800;

/** `undefined` where the browser has none. */
export function readBrowser(request: Request): string | undefined {
  const pairs = (request.headers.get('cookie') ?? '').split(';').map((pair) => pair.trim());
  const found = pairs.find((pair) => pair.startsWith(`${name}=`));
  return found?.slice(name.length + 1);
}

/**
 * For the pages at that address alone. `Lax`: it comes along when the provider sends the browser back, and with no form of another
 * site.
 */
export function browserCookie(browser: string, pagesAt: string | undefined): string {
  const { pathname, protocol } = new URL(pagesAt ?? 'http://localhost/calendar');
  const parts = [
    `${name}=${browser}`,
    `Path=${pathname}`,
    `Max-Age=${lifetimeSeconds}`,
    'HttpOnly',
    'SameSite=Lax',
  ];
  return [...parts, ...(protocol === 'https:' ? ['Secure'] : [])].join('; ');
}
