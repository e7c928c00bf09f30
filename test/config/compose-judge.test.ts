import { describe, expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../adapters/sqlite/database.ts';
import { openStores, type SqliteStores } from '../../adapters/sqlite/stores.ts';
import { createSystemClock } from '../../adapters/system/clock.ts';
import { createSystemIds } from '../../adapters/system/ids.ts';
import { joinTerminal } from '../../adapters/terminal/control-session.ts';
import type { ModelChoice } from '../../config/choose-model.ts';
import { judgeServer } from '../../config/compose-judge.ts';
import { readControlToken } from '../../config/control-token.ts';
import type { LoadedSettings } from '../../config/load-settings.ts';
import { type RunningBot, startBot } from '../../config/start-bot.ts';
import { databasePath } from '../../config/storage.ts';
import { turnId } from '../../core/domain/ids.ts';
import { sampleRef, sampleSession, sampleTurn } from '../contract/store-samples.ts';
import { say } from '../fakes/openai/behaviours.ts';
import { type FakeOpenAi, startFakeOpenAi } from '../fakes/openai/fake-openai.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';
import { mustFail, mustLoad } from './settings-folder.ts';

const quiet = { METACLAW_PORT: '0', METACLAW_MODEL_DISCOVER: 'false' };
const vote = JSON.stringify({ score: 1, next: { kind: 'none', quote: '' } });

async function judgeOn(apiKey?: string): Promise<FakeOpenAi> {
  const server = await startFakeOpenAi({ models: ['judge-9'], ...(apiKey === undefined ? {} : { apiKey }) });
  server.script(say(vote), say(vote), say(vote));
  onTestFinished(() => server.close());
  return server;
}

/** A data folder in which one answered turn waits for the judge. */
async function withWaitingTurn(loaded: LoadedSettings, platform = 'web'): Promise<LoadedSettings> {
  await inStores(loaded, async ({ sessions, turns }) => {
    const now = Date.now();
    const turn = sampleTurn('t', { startedAt: now });
    await sessions.open(sampleSession('session-1', { lastActiveAt: now }));
    await turns.open({ ...turn, conversation: { ...turn.conversation, platform } });
    await turns.intend(turnId('t'), 0, 'key', { blocks: [] }, 1);
    await turns.sent(turnId('t'), 0, sampleRef('reply'), now);
    await turns.end(turnId('t'), { state: 'done', endedAt: now, replyText: 'An answer.', judgeAt: now });
  });
  return loaded;
}

async function inStores<T>(loaded: LoadedSettings, use: (stores: SqliteStores) => Promise<T>): Promise<T> {
  const database = openDatabase({ path: databasePath(loaded.homeFolder), logger: createMemoryLogger() });
  try {
    return await use(openStores(database));
  } finally {
    database.close();
  }
}

async function start(loaded: LoadedSettings): Promise<RunningBot> {
  const clock = createSystemClock();
  const bot = await startBot({
    loaded,
    clock,
    ids: createSystemIds(clock),
    logger: createMemoryLogger(),
    fetch: globalThis.fetch,
    processId: process.pid,
    personName: 'ada',
  });
  onTestFinished(() => bot.stop());
  await bot.launched;
  return bot;
}

let inputs = 0;

/** What the bot answers to a command at the keyboard. */
async function told(bot: RunningBot, loaded: LoadedSettings, text: string): Promise<string> {
  const session = await joinTerminal({
    address: bot.address ?? '',
    token: readControlToken(loaded.homeFolder) ?? '',
    fetch: globalThis.fetch,
  });
  const answer = new Promise<string>((resolve) => {
    session.watch((output) => {
      if (output.kind === 'message') resolve(output.text);
    });
  });
  inputs += 1;
  await session.submit({ kind: 'line', inputId: `in_${inputs}`, enteredAt: Date.now(), text });
  const said = await answer;
  session.close();
  return said;
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  const deadlineAt = Date.now() + 10_000;
  while (Date.now() < deadlineAt) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('waited in vain');
}

describe('where the judge is', () => {
  const chat: ModelChoice = {
    kind: 'configured',
    why: '',
    server: { model: 'chat', baseUrl: 'https://chat.example/v1', apiKey: 'chat-key' },
  };
  const demo: ModelChoice = { kind: 'demo', why: '' };
  const judgeSettings = () => ({ ...mustLoadJudge(), model: 'judge-9' });

  function mustLoadJudge() {
    return mustLoad().settings.judge;
  }

  test('nowhere by default: a chat model alone makes no judge', () => {
    expect(judgeServer(mustLoadJudge(), { JUDGE_API_KEY: 'k' }, chat)).toBeUndefined();
  });

  test('beside the model that answers, with its key or one of its own', () => {
    expect(judgeServer(judgeSettings(), {}, chat)).toEqual({
      ...chat.server,
      model: 'judge-9',
      keyName: 'OPENAI_API_KEY',
    });
    expect(judgeServer(judgeSettings(), { JUDGE_API_KEY: 'own' }, chat)).toEqual({
      ...chat.server,
      model: 'judge-9',
      apiKey: 'own',
      keyName: 'JUDGE_API_KEY',
    });
  });

  test('on a server of its own, which never gets the key of the other', () => {
    const own = { ...judgeSettings(), baseUrl: 'https://judge.example/v1' };
    expect(judgeServer(own, { OPENAI_API_KEY: 'chat-key' }, chat)).toEqual({
      model: 'judge-9',
      baseUrl: 'https://judge.example/v1',
      keyName: 'JUDGE_API_KEY',
    });
    expect(judgeServer(own, { JUDGE_API_KEY: 'own' }, demo)).toMatchObject({ apiKey: 'own' });
  });

  test('nowhere to be found: none', () => {
    expect(judgeServer(judgeSettings(), { JUDGE_API_KEY: 'own' }, demo)).toBeUndefined();
  });

  test('settings that make no judge are refused, and a key in the file with them', () => {
    expect(mustFail({ yaml: 'judge: {votes: 1}' })).toMatchObject([{ path: 'judge.votes' }]);
    expect(mustFail({ yaml: 'judge: {baseUrl: judge.example}' })).toMatchObject([{ path: 'judge.baseUrl' }]);
    const [problem] = mustFail({ yaml: 'judge: {apiKey: abc}' });
    expect(problem?.message).toContain('JUDGE_API_KEY');
  });

  test('a day that does not pay for one look is refused where there is a judge', () => {
    expect(mustFail({ yaml: 'judge: {model: judge-9, votes: 5, dailyCalls: 4}' })).toMatchObject([
      { path: 'judge.dailyCalls', message: expect.stringContaining('5 votes') },
    ]);
    expect(mustLoad({ yaml: 'judge: {model: judge-9, votes: 5, dailyCalls: 5}' }).settings.judge.votes).toBe(
      5,
    );
    expect(mustLoad({ yaml: 'judge: {dailyCalls: 0}' }).settings.judge.dailyCalls).toBe(0);
  });
});

describe('with a judge', () => {
  test('one that refuses its key is said to be down, with the name of the key that it was asked with', async () => {
    const server = await judgeOn('judge-key-0123456789');
    const loaded = await withWaitingTurn(
      mustLoad({
        variables: {
          ...quiet,
          OPENAI_BASE_URL: server.baseUrl,
          OPENAI_MODEL: 'judge-9',
          JUDGE_API_KEY: 'another-key-0123456789',
        },
        yaml: 'judge: {model: judge-9}',
      }),
    );
    const bot = await start(loaded);
    const status = await until(async () => {
      const text = await told(bot, loaded, '/status');
      return text.includes('The judge is down') ? text : undefined;
    });
    expect(status).toMatch(/does not accept our key\. Set JUDGE_API_KEY/);
    expect(status).not.toContain('OPENAI_API_KEY');
  });

  test('a waiting turn is judged after the start; status and privacy tell of it', async () => {
    const server = await judgeOn('judge-key-0123456789');
    const loaded = await withWaitingTurn(
      mustLoad({
        variables: { ...quiet, JUDGE_API_KEY: 'judge-key-0123456789' },
        yaml: `judge: {model: judge-9, baseUrl: "${server.baseUrl}"}`,
      }),
    );
    const bot = await start(loaded);
    const status = await until(async () => {
      const text = await told(bot, loaded, '/status');
      return text.includes('nothing waits for it') ? text : undefined;
    });
    expect(status).toContain(`judge-9 at 127.0.0.1:${server.port}`);
    expect(status).toContain('3 of 500 calls today');
    const privacy = await told(bot, loaded, '/privacy');
    expect(privacy).toContain(`127.0.0.1:${server.port}`);
    expect(privacy).toMatch(/a model rates my answers: yes/i);
    await bot.stop();
    const rows = await inStores(loaded, ({ ledger }) => ledger.ofTurn(turnId('t')));
    expect(rows).toMatchObject([
      { kind: 'judge', name: 'alone', polarity: 1, weight: 0, rule: 'judge@1:judge-9' },
    ]);
    expect(server.requests[0]?.body.response_format).toBeDefined();
    server.assertComplete();
  });

  test('a platform that the operator has taken out is not shown to it', async () => {
    const server = await judgeOn();
    const loaded = await withWaitingTurn(
      mustLoad({
        variables: quiet,
        yaml: `judge: {model: judge-9, baseUrl: "${server.baseUrl}"}\nlearning: {judge: [slack]}`,
      }),
    );
    const bot = await start(loaded);
    await until(async () =>
      (await told(bot, loaded, '/status')).includes('nothing waits for it') ? true : undefined,
    );
    expect(server.requests).toEqual([]);
  });
});

test('without one nothing is asked, and nothing is said of it', async () => {
  const loaded = await withWaitingTurn(
    mustLoad({ variables: { ...quiet, JUDGE_API_KEY: 'unused-0123456789' } }),
  );
  const bot = await start(loaded);
  const status = await told(bot, loaded, '/status');
  expect(status).toContain('There is no judge: JUDGE_API_KEY is set, but judge.model is not.');
  expect(status).not.toContain('Judge:');
  expect(await told(bot, loaded, '/privacy')).not.toContain('the judge');
});

test('one whose server is nowhere to be found keeps nothing from starting, and status tells of it', async () => {
  const loaded = await withWaitingTurn(mustLoad({ variables: quiet, yaml: 'judge: {model: judge-9}' }));
  const bot = await start(loaded);
  expect(await told(bot, loaded, '/status')).toContain('no model server was found at the start');
  await bot.stop();
  expect(await inStores(loaded, ({ judgeQueue }) => judgeQueue.backlog())).toMatchObject({ waiting: 1 });
});
