import { describe, expect, test } from 'vitest';
import type { CommandInvocation } from '../../../core/commands/context.ts';
import { runCommand } from '../../../core/commands/run-command.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import { personId, spaceId } from '../../../core/domain/ids.ts';
import { MINUTE_MS } from '../../../core/domain/wall-clock.ts';
import type { ConnectRequest } from '../../../core/schedule/calendar-desk.ts';
import { conversation, type FakeWorld, fakeWorld, invocation } from './command-fixtures.ts';
import { at, calendar, type FakeScheduleToolsOptions } from './fake-schedule-tools.ts';
import { told } from './told.ts';

const maintainer = { role: 'maintainer' } as const;
const here = conversation.spaceId;
const [ada, eve] = [personId('fake', 'ada'), personId('fake', 'eve')];
const overheard = {
  capabilities: { ...invocation('').capabilities, canSendPrivately: false, canAnswerPrivately: false },
};
const ownSpace = {
  conversation: {
    platform: 'fake',
    spaceId: spaceId('fake', 'dm-1'),
    audience: 'direct',
    channelId: 'dm-1',
  },
} as const;
const page = {
  kind: 'open',
  url: 'https://bot.example.org/calendar/start?token=x*y*',
  expiresInMs: 10 * MINUTE_MS,
} as const;

async function say(
  line: string,
  schedule: FakeScheduleToolsOptions = {},
  changes: Partial<CommandInvocation> = {},
): Promise<{ readonly text: string; readonly calls: FakeWorld['calls'] }> {
  const world = fakeWorld({ schedule });
  return { text: await told(`schedule calendar ${line}`, world, changes), calls: world.calls };
}

const { reading: _, ...unread } = calendar(4, { addedBy: eve });
const some = {
  report: {
    calendars: [
      calendar(1, { addedBy: eve }),
      calendar(2, { personId: ada, access: 'events' }),
      calendar(3, { personId: eve, addedBy: eve, source: 'ics', calendarId: '' }),
      {
        ...unread,
        fault: { code: 'auth_failed', message: 'It was revoked.', since: at, isFinal: true },
      },
    ],
    unknown: [
      { number: 3, why: 'eve.example.org is gone' },
      { number: 4, why: 'It was *revoked*.' },
    ],
  },
} as const;

describe('list', () => {
  test('one line each, with whose it is and what is read of it', async () => {
    const { text } = await say('', some);
    expect(text).toBe(
      [
        '**Calendars**',
        '',
        '- **Calendar 1 (Label 1)**, for this whole space: I read only when it is busy, nothing of what is in it; last read 5 minutes ago',
        '- **Calendar 2 (Label 2)**, yours: I read when it is busy and of what kind what is in it is, never its words; last read 5 minutes ago',
        '- **Calendar 3**, somebody’s: I read everything that its address shows, of which only when it is busy is kept; last read 5 minutes ago; unknown at present',
        '- **Calendar 4 (Label 4)**, for this whole space: I read only when it is busy, nothing of what is in it; not read yet; unknown at present: It was *revoked*. Only linking it again helps',
        '',
        'Another one: /schedule calendar connect. One less: /schedule calendar disconnect <number>',
      ].join('\n'),
    );
    expect((await say('list', some)).text).toBe(text);
    expect((await say('LIST', some)).text).toBe(text);
  });

  test('maintainers see what others’ are called, where nobody else reads it', async () => {
    const { text } = await say('', some, maintainer);
    expect(text).toContain('**Calendar 3 (Label 3)**, somebody’s');
    expect(text).toContain('unknown at present: eve.example.org is gone');
    const group = await say('', some, { ...maintainer, ...overheard });
    expect(group.text).not.toMatch(/Label [23]|eve\.example/);
    expect(group.text).toContain('Label 1');
  });

  test('names are text', async () => {
    const report = { calendars: [calendar(1, { label: '*bold* `x`' })] };
    const { markdown } = await runCommand(
      invocation('schedule calendar'),
      fakeWorld({ schedule: { report } }).deps,
    );
    expect(markdown).toContain('\\*bold\\* \\`x\\`');
  });

  test('without any it says how to link one', async () => {
    expect((await say('')).text).toContain(
      'No calendar is linked here. /schedule calendar connect links yours',
    );
  });

  test('another word is refused with those that there are', async () => {
    for (const word of ['delete', 'toString', '__proto__']) {
      const { text, calls } = await say(word);
      expect(text).toContain('is nothing that can be done with calendars. Say /schedule calendar list');
      expect(calls).toEqual([]);
    }
  });
});

