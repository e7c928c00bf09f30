import { expect, test } from 'vitest';
import { cutShortNotice, modelFailureNotice } from '../../../core/agent/notices.ts';
import { AppError } from '../../../core/domain/app-error.ts';

test('of a model that rests people are told to come back, and when', () => {
  const resting = new AppError('peer_failed', 'The model rests.', { details: { reason: 'resting' } });
  expect(modelFailureNotice(resting)).toMatch(/left alone.*half a minute/);
  expect(modelFailureNotice(new AppError('peer_failed', 'It failed.'))).not.toContain('minute');
});

test('of too much to read people are told what they can do, and which settings the operator has', () => {
  const reason = { reason: 'context_too_long' };
  const server = modelFailureNotice(new AppError('refused_by_peer', 'Too long.', { details: reason }));
  expect(server).toMatch(/more than my model can read.*`new`.*send less.*`agent\.historyBudgetTokens`/);
  // An engine has left all earlier turns out by then: a new session would change nothing.
  const details = { ...reason, tokens: 900, maxContextTokens: 1_000 };
  const engine = modelFailureNotice(new AppError('refused_by_peer', 'Too long.', { details }));
  expect(engine).toMatch(/more than my model can read.*Send less.*`engine\.maxContextTokens`/);
  expect(engine).not.toContain('`new`');
  expect(cutShortNotice(new AppError('refused_by_peer', 'Too long.', { details }))).toContain(
    'Reason: this is more',
  );
});
