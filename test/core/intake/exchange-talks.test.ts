import { describe, expect, test } from 'vitest';
import type { ApiCaller } from '../../../core/ports/api-access.ts';
import { asking, elsewhere, ending, exchangeRig, gapMs, guest, lab } from './exchange-rig.ts';

describe('a talk', () => {
  test('is known by its name, to the same person, up to the idle gap', async () => {
    const { desk, clock, stored, open } = await exchangeRig();
    const named = (caller: ApiCaller = lab) =>
      desk.begin(asking({ caller, talk: { name: 'n', opening: '' } }));
    const first = await named();
    first.finish(ending());
    expect((await named()).sessionId).toBe(first.sessionId);
    expect((await named(guest)).sessionId).not.toBe(first.sessionId);
    expect((await named(elsewhere)).sessionId).not.toBe(first.sessionId);
    await clock.advance(gapMs + 1);
    const later = await named();
    expect(later.sessionId).not.toBe(first.sessionId);
    later.finish(ending());
    await stored();
    expect(await open.stores.sessions.get(first.sessionId)).toMatchObject({ endReason: 'gap' });
  });

  test('without one is known by its opening and first answer, at once and after a restart', async () => {
    const rig = await exchangeRig();
    const first = await rig.desk.begin(asking());
    first.finish(ending());
    const next = asking({
      talk: { opening: 'water my tomatoes', firstAnswer: 'At dawn.' },
      words: 'book the invoices',
      wordsIndex: 2,
    });
    const second = await rig.desk.begin(next);
    expect(second.sessionId).toBe(first.sessionId);
    expect(second.block.startsWith(first.block.slice(0, -'\n</skills>'.length))).toBe(true);
    expect(second.block).not.toBe(first.block);
    second.finish(ending({ replyText: 'Booked.', firstAnswer: 'At dawn.' }));
    await rig.stored();
    expect((await rig.restart().desk.begin(next)).sessionId).toBe(first.sessionId);
    expect(new Set((await rig.turns()).map(({ conversationKey }) => conversationKey)).size).toBe(1);
  });

  test('that opens with the same words stays apart', async () => {
    const { desk, stored, turns, open } = await exchangeRig();
    const [a, b] = [await desk.begin(asking()), await desk.begin(asking())];
    a.finish(ending({ replyText: 'One.' }));
    b.finish(ending({ replyText: 'Two.' }));
    const on = (firstAnswer: string) =>
      desk.begin(asking({ talk: { opening: 'water my tomatoes', firstAnswer }, wordsIndex: 2 }));
    expect([(await on('One.')).sessionId, (await on('Two.')).sessionId]).toEqual([a.sessionId, b.sessionId]);
    await stored();
    const keys = (await turns()).map(({ conversationKey }) => conversationKey);
    expect(new Set(keys).size).toBe(2);
    expect(await open.stores.sessions.openSessions()).toHaveLength(2);
  });

  test('that is also answered with the same words is a session of its own: the later one goes on', async () => {
    const { desk, stored, open } = await exchangeRig();
    const [a, b] = [await desk.begin(asking()), await desk.begin(asking())];
    b.finish(ending());
    a.finish(ending());
    const on = await desk.begin(
      asking({ talk: { opening: 'water my tomatoes', firstAnswer: 'At dawn.' }, wordsIndex: 2 }),
    );
    expect(on.sessionId).toBe(a.sessionId);
    await stored();
    expect(await open.stores.sessions.get(b.sessionId)).toMatchObject({ endReason: 'gap' });
    expect((await open.stores.sessions.openSessions()).map((session) => session.sessionId)).toEqual([
      a.sessionId,
    ]);
  });

  test('goes on from an answer, at once and once it is stored, for its own person alone', async () => {
    const rig = await exchangeRig();
    const first = await rig.desk.begin(asking());
    first.finish(ending({ messageIds: ['resp_1'] }));
    const next = (caller: ApiCaller = lab) =>
      asking({ caller, talk: { opening: 'x', after: 'resp_1' }, words: 'invoices' });
    expect((await rig.desk.begin(next())).sessionId).toBe(first.sessionId);
    expect((await rig.desk.begin(next(guest))).sessionId).not.toBe(first.sessionId);
    expect((await rig.desk.begin(next(elsewhere))).sessionId).not.toBe(first.sessionId);
    await rig.stored();
    expect((await rig.restart().desk.begin(next())).sessionId).toBe(first.sessionId);
  });

  test('that its caller ends is another session afterwards, and its turn is in the one that ended', async () => {
    const { desk, stored, open, turns } = await exchangeRig();
    const talk = { name: 'n', opening: '' };
    const last = await desk.begin(asking({ talk, endsSession: true }));
    last.finish(ending());
    const next = await desk.begin(asking({ talk }));
    expect(next.sessionId).not.toBe(last.sessionId);
    next.finish(ending());
    await stored();
    const sessions = open.stores.sessions;
    expect(await sessions.get(last.sessionId)).toMatchObject({ endReason: 'command' });
    expect((await sessions.get(next.sessionId))?.endedAt).toBeUndefined();
    expect((await turns()).map((turn) => turn.sessionId)).toEqual([last.sessionId, next.sessionId]);
  });

  test('goes on where the answer that should have ended it was cut off', async () => {
    const { desk, stored, open } = await exchangeRig();
    const ask = (changes = {}) =>
      desk.begin(asking({ talk: { name: 'n', opening: '' }, endsSession: true, ...changes }));
    const first = await ask({ endsSession: false });
    first.finish(ending());
    const cut = await ask();
    cut.finish(ending({ state: 'failed', errorCode: 'network', replyText: 'At d' }));
    const left = await ask();
    left.finish(ending({ state: 'stopped', replyText: '' }));
    const again = await ask();
    again.finish(ending());
    expect(new Set([first, cut, left, again].map(({ sessionId }) => sessionId)).size).toBe(1);
    await stored();
    expect(await open.stores.sessions.get(first.sessionId)).toMatchObject({ endReason: 'command' });
  });

  test('goes on from the person’s own answer where another’s has the same id', async () => {
    const { desk } = await exchangeRig();
    const answered = async (caller: ApiCaller) => {
      const exchange = await desk.begin(asking({ caller }));
      exchange.finish(ending({ messageIds: ['1'] }));
      return exchange;
    };
    const [mine, theirs] = [await answered(lab), await answered(guest)];
    const next = async (caller: ApiCaller) =>
      (await desk.begin(asking({ caller, talk: { opening: 'x', after: '1' } }))).sessionId;
    expect([await next(lab), await next(guest)]).toEqual([mine.sessionId, theirs.sessionId]);
  });

  test('that nothing was answered in is nobody’s to go on with', async () => {
    const { desk, stored, open } = await exchangeRig();
    for (const state of ['failed', 'stopped'] as const) {
      (await desk.begin(asking())).finish(ending({ state, replyText: '', firstAnswer: '' }));
    }
    await stored();
    expect(await open.stores.sessions.openSessions()).toHaveLength(2);
  });
});
