import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SettingsStore } from '../../core/ports/settings-store.ts';
import type { StoreContract, StoresUnderTest } from './store-contract.ts';

interface Stores {
  readonly settings: SettingsStore;
}

/** What every `SettingsStore` promises. */
export function settingsStoreContract(contract: StoreContract<Stores>): void {
  describe(`SettingsStore: ${contract.name}`, () => {
    let subject: StoresUnderTest<Stores>;
    const settings = (): SettingsStore => subject.stores.settings;
    beforeEach(async () => {
      subject = await contract.create();
    });
    afterEach(() => subject.close());

    test.each([
      ['text', 'a "quoted" 👍'],
      ['number', -0.5],
      ['true', true],
      ['false', false],
      ['null', null],
      ['list', [1, [2], { a: null }]],
      ['object', { a: { b: [] } }],
    ])('keeps JSON: %s', async (_, value) => {
      await settings().set('space/web:team', 'key', value);
      await subject.reopen();
      expect(await settings().get('space/web:team', 'key')).toEqual(value);
    });

    test('scopes and keys are apart', async () => {
      await settings().set('a', 'b/c', 1);
      await settings().set('a/b', 'c', 2);
      expect(await settings().get('a', 'b/c')).toBe(1);
      expect(await settings().get('a/b', 'c')).toBe(2);
      expect(await settings().get('a', 'c')).toBeUndefined();
      expect(await settings().get('nobody', 'c')).toBeUndefined();
    });

    test('the last value stands', async () => {
      await settings().set('a', 'k', { old: true });
      await settings().set('a', 'k', 'new');
      await subject.reopen();
      expect(await settings().get('a', 'k')).toBe('new');
    });

    test('delete tells whether there was something', async () => {
      await settings().set('a', 'k', 1);
      expect(await settings().delete('a', 'k')).toBe(true);
      expect(await settings().delete('a', 'k')).toBe(false);
      await subject.reopen();
      expect(await settings().get('a', 'k')).toBeUndefined();
    });

    test('lists a scope, whatever its keys are called', async () => {
      await settings().set('a', '__proto__', 'own');
      await settings().set('a', 'k', { n: 1 });
      await settings().set('b', 'k', 2);
      const listed = await settings().list('a');
      expect(Object.entries(listed)).toEqual([
        ['__proto__', 'own'],
        ['k', { n: 1 }],
      ]);
      expect(await settings().list('nobody')).toEqual({});
    });

    test('refuses what is not JSON and stores nothing', async () => {
      await settings().set('a', 'k', 1);
      await expect(settings().set('a', 'k', undefined)).rejects.toMatchObject({
        name: 'AppError',
        code: 'invalid_input',
      });
      expect(await settings().get('a', 'k')).toBe(1);
    });
  });
}
