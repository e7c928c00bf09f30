import { describe, expect, test } from 'vitest';
import { parsePerson } from '../../../adapters/slack/answers.ts';
import { createPeopleDirectory, type PeopleOptions } from '../../../adapters/slack/people.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';

const answer = (name: string, more: object = {}) => ({
  ok: true,
  user: { id: `U0${name}`, team_id: 'T1', name, profile: { display_name: name }, ...more },
});

interface Asked {
  readonly userId: string;
  readonly answer: (value: unknown) => void;
  readonly fail: () => void;
}

/** A directory whose look-ups are answered by hand. */
function openDirectory(options: Partial<PeopleOptions> = {}) {
  const clock = createFakeClock();
  const asked: Asked[] = [];
  const lookUp = (userId: string): Promise<unknown> =>
    new Promise((resolve, reject) => {
      asked.push({ userId, answer: resolve, fail: () => reject(new Error('no')) });
    });
  const directory = createPeopleDirectory({ lookUp, clock, ...options });
  return { clock, asked, directory };
}

/** A directory whose look-ups answer at once. */
function openQuick(options: Partial<PeopleOptions> = {}) {
  const asked: string[] = [];
  const clock = createFakeClock();
  let isBroken = false;
  const lookUp = async (userId: string): Promise<unknown> => {
    asked.push(userId);
    if (isBroken) throw new Error('no');
    return answer(userId.slice(2), { is_admin: true });
  };
  return {
    asked,
    clock,
    breakDown: () => {
      isBroken = true;
    },
    directory: createPeopleDirectory({ lookUp, clock, ...options }),
  };
}

describe('the directory', () => {
  test('asks once, and remembers for an hour', async () => {
    const { directory, asked, clock } = openQuick();
    const nameOf = await directory.load(['U0Ada', 'U0Ada', 'U0Ben']);
    expect(nameOf('U0Ada')).toEqual({ displayName: 'Ada', isBot: false, isAdmin: true, teamId: 'T1' });
    expect(nameOf('U0Cy')).toBe(undefined);
    await clock.advance(3_599_999);
    await directory.load(['U0Ben', 'U0Ada']);
    expect(asked).toEqual(['U0Ada', 'U0Ben']);
    await clock.advance(1);
    await directory.load(['U0Ada']);
    expect(asked).toEqual(['U0Ada', 'U0Ben', 'U0Ada']);
  });

  test('a wall clock that jumps makes nothing old', async () => {
    const { directory, asked, clock } = openQuick();
    await directory.load(['U0Ada']);
    clock.jump(7_200_000);
    await directory.load(['U0Ada']);
    expect(asked.length).toBe(1);
  });

  test('asks for one person once at a time, whoever waits', async () => {
    const { directory, asked } = openDirectory();
    const loads = [directory.load(['U0Ada']), directory.load(['U0Ada', 'U0Ben'])];
    expect(asked.map(({ userId }) => userId)).toEqual(['U0Ada', 'U0Ben']);
    asked[0]!.answer(answer('Ada'));
    asked[1]!.answer(answer('Ben'));
    const [first, second] = await Promise.all(loads);
    expect(first!('U0Ada')?.displayName).toBe('Ada');
    expect(second!('U0Ben')?.displayName).toBe('Ben');
  });

  test('waits a second and a half in all; a name that comes later is there the next time', async () => {
    const { directory, asked, clock } = openDirectory();
    const load = directory.load(['U0Ada', 'U0Ben']);
    asked[1]!.answer(answer('Ben'));
    await clock.advance(1_499);
    const early = await Promise.race([load.then(() => 'done'), clock.advance(0).then(() => 'waits')]);
    expect(early).toBe('waits');
    await clock.advance(1);
    const nameOf = await load;
    expect([nameOf('U0Ada'), nameOf('U0Ben')?.displayName]).toEqual([undefined, 'Ben']);
    asked[0]!.answer(answer('Ada'));
    await clock.advance(0);
    expect((await directory.load(['U0Ada']))('U0Ada')?.displayName).toBe('Ada');
    expect(asked.length).toBe(2);
  });

  test('leaves no timer behind', async () => {
    const { directory, clock } = openQuick();
    await directory.load(['U0Ada']);
    await directory.load([]);
    expect(clock.waiting()).toBe(0);
  });

  test.each<[string, (asked: Asked) => void]>([
    ['fails', (asked) => asked.fail()],
    ['says nothing that can be read', (asked) => asked.answer({ ok: true, user: 7 })],
  ])('a look-up that %s is not tried again for a minute', async (_, end) => {
    const { directory, asked, clock } = openDirectory();
    const load = directory.load(['U0Ada']);
    end(asked[0]!);
    expect((await load)('U0Ada')).toBe(undefined);
    await clock.advance(59_999);
    await directory.load(['U0Ada']);
    expect(asked.length).toBe(1);
    await clock.advance(1);
    const again = directory.load(['U0Ada']);
    expect(asked.length).toBe(2);
    asked[1]!.answer(answer('Ada'));
    expect((await again)('U0Ada')?.displayName).toBe('Ada');
  });

  test('an old name is better than none, but gives no rights', async () => {
    const { directory, clock, breakDown } = openQuick();
    expect((await directory.load(['U0Ada']))('U0Ada')).toMatchObject({ isAdmin: true });
    breakDown();
    await clock.advance(3_600_000);
    const nameOf = await directory.load(['U0Ada']);
    expect(nameOf('U0Ada')).toEqual({ displayName: 'Ada', isBot: false, isAdmin: false, teamId: 'T1' });
  });

  test('forgets whom it has not seen for longest', async () => {
    const { directory, asked } = openQuick({ maxPeople: 2 });
    for (const userId of ['U0Ada', 'U0Ben', 'U0Ada', 'U0Cy', 'U0Ada', 'U0Ben'])
      await directory.load([userId]);
    expect(asked).toEqual(['U0Ada', 'U0Ben', 'U0Cy', 'U0Ben']);
  });
});

describe('what the answer says', () => {
  test.each<[string, object, object | undefined]>([
    [
      'the chosen name first',
      {
        user: {
          id: 'U1',
          name: 'al',
          real_name: 'Ada L',
          profile: { display_name: 'Ada', real_name: 'Ada L' },
        },
      },
      { displayName: 'Ada' },
    ],
    [
      'then the real one',
      { user: { id: 'U1', name: 'al', profile: { display_name: ' ', real_name: 'Ada L' } } },
      { displayName: 'Ada L' },
    ],
    ['then the account', { user: { id: 'U1', name: 'al', profile: null } }, { displayName: 'al' }],
    ['no name at all is nobody', { user: { id: 'U1' } }, undefined],
    ['an administrator', { user: { id: 'U1', name: 'al', is_admin: true } }, { isAdmin: true }],
    ['an owner', { user: { id: 'U1', name: 'al', is_owner: true } }, { isAdmin: true }],
    ['the first owner', { user: { id: 'U1', name: 'al', is_primary_owner: true } }, { isAdmin: true }],
    [
      'an ordinary person',
      { user: { id: 'U1', name: 'al', is_admin: 'yes' } },
      { isAdmin: false, isBot: false },
    ],
    ['a bot', { user: { id: 'U1', name: 'al', is_bot: true } }, { isBot: true }],
    ["Slack's own bot", { user: { id: 'USLACKBOT', name: 'slackbot', is_bot: false } }, { isBot: true }],
  ])('%s', (_, said, expected) => {
    const person = parsePerson(said);
    if (expected === undefined) expect(person).toBe(undefined);
    else expect(person).toMatchObject(expected);
  });
});
