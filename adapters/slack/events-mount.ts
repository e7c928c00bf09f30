import type { Clock } from '../../core/ports/clock.ts';
import type { HttpMount } from '../../core/ports/http-mount.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { Metrics } from '../../core/ports/metrics.ts';
import type { SignedRequest } from './client.ts';
import type { Delivery, SlackAnswer, SlackDelivery } from './delivery.ts';
import { EVENTS_PATH } from './options.ts';
import { parseChallenge } from './wire.ts';

const MAX_REASON_CHARS = 60;
const FORGED_LOG_EVERY_MS = 60_000;

export interface EventsMountParts {
  readonly isSigned: (request: SignedRequest) => boolean;
  /** Absent while the channel does not run: Slack is asked to come again. */
  readonly delivery: () => Delivery | undefined;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

const plain = (status: number): Response => new Response(null, { status });

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Events are JSON, commands a form, interactions JSON in a form. */
function parseBody(text: string, isForm: boolean): unknown {
  if (!isForm) return parseJson(text);
  const fields = new URLSearchParams(text);
  const payload = fields.get('payload');
  return payload === null ? Object.fromEntries(fields) : parseJson(payload);
}

function retryOf(headers: Headers): Pick<SlackDelivery, 'retryNum' | 'retryReason'> {
  const num = headers.get('x-slack-retry-num') ?? '';
  const reason = headers.get('x-slack-retry-reason');
  return {
    ...(/^\d{1,4}$/.test(num) && { retryNum: Number(num) }),
    ...(reason !== null && { retryReason: reason.slice(0, MAX_REASON_CHARS) }),
  };
}

function respond(answer: SlackAnswer): Response {
  if (!answer.isAcknowledged) return plain(503);
  return answer.payload === undefined ? plain(200) : Response.json(answer.payload);
}

/**
 * Where Slack delivers in HTTP mode: events, commands and interactions. Everything must be signed; 200 only after a good
 * receipt, 503 where there is none within 2.5 s, so that Slack delivers it again.
 */
export function createEventsMount(parts: EventsMountParts): HttpMount {
  const { logger } = parts;
  let refusedSince = 0;
  let quietUntilMs = Number.NEGATIVE_INFINITY;

  function refuse(headers: Headers): Response {
    parts.metrics.count('refused_requests_total', 'slack_signature');
    refusedSince += 1;
    const nowMs = parts.clock.monotonicMs();
    // Anybody can send such requests: the log must not grow with each.
    if (nowMs >= quietUntilMs) {
      const hasSignature = headers.has('x-slack-signature');
      logger.warn('slack_request_forged', { hasSignature, count: refusedSince });
      quietUntilMs = nowMs + FORGED_LOG_EVERY_MS;
      refusedSince = 0;
    }
    return plain(401);
  }

  return {
    path: EVENTS_PATH,
    proof: 'signature',
    async fetch(request) {
      // Slack looks at the certificate, without a signature, and wants no more than an answer.
      if (new URL(request.url).searchParams.get('ssl_check') === '1') return plain(200);
      if (request.method !== 'POST') return plain(405);
      const text = await request.text();
      const { headers } = request;
      const isForm = /^application\/x-www-form-urlencoded\b/i.test(headers.get('content-type') ?? '');
      if (isForm && new URLSearchParams(text).get('ssl_check') === '1') return plain(200);
      const isSigned = parts.isSigned({
        body: text,
        signature: headers.get('x-slack-signature') ?? '',
        timestamp: headers.get('x-slack-request-timestamp') ?? '',
      });
      if (!isSigned) return refuse(headers);
      const body = parseBody(text, isForm);
      if (body === undefined) return plain(400);
      const challenge = parseChallenge(body);
      if (challenge !== undefined) return Response.json({ challenge });
      const delivery = parts.delivery();
      if (delivery === undefined) return plain(503);
      return respond(await delivery.deliver({ body, isHurried: true, ...retryOf(headers) }));
    },
  };
}
