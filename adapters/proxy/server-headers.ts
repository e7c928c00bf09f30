import type { UpstreamHead } from '../../core/ports/upstream.ts';

/** What a server says to a browser about our address (where to go, what to forget, what may run), or of the account that was used. */
const notPassedOn: ReadonlySet<string> = new Set([
  'location',
  'refresh',
  'clear-site-data',
  'service-worker-allowed',
  'content-security-policy',
  'content-security-policy-report-only',
  'openai-organization',
  'openai-project',
  'anthropic-organization-id',
]);
/** Ours to say. */
const ownBegin = 'x-metaclaw-';

/** A model server's headers, as far as callers are told them. */
export function passedOn(headers: UpstreamHead['headers']): UpstreamHead['headers'] {
  return headers.filter(([name]) => !notPassedOn.has(name) && !name.startsWith(ownBegin));
}
