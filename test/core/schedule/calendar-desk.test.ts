import { describe, expect, test } from 'vitest';
import { AppError, type ErrorCode } from '../../../core/domain/app-error.ts';
import { personId, spaceId } from '../../../core/domain/ids.ts';
import { mostCalendars } from '../../../core/schedule/link-calendar.ts';
import { createFakeBox, hanging } from '../../fakes/calendars.ts';
import { ada, bob, hour, minute, other, team } from './calendar-rig.ts';
import { createDeskRig, type DeskRig, serviceSecret } from './desk-rig.ts';

const feed = 'https://calendar.example.org/private-0123/basic.ics';
const room = 'c_188@resource.calendar.google.com';

async function account(rig: DeskRig, code = 'c') {
  const { token, browser } = await rig.returned(code);
  return rig.desk.confirm(token, browser);
}

/** Only these secrets read anything. */
function readableBy(rig: DeskRig, secrets: readonly string[], code: ErrorCode = 'not_found'): void {
  rig.google.answer = async ({ secret }) => {
    if (!secrets.includes(secret)) throw new AppError(code, `It is ${code}.`);
    return { busy: [] };
  };
}

describe('a feed', () => {
  test('is read before it is linked, and its address is kept sealed alone', async () => {
    const rig = createDeskRig();
    const calendar = await rig.linked(feed);
    expect(rig.ics.requests[0]).toMatchObject({ secret: feed, calendarId: '', zone: 'Europe/Berlin' });
    expect(calendar).toMatchObject({
      source: 'ics',
      calendarId: '',
      label: 'calendar.example.org',
      personId: ada,
      reading: { busy: [] },
    });
    expect(JSON.stringify([...rig.store.rows.values()])).not.toContain('private-0123');
    expect(JSON.stringify(rig.logger.entries)).not.toContain('private-0123');
    const sealed = await rig.store.sealed(calendar.linkId);
    expect(sealed).not.toContain('private-0123');
    expect(rig.box.open(sealed!, `calendar:${calendar.linkId}`)).toBe(feed);
  });

  test('is called what it calls itself, on one line and not for ever', async () => {
    const rig = createDeskRig();
    rig.ics.answer = async () => ({ busy: [], name: ` Team\n\u202echart ${'x'.repeat(200)}` });
    const { label } = await rig.linked(feed);
    expect(label).toMatch(/^Team chart x+…$/);
    expect([...label]).toHaveLength(80);
    rig.ics.answer = async () => ({ busy: [], name: ' \u0007 ' });
    expect(await rig.linked(`${feed}?2`)).toMatchObject({ label: 'calendar.example.org' });
  });

  test('shows everything in any case: it is not asked for kinds of events', async () => {
    const rig = createDeskRig();
    await expect(rig.ask(feed, { access: 'events' })).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringMatching(/`events`.*everything in it/),
    });
    expect(rig.ics.requests).toEqual([]);
  });

  test('that cannot be read is told at once and not linked', async () => {
    const rig = createDeskRig();
    rig.ics.answer = async () => {
      throw new AppError('bad_reply', 'That is no calendar.');
    };
    await expect(rig.ask(feed)).rejects.toMatchObject({ code: 'bad_reply' });
    expect(rig.store.rows.size).toBe(0);
    rig.ics.answer = hanging;
    const ended = expect(rig.ask(feed)).rejects.toMatchObject({ code: 'timeout' });
    await rig.clock.advance(2 * minute);
    await ended;
  });

  test('the address is judged by who knows feeds, as it was pasted', async () => {
    const seen: string[] = [];
    const rig = createDeskRig({
      feedAddress(text) {
        seen.push(text);
        return feed;
      },
    });
    for (const what of [feed, '<https://x.example/a|a>', 'webcal://x.example', 'x.example/a@b.ics'])
      await rig.linked(what);
    expect(seen).toEqual([feed, '<https://x.example/a|a>', 'webcal://x.example', 'x.example/a@b.ics']);
    await expect(createDeskRig().ask('http://x.example/')).rejects.toMatchObject({ code: 'invalid_input' });
  });

  test('of another space stays there', async () => {
    const rig = createDeskRig();
    await rig.linked(feed);
    await rig.linked(feed, { spaceId: other });
    expect((await rig.desk.list(team)).map(({ number }) => number)).toEqual([1]);
    expect((await rig.desk.list(other)).map(({ number }) => number)).toEqual([1]);
  });
});

