import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CommandInvocation } from '../../../core/commands/context.ts';
import { runCommand } from '../../../core/commands/run-command.ts';
import type { ScheduleReport } from '../../../core/commands/schedule-tools.ts';
import { personId, spaceId } from '../../../core/domain/ids.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../core/domain/wall-clock.ts';
import { conversation, type FakeWorld, fakeWorld, invocation } from './command-fixtures.ts';
import { at, closedReport, nights } from './fake-schedule-tools.ts';
import { told } from './told.ts';

const maintainer = { role: 'maintainer' } as const;
const here = conversation.spaceId;
/** A direct chat that is a space of its own, and one within a workspace. */
const ownSpace = {
  conversation: {
    platform: 'fake',
    spaceId: spaceId('fake', 'dm-1'),
    audience: 'direct',
    channelId: 'dm-1',
  },
} as const;
const directHere = { conversation: { ...conversation, audience: 'direct', channelId: 'dm-1' } } as const;
const overheard = {
  capabilities: { ...invocation('').capabilities, canSendPrivately: false, canAnswerPrivately: false },
};

async function say(
  line: string,
  changes: Partial<CommandInvocation> = maintainer,
  report: Partial<ScheduleReport> = {},
): Promise<{ readonly text: string; readonly calls: FakeWorld['calls'] }> {
  const world = fakeWorld({ schedule: { report } });
  return { text: await told(line, world, changes), calls: world.calls };
}

describe('schedule window', () => {
  test('shows how it stands, to everybody', async () => {
    const { text, calls } = await say('schedule window', { role: 'person' });
    expect(text).toBe(
      [
        '- The window is closed: it has not been quiet for long enough, so somebody may still be there',
        '- The next one is expected today 23:00 (in 14 hours), during sleep hours',
      ].join('\n'),
    );
    expect(calls).toEqual([]);
  });

  test.each([
    ['open', 'open', 2 * HOUR_MS, 'The window may be open until today 11:00 (in 2 hours).'],
    ['open 90m', 'open', 90 * MINUTE_MS, 'until today 10:30'],
    ['OPEN 1 h 30 min', 'open', 90 * MINUTE_MS, 'until today 10:30'],
    ['open 1d', 'open', DAY_MS, 'until tomorrow 09:00'],
    ['close', 'closed', 8 * HOUR_MS, 'The window stays closed until today 17:00 (in 8 hours).'],
    ['close 7d', 'closed', 7 * DAY_MS, 'until Fri 22 Jan 09:00'],
  ])('%s', async (line, kind, lengthMs, words) => {
    const { text, calls } = await say(`schedule window ${line}`);
    expect(calls).toEqual([`manual ${here} ${kind} ${lengthMs} fake:ada`]);
    expect(text).toContain(words);
    expect(text).toContain('/schedule window auto takes that back.');
  });

  test('close says the end once, by one look at the clock', async () => {
    const world = fakeWorld({ schedule: {} });
    let now = at;
    const clock = {
      ...world.deps.clock,
      now: () => {
        now += MINUTE_MS;
        return now;
      },
    };
    const deps = { ...world.deps, clock };
    expect(await told('schedule window close', { ...world, deps }, maintainer)).toBe(
      'The window stays closed until today 17:01 (in 8 hours). /schedule window auto takes that back.',
    );
  });

  test('open says what keeps it closed all the same, and nothing more where it is open', async () => {
    const closed = await say('schedule window open');
    expect(closed.text).toBe(
      [
        'The window may be open until today 11:00 (in 2 hours). A message still closes it for a while. /schedule window auto takes that back.',
        '',
        '- Just now it is closed: it has not been quiet for long enough, so somebody may still be there',
        '- The next one is expected today 23:00 (in 14 hours), during sleep hours',
      ].join('\n'),
    );
    const verdict = { isOpen: true, by: ['manual'], until: at + 2 * HOUR_MS } as const;
    const open = await say('schedule window open', maintainer, { verdict });
    expect(open.text).toMatch(/^The window may be open until [^\n]* takes that back\.$/);
  });

  test('auto takes back what was said', async () => {
    const manual = { kind: 'open', until: 2e12, by: personId('fake', 'ada') } as const;
    const { text, calls } = await say('schedule window auto', maintainer, {
      schedule: { people: [], manual },
    });
    expect(calls).toEqual([`manual ${here} auto`]);
    expect(text).toMatch(/^The window goes by itself again\.\n\n- The window is closed/);
    expect(text).not.toContain('may be open');
  });

  test.each([
    ['open 25h', 'That is too long: at most 1 day.'],
    ['close 8d', 'That is too long: at most 7 days.'],
    ['open soon', '“soon” is no length of time that I know. Say it like 90m'],
    ['shut', '“shut” is nothing that can be done with the window. Say /schedule window open 2h'],
  ])('%s is refused with what to say', async (line, words) => {
    const { text, calls } = await say(`schedule window ${line}`);
    expect(text).toContain(words);
    expect(calls).toEqual([]);
  });

  test.each([
    ['a person', { role: 'person' }],
    ['a person in a space of their own', { role: 'person', ...ownSpace }],
  ] as const)('%s changes nothing', async (_, changes) => {
    for (const line of ['open', 'close 1h', 'auto']) {
      const { text, calls } = await say(`schedule window ${line}`, changes);
      expect(text).toContain('Only the people who run me here may open or close the window.');
      expect(calls).toEqual([]);
    }
  });
});

