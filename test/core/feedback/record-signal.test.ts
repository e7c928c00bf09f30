import { expect, test } from 'vitest';
import { eventId, personId, spaceId } from '../../../core/domain/ids.ts';
import type { SignalGiven } from '../../../core/domain/inbound-event.ts';
import type { Signal } from '../../../core/domain/signal.ts';
import type { Turn } from '../../../core/domain/turn.ts';
import { defaultPolarity } from '../../../core/feedback/polarity.ts';
import { recordSignal, type SignalEvent } from '../../../core/feedback/record-signal.ts';
import type { LedgerStore } from '../../../core/ports/ledger-store.ts';
import { sampleTurn } from '../../contract/store-samples.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';

const vote: SignalGiven = {
  type: 'signal_given',
  eventId: eventId('fake', 'e1'),
  platform: 'fake',
  spaceId: spaceId('fake', 's'),
  occurredAt: 1,
  admission: { kind: 'open' },
  actor: { personId: personId('fake', 'ann'), displayName: 'Ann', isBot: false },
  target: { platform: 'fake', channelId: 'c', messageId: 'm' },
  mark: { kind: 'reaction', name: '👍' },
};

/** A send whose id becomes known after so many questions. */
function arrivingAfter(questions: number, event: SignalEvent = vote) {
  const turn: Turn = { ...sampleTurn('t'), state: 'open', replyText: '', replyRefs: [vote.target] };
  const rows: Signal[] = [];
  let asked = 0;
  const isKnown = (): boolean => {
    asked += 1;
    return asked > questions;
  };
  const ledger: Pick<LedgerStore, 'has' | 'append' | 'schedule'> = {
    has: async () => false,
    append: async (signal) => {
      rows.push(signal);
      return 'stored';
    },
    schedule: async () => {},
  };
  const record = () =>
    recordSignal(event, {
      ledger,
      turns: {
        byReply: async () => (isKnown() ? turn : undefined),
        hasIntended: async () => !isKnown(),
      },
      clock: createFakeClock(),
      polarity: defaultPolarity,
      rule: 'polarity-table@1',
      quietTimes: { skills: 1, weights: 1 },
    });
  return { rows, record };
}

test.each([0, 1, 2])(
  'a reaction is kept whenever the id of its message becomes known (after %i questions)',
  async (questions) => {
    const { rows, record } = arrivingAfter(questions);
    expect(await record()).toBe('stored');
    expect(rows).toHaveLength(1);
  },
);

test('what tells a reaction apart is its key where it has one, and its polarity goes by its name', async () => {
  const mark = { kind: 'reaction', name: ':+1:', key: ':5:' } as const;
  const { mark: _, actor: __, admission: ___, ...base } = vote;
  const events: readonly SignalEvent[] = [
    { ...vote, mark },
    { ...vote, type: 'signal_withdrawn', mark: { ...mark, name: ':up:' } },
    { ...base, type: 'signals_cleared', name: ':up:', key: ':5:' },
    { ...base, type: 'signals_cleared', name: '👍' },
  ];
  const rows: Signal[] = [];
  for (const event of events) {
    const arriving = arrivingAfter(0, event);
    await arriving.record();
    rows.push(...arriving.rows);
  }
  expect(rows.map(({ change, slot, name, polarity }) => [change, slot, name, polarity])).toEqual([
    ['given', ':5:', ':+1:', 1],
    ['withdrawn', ':5:', ':up:', 0],
    ['cleared', ':5:', ':up:', 0],
    ['cleared', '👍', '👍', 0],
  ]);
});
