const REDACTED = '[redacted]';

/** The text without the token, without anything shaped like one, and without what stands in addresses behind their host. */
export function redactDiscord(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret === '') continue;
    clean = clean.replaceAll(secret, REDACTED).replaceAll(encodeURIComponent(secret), REDACTED);
  }
  return clean
    .replaceAll(/\b[\w-]{20,}\.[\w-]{5,}\.[\w-]{20,}/g, REDACTED)
    .replaceAll(/\b[\w-]{60,}/g, REDACTED)
    .replaceAll(/(https?|wss?):\/\/([^/\s"'<>]*)[^\s"'<>)]*/g, '$1://$2');
}
