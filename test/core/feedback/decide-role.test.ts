import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Reward } from '../../../core/domain/reward.ts';
import type { Turn, TurnState } from '../../../core/domain/turn.ts';
import {
  decideRole,
  describeReason,
  isRoleReason,
  type RoleFacts,
  turnMissing,
} from '../../../core/feedback/decide-role.ts';
import { sampleTurn } from '../../contract/store-samples.ts';

const turn: Turn = { ...sampleTurn('t'), state: 'done', replyText: 'An answer.', replyRefs: [] };
const known = (value: number): Reward => ({
  kind: 'known',
  value,
  authority: 'explicit',
  voices: 1,
  weight: 1,
});
const facts: RoleFacts = { outcome: undefined, door: { allowed: true }, wasSupport: false, isStale: false };
const bad = known(-1);
const good = known(1);

describe('what a settled turn may become', () => {
  test('a failure is support for skills, and any rewarded turn a sample for the weights', () => {
    expect(decideRole(turn, bad, 'skills', facts)).toEqual({ role: 'support', reason: 'failure' });
    expect(decideRole(turn, bad, 'weights', facts)).toEqual({ role: 'query', reason: 'rated' });
    expect(decideRole(turn, good, 'weights', facts)).toEqual({ role: 'query', reason: 'rated' });
  });

  test.each([0, 0.5, 1])('a reward of %f is no failure', (value) => {
    expect(decideRole(turn, known(value), 'skills', facts)).toEqual({
      role: 'statistics',
      reason: 'not_a_failure',
    });
  });

  test.each(['skills', 'weights'] as const)('%s: what bars every use', (use) => {
    const decided = (changes: Partial<Turn>, reward: Reward = bad) =>
      decideRole({ ...turn, ...changes }, reward, use, facts);
    expect(decided({ line: 'side' })).toEqual({ role: 'statistics', reason: 'side_turn' });
    expect(decided({ isHoldOut: true })).toEqual({ role: 'hold_out', reason: 'hold_out' });
    expect(decided({ isHoldOut: true }, { kind: 'missing' })).toEqual({
      role: 'hold_out',
      reason: 'hold_out',
    });
    expect(decided({}, { kind: 'missing' })).toEqual({ role: 'statistics', reason: 'no_reward' });
    expect(decided({}, { kind: 'held' })).toEqual({ role: 'statistics', reason: 'held' });
    const states: readonly TurnState[] = [
      'open',
      'answered',
      'failed',
      'stopped',
      'interrupted',
      'delivery_unknown',
    ];
    for (const state of states) {
      expect(decided({ state }), state).toEqual({ role: 'statistics', reason: 'not_delivered' });
    }
  });

  test('an unwelcome failure is a matter of style, a wrong one and an unexplained one are support', () => {
    const decided = (outcome: RoleFacts['outcome']) => decideRole(turn, bad, 'skills', { ...facts, outcome });
    expect(decided('unwelcome')).toEqual({ role: 'statistics', reason: 'unwelcome' });
    expect(decided('wrong')).toEqual({ role: 'support', reason: 'failure' });
    expect(decideRole(turn, bad, 'weights', { ...facts, outcome: 'unwelcome' }).role).toBe('query');
  });

  test.each(['terms', 'tainted_skill', 'operator_off', 'no_consent'] as const)(
    'what the door refuses is counted only, with its reason: %s',
    (reason) => {
      const refused = { ...facts, door: { allowed: false, reason, platform: 'fake' } as const };
      for (const use of ['skills', 'weights'] as const) {
        expect(decideRole(turn, bad, use, refused)).toEqual({ role: 'statistics', reason });
      }
    },
  );

  test('what made a skill never trains the weights', () => {
    expect(decideRole(turn, bad, 'weights', { ...facts, wasSupport: true })).toEqual({
      role: 'statistics',
      reason: 'used_as_support',
    });
  });

  test('what the library has left behind is no sample any more, but a failure still teaches skills', () => {
    const stale = { ...facts, isStale: true };
    expect(decideRole(turn, good, 'weights', stale)).toEqual({
      role: 'statistics',
      reason: 'library_changed',
    });
    expect(decideRole(turn, bad, 'weights', { ...stale, wasSupport: true }).reason).toBe('used_as_support');
    expect(decideRole(turn, bad, 'skills', stale)).toEqual({ role: 'support', reason: 'failure' });
    expect(decideRole(turn, { kind: 'missing' }, 'weights', stale).reason).toBe('no_reward');
    expect(describeReason('library_changed')).toBe(
      'the skill library has changed since, and it would be given other skills now',
    );
  });

  test('what may not train in any case is not said to be lost to a change of the library', () => {
    const shut: RoleFacts['door'] = { allowed: false, reason: 'operator_off', platform: 'fake' };
    for (const more of [{ isStale: true }, { wasSupport: true }]) {
      expect(decideRole(turn, bad, 'weights', { ...facts, ...more, door: shut })).toEqual({
        role: 'statistics',
        reason: 'operator_off',
      });
    }
  });

  test('only an open door, a delivered main-line turn outside the hold-out and a reward make more than statistics', () => {
    const rewards = fc.constantFrom<Reward>({ kind: 'missing' }, { kind: 'held' }, bad, known(0), good);
    const states = fc.constantFrom<TurnState>('done', 'failed', 'stopped', 'delivery_unknown');
    const input = fc.record({
      reward: rewards,
      state: states,
      line: fc.constantFrom<Turn['line']>('main', 'side'),
      isHoldOut: fc.boolean(),
      isOpen: fc.boolean(),
      wasSupport: fc.boolean(),
      isStale: fc.boolean(),
      use: fc.constantFrom('skills' as const, 'weights' as const),
    });
    fc.assert(
      fc.property(input, ({ reward, state, line, isHoldOut, isOpen, wasSupport, isStale, use }) => {
        const door = isOpen
          ? { allowed: true as const }
          : { allowed: false as const, reason: 'terms' as const, platform: 'fake' };
        const { role, reason } = decideRole({ ...turn, state, line, isHoldOut }, reward, use, {
          outcome: undefined,
          door,
          wasSupport,
          isStale,
        });
        expect(isRoleReason(reason)).toBe(true);
        if (role === 'support' || role === 'query') {
          expect({ state, line, isHoldOut, isOpen, kind: reward.kind }).toEqual({
            state: 'done',
            line: 'main',
            isHoldOut: false,
            isOpen: true,
            kind: 'known',
          });
          expect(role).toBe(use === 'skills' ? 'support' : 'query');
          if (role === 'query')
            expect({ wasSupport, isStale }).toEqual({ wasSupport: false, isStale: false });
        }
        if (isHoldOut) expect(['hold_out', 'statistics']).toContain(role);
      }),
    );
  });

  test('each reason has words that end a sentence, and an unknown one is shown as it is', () => {
    expect(turnMissing).toEqual({ role: 'statistics', reason: 'turn_missing' });
    expect(describeReason('hold_out')).toBe(
      'its conversation is kept out of all learning, to test what was learned',
    );
    expect(describeReason('settled_before_roles')).toBe(
      'it was settled before it was decided what answers may become',
    );
    expect(isRoleReason('toString')).toBe(false);
    expect(describeReason('toString')).toContain('toString');
  });
});
