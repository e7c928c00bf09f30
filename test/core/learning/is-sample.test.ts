import { expect, test } from 'vitest';
import { turnId } from '../../../core/domain/ids.ts';
import type { DoorAnswer } from '../../../core/feedback/content-door.ts';
import { isSample } from '../../../core/learning/is-sample.ts';
import type { Role, Settlement } from '../../../core/ports/ledger-store.ts';

const settlement = (state: Settlement['state'], role: Role): Settlement => ({
  turnId: turnId('t'),
  use: 'weights',
  state,
  dueAt: 0,
  reward: { kind: 'missing' },
  decision: { role, reason: 'rated' },
  revision: 1,
  lateSignals: 0,
});
const query = settlement('settled', 'query');
const open: DoorAnswer = { allowed: true };

test('only what is settled as a sample, and not used before', () => {
  expect(isSample(query, undefined, open)).toBe(true);
  expect(isSample(undefined, undefined, open)).toBe(false);
  for (const state of ['open', 'used'] as const)
    expect(isSample(settlement(state, 'query'), undefined, open)).toBe(false);
  for (const role of ['support', 'hold_out', 'statistics'] as const) {
    expect(isSample(settlement('settled', role), undefined, open)).toBe(false);
  }
});

test('not what a skill was made from, whenever that was', () => {
  expect(isSample(query, settlement('used', 'support'), open)).toBe(false);
  // Not consumed yet, or looked at without being the support of anything.
  expect(isSample(query, settlement('settled', 'support'), open)).toBe(true);
  expect(isSample(query, settlement('used', 'statistics'), open)).toBe(true);
});

test('not what the door refuses now, whatever it said when it was settled', () => {
  expect(isSample(query, undefined, { allowed: false, reason: 'no_consent', platform: 'web' })).toBe(false);
});
