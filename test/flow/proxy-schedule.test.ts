import { expect, test } from 'vitest';
import { passTime } from './pass-time.ts';
import { behind, startProxyBot, vendor } from './proxy-bot.ts';
import { asleep, evening, minuteMs, untilSleepMs } from './schedule-rig.ts';
import { closedBy, openBy } from './schedule-said.ts';
import { createSkippingClock } from './training-clock.ts';
import { quietMs, wokenMs } from './training-settings.ts';

test.each(['main', 'title'])(
  'a request of an agent closes the window, also one of the kind “%s”',
  async (kind) => {
    const fake = await vendor();
    const clock = createSkippingClock(evening);
    const { settings, variables } = behind(fake);
    const bot = await startProxyBot({ clock, variables, settings: { ...settings, schedule: asleep } });
    const window = () => bot.says('schedule window');
    clock.skip(untilSleepMs);
    await passTime(clock, 2 * minuteMs);
    await expect.poll(window, { timeout: 10_000 }).toMatch(openBy('sleep'));

    fake.act([{ do: 'hold' }, { do: 'head', status: 200 }, { do: 'end' }]);
    const asked = bot.post(
      '/chat/completions',
      { model: 'gpt-test', messages: [{ role: 'user', content: 'Hello' }] },
      { 'x-turn-type': kind },
    );
    await fake.held();
    await expect.poll(window, { timeout: 10_000 }).toMatch(closedBy('message'));
    await passTime(clock, quietMs);
    await expect.poll(window, { timeout: 10_000 }).toMatch(closedBy('answering'));
    fake.release();
    await (await asked).text();
    await passTime(clock, wokenMs);
    await expect.poll(window, { timeout: 10_000 }).toMatch(openBy('sleep'));
  },
);
