import { describe, expect, test } from 'vitest';
import { createMarkdown } from '../../../adapters/markdown/markdown.ts';
import { createActiveThreads } from '../../../adapters/slack/active-threads.ts';
import type { ApiCaller } from '../../../adapters/slack/api-caller.ts';
import type { InteractionHandle } from '../../../adapters/slack/interaction-handle.ts';
import { createInteractions } from '../../../adapters/slack/interactions.ts';
import { createPictureDesk } from '../../../adapters/slack/pictures.ts';
import { createPoster } from '../../../adapters/slack/poster.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import { spaceId } from '../../../core/domain/ids.ts';
import type { InteractionResponse } from '../../../core/ports/channel.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';

const target = {
  platform: 'slack',
  spaceId: spaceId('slack', 'T1'),
  audience: 'group' as const,
  channelId: 'C1',
};

function setUp() {
  const clock = createFakeClock();
  const made: string[] = [];
  let refusal: AppError | undefined;
  const caller: ApiCaller = {
    call(method) {
      made.push(method);
      return Promise.resolve({ ok: true, ts: '1700000000.000100', message_ts: '1700000000.000100' });
    },
    respondTo() {
      made.push('response_url');
      return refusal === undefined ? Promise.resolve() : Promise.reject(refusal);
    },
    upload: () => Promise.resolve(),
    hurry: () => undefined,
  };
  const pictures = createPictureDesk(caller, createMemoryLogger());
  const threads = createActiveThreads();
  const poster = createPoster({
    caller,
    pictures,
    threads,
    postIntervalMs: 0,
    editIntervalMs: 0,
    onSaid: () => undefined,
  });
  const interactions = createInteractions({ caller, poster, pictures, clock, logger: createMemoryLogger() });
  const handle = (responseUrl = 'https://hooks.slack.com/commands/1'): InteractionHandle => ({
    kind: 'slash',
    channelId: 'C1',
    userId: 'U1',
    triggerId: 't',
    issuedAt: clock.now(),
    responseUrl,
  });
  const response: InteractionResponse = {
    kind: 'message',
    message: { body: createMarkdown().parse('hi'), sendKey: 'k' },
    private: true,
  };
  return {
    clock,
    made,
    handle,
    refuse(error: AppError | undefined) {
      refusal = error;
    },
    respond: (to: InteractionHandle) => interactions.respond(to, target, response),
    interactions,
  };
}

describe('answers to interactions', () => {
  test('an address is used five times within half an hour, then the answer is an ordinary one', async () => {
    const { clock, made, handle, respond } = setUp();
    const first = handle();
    for (let use = 0; use < 6; use += 1) await respond(first);
    expect(made).toEqual([...Array.from({ length: 5 }, () => 'response_url'), 'chat.postEphemeral']);
    const second = handle('https://hooks.slack.com/commands/2');
    await clock.advance(30 * 60_000);
    await respond(second);
    expect(made.at(-1)).toBe('chat.postEphemeral');
  });

  test.each([
    ['is over', new AppError('not_found', 'Over.')],
    ['is refused for a reason that is new to us', new AppError('invalid_input', 'no_service')],
    ['is answered by somebody else', new AppError('peer_failed', 'A proxy.')],
    ['is not for us', new AppError('auth_failed', 'No.')],
  ])('where the address %s, the words go the ordinary way', async (_why, error) => {
    const { made, handle, refuse, respond } = setUp();
    refuse(error);
    await respond(handle());
    expect(made).toEqual(['response_url', 'chat.postEphemeral']);
  });

  test.each([
    ['delivery_unknown', new AppError('delivery_unknown', 'Perhaps.')],
    ['rate_limited', new AppError('rate_limited', 'Later.', { retryable: true, retryAfterMs: 1_000 })],
  ] as const)('nothing is said twice after %s', async (code, error) => {
    const { made, handle, refuse, respond } = setUp();
    refuse(error);
    await expect(respond(handle())).rejects.toMatchObject({ code });
    expect(made).toEqual(['response_url']);
  });

  test('a form opens for three seconds only', async () => {
    const { clock, made, handle, interactions } = setUp();
    const pressed = handle();
    const form = {
      formId: 'f',
      title: 'A form',
      submitLabel: 'Send',
      about: { platform: 'slack', channelId: 'C1', messageId: '1.1' },
      fields: [{ fieldId: 'words', label: 'Words', kind: 'text' as const, required: true }],
    };
    await interactions.openForm(pressed, form);
    await clock.advance(3_000);
    await expect(interactions.openForm(pressed, form)).rejects.toMatchObject({ code: 'not_found' });
    expect(made).toEqual(['views.open']);
  });
});
