import { describe, expect, test } from 'vitest';
import { type FakeWorldOptions, fakeWorld } from './command-fixtures.ts';
import { told } from './told.ts';

const privacy = (options: FakeWorldOptions, changes: object = {}): Promise<string> =>
  told('privacy', fakeWorld(options), changes);

describe('what the schedule keeps', () => {
  test('stands in privacy, with how people take it back', async () => {
    const text = await privacy({ schedule: {} });
    expect(text).toMatch(/- How busy a place is: .*counted by hour of the week.*No words and no names/);
    expect(text).toContain(
      '- Sleep hours and a time zone that you tell me with /schedule sleep and /schedule timezone, until you take them back',
    );
    expect(text).toMatch(
      /- Of a calendar that somebody links: .*when it is busy, nothing of what its events say, until it is disconnected\. .*encrypted/,
    );
  });

  test('is kept of people who were let in', async () => {
    const text = await privacy({ schedule: {} }, { isAdmitted: false });
    expect(text).toContain('- Once you are: how busy a place is');
    expect(text).toContain('- Once you are: sleep hours and a time zone');
  });

  test('is nothing where no schedule is kept', async () => {
    const text = await privacy({});
    expect(text).toContain('What I keep');
    expect(text).not.toMatch(/how busy|sleep hours|calendar/i);
  });
});
