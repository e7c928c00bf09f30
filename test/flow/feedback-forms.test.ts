import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { AppError } from '../../core/domain/app-error.ts';
import { eventId, turnId } from '../../core/domain/ids.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import { CORRECTION_FORM, REASON_FORM } from '../../core/domain/outbound-message.ts';
import { foldReward } from '../../core/domain/reward.ts';
import type { Signal } from '../../core/domain/signal.ts';
import { outcomeOf, reasonNames } from '../../core/feedback/feedback-forms.ts';
import { answer } from '../fakes/model/scripted-model.ts';
import { type BotHarness, type BotHarnessOptions, createBotHarness, minute } from './bot-harness.ts';

const open: BotHarness[] = [];

afterEach(async () => {
  for (const harness of open.splice(0)) await harness.stop();
});

interface Stage {
  readonly harness: BotHarness;
  readonly ref: MessageRef;
  rows(): Promise<readonly Signal[]>;
}

/** A bot whose answer to the first question stands on the screen. */
async function answered(options: BotHarnessOptions = {}): Promise<Stage> {
  const harness = await createBotHarness({
    steps: [answer('Forty-two.')],
    ...options,
    capabilities: { canOpenForms: true, ...options.capabilities },
  });
  open.push(harness);
  await harness.start();
  await harness.channel.person.says('What is it?');
  await harness.until(async () => (await harness.stores.turns.counts()).done === 1, 'answered');
  const { ref } = harness.channel.messages().at(-1)!;
  const turn = await harness.stores.turns.byReply(ref);
  return { harness, ref, rows: () => harness.stores.ledger.ofTurn(turn?.turnId ?? turnId('none')) };
}

const whispers = ({ channel }: BotHarness) =>
  channel.messages().filter(({ privateTo }) => privateTo !== undefined);
const settle = async ({ clock }: BotHarness): Promise<void> => {
  for (let step = 0; step < 20; step += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(0);
  }
};

