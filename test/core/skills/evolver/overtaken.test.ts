import { expect, test } from 'vitest';
import { isOvertaken } from '../../../../core/skills/evolver/overtaken.ts';
import { sampleAt } from '../../../contract/store-samples.ts';
import { failure, turn } from './samples.ts';

const asking = 'Distance of the journey to Rome';
const good = (asker: string, minute: number, words = asking) =>
  turn('good', asker, words, { startedAt: sampleAt + minute });
const bad = (asker: string, minute: number) =>
  failure(`bad-${asker}-${minute}`, asker, 'Distance of the journey to Paris', [], {
    startedAt: sampleAt + minute,
  });

test('a good word is overtaken by the same person’s later bad ones on the matter, and by nothing else', () => {
  expect(isOvertaken(good('ann', 0), [bad('ann', 1), bad('ann', 2)])).toBe(true);
  // A good word in between: they only found fault now and then.
  expect(isOvertaken(good('ann', 1), [bad('ann', 0), bad('ann', 2)])).toBe(false);
  expect(isOvertaken(good('ann', 0), [bad('ben', 1)])).toBe(false);
  expect(isOvertaken(good('ann', 0, 'Write the invoice for June'), [bad('ann', 1)])).toBe(false);
  expect(isOvertaken(good('ann', 0), [])).toBe(false);
});
