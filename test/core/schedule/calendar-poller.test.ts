import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError, type ErrorCode } from '../../../core/domain/app-error.ts';
import type { LinkedCalendar } from '../../../core/domain/calendar.ts';
import { createFakeBox, hanging } from '../../fakes/calendars.ts';
import { ada, type CalendarRig, createCalendarRig, day, hour, minute, other, team } from './calendar-rig.ts';

const fails =
  (code: ErrorCode, options: { readonly retryAfterMs?: number } = {}) =>
  async (): Promise<never> => {
    throw new AppError(code, `It is ${code}.`, options);
  };

async function started(calendars = 1): Promise<CalendarRig> {
  const rig = createCalendarRig();
  for (let index = 0; index < calendars; index += 1) await rig.link();
  rig.poller.start();
  await rig.clock.advance(15_000);
  return rig;
}

const only = ({ poller }: CalendarRig): LinkedCalendar => poller.known(team)[0]!;

describe('reading again and again', () => {
  test('at the start and every ten minutes, a day back and 15 ahead, in the zone of the space', async () => {
    const rig = await started();
    expect(rig.google.requests).toHaveLength(1);
    const now = rig.clock.now();
    expect(rig.google.requests[0]).toEqual({
      secret: 'secret',
      calendarId: 'c1@example.org',
      access: 'freebusy',
      asked: { from: now - day, to: now + 15 * day },
      zone: 'Europe/Berlin',
    });
    await rig.clock.advance(10 * minute - 1);
    expect(rig.google.requests).toHaveLength(1);
    await rig.clock.advance(1);
    expect(rig.google.requests).toHaveLength(2);
    expect(rig.google.requests[1]!.asked.from).toBe(now - day + 10 * minute);
  });

  test('keeps what was read in mind and in the store, and says that it has changed', async () => {
    const rig = createCalendarRig();
    const { linkId } = await rig.link();
    const from = rig.clock.now() + hour;
    rig.google.answer = async () => ({
      busy: [
        { from, to: from + hour },
        { from: from + 30 * day, to: from + 31 * day },
      ],
      cursor: 'next',
    });
    rig.poller.start();
    await rig.clock.advance(15_000);
    expect(only(rig).reading).toMatchObject({ busy: [{ from, to: from + hour }], cursor: 'next' });
    expect(rig.store.rows.get(linkId)).toEqual(only(rig));
    expect(rig.changes.length).toBeGreaterThanOrEqual(2);
    expect(rig.poller.isUnknown(only(rig), rig.clock.now())).toBe(false);
    await rig.clock.advance(10 * minute);
    expect(rig.google.requests[1]).toMatchObject({ cursor: 'next' });
  });

  test('the jitter keeps calendars apart that were read together', async () => {
    const rig = createCalendarRig();
    await rig.link();
    await rig.link();
    const draws = [0, 0, 0, 1];
    const poller = rig.newPoller({ random: () => draws.shift() ?? 0.5 });
    poller.start();
    await rig.clock.advance(0);
    await rig.clock.advance(8 * minute);
    expect(rig.google.requests).toHaveLength(3);
    await rig.clock.advance(4 * minute);
    expect(rig.google.requests).toHaveLength(4);
  });

  test('a restart takes a fresh reading as it is, and an old one, or a failed one, is read soon', async () => {
    const rig = createCalendarRig();
    const reading = (readAt: number) => ({ busy: [], asked: { from: 0, to: readAt + day }, readAt });
    const [fresh, old, faulty] = [await rig.link(), await rig.link(), await rig.link()];
    const now = rig.clock.now();
    await rig.store.setReading(fresh.linkId, reading(now - 4 * minute));
    await rig.store.setReading(old.linkId, reading(now - hour));
    await rig.store.setReading(faulty.linkId, reading(now - minute));
    await rig.store.setFault(faulty.linkId, { code: 'network', message: 'x', since: now, isFinal: false });
    rig.poller.start();
    await rig.clock.advance(0);
    expect(rig.poller.known(team).map((calendar) => rig.poller.isUnknown(calendar, now))).toEqual([
      false,
      false,
      false,
    ]);
    await rig.clock.advance(minute);
    expect(rig.google.requests.map(({ calendarId }) => calendarId)).toEqual([
      old.calendarId,
      faulty.calendarId,
    ]);
    await rig.clock.advance(5 * minute);
    expect(rig.google.requests.at(-1)).toMatchObject({ calendarId: fresh.calendarId });
  });

  test('a jump of the clock changes no waiting, and what is read then is of then', async () => {
    const rig = await started();
    rig.clock.jump(-3 * day);
    expect(rig.poller.isUnknown(only(rig), rig.clock.now())).toBe(true);
    await rig.clock.advance(10 * minute);
    expect(rig.google.requests).toHaveLength(2);
    expect(rig.poller.isUnknown(only(rig), rig.clock.now())).toBe(false);
    rig.clock.jump(300 * day);
    await rig.clock.advance(10 * minute);
    expect(rig.google.requests).toHaveLength(3);
    expect(rig.poller.isUnknown(only(rig), rig.clock.now())).toBe(false);
  });

  test('a start after a jump back does not wait for a reading of the future', async () => {
    const rig = createCalendarRig();
    const { linkId } = await rig.link();
    const readAt = rig.clock.now() + 5 * day;
    await rig.store.setReading(linkId, { busy: [], asked: { from: 0, to: readAt + day }, readAt });
    rig.poller.start();
    await rig.clock.advance(minute);
    expect(rig.google.requests).toHaveLength(1);
  });
});

