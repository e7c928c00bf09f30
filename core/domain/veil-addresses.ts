const address = /([a-z][a-z\d+.-]*:\/\/)(\S*)/gi;

/**
 * A text with of every address only what it begins with and its host: `https://calendar.example/…`. For what people type where the rest of an
 * address may be a secret.
 */
export function veilAddresses(text: string): string {
  return text.replaceAll(address, (_, scheme: string, rest: string) => {
    const authority = /^[^/?#|<>"'`\\]*/.exec(rest)?.[0] ?? '';
    const host = authority.slice(authority.lastIndexOf('@') + 1);
    return rest === host ? `${scheme}${host}` : `${scheme}${host}/…`;
  });
}
