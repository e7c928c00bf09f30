import type { IncomingHttpHeaders } from 'node:http';

export interface PresentedKeys {
  /** The key for us. */
  readonly key?: string;
  /** As `UpstreamRequest.callerKey`. */
  readonly callerKey: Readonly<Record<string, string>>;
  /** A key of ours stands where it cannot be read for sure. */
  readonly isMisplaced?: true;
}

/** What stands in place of a key where a client does not start without one, and none is asked for here: no key, nobody's. */
export const placeholderKey = 'metaclaw';
const placeholder = new RegExp(`^(?:bearer\\s+)?${placeholderKey}$`, 'i');

/** A key of ours, wherever it stands in a text. */
const ours = /(?:^|[\s,;:="'])(mca?_[\w-]+)/;
/** What looks like one, also in the middle of another word once it is as long as ours are. */
const likeOurs = /(?:^|[^A-Za-z0-9])mca?_\w|mca?_\w{20}/;
/** Where clients put the key of a model server. */
const keyHeaders = ['authorization', 'x-api-key', 'api-key', 'x-goog-api-key'] as const;
/** Whose account a key is used for: they belong to the caller's key, and go where it goes. */
const accountHeaders = ['openai-organization', 'openai-project', 'x-goog-user-project'] as const;

/** Headers that are passed on with the caller's key, or not at all. */
export const keyHeaderNames: ReadonlySet<string> = new Set([...keyHeaders, ...accountHeaders]);

function firstOf(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}

/** What a header holds, trimmed; undefined where that is no key. */
function keyIn(value: string | string[] | undefined): string | undefined {
  const text = firstOf(value)?.trim();
  return text === undefined || text === '' || placeholder.test(text) ? undefined : text;
}

/** Name and password of RFC 7617 in the open. */
function readable(value: string): string {
  const packed = /^basic\s+(\S+)/i.exec(value)?.[1];
  return packed === undefined ? value : Buffer.from(packed, 'base64').toString('latin1');
}

/** The key of ours that a text holds. */
function ourKeyIn(text: string): string | undefined {
  return ours.exec(text)?.[1];
}

/** Whether a text holds what looks like a key of ours, so that no model server may see it. */
export function holdsOurKey(text: string): boolean {
  return likeOurs.test(text);
}

/** The same of what stands behind an address, `?` and all, which a model server is asked with. */
export function holdsOurKeyInQuery(query: string): boolean {
  return query !== '' && (holdsOurKey(query) || holdsOurKey(new URLSearchParams(query).toString()));
}

/**
 * Tells our key from that for the model server. Ours stands in `x-metaclaw-key`, or where clients put the server's; there it is
 * known by how it begins, whatever stands around it. Nothing that looks like a key of ours is ever among `callerKey`.
 */
export function presentedKeys(headers: IncomingHttpHeaders): PresentedKeys {
  const named = keyIn(headers['x-metaclaw-key']);
  let key = named === undefined ? undefined : (ourKeyIn(named) ?? named);
  const callerKey: Record<string, string> = {};
  let hasCallerKey = false;
  let isMisplaced = false;
  for (const name of keyHeaders) {
    const value = keyIn(headers[name]);
    if (value === undefined) continue;
    const own = ourKeyIn(readable(value));
    if (own !== undefined) key ??= own;
    else if (holdsOurKey(value)) isMisplaced = true;
    else {
      callerKey[name] = value;
      hasCallerKey = true;
    }
  }
  if (hasCallerKey) {
    for (const name of accountHeaders) {
      const value = firstOf(headers[name]);
      if (value !== undefined && !holdsOurKey(value)) callerKey[name] = value;
    }
  }
  return {
    ...(key === undefined ? {} : { key }),
    callerKey,
    ...(isMisplaced ? { isMisplaced } : {}),
  };
}