describe('failures', () => {
  test('are waited out ever longer; success takes them away', async () => {
    const rig = await started();
    rig.google.answer = fails('network');
    await rig.clock.advance(10 * minute);
    const since = rig.clock.now();
    for (const minutes of [1, 2, 4, 8]) {
      const before = rig.google.requests.length;
      await rig.clock.advance(minutes * minute - 1);
      expect(rig.google.requests).toHaveLength(before);
      await rig.clock.advance(1);
      expect(rig.google.requests).toHaveLength(before + 1);
    }
    expect(only(rig).fault).toEqual({ code: 'network', message: 'It is network.', since, isFinal: false });
    expect(rig.store.rows.get(only(rig).linkId)).toEqual(only(rig));
    expect(only(rig).reading).toBeDefined();
    expect(rig.logger.of('calendar_unreadable')).toHaveLength(1);

    rig.google.answer = async () => ({ busy: [] });
    await rig.clock.advance(16 * minute);
    expect(only(rig).fault).toBeUndefined();
    expect(rig.store.rows.get(only(rig).linkId)).toEqual(only(rig));
    rig.google.answer = fails('network');
    await rig.clock.advance(10 * minute);
    const before = rig.google.requests.length;
    await rig.clock.advance(minute);
    expect(rig.google.requests).toHaveLength(before + 1);
  });

  test('a source says for how long it wants to be left alone', async () => {
    const rig = createCalendarRig();
    await rig.link();
    rig.google.answer = fails('rate_limited', { retryAfterMs: 30 * minute });
    rig.poller.start();
    await rig.clock.advance(15_000);
    await rig.clock.advance(30 * minute);
    expect(rig.google.requests).toHaveLength(1);
    await rig.clock.advance(3 * minute + 1);
    expect(rig.google.requests).toHaveLength(2);
  });

  test.each(['auth_failed', 'not_found', 'not_allowed', 'invalid_input'] as const)(
    '%s is final: unknown at once, said, and tried once a day',
    async (code) => {
      const rig = await started();
      rig.google.answer = fails(code);
      await rig.clock.advance(10 * minute);
      expect(only(rig).fault).toMatchObject({ code, isFinal: true });
      expect(rig.poller.isUnknown(only(rig), rig.clock.now())).toBe(true);
      expect(rig.poller.problems(team)).toEqual([
        `Calendar 1 of this space could not be read for less than a minute. It is ${code}`,
      ]);
      expect(rig.poller.problems(other)).toEqual([]);
      const before = rig.google.requests.length;
      await rig.clock.advance(day - 1);
      expect(rig.google.requests).toHaveLength(before);
      rig.google.answer = async () => ({ busy: [] });
      await rig.clock.advance(1);
      expect(rig.google.requests).toHaveLength(before + 1);
      expect(only(rig).fault).toBeUndefined();
      expect(rig.poller.problems(team)).toEqual([]);
    },
  );

  test('a passing one is said only once nothing is known any more', async () => {
    const rig = await started();
    rig.google.answer = fails('peer_failed');
    await rig.clock.advance(hour);
    expect(rig.poller.problems(team)).toEqual([]);
    await rig.clock.advance(2 * hour);
    expect(rig.poller.problems(team)).toEqual([
      'Calendar 1 of this space could not be read for 2 hours; it is tried again and again',
    ]);
  });

  test('a secret that another key sealed is final, and the source is not asked', async () => {
    const rig = createCalendarRig();
    await rig.link();
    const poller = rig.newPoller({ box: createFakeBox('another key') });
    poller.start();
    await rig.clock.advance(minute);
    expect(rig.google.requests).toEqual([]);
    expect(poller.known(team)[0]!.fault).toMatchObject({ code: 'config_invalid', isFinal: true });
    expect(poller.problems(team)[0]).toContain('connect it again');
  });

  test('a source that nothing reads any more is final; what is no sentence for people is not shown', async () => {
    const rig = createCalendarRig();
    await rig.link({ source: 'gone' });
    await rig.link();
    rig.google.answer = async () => {
      throw new TypeError('secret insides');
    };
    rig.poller.start();
    await rig.clock.advance(15_000);
    const [gone, broken] = rig.poller.known(team);
    expect(gone!.fault).toMatchObject({ code: 'unsupported', isFinal: true });
    expect(broken!.fault).toMatchObject({ code: 'internal', isFinal: false });
    expect(broken!.fault!.message).not.toContain('insides');
  });

  test('a source that hangs is given up, and the others of it have their turn', async () => {
    const rig = createCalendarRig();
    await rig.link();
    await rig.link();
    rig.google.answer = ({ calendarId }) =>
      calendarId === 'c1@example.org' ? hanging() : Promise.resolve({ busy: [] });
    rig.poller.start();
    await rig.clock.advance(15_000);
    await rig.clock.advance(minute);
    const [hung, fine] = rig.poller.known(team);
    expect(hung!.fault).toMatchObject({ code: 'timeout', isFinal: false });
    expect(fine!.reading).toBeDefined();
    expect(rig.google.cutOff).toBe(1);
  });
});