describe('schedule window where it is one for all places', () => {
  const everywhere = { isEverywhere: true };

  test('is closed by the operator alone: others would wait because of one place', async () => {
    for (const line of ['close', 'close 1h']) {
      const { text, calls } = await say(`schedule window ${line}`, maintainer, everywhere);
      expect(text).toContain('The window is one for all places that I serve: only the operator may close it');
      expect(calls).toEqual([]);
    }
    const { text, calls } = await say('schedule window close 1h', { role: 'operator' }, everywhere);
    expect(calls).toEqual([`manual ${here} closed ${HOUR_MS} fake:ada`]);
    expect(text).toContain('The window stays closed until today 10:00');
  });

  test('is opened, and left to itself, by a maintainer, which keeps nobody waiting', async () => {
    const open = await say('schedule window open', maintainer, everywhere);
    expect(open.calls).toEqual([`manual ${here} open ${2 * HOUR_MS} fake:ada`]);
    const auto = await say('schedule window auto', maintainer, everywhere);
    expect(auto.calls).toEqual([`manual ${here} auto`]);
  });

  test('tells a person that it is not for them, as anywhere', async () => {
    const { text, calls } = await say('schedule window close', { role: 'person' }, everywhere);
    expect(text).toContain('Only the people who run me here may open or close the window.');
    expect(calls).toEqual([]);
  });
});

describe('schedule sleep', () => {
  test('shows the hours of the space, with whose they are', async () => {
    const { text, calls } = await say('schedule sleep');
    expect(text).toContain('Sleep hours here: 23:00–07:00 daily, as nothing else was said here.');
    expect(text).toContain('By the clock of Europe/Berlin, as nothing else was said here.');
    expect(text).not.toContain('Your own');
    expect(calls).toEqual([]);
  });

  test('a maintainer sets those of the space', async () => {
    const { text, calls } = await say('schedule sleep 22:00-06:00 mon-fri, 00:00-09:00 sat sun');
    expect(calls).toEqual([`sleep ${here} space [1320,0]`]);
    expect(text).toContain('Noted. Sleep hours here: 22:00–06:00 Mon–Fri');
    expect(text).not.toContain('Noted. Sleep hours here: 22:00–06:00 Mon–Fri, as nothing');
    const same = await say('schedule sleep here 22:00-06:00');
    expect(same.calls).toEqual([`sleep ${here} space [1320]`]);
  });

  test('everybody sets their own, and sees them', async () => {
    const world = fakeWorld({ schedule: {} });
    expect(await told('schedule sleep me 00:30-08:30', world)).toBe(
      'Noted. Your sleep hours: 00:30–08:30 daily, by the clock of Europe/Berlin.',
    );
    expect(world.calls).toEqual([`sleep ${here} fake:ada [30]`]);
    expect(await told('schedule sleep', world)).toContain('Your own: 00:30–08:30 daily');
    const eve = await told('schedule sleep', world, { actorId: personId('fake', 'eve') });
    expect(eve).not.toContain('00:30');
    expect(await told('schedule sleep me', world, { actorId: personId('fake', 'eve') })).toBe(
      'Your sleep hours: you have said none.',
    );
  });

  test('one’s own are not told in passing where others read along', async () => {
    const world = fakeWorld({ schedule: {} });
    await told('schedule sleep me 00:30-08:30', world);
    const text = await told('schedule sleep', world, overheard);
    expect(text).not.toContain('00:30');
    expect(text).toContain('You have said your own; /schedule sleep me shows them.');
    const asked = await told('schedule sleep', world, { ...overheard, ...directHere });
    expect(asked).toContain('Your own: 00:30');
  });

  test('off takes away what was said; none says that there are none', async () => {
    const said = { schedule: { people: [], sleep: nights } };
    const off = await say('schedule sleep OFF', maintainer, said);
    expect(off.calls).toEqual([`sleep ${here} space undefined`]);
    expect(off.text).toMatch(/^Taken away\. Sleep hours here: 23:00–07:00 daily, as nothing else/);
    const none = await say('schedule sleep none', maintainer, said);
    expect(none.calls).toEqual([`sleep ${here} space []`]);
    expect(none.text).toMatch(/^Noted: no sleep hours\. Sleep hours here: none\.\n/);
    expect((await say('schedule sleep me none')).text).toContain('Your sleep hours: none, as you said.');
    expect((await say('schedule sleep me off')).calls).toEqual([`sleep ${here} fake:ada undefined`]);
  });

  test('those of the space are for who runs it, or for who is all of it', async () => {
    for (const changes of [{ role: 'person' }, { role: 'person', ...directHere }] as const) {
      const { text, calls } = await say('schedule sleep 23:00-07:00', changes);
      expect(text).toContain('Only the people who run me here may change the sleep hours of everybody here.');
      expect(text).toContain('Your own: /schedule sleep me 23:00-07:00');
      expect(calls).toEqual([]);
    }
    const own = await say('schedule sleep 23:00-07:00', { role: 'person', ...ownSpace });
    expect(own.calls).toEqual(['sleep fake:dm-1 space [1380]']);
  });

  test('what is no time is refused with how to say it, and changes nothing', async () => {
    for (const line of [
      'schedule sleep when tired',
      'schedule sleep me 25:00-31:00',
      'schedule sleep mean',
    ]) {
      const { text, calls } = await say(line);
      expect(text).toContain('Say it like 23:00-07:00');
      expect(calls).toEqual([]);
    }
  });
});

