import { clipSpans, type Span } from '../../core/domain/span.ts';
import type { FeedVersion } from './fetch-feed.ts';
import type { ReadFeed } from './read-feed.ts';

/** What was read of a text that the server can tell from a newer one: what is asked while it has not changed is answered from here. */
export interface FeedCursor {
  readonly version: FeedVersion;
  readonly zone: string;
  /** For what time `busy` holds. */
  readonly horizon: Span;
  readonly busy: readonly Span[];
  readonly name?: string;
}

/** More are not kept, and the feed is read in full each time. */
const maxSpans = 5_000;

/** `undefined` where there is nothing to gain from it. */
export function writeCursor({ version, zone, horizon, busy, name }: FeedCursor): string | undefined {
  if (Object.keys(version).length === 0 || busy.length > maxSpans) return undefined;
  const times = busy.map(({ from, to }) => [from, to]);
  return JSON.stringify({ v: 1, ...version, zone, horizon: [horizon.from, horizon.to], busy: times, name });
}

function toSpan(value: unknown): Span | undefined {
  if (!Array.isArray(value)) return undefined;
  const [from, to]: readonly unknown[] = value;
  return typeof from === 'number' && typeof to === 'number' && from < to ? { from, to } : undefined;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** `undefined` for one that another source, or another version of this program, wrote. */
export function readCursor(cursor: string | undefined): FeedCursor | undefined {
  if (cursor === undefined) return undefined;
  let parts: Readonly<Record<string, unknown>>;
  try {
    const value: unknown = JSON.parse(cursor);
    if (typeof value !== 'object' || value === null) return undefined;
    parts = { ...value };
  } catch {
    return undefined;
  }
  const horizon = toSpan(parts['horizon']);
  const zone = text(parts['zone']);
  if (parts['v'] !== 1 || horizon === undefined || zone === undefined || !Array.isArray(parts['busy'])) {
    return undefined;
  }
  const spans = parts['busy'].map(toSpan);
  const busy = spans.filter((span) => span !== undefined);
  if (busy.length < spans.length) return undefined;
  const [etag, modified, name] = [text(parts['etag']), text(parts['modified']), text(parts['name'])];
  return {
    version: { ...(etag !== undefined && { etag }), ...(modified !== undefined && { modified }) },
    zone,
    horizon,
    busy,
    ...(name !== undefined && { name }),
  };
}

/** Whether it answers for all that is asked. */
export function coversAll({ horizon, zone }: FeedCursor, asked: Span, askedZone: string): boolean {
  return zone === askedZone && horizon.from <= asked.from && asked.to <= horizon.to;
}

export function answerFor({ busy, name }: ReadFeed, asked: Span): ReadFeed {
  return { busy: clipSpans(busy, asked), ...(name !== undefined && { name }) };
}