describe('what was wrong?', () => {
  test('👎 by a button opens the form at once, only once for a person and an answer', async () => {
    const { harness, ref } = await answered();
    const { person } = harness.channel;
    await person.rates(ref, 'good', { canBeAnswered: true });
    await settle(harness);
    expect(harness.channel.forms).toEqual([]);
    await person.rates(ref, 'bad', { canBeAnswered: true });
    await harness.until(() => harness.channel.forms.length === 1, 'the form');
    expect(harness.channel.forms[0]).toMatchObject({ formId: REASON_FORM, about: ref });
    await person.rates(ref, 'good', { canBeAnswered: true });
    await person.rates(ref, 'bad', { canBeAnswered: true });
    await settle(harness);
    expect(harness.channel.forms).toHaveLength(1);
    expect(whispers(harness)).toEqual([]);
    const other = harness.channel.personAs({ id: 'person-2' });
    await other.rates(ref, 'bad', { canBeAnswered: true });
    await harness.until(() => harness.channel.forms.length === 2, 'the form of somebody else');
  });

  test('👎 by a reaction offers it by a word to that person alone, whose button opens it', async () => {
    const { harness, ref } = await answered();
    const { person } = harness.channel;
    await person.reacts(ref, '👎');
    const offer = await harness.until(() => whispers(harness)[0], 'the offer');
    expect(offer.privateTo).toBe(person.person.personId);
    expect(offer.current?.actions).toEqual([
      [{ actionId: REASON_FORM, label: expect.any(String), about: ref }],
    ]);
    await person.unreacts(ref, '👎');
    await person.reacts(ref, '👎');
    await settle(harness);
    expect(whispers(harness)).toHaveLength(1);
    expect(harness.channel.forms).toEqual([]);
    await person.presses(ref, REASON_FORM);
    await harness.until(() => harness.channel.forms.length === 1, 'the form');
  });

  test('nobody is asked a second time after a restart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'metaclaw-forms-'));
    try {
      const path = join(folder, 'bot.db');
      const { harness, ref } = await answered({ path });
      const { channel, clock } = harness;
      await channel.person.reacts(ref, '👎');
      await harness.until(() => whispers(harness).length === 1, 'the offer');
      await channel.stop();
      harness.kill();
      open.splice(open.indexOf(harness), 1);
      const second = await createBotHarness({ path, channel, clock });
      open.push(second);
      await second.start();
      await channel.person.unreacts(ref, '👎');
      expect((await channel.person.reacts(ref, '👎')).receipt).toBe('stored');
      await settle(second);
      expect(whispers(second)).toHaveLength(1);
      await channel.personAs({ id: 'person-2' }).reacts(ref, '👎');
      await second.until(() => whispers(second).length === 2, 'the offer to somebody else');
    } finally {
      for (const harness of open.splice(0)) await harness.stop();
      rmSync(folder, { recursive: true });
    }
  });

  test('who has told already what was wrong, or what is right, is not asked', async () => {
    const { harness, ref } = await answered();
    const { person } = harness.channel;
    await person.submits(CORRECTION_FORM, ref, { words: 'It is forty-three.' });
    await person.rates(ref, 'bad', { canBeAnswered: true });
    await settle(harness);
    expect(harness.channel.forms).toEqual([]);
    const other = harness.channel.personAs({ id: 'person-2' });
    await other.submits(REASON_FORM, ref, { reason: 'wrong' });
    await other.reacts(ref, '👎');
    await settle(harness);
    expect(harness.channel.texts().filter((text) => text.includes('tell me what was wrong'))).toEqual([]);
  });

  test('a form that comes too late is offered by a word instead', async () => {
    const { harness, ref } = await answered();
    harness.channel.failNext('openForm', {
      kind: 'reject',
      error: new AppError('not_found', 'Too late.'),
    });
    await harness.channel.person.rates(ref, 'bad', { canBeAnswered: true });
    await harness.until(() => whispers(harness).length === 1, 'the offer');
  });

  test('who could not be asked is asked after the next 👎', async () => {
    const { harness, ref } = await answered({ capabilities: { canSendPrivately: false } });
    const { person } = harness.channel;
    const late = new AppError('not_found', 'Too late.');
    harness.channel.failNext('openForm', { kind: 'reject', error: late });
    await person.rates(ref, 'bad', { canBeAnswered: true });
    await settle(harness);
    expect(harness.channel.forms).toEqual([]);
    for (const name of ['good', 'bad', 'good', 'bad'] as const) {
      await person.rates(ref, name, { canBeAnswered: true });
      await settle(harness);
    }
    expect(harness.channel.forms).toHaveLength(1);
  });

  test('two 👎 while the form is on its way open one', async () => {
    const { harness, ref } = await answered();
    const { person } = harness.channel;
    harness.channel.failNext('openForm', { kind: 'hang' });
    await person.rates(ref, 'bad', { canBeAnswered: true });
    await harness.until(() => harness.channel.hanging('openForm') === 1, 'the form on its way');
    await person.rates(ref, 'good', { canBeAnswered: true });
    await person.rates(ref, 'bad', { canBeAnswered: true });
    await settle(harness);
    harness.channel.release('openForm');
    await harness.until(() => harness.channel.forms.length > 0, 'the form');
    await settle(harness);
    expect(harness.channel.forms).toHaveLength(1);
    expect(whispers(harness)).toEqual([]);
  });

  test.each([{ canOpenForms: false }, { canSendPrivately: false }])(
    'nobody is asked where the platform cannot: %j',
    async (capabilities) => {
      const { harness, ref, rows } = await answered({ capabilities });
      await harness.channel.person.reacts(ref, '👎');
      await settle(harness);
      expect(harness.channel.messages()).toHaveLength(1);
      expect(await rows()).toHaveLength(1);
    },
  );

  test('each reason is stored as wrong or unwelcome with the person’s words, and changes no reward', async () => {
    const outcomes = reasonNames.map(outcomeOf);
    expect(outcomes).toEqual(['wrong', 'unwelcome', 'unwelcome', 'unwelcome']);
    const { harness, ref, rows } = await answered();
    const { person } = harness.channel;
    await person.rates(ref, 'bad');
    for (const reason of reasonNames) {
      const { receipt, event } = await person.submits(REASON_FORM, ref, { reason, words: ' Because. ' });
      expect(receipt).toBe('stored');
      expect((await harness.channel.emit(event)).receipt).toBe('duplicate');
      expect((await rows()).at(-1)).toMatchObject({
        kind: 'reason',
        name: reason,
        text: 'Because.',
        polarity: 0,
        actorId: person.person.personId,
      });
    }
    expect(foldReward(await rows())).toMatchObject({ kind: 'known', value: -1, voices: 1 });
    expect((await person.submits(REASON_FORM, ref, { reason: 'wrong' })).receipt).toBe('stored');
    expect((await rows()).at(-1)?.text).toBeUndefined();
  });

  test('a form with an unknown reason, for another message or of another space is refused', async () => {
    const { harness, ref, rows } = await answered();
    const { person } = harness.channel;
    const elsewhere = harness.channel.personAs({ id: 'person-3', space: 'space-2' });
    const receipts = [
      await person.submits(REASON_FORM, ref, { reason: 'because' }),
      await person.submits(REASON_FORM, ref, {}),
      await person.submits('some.form', ref, { reason: 'wrong' }),
      await person.submits(REASON_FORM, { ...ref, messageId: 'other' }, { reason: 'wrong' }),
      await person.submits(CORRECTION_FORM, ref, { words: '  ' }),
      await elsewhere.submits(CORRECTION_FORM, ref, { words: 'mine' }),
    ].map(({ receipt }) => receipt);
    expect(receipts).toEqual(Array(6).fill('refused'));
    expect(await rows()).toEqual([]);
  });
});

