import type { Answer } from './answer.ts';
import type { Traits } from './behaviours.ts';
import { refused } from './refusal.ts';

/** Throws a 422 where an engine that knows no other fields got others. */
export function checkFields(endpoint: string, body: unknown, traits: Traits): void {
  const known = traits.strictFields[endpoint];
  if (known === undefined || typeof body !== 'object' || body === null) return;
  const extra = Object.keys(body).find((field) => !known.includes(field));
  if (extra !== undefined) throw refused(422, `${extra}: Extra inputs are not permitted`);
}

/** What an endpoint that crashes makes of its own 404. */
export function crashed(endpoint: string, answer: Answer, traits: Traits): Answer {
  if (answer.status !== 404 || !traits.crashesAt.includes(endpoint)) return answer;
  return {
    status: 500,
    bytes: Buffer.from('Internal Server Error'),
    headers: { 'content-type': 'text/plain; charset=utf-8' },
  };
}