describe('the id of a calendar', () => {
  test('is read by the service account as itself', async () => {
    const rig = createDeskRig({ serviceSecret });
    const calendar = await rig.linked('<mailto:Ada@example.org|Ada@example.org>', { owner: 'space' });
    expect(calendar).toMatchObject({
      source: 'google',
      calendarId: 'Ada@example.org',
      label: 'Ada@example.org',
    });
    expect(rig.google.requests.map(({ secret }) => secret)).toEqual([serviceSecret()]);
    expect(calendar.personId).toBeUndefined();
  });

  test('then by it for the person whose id it is, where it is one', async () => {
    const rig = createDeskRig({ serviceSecret });
    readableBy(rig, [serviceSecret('ada@example.org')], 'not_allowed');
    await rig.linked('ada@example.org');
    expect(rig.google.requests.map(({ secret }) => secret).slice(0, 2)).toEqual([
      serviceSecret(),
      serviceSecret('ada@example.org'),
    ]);
    readableBy(rig, []);
    await expect(rig.ask(room)).rejects.toMatchObject({ code: 'not_found' });
    expect(rig.google.requests.some(({ secret }) => secret === serviceSecret(room))).toBe(false);
  });

  test('then by the accounts that the same person has linked in the same space', async () => {
    const rig = createDeskRig();
    const first = await account(rig);
    const calendar = await rig.linked(room);
    expect(calendar.linkId).not.toBe(first.linkId);
    expect(await rig.store.sealed(calendar.linkId)).not.toBe(await rig.store.sealed(first.linkId));
    expect(rig.google.requests.at(-1)).toMatchObject({ secret: 'secret of c', calendarId: room });
    await expect(rig.ask(room, { by: bob, owner: bob })).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining('Connect `google` first'),
    });
    await expect(rig.ask(room, { spaceId: other })).rejects.toMatchObject({ code: 'not_found' });
  });

  test('where no way reads it, it says what may help; trouble on the way is told as it is', async () => {
    const rig = createDeskRig({ serviceSecret });
    readableBy(rig, []);
    await expect(rig.ask('ada@example.org')).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringMatching(/share it with the service account.*connect `google`/),
    });
    readableBy(rig, [], 'network');
    const before = rig.google.requests.length;
    await expect(rig.ask('ada@example.org')).rejects.toMatchObject({ code: 'network' });
    expect(rig.google.requests).toHaveLength(before + 1);
    expect(rig.store.rows.size).toBe(0);
  });

  test.each(['', 'hello', 'ada@', '@example.org', 'a b@example.org', 'primary'])(
    '%s is none',
    async (what) => {
      await expect(createDeskRig().ask(what)).rejects.toMatchObject({
        code: 'invalid_input',
        message: expect.stringMatching(/`google`.*feed.*id/),
      });
    },
  );

  test('nobody links what is to be another’s', async () => {
    for (const what of ['google', feed, room]) {
      await expect(createDeskRig().ask(what, { owner: bob })).rejects.toMatchObject({ code: 'not_allowed' });
    }
  });
});

