import { describe, expect, test } from 'vitest';
import { eventId, personId } from '../../../core/domain/ids.ts';
import type { Signal } from '../../../core/domain/signal.ts';
import { outcomeOfTurn } from '../../../core/feedback/outcome.ts';
import { sampleSignal } from '../../contract/store-samples.ts';

let at = 0;

function row(actor: string, changes: Partial<Signal>): Signal {
  at += 1;
  return sampleSignal(`o${at}`, {
    actorId: personId('web', actor),
    eventId: eventId('web', `o${String(at).padStart(6, '0')}`),
    occurredAt: at,
    ...changes,
  });
}

const vote = (actor: string, name: '👍' | '👎', changes: Partial<Signal> = {}): Signal =>
  row(actor, { kind: 'reaction', name, slot: name, polarity: name === '👍' ? 1 : -1, ...changes });
const reason = (actor: string, name: string, changes: Partial<Signal> = {}): Signal =>
  row(actor, { kind: 'reason', slot: 'reason', name, polarity: 0, ...changes });
const correction = (actor: string): Signal =>
  row(actor, { kind: 'correction', slot: 'correction', name: 'wrong', polarity: -1, text: 'It is 5.' });

describe('what people said was bad', () => {
  test('nothing, where they only voted', () => {
    expect(outcomeOfTurn([])).toBeUndefined();
    expect(outcomeOfTurn([vote('ann', '👎'), vote('bob', '👍')])).toBeUndefined();
  });

  test.each(['unwelcome.length', 'unwelcome.tone', 'unwelcome.uncalled'])(
    '%s is a matter of style',
    (name) => {
      expect(outcomeOfTurn([vote('ann', '👎'), reason('ann', name)])).toBe('unwelcome');
    },
  );

  test('wrong and unwelcome are different, and the content outweighs the manner', () => {
    const wrong = [vote('ann', '👎'), reason('ann', 'wrong')];
    const unwelcome = [vote('bob', '👎'), reason('bob', 'unwelcome.tone')];
    expect(outcomeOfTurn(wrong)).toBe('wrong');
    expect(outcomeOfTurn(unwelcome)).toBe('unwelcome');
    expect(outcomeOfTurn([...wrong, ...unwelcome])).toBe('wrong');
  });

  test('a correction says that the content was wrong', () => {
    expect(outcomeOfTurn([vote('ann', '👎'), reason('ann', 'unwelcome.tone'), correction('bob')])).toBe(
      'wrong',
    );
  });

  test('a person’s later reason takes the place of the earlier one', () => {
    const signals = [vote('ann', '👎'), reason('ann', 'wrong'), reason('ann', 'unwelcome.length')];
    expect(outcomeOfTurn(signals)).toBe('unwelcome');
  });

  test('who has come to like it, or took the vote back, no longer explains the votes of others', () => {
    const changedMind = [vote('ann', '👎'), reason('ann', 'unwelcome.tone'), vote('ann', '👍')];
    expect(outcomeOfTurn([...changedMind, vote('bob', '👎')])).toBeUndefined();
    const given = vote('cleo', '👎');
    const taken = row('cleo', {
      ...given,
      eventId: eventId('web', 'taken'),
      occurredAt: 1_000_000,
      change: 'withdrawn',
    });
    expect(
      outcomeOfTurn([given, reason('cleo', 'unwelcome.tone'), taken, vote('bob', '👎')]),
    ).toBeUndefined();
  });

  test('a reason counts without a vote too, a bot’s or a judge’s does not', () => {
    expect(outcomeOfTurn([reason('ann', 'wrong')])).toBe('wrong');
    expect(outcomeOfTurn([reason('robot', 'wrong', { actorIsBot: true })])).toBeUndefined();
    expect(outcomeOfTurn([reason('ann', 'wrong', { authority: 'judge' })])).toBeUndefined();
  });
});
