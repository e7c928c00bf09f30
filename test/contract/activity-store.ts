import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { emptyProfile } from '../../core/domain/close-quarter.ts';
import type { ActivityStore } from '../../core/ports/activity-store.ts';
import { activityAt, activityQuarter, sampleActivity, sampleProfile } from './activity-samples.ts';
import type { StoreContract, StoresUnderTest } from './store-contract.ts';

interface Stores {
  readonly activity: ActivityStore;
}

/** What every `ActivityStore` promises. */
export function activityStoreContract(contract: StoreContract<Stores>): void {
  describe(`ActivityStore: ${contract.name}`, () => {
    let subject: StoresUnderTest<Stores>;
    const activity = (): ActivityStore => subject.stores.activity;
    beforeEach(async () => {
      subject = await contract.create();
    });
    afterEach(() => subject.close());

    test('is empty at first', async () => {
      expect(await activity().list()).toEqual([]);
    });

    test('gives back what was saved, number for number, also after a restart', async () => {
      const bare = emptyProfile('UTC', activityAt);
      const saved = [
        sampleActivity('a'),
        sampleActivity('b', { open: { quarter: activityQuarter, events: 3 }, isShared: true }),
        sampleActivity('c', { profile: bare }),
      ];
      for (const one of saved) await activity().save(one);
      await subject.reopen();
      const listed = await activity().list();
      expect(listed.toSorted((a, b) => a.spaceId.localeCompare(b.spaceId))).toEqual(saved);
    });

    test('numbers of any kind are kept to six digits', async () => {
      const events = sampleProfile().events.map((_, hour) => Math.exp(hour / 10) / 3);
      await activity().save(sampleActivity('a', { profile: sampleProfile({ events }) }));
      await subject.reopen();
      const [found] = await activity().list();
      for (const [hour, number] of events.entries()) {
        expect((found?.profile.events[hour] ?? 0) / number).toBeCloseTo(1, 6);
      }
    });

    test('the last that was saved of a space stands, whole', async () => {
      await activity().save(
        sampleActivity('a', { open: { quarter: activityQuarter, events: 1 }, isShared: true }),
      );
      await activity().save(sampleActivity('b'));
      const later = sampleActivity('a', { profile: emptyProfile('Asia/Tokyo', activityAt) });
      await activity().save(later);
      await subject.reopen();
      const listed = await activity().list();
      expect(listed).toHaveLength(2);
      expect(listed).toContainEqual(later);
    });

    test('one that is removed is gone, the others are not, and it may come back', async () => {
      for (const name of ['a', 'b']) await activity().save(sampleActivity(name));
      const { spaceId } = sampleActivity('a');
      await activity().remove(spaceId);
      await activity().remove(spaceId);
      await subject.reopen();
      expect(await activity().list()).toEqual([sampleActivity('b')]);
      await activity().save(sampleActivity('a'));
      expect(await activity().list()).toHaveLength(2);
    });

    test('several at once are all saved', async () => {
      const many = Array.from({ length: 40 }, (_, place) => sampleActivity(`space${place}`));
      await Promise.all(many.map((one) => activity().save(one)));
      await subject.reopen();
      expect(await activity().list()).toHaveLength(40);
    });

    test.each([Number.NaN, Number.POSITIVE_INFINITY, -1])(
      'refuses %d for a count, and keeps what was there',
      async (wrong) => {
        await activity().save(sampleActivity('a'));
        const damaged = sampleProfile({ broken: sampleProfile().broken.with(5, wrong) });
        await expect(activity().save(sampleActivity('a', { profile: damaged }))).rejects.toMatchObject({
          name: 'AppError',
          code: 'invalid_input',
        });
        expect(await activity().list()).toEqual([sampleActivity('a')]);
      },
    );
  });
}
