import { AppError } from '../../core/domain/app-error.ts';
import { REDACTED } from './redact.ts';

const MAX_DEPTH = 6;
const MAX_ENTRIES = 100;
const MAX_TEXT_CHARS = 2_000;
const MAX_STACK_CHARS = 6_000;
const MAX_REDACTED_CHARS = 100_000;

const secretKey =
  /^(?:authorization|proxy-authorization|(?:set-)?cookie|token|.*[_-]token|.*[a-z]Token|.*passw(?:or)?d.*|.*secret.*|.*api[_-]?key.*)$/i;
const notSecretKey = /tokens$/i;

/** What pino itself writes on a line; a field of that name gets an underscore behind it. */
const ownKeys = new Set(['level', 'time', 'event']);

function cut(text: string, maxChars: number): string {
  return text.length <= maxChars ? text : `${text.slice(0, maxChars)}… (${text.length} characters)`;
}

/**
 * Makes fields fit for a log line: plain JSON values, every string through `redact`, values under secret names blanked,
 * errors as code, name, message, stack and cause, bytes as their number. Total: cycles, throwing getters and deep or
 * huge structures come out short, never as a throw.
 */
export function cleanFields(
  fields: Readonly<Record<string, unknown>>,
  redact: (text: string) => string,
): Record<string, unknown> {
  const seen = new Set<object>();
  // Cut last: a secret that straddled the cut would otherwise leave its first half.
  const text = (value: string, maxChars = MAX_TEXT_CHARS): string =>
    cut(redact(value.slice(0, MAX_REDACTED_CHARS)), maxChars);

  const describeError = (error: Error, depth: number): Record<string, unknown> => {
    const code: unknown = 'code' in error ? error.code : undefined;
    return {
      ...(typeof code === 'string' || typeof code === 'number' ? { code: text(String(code)) } : {}),
      name: text(error.name),
      message: text(error.message),
      ...(error instanceof AppError ? { details: clean(error.details, depth + 1) } : {}),
      ...(error.stack === undefined ? {} : { stack: text(error.stack, MAX_STACK_CHARS) }),
      ...(error.cause === undefined ? {} : { cause: clean(error.cause, depth + 1) }),
      ...(error instanceof AggregateError ? { errors: clean(error.errors, depth + 1) } : {}),
    };
  };
  const entry = (key: string, value: unknown, depth: number): [string, unknown] => [
    text(key, 100),
    value !== undefined && secretKey.test(key) && !notSecretKey.test(key) ? REDACTED : clean(value, depth),
  ];
  const cleanObject = (value: object, depth: number): unknown => {
    if (value instanceof Error) return describeError(value, depth);
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString();
    if (value instanceof URL) return text(value.href);
    if (value instanceof Set) return clean([...value], depth);
    if (Array.isArray(value)) return value.slice(0, MAX_ENTRIES).map((item) => clean(item, depth + 1));
    const entries = value instanceof Map ? [...value] : Object.entries(value);
    return Object.fromEntries(
      entries.slice(0, MAX_ENTRIES).map(([key, item]) => entry(String(key), item, depth + 1)),
    );
  };
  const clean = (value: unknown, depth: number): unknown => {
    if (typeof value === 'string') return text(value);
    if (typeof value === 'bigint' || typeof value === 'symbol') return text(String(value));
    if (typeof value === 'function') return '[function]';
    if (typeof value !== 'object' || value === null) return value;
    if (seen.has(value)) return '[circular]';
    if (depth > MAX_DEPTH) return '[deep]';
    seen.add(value);
    try {
      return cleanObject(value, depth);
    } catch {
      return '[unreadable]';
    } finally {
      seen.delete(value);
    }
  };

  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => {
      const [name, cleaned] = entry(key, value, 0);
      return [ownKeys.has(name) ? `${name}_` : name, cleaned];
    }),
  );
}
