import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createSystemClock } from '../../adapters/system/clock.ts';
import { createSystemIds } from '../../adapters/system/ids.ts';
import { joinTerminal } from '../../adapters/terminal/control-session.ts';
import type { TerminalOutput } from '../../adapters/terminal/link.ts';
import { createLocalLink } from '../../adapters/terminal/local-link.ts';
import type { ChannelReport } from '../../config/channel-launcher.ts';
import { readControlToken } from '../../config/control-token.ts';
import { loadSettings } from '../../config/load-settings.ts';
import { type RunningBot, type StartOptions, startBot } from '../../config/start-bot.ts';
import { createMemoryLogger, type MemoryLogger } from '../fakes/system/memory-logger.ts';
import { startFakeTelegram } from '../fakes/telegram/fake-telegram.ts';
import { workingFolder } from './metaclaw-process.ts';

interface Started {
  readonly bot: RunningBot;
  readonly logger: MemoryLogger;
  readonly reports: readonly ChannelReport[];
}

async function start(
  variables: Record<string, string>,
  options: Partial<StartOptions> = {},
): Promise<Started> {
  const result = loadSettings({
    workingFolder: workingFolder(),
    variables: {
      METACLAW_PORT: '0',
      METACLAW_MODEL_DISCOVER: 'false',
      METACLAW_INTAKE_BURST_MS: '0',
      ...variables,
    },
  });
  if (result.kind === 'invalid') throw new Error(JSON.stringify(result.problems));
  const clock = createSystemClock();
  const logger = createMemoryLogger();
  const reports: ChannelReport[] = [];
  const bot = await startBot({
    loaded: result.loaded,
    clock,
    ids: createSystemIds(clock),
    logger,
    fetch: () => Promise.reject(new TypeError('nothing is reachable in this test')),
    processId: process.pid,
    personName: 'ada',
    channelChanged: (report) => reports.push(report),
    ...options,
  });
  // A stop that failed is the test's own business.
  onTestFinished(() => bot.stop().catch(() => undefined));
  return { bot, logger, reports };
}

const stateOf = (bot: RunningBot, platform: string): ChannelReport | undefined =>
  bot.channels().find((report) => report.platform === platform);

describe('the proxy', () => {
  test('says where agents ask, what answers them and whose key it is shown', async () => {
    const list = { object: 'list', data: [{ id: 'qwen3:8b' }] };
    const { bot } = await start(
      { METACLAW_MODEL_DISCOVER: 'true', ANTHROPIC_API_KEY: 'x' },
      {
        fetch: async (url) =>
          String(url).startsWith('http://127.0.0.1:11434/')
            ? Response.json(list)
            : await Promise.reject(new TypeError('not there')),
      },
    );
    expect(bot.proxy()).toMatchObject({
      address: `${bot.address}/v1`,
      servers: [
        { name: 'local', key: 'none' },
        { name: 'anthropic', key: 'operator' },
        { name: 'openai', key: 'caller' },
      ],
    });
  });

  test('says nothing where it is off', async () => {
    const { bot } = await start({ METACLAW_PROXY_ENABLED: 'false' });
    expect(bot.proxy()).toBeUndefined();
  });
});

