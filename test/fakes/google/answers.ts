/** What the server says. */
export interface GoogleAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A refusal of the calendar API. https://developers.google.com/workspace/calendar/api/guides/errors */
export function apiRefusal(code: number, reason: string, message = reason): GoogleAnswer {
  const errors = [{ domain: 'global', reason, message }];
  return { status: code, body: { error: { code, message, errors } } };
}

/** A refusal of the token endpoint (RFC 6749, 5.2). */
export function tokenRefusal(error: string, status = 400): GoogleAnswer {
  return { status, body: { error, error_description: `The ${error} in words.` } };
}

/** The first name that is not allowed. */
export function unknownName(names: Iterable<string>, allowed: readonly string[]): string | undefined {
  return [...names].find((name) => !allowed.includes(name));
}
