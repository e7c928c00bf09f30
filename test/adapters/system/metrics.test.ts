import { expect, test } from 'vitest';
import { createMetrics } from '../../../adapters/system/metrics.ts';

test('metrics count by name and label; the snapshot is a sorted copy', () => {
  const metrics = createMetrics();
  metrics.count('turns_total', 'state=done');
  metrics.count('turns_total', 'state=done', 2);
  metrics.count('errors_total');
  const snapshot = metrics.snapshot();
  expect(snapshot).toEqual({ errors_total: 1, 'turns_total{state=done}': 3 });
  expect(Object.keys(snapshot)).toEqual(['errors_total', 'turns_total{state=done}']);
  metrics.count('errors_total');
  expect(snapshot).toEqual({ errors_total: 1, 'turns_total{state=done}': 3 });
});