describe('platforms', () => {
  test('a token that Telegram refuses is said loudly and takes nothing down', async () => {
    const telegram = await startFakeTelegram();
    onTestFinished(() => telegram.close());
    const { bot, logger, reports } = await start(
      { TELEGRAM_BOT_TOKEN: '123456:refused-token-of-this-test-0123456789' },
      { telegramApiRoot: telegram.apiRoot },
    );
    await bot.launched;
    expect(stateOf(bot, 'telegram')).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining('TELEGRAM_BOT_TOKEN'),
    });
    expect(stateOf(bot, 'web')).toEqual({ platform: 'web', state: 'ready' });
    expect(reports).toContainEqual(stateOf(bot, 'telegram'));
    expect(logger.of('channel_failed').map((entry) => [entry.level, entry.fields['platform']])).toEqual([
      ['error', 'telegram'],
    ]);
    const ready = await fetch(`${bot.address}/readyz`);
    expect([ready.status, await ready.json()]).toMatchObject([
      200,
      { channels: { web: 'ready', telegram: 'failed' } },
    ]);
  });

  test('/status says once why a platform does not run, and what may be done', async () => {
    const telegram = await startFakeTelegram();
    onTestFinished(() => telegram.close());
    const home = workingFolder();
    const { bot } = await start(
      { METACLAW_HOME: home, TELEGRAM_BOT_TOKEN: '123456:refused-token-of-this-test-0123456789' },
      { telegramApiRoot: telegram.apiRoot },
    );
    await bot.launched;
    const session = await joinTerminal({
      address: bot.address ?? '',
      token: readControlToken(home) ?? '',
      fetch: globalThis.fetch,
    });
    const status = new Promise<string>((resolve) => {
      session.watch((output) => {
        if (output.kind === 'message') resolve(output.text);
      });
    });
    await session.submit({ kind: 'line', inputId: 'in_1', enteredAt: Date.now(), text: '/status' });
    const text = await status;
    expect(text).toContain('1 problem');
    expect(text.match(/telegram is|telegram:|does not accept/g)).toHaveLength(2);
    expect(text).toContain('telegram is stopped: Telegram does not accept the token');
    session.close();
  });

  test('a link code admits a stranger on Telegram, who is answered then', async () => {
    const telegram = await startFakeTelegram();
    onTestFinished(() => telegram.close());
    const { bot } = await start(
      { TELEGRAM_BOT_TOKEN: telegram.token },
      { telegramApiRoot: telegram.apiRoot },
    );
    await bot.launched;
    expect(stateOf(bot, 'telegram')?.state).toBe('ready');
    const ada = telegram.person();
    const texts = (): string =>
      JSON.stringify(telegram.botMessages(ada.privateChat).map((message) => message['text']));
    ada.say('Hello?');
    await telegram.until(() => texts().includes('/link'), 'the notice for strangers');
    ada.say(`/link ${await bot.issueLinkCode()}`);
    const before = telegram.botMessages(ada.privateChat).length;
    await telegram.until(
      () => telegram.botMessages(ada.privateChat).length > before,
      'the word that they are linked',
    );
    ada.say('Now please answer: xylophone');
    await telegram.until(() => texts().includes('xylophone'), 'the answer');
    await bot.stop();
    expect(telegram.violations).toEqual([]);
  });
});

