import { expect, test } from 'vitest';
import { telegramCapabilities } from '../../../adapters/telegram/outbound.ts';
import { telegramWhyNot } from '../../../adapters/telegram/why-not.ts';

test('every capability that is missing has a reason, and no other', () => {
  const missing = Object.entries(telegramCapabilities)
    .filter(([name, value]) => value === false && name !== 'isLocal')
    .map(([name]) => name);
  expect(Object.keys(telegramWhyNot).toSorted()).toEqual(missing.toSorted());
  for (const reason of Object.values(telegramWhyNot)) expect(reason).toMatch(/^\S.{10,}[^.]$/);
});