describe('the store', () => {
  test('where it cannot be listed it is looked at again, and then everything goes on', async () => {
    const rig = createCalendarRig();
    await rig.link();
    rig.store.breakWith(new AppError('storage_busy', 'Busy.'));
    rig.poller.start();
    await rig.clock.advance(minute - 1);
    expect(rig.poller.known(team)).toEqual([]);
    rig.store.breakWith();
    await rig.clock.advance(minute);
    expect(only(rig).reading).toBeDefined();
  });

  test('its trouble is not the calendar’s: no fault, tried again, and what was read counts', async () => {
    const rig = await started();
    rig.store.breakWith(new AppError('storage_failed', 'Broken.'), 'sealed');
    await rig.clock.advance(10 * minute);
    expect(only(rig).fault).toBeUndefined();
    rig.store.breakWith(new AppError('storage_failed', 'Broken.'), 'setReading');
    await rig.clock.advance(minute);
    expect(only(rig).reading!.readAt).toBe(rig.clock.now());
    expect(rig.logger.of('calendar_not_stored')).toHaveLength(1);
    rig.store.breakWith(new AppError('storage_failed', 'Broken.'), 'setFault');
    rig.google.answer = fails('auth_failed');
    await rig.clock.advance(10 * minute);
    expect(only(rig).fault).toMatchObject({ isFinal: true });
  });

  test('what another instance links is found, and what it removes is forgotten', async () => {
    const rig = await started();
    const { linkId } = await rig.link();
    await rig.clock.advance(11 * minute);
    expect(rig.poller.known(team)).toHaveLength(2);
    expect(rig.poller.known(team)[1]!.reading).toBeDefined();
    await rig.store.remove(linkId);
    await rig.clock.advance(10 * minute);
    expect(rig.poller.known(team)).toHaveLength(1);
    await rig.store.remove(only(rig).linkId);
    await rig.clock.advance(10 * minute);
    expect(rig.poller.known(team)).toEqual([]);
    const before = rig.google.requests.length;
    await rig.clock.advance(day);
    expect(rig.google.requests).toHaveLength(before);
  });

  test('a listener that throws does no harm', async () => {
    const rig = createCalendarRig();
    await rig.link();
    const poller = rig.newPoller({
      onChange: () => {
        throw new Error('no');
      },
    });
    poller.start();
    await rig.clock.advance(11 * minute);
    expect(rig.google.requests).toHaveLength(2);
    expect(rig.logger.of('calendar_change_failed').length).toBeGreaterThan(0);
  });
});