describe('connect', () => {
  async function asked(
    line: string,
    changes: Partial<CommandInvocation> = {},
  ): Promise<ConnectRequest | undefined> {
    let request: ConnectRequest | undefined;
    const onConnect = (seen: ConnectRequest): void => {
      request = seen;
    };
    await say(line, { connect: page, onConnect }, changes);
    return request;
  }

  test('a page, what is read, and until when, for the asker alone', async () => {
    const world = fakeWorld({ schedule: { connect: page } });
    const reply = await runCommand(invocation('schedule calendar connect'), world.deps);
    expect(reply.private).toBe(true);
    expect(reply.markdown).toContain(`Open this page and agree there: <${page.url}>`);
    expect(reply.markdown).toContain('- It is for your own calendar\n');
    expect(reply.markdown).toContain('- I read only when it is busy, nothing of what is in it\n');
    expect(reply.markdown).toContain('pass it on to nobody. It works for 10 minutes');
    expect(reply.markdown).not.toContain('finish');
    expect(world.calls).toEqual(['connect google freebusy fake:ada by fake:ada']);
  });

  test('where the page comes back to the machine itself it says what to do elsewhere', async () => {
    const elsewhereUrl = 'https://accounts.example.org/auth?scope=a_b';
    const { text } = await say('connect google', { connect: { ...page, elsewhereUrl } });
    expect(text).toContain(page.url);
    expect(text).toContain(`open this one in its place: <${elsewhereUrl}>`);
    expect(text).toContain('It ends at a page that does not open');
    expect(text).toContain('/schedule calendar finish <address>');
  });

  test('an address that Markdown could not hold is code', async () => {
    const { deps } = fakeWorld({ schedule: { connect: { ...page, url: 'https://a.example/> [x](y)' } } });
    const { markdown } = await runCommand(invocation('schedule calendar connect'), deps);
    expect(markdown).toContain('`https://a.example/> [x](y)`');
  });

  test.each([
    ['connect', 'google', 'freebusy', ada],
    ['add', 'google', 'freebusy', ada],
    ['connect Google events', 'google', 'events', ada],
    ['connect https://cal.example/Feed?Key=A', 'https://cal.example/Feed?Key=A', 'freebusy', ada],
    ['connect room@example.org for space', 'room@example.org', 'freebusy', 'space'],
    ['connect for space', 'google', 'freebusy', 'space'],
    ['connect room@example.org For Space Events', 'room@example.org', 'events', 'space'],
  ] as const)('%s', async (line, what, access, owner) => {
    expect(await asked(line, maintainer)).toMatchObject({ what, access, owner, by: ada, spaceId: here });
  });

  test('the page learns for which space it is', async () => {
    expect((await asked('connect'))?.spaceLabel).toBe('fake, space-1');
    expect((await asked('connect', ownSpace))?.spaceLabel).toBe('a direct chat on fake');
  });

  test('the page learns who asks, by name where there is one, and by account', async () => {
    expect((await asked('connect'))?.askedBy).toBe('ada on fake');
    expect((await asked('connect', { actorName: 'Ada L.' }))?.askedBy).toBe('ada on fake, called “Ada L.”');
  });

  test('the service account is the operator’s: whoever runs the space may not have it read just anybody', async () => {
    for (const [role, may] of [
      ['person', false],
      ['maintainer', false],
      ['operator', true],
    ] as const) {
      expect((await asked('connect ceo@example.org', { role }))?.mayUseServiceAccount).toBe(may);
    }
  });

  test('of a feed it says that its address shows everything', async () => {
    const feed = calendar(5, { personId: ada, source: 'ics', calendarId: '' });
    const { text } = await say('connect https://cal.example/feed', {
      connect: { kind: 'linked', calendar: feed },
    });
    expect(text).toContain(
      'I read everything that its address shows, of which only when it is busy is kept.',
    );
    expect(text).not.toContain('nothing of what is in it');
  });

  test('what stands for the whole space is for who runs it, or is all of it', async () => {
    const { text, calls } = await say('connect google for space', { connect: page });
    expect(text).toContain(
      'Only the people who run me here may link a calendar that stands for everybody here.',
    );
    expect(calls).toEqual([]);
    expect((await asked('connect for space', ownSpace))?.owner).toBe('space');
    const open = await say('connect for space', { connect: page }, maintainer);
    expect(open.text).toContain('It is for a calendar that stands for this whole space');
  });

  test('a calendar that is linked at once', async () => {
    const connect = { kind: 'linked', calendar: calendar(5, { personId: ada }) } as const;
    const { text } = await say('connect https://cal.example/feed', { connect });
    expect(text).toBe(
      'Linked: calendar 5 (Label 5), yours. I read only when it is busy, nothing of what is in it. /schedule calendar disconnect 5 ends that.',
    );
  });

  test('several at once, and what is longer than any address, are refused', async () => {
    const two = await say('connect a@example.org b@example.org', { connect: page });
    expect(two.text).toContain('Say one calendar at a time: /schedule calendar connect google');
    const long = await say(`connect https://x.example/${'a'.repeat(5_000)}`, { connect: page });
    expect(long.text).toContain('That is too long for an address');
    expect([...two.calls, ...long.calls]).toEqual([]);
  });

  test('a refusal is text, in which only code is marked up; a fault is none', async () => {
    const refused = new AppError('not_found', 'Set `calendar.id` for *you*.');
    const { deps } = fakeWorld({ schedule: { connect: refused } });
    const { markdown } = await runCommand(invocation('schedule calendar connect'), deps);
    expect(markdown).toBe('Set `calendar.id` for \\*you\\*\\.');
    const failed = await say('connect', { connect: new AppError('network', 'Nobody *answers*.') });
    expect(failed.text).toBe('I could not do /schedule calendar just now. Nobody *answers*.');
  });
});

