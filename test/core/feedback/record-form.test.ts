import { expect, test } from 'vitest';
import { eventId, personId, spaceId } from '../../../core/domain/ids.ts';
import type { FormSubmitted } from '../../../core/domain/inbound-event.ts';
import { CORRECTION_FORM } from '../../../core/domain/outbound-message.ts';
import type { Signal } from '../../../core/domain/signal.ts';
import type { Turn } from '../../../core/domain/turn.ts';
import { defaultPolarity } from '../../../core/feedback/polarity.ts';
import { recordForm } from '../../../core/feedback/record-form.ts';
import { sampleTurn } from '../../contract/store-samples.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';

const target = { platform: 'fake', channelId: 'c', messageId: 'm' };
const turn: Turn = { ...sampleTurn('t'), state: 'open', replyText: '', replyRefs: [target] };
const form: FormSubmitted = {
  type: 'form_submitted',
  eventId: eventId('fake', 'e1'),
  platform: 'fake',
  spaceId: turn.conversation.spaceId,
  occurredAt: 1,
  admission: { kind: 'open' },
  actor: { personId: personId('fake', 'ann'), displayName: 'Ann', isBot: false },
  formId: CORRECTION_FORM,
  target,
  conversation: turn.conversation,
  interaction: { handle: 'h' },
  values: { words: 'It is forty-three.' },
};

async function recorded(event: FormSubmitted) {
  const rows: Signal[] = [];
  const receipt = await recordForm(event, {
    ledger: {
      has: async () => false,
      append: async (signal) => {
        rows.push(signal);
        return 'stored';
      },
      schedule: async () => {},
    },
    turns: { byReply: async () => turn, hasIntended: async () => false },
    clock: createFakeClock(),
    polarity: defaultPolarity,
    rule: 'polarity-table@1',
    quietTimes: { skills: 1, weights: 1 },
  });
  return { rows, receipt };
}

test('a correction of an answer is kept about that answer', async () => {
  const { rows, receipt } = await recorded(form);
  expect(receipt).toBe('stored');
  expect(rows).toMatchObject([{ kind: 'correction', target: { kind: 'message', ref: target } }]);
});

test('a form about no answer is none for the ledger', async () => {
  const { target: _, ...without } = form;
  expect(await recorded(without)).toEqual({ rows: [], receipt: 'refused' });
  expect(await recorded({ ...without, subject: 'skill.add' })).toEqual({ rows: [], receipt: 'refused' });
});

test('nor is one from another space', async () => {
  const event = { ...form, spaceId: spaceId('fake', 'elsewhere') };
  expect(await recorded(event)).toEqual({ rows: [], receipt: 'refused' });
});
