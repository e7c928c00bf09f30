const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Where the topmost frame of the stack stands, without the folders before the package. */
function placeOf(stack: unknown): string | undefined {
  if (typeof stack !== 'string') return undefined;
  const frame = /\n\s+at (?:[^\n]*\()?([^\n()]+:\d+:\d+)\)?/.exec(stack)?.[1];
  return frame?.split(/[\\/]/).slice(-2).join('/');
}

/**
 * What may be logged of an error thrown while somebody's words were handled: its name, its code and where it was thrown.
 * Its message may quote them.
 */
export function faultFields(thrown: unknown): Readonly<Record<string, string>> {
  if (!isRecord(thrown)) return { fault: typeof thrown };
  const { name, code } = thrown;
  const place = placeOf(thrown['stack']);
  return {
    fault: typeof name === 'string' ? name.slice(0, 60) : 'unknown',
    ...(typeof code === 'string' || typeof code === 'number' ? { faultCode: String(code).slice(0, 60) } : {}),
    ...(place === undefined ? {} : { place }),
  };
}
