import { afterEach, expect, test } from 'vitest';
import { plainText } from '../../core/domain/plain-text.ts';
import { skillText } from '../fixtures/skill-text.ts';
import { type BotHarness, createBotHarness } from './bot-harness.ts';

const open: BotHarness[] = [];

afterEach(async () => {
  for (const harness of open.splice(0)) await harness.stop();
});

async function start(canPublishHome = true): Promise<BotHarness> {
  const harness = await createBotHarness({
    skills: [skillText('write-sql', 'Use when somebody asks for an SQL query.', 'Name the columns.')],
    capabilities: { canPublishHome, commandPrefix: '/metaclaw ' },
  });
  open.push(harness);
  await harness.start();
  return harness;
}

test('whoever opens the home page sees what the bot can do, how to rate it and which skills it has', async () => {
  const harness = await start();
  const { person } = harness.channel;
  expect((await person.opensHome()).receipt).toBe('stored');
  const page = await harness.until(() => harness.channel.home(person.person.personId), 'the page');
  const text = plainText(page);
  for (const part of ['/metaclaw status', '/metaclaw skill list', 'write-sql', 'React to tell me'])
    expect(text).toContain(part);
  expect(page.blocks.some(({ type }) => type === 'heading')).toBe(true);
});

test('a stranger sees how to be let in, and nothing of the library', async () => {
  const harness = await start();
  const stranger = harness.channel.personAs({
    id: 'stranger',
    admission: { kind: 'linked', subjects: ['fake:user:stranger'] },
  });
  await stranger.opensHome();
  const page = await harness.until(() => harness.channel.home(stranger.person.personId), 'the page');
  expect(plainText(page)).toContain('/metaclaw link');
  expect(plainText(page)).not.toContain('write-sql');
});

test('a platform without home pages is not asked for one', async () => {
  const harness = await start(false);
  expect((await harness.channel.person.opensHome()).receipt).toBe('stored');
  await harness.clock.advance(0);
  expect(harness.channel.calls.map(({ method }) => method)).not.toContain('publishHome');
});
