import { AppError, toAppError } from '../../core/domain/app-error.ts';
import type { ConversationAddress } from '../../core/domain/conversation.ts';
import { createLatestMap } from '../../core/domain/latest-map.ts';
import type { OutboundMessage } from '../../core/domain/outbound-message.ts';
import type { Form, InteractionResponse } from '../../core/ports/channel.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { ApiCaller } from './api-caller.ts';
import { formView } from './form-view.ts';
import { encodeHandle, type InteractionHandle } from './interaction-handle.ts';
import { responseUrlPayload } from './outbound.ts';
import type { PictureDesk } from './pictures.ts';
import type { Poster } from './poster.ts';

/** https://docs.slack.dev/interactivity/handling-user-interaction#message_responses */
const URL_USES = 5;
const URL_LIFE_MS = 30 * 60_000;
/** https://docs.slack.dev/interactivity/handling-user-interaction#modal_responses */
const TRIGGER_LIFE_MS = 3_000;
const REMEMBERED_URLS = 2_000;

export interface Interactions {
  /** `target`: where the interaction took place. */
  respond(
    handle: InteractionHandle,
    target: ConversationAddress,
    response: InteractionResponse,
  ): Promise<void>;
  openForm(handle: InteractionHandle, form: Form): Promise<void>;
}

export interface InteractionParts {
  readonly caller: ApiCaller;
  readonly poster: Poster;
  readonly pictures: PictureDesk;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Answers to commands, buttons and menu entries. They were acknowledged on arrival, so a `defer` needs no call. */
export function createInteractions(parts: InteractionParts): Interactions {
  const { caller, poster, pictures, clock, logger } = parts;
  const urlUses = createLatestMap<string, number>(REMEMBERED_URLS);

  function takeUrl(handle: InteractionHandle): string | undefined {
    if ((handle.kind !== 'slash' && handle.kind !== 'press') || handle.responseUrl === undefined)
      return undefined;
    const { responseUrl, issuedAt } = handle;
    const uses = urlUses.get(responseUrl) ?? 0;
    if (uses >= URL_USES || clock.now() - issuedAt >= URL_LIFE_MS) return undefined;
    urlUses.set(responseUrl, uses + 1);
    return responseUrl;
  }

  async function postOrdinarily(
    userId: string,
    target: ConversationAddress,
    message: OutboundMessage,
    isPrivate: boolean,
  ): Promise<void> {
    if (isPrivate) await poster.postPrivately(target, userId, message);
    else await poster.post(target, message);
  }

  return {
    async respond(handle, target, response) {
      if (response.kind === 'choices') {
        throw new AppError('unsupported', 'Slack has no completion of commands.');
      }
      if (response.kind === 'defer' || handle.kind === 'silent') return;
      const { message, private: isPrivate } = response;
      // What everybody should see of a press belongs into its thread; a response to its address would stand outside.
      const url = handle.kind === 'press' && !isPrivate ? undefined : takeUrl(handle);
      if (url === undefined) return postOrdinarily(handle.userId, target, message, isPrivate);
      try {
        const call = { destination: handle.channelId };
        await caller.respondTo(url, responseUrlPayload(message, isPrivate), call);
        if (isPrivate) await pictures.showAlone(target, handle.userId, message.images);
        else await pictures.show(target, message.images);
      } catch (thrown) {
        // Whatever the address is refused for, the same words may go another way; what may be there must not.
        const mayBeThere = toAppError(thrown).retryable || toAppError(thrown).code === 'delivery_unknown';
        if (mayBeThere) throw thrown;
        logger.info('slack_response_url_over', { error: thrown });
        await postOrdinarily(handle.userId, target, message, isPrivate);
      }
    },
    async openForm(handle, form) {
      const isOver =
        (handle.kind !== 'slash' && handle.kind !== 'press') ||
        clock.now() - handle.issuedAt >= TRIGGER_LIFE_MS;
      if (isOver) throw new AppError('not_found', 'Slack lets a form be opened for three seconds only.');
      await caller.call(
        'views.open',
        { trigger_id: handle.triggerId, view: formView(form, encodeHandle(handle)) },
        { destination: `view:${handle.userId}`, waitsOnRateLimit: false },
      );
    },
  };
}