describe('finish', () => {
  test('takes the address at which the browser ended', async () => {
    const address = 'http://127.0.0.1:8787/calendar/callback?code=4/x&state=y';
    const { text, calls } = await say(`finish ${address}`);
    expect(calls).toEqual([`finish fake:ada ${address}`]);
    expect(text).toContain('Linked: calendar 3 (Label 3), yours.');
  });

  test('without one it says which', async () => {
    const { text, calls } = await say('finish');
    expect(text).toContain('Say the address at which your browser ended');
    expect(calls).toEqual([]);
  });

  test('one that is none is told', async () => {
    const finished = new AppError('not_found', 'That was used already.');
    expect((await say('finish nonsense', { finished })).text).toBe('That was used already.');
  });
});

describe('where others would read the answer', () => {
  test.each([
    'connect',
    'connect https://cal.example/secret',
    'finish http://127.0.0.1/?code=1',
    'add google',
  ])('%s is refused', async (line) => {
    const { text, calls } = await say(line, { connect: page }, { ...maintainer, ...overheard });
    expect(text).toContain('Here others would read my answer. Write it to me in a direct chat.');
    expect(text.includes('have a new one made')).toBe(line.includes('://'));
    expect(text).not.toContain('menu of commands');
    expect(text).not.toContain('bot.example.org');
    expect(calls).toEqual([]);
  });

  test.each([
    ['connect', 'schedule calendar connect'],
    ['finish http://127.0.0.1/?code=1', 'schedule calendar finish'],
  ])(
    '%s is refused where it was written, and the menu named that answers to one alone',
    async (line, command) => {
      const { capabilities } = invocation('');
      const menuAlone = { ...capabilities, canSendPrivately: false, commandPrefix: '/bot ' };
      const written = { ...maintainer, capabilities: menuAlone, isWritten: true };
      const { text, calls } = await say(line, { connect: page }, written);
      expect(text).toContain(
        `Here others would read my answer. Choose /bot ${command} from the menu of commands: what I answer to that, you alone see.`,
      );
      expect(text).not.toContain('direct chat');
      expect(text.includes('have a new one made')).toBe(line.includes('://'));
      expect(calls).toEqual([]);
      expect((await say(line, { connect: page }, { ...written, isWritten: false })).calls).toHaveLength(1);
      const whispered = { ...written, capabilities: { ...menuAlone, canSendPrivately: true } };
      expect((await say(line, { connect: page }, whispered)).calls).toHaveLength(1);
    },
  );

  test('a direct chat is none of these', async () => {
    const { calls } = await say('connect', { connect: page }, { ...overheard, ...ownSpace });
    expect(calls).toHaveLength(1);
  });
});

describe('disconnect', () => {
  test('asks first, then does it', async () => {
    const asked = await say('disconnect 2', some);
    expect(asked.text).toBe(
      'This ends that I read calendar 2 (Label 2): I forget it with the right to read it. To do it: /schedule calendar disconnect 2 confirm',
    );
    expect(asked.calls).toEqual([]);
    const done = await say('disconnect #2 confirm', some);
    expect(done.calls).toEqual([`disconnect ${here} 2 by fake:ada false`]);
    expect(done.text).toBe('I no longer read calendar 2 (Label 2).');
  });

  test('others’ are for maintainers, and nobody else learns what they are called', async () => {
    for (const [number, words] of [
      [3, 'Calendar 3 is somebody else’s'],
      [1, 'Calendar 1 stands for this whole space'],
    ] as const) {
      const { text, calls } = await say(`disconnect ${number} confirm`, some);
      expect(text).toContain(words);
      expect(text).not.toContain('Label');
      expect(calls).toEqual([]);
      const done = await say(`disconnect ${number} confirm`, some, maintainer);
      expect(done.calls).toEqual([`disconnect ${here} ${number} by fake:ada true`]);
    }
    const group = await say('disconnect 3', some, { ...maintainer, ...overheard });
    expect(group.text).not.toContain('Label');
  });

  test('who linked one for the whole space may take it away again', async () => {
    const { calls } = await say('disconnect 4 yes', some, { actorId: eve });
    expect(calls).toEqual([`disconnect ${here} 4 by fake:eve false`]);
  });

  test('a number that there is not, and what is none', async () => {
    expect((await say('disconnect 9', some)).text).toContain('There is no calendar 9 here.');
    for (const line of ['disconnect', 'disconnect all', 'remove 0'])
      expect((await say(line, some)).text).toContain('Say which calendar by its number');
  });
});
