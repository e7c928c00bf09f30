import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { isTree } from '../../config/settings-tree.ts';
import { databasePath } from '../../config/storage.ts';
import { behind, startProxyBot, vendor } from './proxy-bot.ts';

test('what an administrator of the proxy is told of it, over HTTP', async () => {
  const bot = await startProxyBot(behind(await vendor()));
  const admin = await bot.metaclaw('key create ops --admin');
  await bot.metaclaw('key create builder');
  const say = async (body: object): Promise<string> => {
    const answer = await bot.post('/commands', { space: 'local', ...body }, { 'x-metaclaw-key': admin });
    const told: unknown = await answer.json();
    return String(isTree(told) ? told['markdown'] : told).replaceAll('\\', '');
  };

  const message = { role: 'user', content: 'Why is the sky blue?' } as const;
  await bot.openai().chat.completions.create({ model: 'gpt-5', messages: [message] });
  await bot.openai().responses.create({ model: 'gpt-5', input: 'Why is grass green?' });
  await bot.stored(2);
  expect(await say({ line: 'status' })).toContain(
    `- Proxy: \`${bot.baseUrl}\` → vendor (the operator’s key), other (the operator’s key); 2 requests since the start, 1 key of an agent; programs on its own machine need none`,
  );

  const privacy = await say({ line: 'privacy' });
  expect(privacy).toContain('the model server “vendor” of the proxy at 127.0.0.1');
  expect(privacy).toContain('has agreed by the key that they use');

  await say({ line: 'skill add short-answers Answer in one sentence.', as: 'local' });
  expect(await say({ line: 'skill show short-answers', as: 'local' })).toContain('Answer in one sentence.');
  expect(await say({ line: 'skill show short-answers' })).toContain('I have no skill');
  expect(bot.logger.of('api_command_given_as')).toMatchObject([
    { fields: { as: 'api:local' } },
    { fields: { as: 'api:local' } },
  ]);
});

test('answers pass while nothing can be stored, the status says so, and nothing is lost', async () => {
  const bot = await startProxyBot(behind(await vendor()));
  const message = { role: 'user', content: 'Why is the sky blue?' } as const;
  const ask = () => bot.openai().chat.completions.create({ model: 'gpt-5', messages: [message] });
  await ask();
  await bot.stored(1);
  // Its key is stored now.
  await bot.says('status');
  const other = new Database(databasePath(bot.home));
  other.exec('BEGIN IMMEDIATE');
  await ask();
  const problem = 'What passes through the proxy cannot be stored';
  await expect.poll(() => bot.says('status'), { timeout: 10_000 }).toContain(problem);
  expect(bot.turns()).toHaveLength(1);
  other.exec('COMMIT');
  other.close();
  await bot.stored(2);
  expect(await bot.says('status')).not.toContain(problem);
});