describe('schedule timezone', () => {
  test('shows which it is and what time it is there', async () => {
    const { text } = await say('schedule timezone');
    expect(text).toContain(
      'Time zone here: Europe/Berlin, as nothing else was said here. It is today 09:00 there.',
    );
  });

  test('a maintainer sets that of the space, also one of several words', async () => {
    const { text, calls } = await say('schedule timezone America/New York');
    expect(calls).toEqual([`zone ${here} space America/New York`]);
    expect(text).toContain('Noted. Time zone here: America/New York. It is');
    const off = await say('schedule timezone off', maintainer, { schedule: { people: [], zone: 'UTC' } });
    expect(off.calls).toEqual([`zone ${here} space undefined`]);
    expect(off.text).toContain('Taken away. Time zone here: Europe/Berlin, as nothing else');
  });

  test('everybody sets their own; it goes with their sleep hours', async () => {
    const world = fakeWorld({ schedule: {} });
    expect(await told('schedule timezone me Asia/Tokyo', world)).toBe('Noted. Your time zone: Asia/Tokyo.');
    expect(await told('schedule sleep me 23:00-07:00', world)).toContain('by the clock of Asia/Tokyo.');
    expect(await told('schedule timezone', world)).toContain('Your own: Asia/Tokyo.');
    expect(await told('schedule timezone', world, overheard)).not.toContain('Tokyo');
    expect(await told('schedule timezone me', world, { actorId: personId('fake', 'eve') })).toBe(
      'Your time zone: you have said none, so that of this place, Europe/Berlin.',
    );
  });

  test('those of the space are for who runs it', async () => {
    const { text, calls } = await say('schedule timezone UTC', { role: 'person' });
    expect(text).toContain('Only the people who run me here may change the time zone of everybody here.');
    expect(text).toContain('Your own: /schedule timezone me UTC');
    expect(calls).toEqual([]);
  });

  test('what is none is refused in words that are no markup', async () => {
    const world = fakeWorld({ schedule: { report: closedReport } });
    const reply = await runCommand(invocation('schedule timezone Nowhere/*', maintainer), world.deps);
    expect(reply.markdown).toBe('Nowhere\\/\\* is no zone\\.');
    expect(world.calls).toEqual([]);
  });
});

test('any line after a command of the schedule gets an answer', async () => {
  const { deps, logger } = fakeWorld({ schedule: {} });
  const names = ['show', 'why', 'window', 'sleep', 'timezone', 'calendar', 'simulate'];
  const word = fc.constantFrom(
    'me',
    'open',
    'close',
    'connect',
    'disconnect',
    'finish',
    'for',
    'space',
    '23-7',
  );
  const rest = fc.array(fc.oneof(word, fc.string({ unit: 'grapheme', maxLength: 12 })), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...names), rest, fc.boolean(), async (name, words, isMaintainer) => {
      const role = isMaintainer ? 'maintainer' : 'person';
      const line = ['schedule', name, ...words].join(' ');
      const reply = await runCommand(invocation(line, { role }), deps);
      expect(reply.markdown.trim()).not.toBe('');
      expect(reply.private).toBe(true);
    }),
    { numRuns: 1_000 },
  );
  expect(logger.of('command_failed')).toEqual([]);
});
