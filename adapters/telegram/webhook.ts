import { createHash, timingSafeEqual } from 'node:crypto';
import type { HttpMount } from '../../core/ports/http-mount.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { WEBHOOK_PATH } from './options.ts';
import type { UpdateIntake } from './update-intake.ts';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
const answer = (status: number): Response => new Response(null, { status });

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Where Telegram delivers. 200 only after a good receipt; 503 when an update could not be stored or the channel does
 * not run, so that Telegram delivers it again.
 */
export function createWebhookMount(
  secret: string,
  intake: () => UpdateIntake | undefined,
  logger: Logger,
): HttpMount {
  const expected = digest(secret);
  return {
    path: WEBHOOK_PATH,
    proof: 'secret_token',
    async fetch(request) {
      if (request.method !== 'POST') return answer(405);
      const given = request.headers.get('x-telegram-bot-api-secret-token') ?? '';
      // Digests have one length, so the comparison takes one time.
      if (!timingSafeEqual(digest(given), expected)) {
        logger.warn('telegram_webhook_forged');
        return answer(401);
      }
      const update = parseJson(await request.text());
      if (update === undefined) return answer(400);
      const isStored = (await intake()?.deliver([update])) ?? false;
      return answer(isStored ? 200 : 503);
    },
  };
}