describe('a stop', () => {
  /** A model server whose one answer is in the test's hands. */
  function heldModel() {
    const asked = Promise.withResolvers<ReadableStreamDefaultController<Uint8Array>>();
    const fetch: typeof globalThis.fetch = async () => {
      const body = new ReadableStream<Uint8Array>({ start: (controller) => asked.resolve(controller) });
      return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
    };
    const chunk = (delta: object, finish: string | null = null): Uint8Array =>
      new TextEncoder().encode(
        `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'held', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`,
      );
    return { asked: asked.promise, fetch, chunk };
  }

  const variables = { OPENAI_BASE_URL: 'http://127.0.0.1:9/v1', OPENAI_MODEL: 'held' };

  async function ask() {
    const model = heldModel();
    const { link, session } = createLocalLink();
    const shown: TerminalOutput[] = [];
    const watchers = new Set<() => void>();
    session.watch((output) => {
      shown.push(output);
      for (const watcher of [...watchers]) watcher();
    });
    const until = (probe: () => boolean): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!probe()) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      });
    return { model, link, session, shown, until };
  }

  test('lets an answer under way finish, keeps what is said meanwhile, and is the same stop when asked twice', async () => {
    const { model, link, session, shown, until } = await ask();
    const home = { METACLAW_HOME: workingFolder() };
    const first = await start({ ...variables, ...home }, { fetch: model.fetch, terminalAlone: link });
    const { bot, logger } = first;
    await bot.launched;
    expect(bot.address).toBeUndefined();
    const say = (inputId: string, text: string) =>
      session.submit({ kind: 'line', inputId, enteredAt: Date.now(), text });
    await say('in_1', 'Hello');
    const answer = await model.asked;
    answer.enqueue(model.chunk({ role: 'assistant', content: 'The first half ' }));
    await until(() => shown.some((output) => output.kind === 'append'));
    const stopped = Promise.all([bot.stop(), bot.stop()]);
    await say('in_2', 'And this: xylophone');
    answer.enqueue(model.chunk({ content: 'and the second.' }));
    answer.enqueue(model.chunk({}, 'stop'));
    answer.enqueue(new TextEncoder().encode('data: [DONE]\n\n'));
    answer.close();
    await stopped;
    expect(shown.find((output) => output.kind === 'close')).toMatchObject({
      text: 'The first half and the second.',
    });
    expect(JSON.stringify(shown)).not.toContain('xylophone');
    await expect(say('in_3', 'Too late')).rejects.toMatchObject({ name: 'AppError' });
    expect(logger.of('bot_stopped')).toHaveLength(1);

    const next = await ask();
    await start(home, { terminalAlone: next.link });
    await next.until(() => next.shown.some((output) => output.kind === 'close'));
    expect(JSON.stringify(next.shown)).toContain('xylophone');
  });

  test('a step that fails keeps nothing running', async () => {
    const home = workingFolder();
    const { bot } = await start({ METACLAW_HOME: home });
    await bot.launched;
    const { address = '' } = bot;
    const session = await joinTerminal({
      address,
      token: readControlToken(home) ?? '',
      fetch: globalThis.fetch,
    });
    const answered = new Promise<void>((resolve) => {
      session.watch((output) => {
        if (output.kind === 'close') resolve();
      });
    });
    await session.submit({ kind: 'line', inputId: 'in_1', enteredAt: Date.now(), text: 'Hello' });
    await answered;
    const database = new Database(join(home, 'metaclaw.db'));
    database.exec("CREATE TRIGGER full BEFORE UPDATE ON sessions BEGIN SELECT RAISE(ABORT, 'no room'); END;");
    database.close();
    await expect(bot.stop()).rejects.toMatchObject({ name: 'AppError' });
    await expect(fetch(`${address}/healthz`)).rejects.toThrow();
    expect(await session.ended).toBe('The bot has stopped.');
    expect(bot.channels().map(({ state }) => state)).toEqual(['stopped', 'stopped']);
    expect(readControlToken(home)).toBeUndefined();
  });

  test('cuts off what is not done by the deadline, with a word about it', async () => {
    const { model, link, session, shown, until } = await ask();
    const { bot } = await start(
      { ...variables, METACLAW_LIFECYCLE_DRAIN_TIMEOUT_MS: '1' },
      { fetch: model.fetch, terminalAlone: link },
    );
    await bot.launched;
    await session.submit({ kind: 'line', inputId: 'in_1', enteredAt: Date.now(), text: 'Hello' });
    const answer = await model.asked;
    answer.enqueue(model.chunk({ role: 'assistant', content: 'The first half ' }));
    await until(() => shown.some((output) => output.kind === 'append'));
    await bot.stop();
    const last = shown.findLast((output) => output.kind === 'close');
    expect(last).toMatchObject({ text: expect.stringMatching(/^The first half\s+\S/) });
  });
});

test('two bots cannot have one data folder; the second says who has it', async () => {
  const folder = workingFolder();
  const home = { METACLAW_HOME: folder };
  const { bot } = await start(home);
  await expect(start(home)).rejects.toMatchObject({
    code: 'already_running',
    message: expect.stringContaining(bot.address ?? 'an address'),
  });
  await bot.stop();
  const { bot: next } = await start(home);
  await next.launched;
});
