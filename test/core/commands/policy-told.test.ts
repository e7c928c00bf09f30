import { expect, test } from 'vitest';
import { policyTold } from '../../../core/commands/policy-told.ts';

test.each([
  ['added', '**Policy 3** is new. It answers nobody yet; `policy show 3` tells how its test goes.'],
  ['canary', '**Policy 3** now answers a small share of conversations: 4 \\* better.'],
  ['promoted', '**Policy 3** now answers: 4 \\* better. `policy rollback 3` takes it back.'],
  ['discarded', '**Policy 3** was discarded: 4 \\* better.'],
  ['rolled_back', '**Policy 3** was taken back: 4 \\* better. What answered before it answers again.'],
  [
    'harm_but_pinned',
    'People are less happy with **Policy 3** than with what answered before it. It is pinned, so it stays; `policy rollback 3` takes it back.',
  ],
] as const)('%s is told, with the reason where it is why', (what, words) => {
  expect(policyTold({ number: 3, reason: '4 * better' }, what)).toBe(words);
});

test.each([
  ['canary', '**Policy 3** now answers a small share of conversations.'],
  ['promoted', '**Policy 3** now answers. `policy rollback 3` takes it back.'],
  ['discarded', '**Policy 3** was discarded.'],
  ['rolled_back', '**Policy 3** was taken back. What answered before it answers again.'],
] as const)('%s without a reason is a whole sentence too', (what, words) => {
  expect(policyTold({ number: 3 }, what)).toBe(words);
});