describe('forms of those who may not talk to the bot', () => {
  test.each([
    { id: 'stranger', admission: { kind: 'linked', subjects: ['fake:user:stranger'] } },
    { id: 'machine', isBot: true },
  ] as const)('are neither opened nor stored: %j', async (who) => {
    const { harness, ref, rows } = await answered();
    const other = harness.channel.personAs(who);
    expect((await other.presses(ref, CORRECTION_FORM)).receipt).toBe('refused');
    expect((await other.submits(CORRECTION_FORM, ref, { words: 'Mine.' })).receipt).toBe('refused');
    expect((await other.submits(REASON_FORM, ref, { reason: 'wrong' })).receipt).toBe('refused');
    await settle(harness);
    expect(harness.channel.forms).toEqual([]);
    expect(harness.channel.messages()).toHaveLength(1);
    expect(await rows()).toEqual([]);
  });
});

describe('correct this answer', () => {
  test('opens the reward of the answer again when it was settled', async () => {
    const { harness, ref } = await answered();
    const { ledger, turns } = harness.stores;
    const { person } = harness.channel;
    await person.reacts(ref, '👍');
    await harness.clock.advance(11 * minute);
    const id = (await turns.byReply(ref))!.turnId;
    expect(await ledger.settlement(id, 'skills')).toMatchObject({ state: 'settled', reward: { value: 1 } });
    await person.submits(CORRECTION_FORM, ref, { words: 'It is forty-three.' });
    expect(await ledger.settlement(id, 'skills')).toMatchObject({ state: 'open' });
    await harness.clock.advance(11 * minute);
    expect(await ledger.settlement(id, 'skills')).toMatchObject({ state: 'settled', reward: { value: -1 } });
  });

  test('the menu entry opens the form; what is sent counts against the answer and is kept', async () => {
    const { harness, ref, rows } = await answered();
    const { person } = harness.channel;
    expect((await person.presses(ref, CORRECTION_FORM)).receipt).toBe('stored');
    const form = await harness.until(() => harness.channel.forms[0], 'the form');
    expect(form).toMatchObject({ formId: CORRECTION_FORM, about: ref });
    await person.submits(CORRECTION_FORM, ref, { words: 'It is forty-three.' });
    expect(await rows()).toMatchObject([
      { kind: 'correction', name: 'wrong', polarity: -1, text: 'It is forty-three.', authority: 'explicit' },
    ]);
    expect(foldReward(await rows())).toMatchObject({ kind: 'known', value: -1 });
    const thanks = await harness.until(() => whispers(harness)[0], 'a word of thanks');
    expect(thanks.text).toContain('noted');
    // It opens beside the lane: nothing of it waits in the inbox.
    expect(await harness.stores.inbox.pending()).toEqual([]);
  });

  test('a press that comes again opens nothing, also after a restart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'metaclaw-presses-'));
    try {
      const path = join(folder, 'bot.db');
      const { harness, ref } = await answered({ path });
      const { channel, clock } = harness;
      const { event } = await channel.person.presses(ref, CORRECTION_FORM);
      const twice = await Promise.all([channel.emit(event), channel.emit(event)]);
      expect(twice.map(({ receipt }) => receipt)).toEqual(['duplicate', 'duplicate']);
      const once = { ...event, eventId: eventId('fake', 'another-press') };
      const atOnce = await Promise.all([channel.emit(once), channel.emit(once)]);
      expect(atOnce.map(({ receipt }) => receipt).toSorted()).toEqual(['duplicate', 'stored']);
      await settle(harness);
      expect(channel.forms).toHaveLength(2);
      await channel.stop();
      harness.kill();
      open.splice(open.indexOf(harness), 1);
      const second = await createBotHarness({ path, channel, clock });
      open.push(second);
      await second.start();
      expect((await channel.emit(event)).receipt).toBe('duplicate');
      await settle(second);
      expect(channel.forms).toHaveLength(2);
      // Who presses once more is asked once more.
      expect((await channel.person.presses(ref, CORRECTION_FORM)).receipt).toBe('stored');
      await second.until(() => channel.forms.length === 3, 'the next form');
    } finally {
      for (const harness of open.splice(0)) await harness.stop();
      rmSync(folder, { recursive: true });
    }
  });

  test.each([
    ['not_allowed', 'Nobody may fill in forms here: write it instead.', 'Nobody may fill in forms here'],
    ['rate_limited', 'Slow down.', 'try once more'],
  ] as const)('that cannot be opened (%s) says what to do', async (code, sentence, said) => {
    const { harness, ref } = await answered();
    harness.channel.failNext('openForm', { kind: 'reject', error: new AppError(code, sentence) });
    const { event } = await harness.channel.person.presses(ref, CORRECTION_FORM);
    const reply = await harness.until(
      () => harness.channel.messages().find(({ handle }) => handle === event.interaction.handle),
      'the word',
    );
    expect(reply.text).toContain(said);
  });

  test('the last word of a person counts, also after a correction', async () => {
    const { harness, ref, rows } = await answered();
    const { person } = harness.channel;
    const value = async () => foldReward(await rows());
    await person.submits(CORRECTION_FORM, ref, { words: 'It is forty-three.' });
    await person.reacts(ref, '👍');
    expect(await value()).toMatchObject({ value: 1, voices: 1 });
    await person.unreacts(ref, '👍');
    expect(await value()).toMatchObject({ value: -1, voices: 1 });
    const other = harness.channel.personAs({ id: 'person-2' });
    await other.reacts(ref, '👍');
    expect(await value()).toMatchObject({ value: 0, voices: 2 });
    await other.submits(CORRECTION_FORM, ref, { words: 'No: forty-four.' });
    expect(await value()).toMatchObject({ value: -1, voices: 2 });
    // Nothing is replaced: both corrections stand with their words.
    expect((await rows()).flatMap(({ text }) => text ?? [])).toEqual([
      'It is forty-three.',
      'No: forty-four.',
    ]);
  });

  test('of a message that is no answer it says so, to that person alone', async () => {
    const { harness, ref } = await answered();
    const { event } = await harness.channel.person.presses({ ...ref, messageId: 'theirs' }, CORRECTION_FORM);
    const reply = await harness.until(
      () => harness.channel.messages().find(({ handle }) => handle === event.interaction.handle),
      'the word',
    );
    expect(reply.text).toContain('none of my answers');
    expect(reply.privateTo).toBe(harness.channel.person.person.personId);
    expect(harness.channel.forms).toEqual([]);
  });

  test('why tells of corrections and reasons', async () => {
    const { harness, ref } = await answered();
    const { person } = harness.channel;
    await person.submits(CORRECTION_FORM, ref, { words: 'It is forty-three.' });
    await person.rates(ref, 'bad');
    await person.submits(REASON_FORM, ref, { reason: 'unwelcome.tone' });
    const { event } = await person.commands('why');
    const reply = await harness.until(
      () => harness.channel.messages().find(({ handle }) => handle === event.interaction.handle),
      'the word',
    );
    expect(reply.text).toContain('a correction');
    expect(reply.text).toContain('unwelcome');
    expect(reply.text).toContain('👎');
    // People's words about an answer are for those who run the bot, not for everybody who asks.
    expect(reply.text).not.toContain('forty-three');
  });
});
