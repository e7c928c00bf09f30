const REDACTED = '[redacted]';

/** The text without tokens, secrets, and the tickets that stand in the addresses of sockets and `response_url`s. */
export function redactSlack(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret === '') continue;
    clean = clean.replaceAll(secret, REDACTED).replaceAll(encodeURIComponent(secret), REDACTED);
  }
  return clean
    .replaceAll(/\bx(?:ox[a-z]|app)-[A-Za-z0-9-]+/g, REDACTED)
    .replaceAll(/(https?|wss?):\/\/([^/\s"'<>]*)[^\s"'<>)]*/g, '$1://$2');
}
