const prefix = /^\{\s*"type"\s*:\s*"([^"\\]*)"/;

/**
 * The `type` of an event without parsing it, where it stands first, as servers write it; undefined elsewhere. Many events are long
 * and tell nothing that is asked for here.
 */
export function eventTypeOf(data: string): string | undefined {
  if (!data.startsWith('{"type":"')) return prefix.exec(data)?.[1];
  const end = data.indexOf('"', 9);
  return end === -1 ? undefined : data.slice(9, end);
}
