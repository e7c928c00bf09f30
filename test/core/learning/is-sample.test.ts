import { expect, test } from 'vitest';
import { turnId } from '../../../core/domain/ids.ts';
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

test('only what is settled as a sample, and not used before', () => {
  expect(isSample(query, undefined)).toBe(true);
  expect(isSample(undefined, undefined)).toBe(false);
  for (const state of ['open', 'used'] as const)
    expect(isSample(settlement(state, 'query'), undefined)).toBe(false);
  for (const role of ['support', 'hold_out', 'statistics'] as const) {
    expect(isSample(settlement('settled', role), undefined)).toBe(false);
  }
});

test('not what a skill was made from, whenever that was', () => {
  expect(isSample(query, settlement('used', 'support'))).toBe(false);
  // Not consumed yet, or looked at without being the support of anything.
  expect(isSample(query, settlement('settled', 'support'))).toBe(true);
  expect(isSample(query, settlement('used', 'statistics'))).toBe(true);
});
