import type { Answer } from './answer.ts';
import type { Fault } from './fault-plan.ts';

/** What leaves the server: an answer, one whose body breaks off, or none. */
export type Outgoing =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'broken'; readonly answer: Answer }
  | { readonly kind: 'cut' };

const whole = (answer: Answer): Outgoing => ({ kind: 'answer', answer });

/** What a fault says in place of the work; `undefined` where the work is done. */
export function insteadOfWork(fault: Fault, requestId: string): Outgoing | undefined {
  switch (fault.kind) {
    case 'reset':
      return fault.when === 'before' ? { kind: 'cut' } : undefined;
    case 'http':
      return fault.after === true ? undefined : httpAnswer(fault);
    case 'try_again': {
      const { queueState, reason } = fault;
      const queue = { queue_state: queueState ?? 'active', queue_state_reason: reason ?? null };
      return whole({ status: 200, json: { type: 'try_again', request_id: requestId, ...queue } });
    }
    case 'metadata':
      return whole({
        status: 200,
        json: { status: 'complete_metadata', response_payload_size: fault.size },
      });
    case 'failed':
      return whole({ status: 200, json: { error: fault.error, category: fault.category } });
    default:
      return undefined;
  }
}

function httpAnswer(fault: Extract<Fault, { kind: 'http' }>): Outgoing {
  const { status, body, headers } = fault;
  return whole({
    status,
    ...(body === undefined ? {} : { json: body }),
    ...(headers === undefined ? {} : { headers }),
  });
}

export const bodyBytes = (answer: Answer): Uint8Array | undefined =>
  answer.bytes ?? (answer.json === undefined ? undefined : Buffer.from(JSON.stringify(answer.json)));

/** What a fault makes of the answer to the work that was done. */
export function afterWork(fault: Fault, answer: Answer): Outgoing {
  switch (fault.kind) {
    case 'reset':
      return { kind: 'cut' };
    case 'http':
      return httpAnswer(fault);
    case 'truncated': {
      const bytes = bodyBytes(answer) ?? new Uint8Array();
      const headers = { 'content-type': 'application/json', ...answer.headers };
      return whole({ status: answer.status, headers, bytes: bytes.slice(0, Math.ceil(bytes.length / 2)) });
    }
    case 'malformed': {
      const headers = { 'content-type': 'application/json' };
      return whole({ status: answer.status, headers, bytes: Buffer.from(fault.text ?? '{"request_id": ') });
    }
    case 'cut_body':
      return { kind: 'broken', answer };
    default:
      return whole(answer);
  }
}
