import { z } from 'zod';
import type { Traits } from './behaviours.ts';
import type { FutureRecord } from './futures.ts';
import { type Refusal, RefusalError, refused } from './refusal.ts';

/** What goes back: JSON, bytes, or nothing. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly bytes?: Uint8Array;
}

/** One request, read. */
export interface Exchange {
  /** Named parts of the path. */
  readonly parts: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Parsed JSON; a batch for `forward_backward`. */
  readonly body: unknown;
}

export const ok = (json: unknown, status = 200): Answer => ({ status, json });

export function refusalAnswer(refusal: Refusal, traits: Traits): Answer {
  const { status, message, category, headers } = refusal;
  return {
    status,
    ...(headers === undefined ? {} : { headers }),
    json: traits.failure === 'body' ? { detail: message, error: message, category } : { detail: message },
  };
}

/** What the schema makes of a body, or a 422 that says where it is wrong; fields it does not know are let pass. */
export function readBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const said = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw refused(422, said.join('; '));
}

export function answerOfThrown(error: unknown, traits: Traits): Answer {
  if (error instanceof RefusalError) return refusalAnswer(error.refusal, traits);
  if (error instanceof z.ZodError) return { status: 422, json: { detail: error.issues } };
  return { status: 500, json: { detail: `the test server failed: ${String(error)}` } };
}

const octets = 'application/x-protobuf';

/** What retrieve_future says of a future now. `metadataFrom`: bytes from which a result must be asked for twice. */
export function futureAnswer(
  future: FutureRecord | undefined,
  traits: Traits,
  asked: { readonly accept: string; readonly allowMetadataOnly: boolean; readonly id: string },
  metadataFrom: number,
): Answer {
  if (future === undefined) {
    return { status: traits.lostFutureStatus, json: { detail: `Future ${asked.id} not found` } };
  }
  const { state } = future;
  if (state.kind === 'pending') return pendingAnswer(traits, asked.id);
  if (state.kind === 'failed') return failedAnswer(state.refusal, traits);
  const { result } = state;
  const isWanted = traits.resultsAlwaysProtobuf || asked.accept.includes(octets);
  const isBinary = result.protobuf !== undefined && isWanted;
  const bytes = isBinary ? result.protobuf() : new TextEncoder().encode(JSON.stringify(result.json));
  if (asked.allowMetadataOnly && bytes.length >= metadataFrom) {
    return ok({ status: 'complete_metadata', response_payload_size: bytes.length });
  }
  return { status: 200, bytes, headers: { 'content-type': isBinary ? octets : 'application/json' } };
}

function pendingAnswer(traits: Traits, id: string): Answer {
  const queue = { queue_state: 'active', queue_state_reason: null };
  if (traits.notReady === 'try_again') return ok({ type: 'try_again', request_id: id, ...queue });
  return { status: 408, json: { detail: 'Timeout waiting for result', ...queue } };
}

function failedAnswer(refusal: Refusal, traits: Traits): Answer {
  const { status, message, category } = refusal;
  if (traits.failure === 'body') return ok({ error: message, category });
  if (traits.failureStatus === 'always_400') return { status: 400, json: { detail: message } };
  // Never a 5xx: clients would ask again without end.
  return { status: status >= 500 && status !== 503 ? 422 : status, json: { detail: message } };
}
