import { repeatedKey } from '../../skills/evolver/json-object.ts';

/**
 * The fields of a reply that is exactly one JSON object with exactly these keys, or a fenced block that holds nothing else.
 * `undefined` for anything more, less or other, and for a key that stands twice.
 */
export function replyFields(
  text: string,
  keys: readonly string[],
): Readonly<Record<string, unknown>> | undefined {
  const whole = text.trim();
  const body = /^```(?:json)?[ \t]*\n([\s\S]*?)\n[ \t]*```$/.exec(whole)?.[1] ?? whole;
  const parsed = parsedJson(body);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
  if (repeatedKey(body) !== undefined) return undefined;
  const entries = Object.entries(parsed);
  const isExact = entries.length === keys.length && keys.every((key) => Object.hasOwn(parsed, key));
  return isExact ? Object.fromEntries(entries) : undefined;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