describe('links that come and go', () => {
  test('one that is asked for is read at once, heard of or not, once', async () => {
    const rig = await started();
    const { linkId } = await rig.link();
    await Promise.all([rig.poller.ask(linkId), rig.poller.ask(linkId)]);
    expect(rig.google.requests).toHaveLength(2);
    expect(rig.poller.known(team)[1]!.reading).toBeDefined();
    rig.google.answer = fails('network');
    await rig.poller.ask(linkId);
    expect(rig.google.requests).toHaveLength(3);
    await rig.clock.advance(minute);
    expect(rig.google.requests).toHaveLength(4);
  });

  test('to ask for one that is not there is nothing', async () => {
    const rig = await started();
    const { linkId } = await rig.link();
    await rig.store.remove(linkId);
    await rig.poller.ask(linkId);
    rig.store.breakWith(new AppError('storage_busy', 'Busy.'));
    await rig.poller.ask(linkId);
    expect(rig.poller.known(team)).toHaveLength(1);
  });

  test('what is read after a removal changes nothing', async () => {
    const rig = createCalendarRig();
    const { linkId } = await rig.link();
    let reply = (): void => {};
    rig.google.answer = () =>
      new Promise((resolve) => {
        reply = () => resolve({ busy: [] });
      });
    rig.poller.start();
    await rig.clock.advance(15_000);
    await rig.store.remove(linkId);
    rig.poller.forget(linkId);
    expect(rig.google.cutOff).toBe(1);
    expect(rig.poller.known(team)).toEqual([]);
    const changes = rig.changes.length;
    reply();
    await rig.clock.advance(hour);
    expect(rig.poller.known(team)).toEqual([]);
    expect(rig.store.rows.size).toBe(0);
    expect(rig.changes).toHaveLength(changes);
    expect(rig.google.requests).toHaveLength(1);
  });

  test('a removal that only the store knows of is noticed when the reading comes', async () => {
    const rig = await started();
    await rig.store.remove(only(rig).linkId);
    await rig.poller.ask(only(rig).linkId);
    expect(rig.poller.known(team)).toEqual([]);

    const again = await started();
    again.google.answer = async () => {
      await again.store.remove(only(again).linkId);
      return { busy: [{ from: again.clock.now(), to: again.clock.now() + hour }] };
    };
    await again.poller.ask(only(again).linkId);
    expect(again.poller.known(team)).toEqual([]);
  });

  test('one that is forgotten does not come back with a list that was begun before', async () => {
    const rig = createCalendarRig();
    const { linkId } = await rig.link();
    const gate = Promise.withResolvers<void>();
    const poller = rig.newPoller({
      store: {
        ...rig.store,
        list: async () => {
          const rows = await rig.store.list();
          await gate.promise;
          return rows;
        },
      },
    });
    poller.start();
    await rig.clock.advance(0);
    await rig.store.remove(linkId);
    poller.forget(linkId);
    gate.resolve();
    await rig.clock.advance(0);
    expect(poller.known(team)).toEqual([]);
  });

  test('are looked up by space: the same value until something of that space changes', async () => {
    const rig = createCalendarRig();
    await rig.link({ spaceId: other });
    const { linkId } = await rig.link();
    rig.poller.start();
    await rig.clock.advance(minute);
    const [here, there] = [rig.poller.known(team), rig.poller.known(other)];
    expect(rig.poller.known(team)).toBe(here);
    await rig.poller.ask(linkId);
    expect(rig.poller.known(other)).toBe(there);
    expect(rig.poller.known(team)).not.toBe(here);
    rig.poller.forget(linkId);
    expect([rig.poller.known(team), rig.poller.known(other)]).toEqual([[], there]);
  });

  test('only those of the space, by number', async () => {
    const rig = createCalendarRig();
    await rig.link({ spaceId: other });
    await rig.link();
    await rig.link();
    rig.poller.start();
    await rig.clock.advance(minute);
    expect(rig.poller.known(team).map(({ number }) => number)).toEqual([1, 2]);
    expect(rig.poller.known(other).map(({ number }) => number)).toEqual([1]);
  });
});

