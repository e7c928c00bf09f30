const longestChars = 300;

/** Words of a server for people and logs: on one line, short, without anything that looks like a key. */
export function oneLine(text: string, secrets: readonly string[] = []): string {
  let safe = text.replaceAll(/\/\/[^/\s@]+@/g, '//');
  for (const secret of secrets) if (secret !== '') safe = safe.replaceAll(secret, '[secret]');
  // Some servers quote a part of the key.
  safe = safe.replaceAll(/\b(sk|pk|key)-[\w*.-]{4,}/gi, '[secret]');
  const line = safe.replaceAll(/\s+/g, ' ').trim();
  return line.length > longestChars ? `${line.slice(0, longestChars - 1)}…` : line;
}
