import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PastWindow } from '../../core/domain/schedule.ts';
import type { StoredSchedule, WindowStore } from '../../core/ports/window-store.ts';
import type { StoreContract, StoresUnderTest } from './store-contract.ts';

interface Stores {
  readonly windows: WindowStore;
}

const waiting: StoredSchedule = { state: 'waiting', since: 1_000.5 };
const running: StoredSchedule = {
  state: 'running',
  since: 2_000,
  openedAt: 1_500,
  openedBy: ['sleep', 'idle'],
  workedMs: 0,
  starvedSince: 7,
};
const windowTo = (to: number, changes: Partial<PastWindow> = {}): PastWindow => ({
  from: to - 100,
  to,
  openedBy: ['calendar'],
  closedBy: 'message',
  workedMs: 50.25,
  ...changes,
});

/** What every `WindowStore` promises. */
export function windowStoreContract(contract: StoreContract<Stores>): void {
  describe(`WindowStore: ${contract.name}`, () => {
    let subject: StoresUnderTest<Stores>;
    const windows = (): WindowStore => subject.stores.windows;
    beforeEach(async () => {
      subject = await contract.create();
    });
    afterEach(() => subject.close());

    test('a scope of which nothing was told has no state and no past', async () => {
      expect(await windows().state('*')).toBeUndefined();
      expect(await windows().past('*', 0)).toEqual([]);
    });

    test('the last state of each scope stands, whole, also after a restart', async () => {
      await windows().setState('*', running);
      await windows().setState('web:a', running);
      await windows().setState('*', waiting);
      await subject.reopen();
      expect(await windows().state('*')).toEqual(waiting);
      expect(await windows().state('web:a')).toEqual(running);
      expect(await windows().state('web:b')).toBeUndefined();
    });

    test('closing adds the window and sets the state', async () => {
      const closed = windowTo(500, {
        openedBy: ['starved', 'person', 'people', 'manual'],
        closedBy: 'restart',
      });
      await windows().setState('*', running);
      await windows().close('*', closed, waiting);
      await subject.reopen();
      expect(await windows().past('*', 0)).toEqual([closed]);
      expect(await windows().state('*')).toEqual(waiting);
    });

    test('the past is told by its end, oldest first, of one scope, after an instant', async () => {
      for (const to of [300, 100, 200]) await windows().close('*', windowTo(to), waiting);
      await windows().close('web:a', windowTo(250), waiting);
      await subject.reopen();
      const ends = async (scope: string, since: number): Promise<readonly number[]> =>
        (await windows().past(scope, since)).map(({ to }) => to);
      expect(await ends('*', 0)).toEqual([100, 200, 300]);
      expect(await ends('*', 100)).toEqual([200, 300]);
      expect(await ends('*', 300)).toEqual([]);
      expect(await ends('web:a', 0)).toEqual([250]);
    });

    test('prune forgets what ended before an instant, of all scopes, and no state', async () => {
      for (const to of [100, 200, 300]) await windows().close('*', windowTo(to), running);
      await windows().close('web:a', windowTo(199), waiting);
      await windows().prune(200);
      await subject.reopen();
      expect((await windows().past('*', 0)).map(({ to }) => to)).toEqual([200, 300]);
      expect(await windows().past('web:a', 0)).toEqual([]);
      expect(await windows().state('web:a')).toEqual(waiting);
    });

    test('refuses a time that is none, and changes nothing', async () => {
      await windows().setState('*', running);
      const refused = { name: 'AppError', code: 'invalid_input' };
      const bad = { ...waiting, since: Number.NaN };
      await expect(windows().setState('*', bad)).rejects.toMatchObject(refused);
      await expect(windows().close('*', windowTo(100), bad)).rejects.toMatchObject(refused);
      const wrong = windowTo(100, { workedMs: Number.POSITIVE_INFINITY });
      await expect(windows().close('*', wrong, waiting)).rejects.toMatchObject(refused);
      expect(await windows().state('*')).toEqual(running);
      expect(await windows().past('*', 0)).toEqual([]);
    });
  });
}