describe('the end', () => {
  test('cuts off what hangs, and nothing is read or changed after it', async () => {
    const rig = createCalendarRig();
    await rig.link();
    await rig.link();
    rig.google.answer = hanging;
    rig.poller.start();
    await rig.clock.advance(15_000);
    const changes = rig.changes.length;
    await rig.poller.stop();
    await rig.poller.stop();
    expect(rig.google.cutOff).toBe(1);
    expect(rig.clock.waiting()).toBe(0);
    await rig.clock.advance(day);
    expect(rig.google.requests).toHaveLength(1);
    expect(rig.changes).toHaveLength(changes);
    expect([...rig.store.rows.values()].some(({ fault }) => fault !== undefined)).toBe(false);
    await rig.poller.ask(rig.poller.known(team)[0]!.linkId);
    expect(rig.google.requests).toHaveLength(1);
  });

  test('a look at what is not linked ends with it too', async () => {
    const rig = createCalendarRig();
    rig.google.answer = hanging;
    const probe = rig.poller.probe(
      { spaceId: team, source: 'google', calendarId: 'x', access: 'freebusy', addedBy: ada },
      's',
    );
    const ended = expect(probe).rejects.toMatchObject({ code: 'aborted' });
    await rig.poller.stop();
    await ended;
  });
});

/** Links, removals and faults, as they come. */
function createStory(rig: CalendarRig) {
  const linked: LinkedCalendar[] = [];
  const removed: LinkedCalendar[] = [];
  const acts = {
    add: async () => {
      linked.push(await rig.link());
    },
    remove: async () => {
      const link = linked[0];
      if (link === undefined || !(await rig.store.remove(link.linkId).catch(() => false))) return;
      removed.push(...linked.splice(0, 1));
      rig.poller.forget(link.linkId);
    },
    ask: () => {
      for (const { linkId } of linked) void rig.poller.ask(linkId);
    },
    fail: () => {
      rig.google.answer = fails('network');
    },
    hang: () => {
      rig.google.answer = hanging;
    },
    work: () => {
      rig.google.answer = async () => ({ busy: [] });
    },
    break: () => rig.store.breakWith(new AppError('storage_busy', 'Busy.'), 'list', 'sealed', 'setReading'),
    mend: () => rig.store.breakWith(),
  };
  return { linked, removed, acts };
}

test('whatever happens, nothing removed is known, and everything else is read again once it can be', async () => {
  const act = fc.constantFrom('add', 'remove', 'ask', 'fail', 'hang', 'work', 'break', 'mend');
  const acts = fc.array(fc.tuple(act, fc.integer({ min: 0, max: 2 * hour })), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(acts, async (steps) => {
      const rig = createCalendarRig();
      const story = createStory(rig);
      const gone = () => new Set(story.removed.map(({ linkId }) => linkId));
      rig.poller.start();
      for (const [name, waitMs] of steps) {
        await story.acts[name]();
        await rig.clock.advance(waitMs);
        expect(rig.poller.known(team).filter(({ linkId }) => gone().has(linkId))).toEqual([]);
        expect(rig.google.mostAtOnce).toBeLessThanOrEqual(1 + rig.google.cutOff);
      }
      story.acts.mend();
      story.acts.work();
      await rig.clock.advance(3 * hour);
      const known = rig.poller.known(team);
      expect(known.map(({ linkId }) => linkId)).toEqual(story.linked.map(({ linkId }) => linkId));
      expect(known.filter((calendar) => rig.poller.isUnknown(calendar, rig.clock.now()))).toEqual([]);
      await rig.poller.stop();
      expect(rig.clock.waiting()).toBe(0);
    }),
    { numRuns: 60 },
  );
});
