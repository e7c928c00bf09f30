import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { Telegraf } from 'telegraf';
import { type BotUnderTest, botToken, createMark, webhookPath, webhookSecret } from './bot-under-test.ts';
import { createStubModel } from './stub-model.ts';

/** A request as Node's server hands it over, without a connection. */
function incomingRequest(body: string): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  request.method = 'POST';
  request.url = webhookPath;
  request.headers = { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': webhookSecret };
  request.push(body);
  request.push(null);
  return request;
}

/** The least that answers: telegraf, the model, `ctx.reply`. No skills, no storage, no history. */
export async function openEchoBot(apiRoot: string): Promise<BotUnderTest> {
  const [asked, ended, replied] = [createMark(), createMark(), createMark()];
  const model = createStubModel({ asked: asked.mark, ended: ended.mark });
  let platformMs = 0;
  // By the API and not by the response to the webhook, as an answer's message id is needed for reactions.
  const bot = new Telegraf(botToken, { telegram: { apiRoot, webhookReply: false } });
  bot.on('message', async (context) => {
    let text = '';
    const prompt = [{ role: 'user', text: context.text ?? '' }] as const;
    for await (const event of model.stream({ messages: prompt, tools: [] }, new AbortController().signal)) {
      if (event.type === 'text') text += event.text;
    }
    const sendingMs = performance.now();
    await context.reply(text);
    platformMs = performance.now() - sendingMs;
    replied.mark();
  });
  bot.botInfo = await bot.telegram.getMe();
  const webhook = bot.webhookCallback(webhookPath, { secretToken: webhookSecret });

  return {
    async answer(update) {
      const request = incomingRequest(JSON.stringify(update));
      const response = new ServerResponse(request);
      const times = [asked.next(), ended.next(), replied.next()] as const;
      const enteredMs = performance.now();
      await webhook(request, response);
      const acknowledgedMs = performance.now();
      const [askedMs, endedMs, storedMs] = await Promise.all(times);
      return { enteredMs, acknowledgedMs, askedMs, endedMs, storedMs, platformMs };
    },
    close: async () => {},
  };
}
