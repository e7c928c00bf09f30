import type { ServerResponse } from 'node:http';
import type { Crowd, CrowdMessage } from '../crowd.ts';
import { listen } from '../listen.ts';
import type { BenchPlatform, ServedPlatform } from '../platform.ts';

const token = '1:bench';
const firstChat = 1_001;
const mostInPoll = 100;
/** A bot of ours asks for a pause where an empty poll ends at once; so long a quiet one lasts here. */
const quietPollMs = 1_000;
const botUser = { id: 1, is_bot: true, first_name: 'Bench', username: 'bench_bot' };

function updateOf({ number, conversation, text }: CrowdMessage): object {
  const id = firstChat + conversation;
  const person = { id, first_name: `Person ${id}`, username: `person_${id}` };
  return {
    update_id: number,
    message: {
      message_id: number,
      date: Math.floor(Date.now() / 1_000),
      from: { ...person, is_bot: false, language_code: 'en' },
      chat: { ...person, type: 'private' },
      text,
    },
  };
}

function answerWith(response: ServerResponse, result: unknown): void {
  const body = JSON.stringify({ ok: true, result });
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** The Bot API's `getUpdates` and `sendMessage`; every other method is `true`. */
async function serve(crowd: Crowd): Promise<ServedPlatform> {
  let poll: { readonly response: ServerResponse; readonly timer: NodeJS.Timeout } | undefined;
  let confirmed = 0;
  let messageId = 1_000_000;

  function endPoll(): void {
    if (poll === undefined) return;
    const { response, timer } = poll;
    poll = undefined;
    clearTimeout(timer);
    answerWith(response, crowd.take(mostInPoll).map(updateOf));
  }
  function onPoll(offset: number, response: ServerResponse): void {
    for (; confirmed < offset - 1; confirmed += 1) crowd.acknowledged(confirmed + 1);
    endPoll();
    const updates = crowd.take(mostInPoll).map(updateOf);
    if (updates.length > 0) answerWith(response, updates);
    else poll = { response, timer: setTimeout(endPoll, quietPollMs) };
  }
  function onCall(method: string, params: Readonly<Record<string, unknown>>, response: ServerResponse): void {
    switch (method) {
      case 'getMe':
        answerWith(response, botUser);
        break;
      case 'getUpdates':
        onPoll(Number(params['offset'] ?? 0), response);
        break;
      case 'sendMessage': {
        messageId += 1;
        const chatId = Number(params['chat_id']);
        answerWith(response, {
          message_id: messageId,
          date: 0,
          chat: { id: chatId, type: 'private' },
          text: '',
        });
        crowd.answered(chatId - firstChat);
        break;
      }
      default:
        answerWith(response, true);
    }
  }

  const { address, close } = await listen((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      const method = request.url?.split('/').at(-1)?.split('?')[0] ?? '';
      onCall(method, body === '' ? {} : JSON.parse(body), response);
    });
  });
  // Whoever was answered just now shares the next poll with the others of this moment, as on a busy network.
  crowd.onMore(() => void setImmediate(endPoll));
  return {
    address,
    close() {
      clearTimeout(poll?.timer);
      poll = undefined;
      return close();
    },
  };
}

export const platform: BenchPlatform = {
  bare: 'telegraf, polling',
  acknowledges: true,
  usesLimiter: true,
  serve,
  settings: (conversations) => ({
    METACLAW_CHANNELS_TELEGRAM_ALLOW: Array.from(
      { length: conversations },
      (_, at) => `telegram:user:${firstChat + at}`,
    ).join(','),
  }),
  async openChannel(address, parts) {
    const [{ createTelegramChannel }, { createTelegramClient }] = await Promise.all([
      import('../../../../adapters/telegram/channel.ts'),
      import('../../../../adapters/telegram/client.ts'),
    ]);
    const options = { token, apiRoot: address, privateIntervalMs: 0, groupIntervalMs: 0 };
    return createTelegramChannel(options, { ...parts, api: createTelegramClient(options) });
  },
  async openBare(address, handle) {
    const { Telegraf } = await import('telegraf');
    const bot = new Telegraf(token, { telegram: { apiRoot: address } });
    bot.on('message', async (context) => {
      const { message_id: messageId, from, chat } = context.message;
      await handle({
        id: `${chat.id}:${messageId}`,
        channelId: String(chat.id),
        personId: String(from.id),
        personName: from.first_name,
        text: context.text ?? '',
        reply: (text) => context.reply(text),
      });
    });
    const polling = bot.launch({ allowedUpdates: ['message'] });
    // What goes wrong here shows as messages that never come; the worker has a deadline.
    polling.catch(() => {});
    return {
      async close() {
        bot.stop();
        await polling;
      },
    };
  },
};