describe('linked again', () => {
  test('the same calendar takes the place of itself, of the same owner alone', async () => {
    const rig = createDeskRig({ serviceSecret });
    const [feedBefore, roomBefore] = [await rig.linked(feed), await rig.linked(room)];
    await rig.linked(feed, { owner: 'space' });
    await rig.linked(room, { by: bob, owner: bob });
    const [feedAfter, roomAfter] = [await rig.linked(feed), await rig.linked(room, { access: 'events' })];
    expect((await rig.desk.list(team)).map(({ number }) => number)).toEqual([
      3,
      4,
      feedAfter.number,
      roomAfter.number,
    ]);
    await rig.clock.advance(0);
    const known = rig.poller.known(team).map(({ linkId }) => linkId);
    expect(known).not.toContain(feedBefore.linkId);
    expect(known).not.toContain(roomBefore.linkId);
    // The secret is in use.
    expect([...rig.google.revoked, ...rig.ics.revoked]).toEqual([]);
  });

  test('the same id is the same calendar, by whatever right it is read', async () => {
    const rig = createDeskRig({ serviceSecret });
    await rig.linked('ada@example.org');
    await rig.clock.advance(0);
    readableBy(rig, [serviceSecret('ada@example.org')]);
    const again = await rig.linked('ada@example.org');
    expect((await rig.desk.list(team)).map(({ linkId }) => linkId)).toEqual([again.linkId]);
  });

  test('an account makes room for none but a dead one: it may be a second one', async () => {
    const rig = createDeskRig();
    const first = await account(rig, 'one');
    const second = await account(rig, 'two');
    const dead = { code: 'auth_failed', message: 'Over.', since: 0, isFinal: true } as const;
    await rig.store.setFault(second.linkId, { ...dead, isFinal: false });
    const third = await account(rig, 'three');
    await rig.store.setFault(first.linkId, dead);
    const fourth = await account(rig, 'four');
    expect((await rig.desk.list(team)).map(({ linkId }) => linkId)).toEqual([
      second.linkId,
      third.linkId,
      fourth.linkId,
    ]);
  });

  test('where the old one cannot be removed, the new one is linked all the same', async () => {
    const rig = createDeskRig();
    await rig.linked(feed);
    rig.store.breakWith(new AppError('storage_busy', 'Busy.'), 'remove', 'setReading');
    const again = await rig.linked(feed);
    await rig.clock.advance(0);
    expect(rig.poller.known(team).map(({ linkId }) => linkId)).toContain(again.linkId);
    expect(rig.logger.of('calendar_not_stored').length).toBeGreaterThanOrEqual(2);
  });

  test('there is an end to how many a person has in a space', async () => {
    const rig = createDeskRig();
    for (let index = 0; index < mostCalendars; index += 1) await rig.linked(`${feed}?${index}`);
    await expect(rig.ask(feed)).rejects.toMatchObject({
      code: 'not_allowed',
      message: expect.stringContaining('disconnect'),
    });
    const looked = rig.ics.requests.length;
    await expect(rig.ask(feed)).rejects.toMatchObject({ code: 'not_allowed' });
    await expect(rig.ask(room)).rejects.toMatchObject({ code: 'not_allowed' });
    await expect(rig.ask('google')).rejects.toMatchObject({ code: 'not_allowed' });
    await rig.linked(`${feed}?3`);
    expect(rig.ics.requests.slice(looked, looked + 2).map(({ secret }) => secret)).toContain(`${feed}?3`);
    await rig.linked(feed, { owner: 'space' });
    await rig.linked(feed, { spaceId: other });
    expect(rig.store.rows.size).toBe(mostCalendars + 2);
  });
});

test('where there is no room for one more it is not even read', async () => {
  const rig = createDeskRig({ serviceSecret });
  for (let index = 0; index < mostCalendars; index += 1) await rig.linked(`room-${index}@example.org`);
  await expect(rig.ask(feed)).rejects.toMatchObject({ code: 'not_allowed' });
  expect(rig.ics.requests).toEqual([]);
});

