import type { Answer } from './answer.ts';
import type { Traits } from './behaviours.ts';
import { refused } from './refusal.ts';

/** A request as repeats are known by. */
export interface Repeatable {
  readonly endpoint: string;
  readonly idempotencyKey: string | undefined;
  readonly raw: Buffer;
  readonly body: unknown;
}

/** Answers given before, for engines that give the same answer to the same request. */
export interface Repeats {
  /** The earlier answer; 409 where the same name is used for another request. */
  earlier(request: Repeatable): Answer | undefined;
  remember(request: Repeatable, answer: Answer): void;
}

const bySeq = ['forward', 'forward_backward', 'optim_step'];

function seqKey({ endpoint, body }: Repeatable): string | undefined {
  if (!bySeq.includes(endpoint) || typeof body !== 'object' || body === null) return undefined;
  const fields = body as Record<string, unknown>;
  const modelId = fields['modelId'] ?? fields['model_id'];
  const seqId = fields['seqId'] ?? fields['seq_id'];
  return seqId == null ? undefined : `${String(modelId)} ${String(seqId)}`;
}

export function createRepeats(traits: Pick<Traits, 'dedupesByKey' | 'dedupesBySeq'>): Repeats {
  const answers = new Map<string, { readonly request: string; readonly answer: Answer }>();

  function nameOf(request: Repeatable): { name: string; request: string; clash: string } | undefined {
    if (request.endpoint === 'retrieve_future') return undefined;
    if (traits.dedupesByKey && request.idempotencyKey !== undefined) {
      return {
        name: `key ${request.idempotencyKey}`,
        request: `${request.endpoint} ${request.raw.toString('base64')}`,
        clash: 'The idempotency key was used for another request',
      };
    }
    const name = traits.dedupesBySeq ? seqKey(request) : undefined;
    if (name === undefined) return undefined;
    return {
      name: `seq ${name}`,
      request: `${request.endpoint} ${JSON.stringify(request.body)}`,
      clash: 'Training request sequence number was reused',
    };
  }

  return {
    earlier(request) {
      const named = nameOf(request);
      const known = named === undefined ? undefined : answers.get(named.name);
      if (named === undefined || known === undefined) return undefined;
      if (known.request !== named.request) throw refused(409, named.clash);
      return known.answer;
    },
    remember(request, answer) {
      const named = nameOf(request);
      if (named === undefined || answer.status >= 300) return;
      answers.set(named.name, { request: named.request, answer });
    },
  };
}
