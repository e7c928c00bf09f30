import { expect, test } from 'vitest';
import { modelFailureNotice } from '../../../core/agent/notices.ts';
import { AppError } from '../../../core/domain/app-error.ts';

test('of a model that rests people are told to come back, and when', () => {
  const resting = new AppError('peer_failed', 'The model rests.', { details: { reason: 'resting' } });
  expect(modelFailureNotice(resting)).toMatch(/left alone.*half a minute/);
  expect(modelFailureNotice(new AppError('peer_failed', 'It failed.'))).not.toContain('minute');
});