describe('to disconnect', () => {
  test('gives the right back and forgets everything', async () => {
    const rig = createDeskRig();
    const calendar = await account(rig);
    await rig.clock.advance(0);
    expect(await rig.desk.disconnect(team, 1, ada, false)).toMatchObject({ linkId: calendar.linkId });
    expect(rig.google.revoked).toEqual(['secret of c']);
    expect(await rig.store.sealed(calendar.linkId)).toBeUndefined();
    expect(await rig.desk.list(team)).toEqual([]);
    expect(rig.poller.known(team)).toEqual([]);
    await rig.clock.advance(hour);
    expect(rig.google.requests).toHaveLength(2);
    await expect(rig.desk.disconnect(team, 1, ada, false)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('leaves the right while another link needs it, in whatever space', async () => {
    const rig = createDeskRig();
    await account(rig);
    await rig.linked(room);
    const elsewhere = await rig.link({ spaceId: other, addedBy: bob }, 'secret of c');
    await rig.desk.disconnect(team, 1, ada, false);
    await rig.desk.disconnect(team, 2, ada, false);
    expect(rig.google.revoked).toEqual([]);
    await rig.desk.disconnect(other, elsewhere.number, bob, true);
    expect(rig.google.revoked).toEqual(['secret of c']);
  });

  test.each([
    ['one’s own', 'own', ada, false, true],
    ['another person’s', 'own', bob, false, false],
    ['another person’s, by a maintainer', 'own', bob, true, true],
    ['the space’s, by anybody', 'space', bob, false, false],
    ['the space’s, by whose account it is', 'space', ada, false, true],
    ['the space’s, by a maintainer', 'space', bob, true, true],
  ] as const)('%s', async (_, whose, by, isMaintainer, may) => {
    const rig = createDeskRig();
    await rig.linked(feed, { owner: whose === 'space' ? 'space' : ada });
    const done = rig.desk.disconnect(team, 1, by, isMaintainer);
    if (may) await done;
    else await expect(done).rejects.toMatchObject({ code: 'not_allowed' });
    expect(rig.store.rows.size).toBe(may ? 0 : 1);
  });

  test('the number of another space is unknown here', async () => {
    const rig = createDeskRig();
    await rig.linked(feed, { spaceId: other });
    await expect(rig.desk.disconnect(team, 1, ada, true)).rejects.toMatchObject({ code: 'not_found' });
    expect(rig.store.rows.size).toBe(1);
  });

  test('works also where the source fails or hangs, and where the secret does not open', async () => {
    const rig = createDeskRig();
    await account(rig, 'one');
    await account(rig, 'two');
    rig.google.revocation = async () => {
      throw new AppError('peer_failed', 'No.');
    };
    await rig.desk.disconnect(team, 1, ada, false);
    rig.google.revocation = hanging;
    const done = rig.desk.disconnect(team, 2, ada, false);
    await rig.clock.advance(minute);
    await done;
    expect(rig.logger.of('calendar_not_revoked')).toHaveLength(2);

    const lost = createDeskRig({ box: createFakeBox('another') });
    const { number } = await lost.link();
    await lost.desk.disconnect(team, number, ada, false);
    expect(lost.store.rows.size).toBe(0);
    expect(lost.google.revoked).toEqual([]);
  });

  test('a store that fails loses nothing and is told', async () => {
    const rig = createDeskRig();
    await rig.linked(feed);
    rig.store.breakWith(new AppError('storage_busy', 'Busy.'), 'remove');
    await expect(rig.desk.disconnect(team, 1, ada, false)).rejects.toMatchObject({ code: 'storage_busy' });
    rig.store.breakWith();
    await rig.desk.disconnect(team, 1, ada, false);
    expect(rig.store.rows.size).toBe(0);
  });
});

test('ids come back from the way through the browser as they were', async () => {
  const rig = createDeskRig();
  const strange = { spaceId: spaceId('x', 'a:b:ü'), by: personId('y', ':c:'), owner: personId('y', ':c:') };
  const { token, browser } = await rig.returned('c', strange);
  expect(await rig.desk.confirm(token, browser)).toMatchObject({ spaceId: 'x:a:b:ü', personId: 'y::c:' });
});

test('a calendar of another is not read through the service account for whoever asks', async () => {
  const rig = createDeskRig({ serviceSecret: (subject = 'itself') => `service ${subject}` });
  await expect(rig.ask('bob@example.org', { mayUseServiceAccount: false })).rejects.toMatchObject({
    code: 'not_allowed',
    message: expect.stringMatching(/Only the operator.*`maintainers`/),
  });
  expect(rig.store.rows.size).toBe(0);
  expect(rig.google.requests).toEqual([]);
});
