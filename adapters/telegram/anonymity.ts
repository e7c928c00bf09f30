import type { Logger } from '../../core/ports/logger.ts';
import type { ApiCaller } from './api-caller.ts';
import { numericId } from './numeric-id.ts';
import { parseIsAnonymous } from './wire.ts';

/** A press waits for it. */
const TIMEOUT_MS = 3_000;

/**
 * Whether somebody who pressed a button in a group speaks there as the group itself: a press names the person, what they
 * write does not. False where Telegram does not tell. Never rejects.
 */
export function createAnonymityCheck(caller: ApiCaller, logger: Logger) {
  return async (chatId: string, userId: string): Promise<boolean> => {
    try {
      const payload = { chat_id: numericId(chatId, 'chat id'), user_id: numericId(userId, 'user id') };
      return parseIsAnonymous(await caller.call('getChatMember', payload, { timeoutMs: TIMEOUT_MS }));
    } catch (error) {
      logger.debug('telegram_member_unknown', { error });
      return false;
    }
  };
}
