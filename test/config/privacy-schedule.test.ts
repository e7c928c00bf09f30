import { expect, test } from 'vitest';
import { startTrainingBot } from '../flow/training-bot.ts';
import { createSkippingClock } from '../flow/training-clock.ts';
import { settingsWith } from '../flow/training-settings.ts';

const privacy = async (settings: Parameters<typeof settingsWith>[0], variables = {}): Promise<string> => {
  const loaded = settingsWith(settings, { METACLAW_MODEL_DISCOVER: 'false', ...variables });
  const bot = await startTrainingBot(loaded, { clock: createSkippingClock() });
  return bot.says('/privacy');
};

test('a bot as it starts tells what its schedule keeps, and that nobody is asked for calendars', async () => {
  const text = await privacy({ persona: 'Be kind.' });
  expect(text).toContain('How busy a place is');
  expect(text).toContain('Sleep hours and a time zone');
  expect(text).toContain('Of a calendar that somebody links');
  expect(text).not.toContain('Google');
});

test('names Google where calendars of Google can be linked, and that it gets nothing of what people write', async () => {
  const calendar = { googleClientId: 'client.apps.googleusercontent.com' };
  const text = await privacy({ calendar }, { GOOGLE_CLIENT_SECRET: 'a-secret-of-the-client' });
  expect(text).toMatch(/Google Calendar at .*googleapis.*: nothing of what you write/);
});
