import { describe, expect, test } from 'vitest';
import { AppError } from '../../../core/domain/app-error.ts';
import { mostCalendars } from '../../../core/schedule/link-calendar.ts';
import { hanging } from '../../fakes/calendars.ts';
import { bob, minute, other, team } from './calendar-rig.ts';
import { createDeskRig, type DeskRig, redirectUri } from './desk-rig.ts';

const feed = 'https://calendar.example.org/feed.ics';

/** A provider at which codes that begin alike are of one account. */
function createAccountsRig(): DeskRig {
  const rig = createDeskRig();
  rig.google.facts = (secret) => ({
    account: secret.replace(/\d+$/, ''),
    server: 'google',
    atOnce: 4,
  });
  return rig;
}

async function account(rig: DeskRig, code: string, facts: Parameters<DeskRig['begin']>[0] = {}) {
  const { token, browser } = await rig.returned(code, facts);
  return rig.desk.confirm(token, browser);
}

const dead = { code: 'auth_failed', message: 'Over.', since: 0, isFinal: true } as const;

describe('one account', () => {
  test('that is linked twice is one calendar, and its right is not given back: the new link lives by it', async () => {
    const rig = createAccountsRig();
    await account(rig, 'ada1');
    const again = await account(rig, 'ada2');
    expect((await rig.desk.list(team)).map(({ linkId }) => linkId)).toEqual([again.linkId]);
    expect(rig.google.revoked).toEqual([]);
    await account(rig, 'eve1');
    expect(await rig.desk.list(team)).toHaveLength(2);
  });

  test('that another space lives by is not revoked with the first', async () => {
    const rig = createAccountsRig();
    const here = await account(rig, 'ada1');
    const there = await account(rig, 'ada2', { spaceId: other, by: bob, owner: bob });
    await rig.desk.disconnect(team, here.number, here.addedBy, false);
    expect(rig.google.revoked).toEqual([]);
    await rig.desk.disconnect(other, there.number, bob, false);
    expect(rig.google.revoked).toEqual(['secret of ada2']);
  });
});

describe('a right that nothing came of is given back', () => {
  test('where the first read fails, and the failure is told as it is', async () => {
    const rig = createAccountsRig();
    rig.google.answer = async () => {
      throw new AppError('not_allowed', 'Not that one.');
    };
    await expect(account(rig, 'ada1')).rejects.toMatchObject({
      code: 'not_allowed',
      message: 'Not that one.',
    });
    expect(rig.google.revoked).toEqual(['secret of ada1']);
    expect(rig.store.rows.size).toBe(0);
  });

  test('but not where another link lives by the same account', async () => {
    const rig = createAccountsRig();
    await account(rig, 'ada1');
    rig.google.answer = async () => {
      throw new AppError('network', 'Gone.');
    };
    await expect(account(rig, 'ada2', { spaceId: other })).rejects.toMatchObject({ code: 'network' });
    expect(rig.google.revoked).toEqual([]);
  });

  test('where less was granted than is needed', async () => {
    const rig = createAccountsRig();
    rig.consent.grant = async () => ({ secret: 'secret of ada1', lacks: 'Tick the box.' });
    await expect(account(rig, 'ada1')).rejects.toMatchObject({
      code: 'not_allowed',
      message: 'Tick the box.',
    });
    expect(rig.google.requests).toEqual([]);
    expect(rig.google.revoked).toEqual(['secret of ada1']);
  });

  test('where it cannot be stored', async () => {
    const rig = createAccountsRig();
    rig.store.breakWith(new AppError('storage_full', 'Full.'), 'add');
    await expect(account(rig, 'ada1')).rejects.toMatchObject({ code: 'storage_full' });
    expect(rig.google.revoked).toEqual(['secret of ada1']);
  });

  test('where a link of another account took the place of a dead one', async () => {
    const rig = createAccountsRig();
    const first = await account(rig, 'ada1');
    await rig.clock.advance(0);
    await rig.store.setFault(first.linkId, dead);
    await account(rig, 'eve1');
    expect(rig.store.rows.size).toBe(1);
    expect(rig.google.revoked).toEqual(['secret of ada1']);
  });

  test('a source that refuses or hangs changes nothing of what is told, and is logged', async () => {
    const rig = createAccountsRig();
    rig.google.answer = async () => {
      throw new AppError('not_allowed', 'Not that one.');
    };
    rig.google.revocation = hanging;
    const ended = expect(account(rig, 'ada1')).rejects.toMatchObject({ code: 'not_allowed' });
    await rig.clock.advance(minute);
    await ended;
    expect(rig.logger.of('calendar_not_revoked')).toHaveLength(1);
    rig.store.breakWith(new AppError('storage_busy', 'Busy.'), 'sealed');
    await rig.link({ spaceId: other });
    await expect(account(rig, 'eve1')).rejects.toMatchObject({ code: 'not_allowed' });
    expect(rig.logger.of('calendar_not_revoked')).toHaveLength(2);
    expect(rig.google.revoked).toEqual([]);
  });
});

describe('where there is no room', () => {
  async function full(rig: DeskRig): Promise<void> {
    for (let index = 0; index < mostCalendars; index += 1) await rig.linked(`${feed}?${index}`);
  }

  test('no code is exchanged, and what was begun stays good', async () => {
    const rig = createAccountsRig();
    const { state, token, browser } = await rig.returned('ada1');
    await full(rig);
    await expect(rig.desk.confirm(token, browser)).rejects.toMatchObject({ code: 'not_allowed' });
    const address = `${redirectUri}?${new URLSearchParams({ state, code: 'ada1' })}`;
    await expect(rig.desk.finish(bob, address)).rejects.toMatchObject({ code: 'not_allowed' });
    expect(rig.consent.finished).toEqual([]);
    await rig.desk.disconnect(team, 1, bob, true);
    await rig.desk.confirm(token, browser);
    expect(rig.consent.finished).toEqual(['ada1']);
  });

  test('an account that may be linked already is exchanged, and given back where it is another', async () => {
    const rig = createAccountsRig();
    await account(rig, 'ada1');
    for (let index = 1; index < mostCalendars; index += 1) await rig.linked(`${feed}?${index}`);
    await account(rig, 'ada2');
    expect(rig.google.revoked).toEqual([]);
    await expect(account(rig, 'eve1')).rejects.toMatchObject({ code: 'not_allowed' });
    expect(rig.google.revoked).toEqual(['secret of eve1']);
    expect(rig.store.rows.size).toBe(mostCalendars);
  });
});
