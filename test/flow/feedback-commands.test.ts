import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { ChannelCapabilities } from '../../core/domain/capabilities.ts';
import { encodeConversationKey } from '../../core/domain/conversation.ts';
import { eventId } from '../../core/domain/ids.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import type { FakePerson, FakePersonOptions } from '../fakes/channel/fake-person.ts';
import { answer, hold } from '../fakes/model/scripted-model.ts';
import { createFakeClock } from '../fakes/system/fake-clock.ts';
import { type BotHarness, type BotHarnessOptions, createBotHarness, minute } from './bot-harness.ts';

const open: BotHarness[] = [];

async function start(options: BotHarnessOptions = {}): Promise<BotHarness> {
  const harness = await createBotHarness(options);
  open.push(harness);
  await harness.start();
  return harness;
}

afterEach(async () => {
  for (const harness of open.splice(0)) await harness.stop();
});

type Give = (who: FakePerson, line: string, ref: MessageRef) => Promise<string | undefined>;

const byReply: Give = async (who, line, ref) => (await who.commands(line, ref)).event.interaction.handle;
const byMenu: Give = async (who, line) => (await who.commands(line)).event.interaction.handle;
const inWriting: Give = async (who, line, replyTo) =>
  (await who.says(line, { addressing: 'mention', mayBeCommand: true, replyTo })).event.interaction?.handle;

type Can = Pick<ChannelCapabilities, 'canSendPrivately' | 'canAnswerPrivately'>;
const nothing: Can = { canSendPrivately: false, canAnswerPrivately: false };
const answers: Can = { canSendPrivately: false, canAnswerPrivately: true };
const all: Can = { canSendPrivately: true, canAnswerPrivately: true };
const group: FakePersonOptions = { audience: 'group' };

/** How commands reach the bot, what can be private there, and whether the answers are. */
const places: readonly {
  readonly name: string;
  readonly give: Give;
  readonly place: FakePersonOptions;
  readonly can: Can;
  readonly isAlone: boolean;
}[] = [
  { name: 'as replies, read by all', give: byReply, place: group, can: nothing, isAlone: false },
  { name: 'as replies, read alone', give: byReply, place: group, can: all, isAlone: true },
  { name: 'from a menu, which knows no reply', give: byMenu, place: group, can: all, isAlone: true },
  { name: 'from a menu, the one private thing', give: byMenu, place: group, can: answers, isAlone: true },
  { name: 'in writing after a mention', give: inWriting, place: group, can: nothing, isAlone: false },
  { name: 'in writing beside such a menu', give: inWriting, place: group, can: answers, isAlone: false },
  {
    name: 'in writing in a thread',
    give: inWriting,
    place: { ...group, threadId: 't1' },
    can: all,
    isAlone: true,
  },
  {
    name: 'where one person talks to the bot',
    give: byMenu,
    place: { audience: 'direct' },
    can: nothing,
    isAlone: true,
  },
];

async function told(harness: BotHarness, given: Promise<string | undefined>): Promise<string> {
  const handle = await given;
  const reply = await harness.until(
    () => harness.channel.messages().find((message) => message.handle === handle),
    'an answer to the command',
  );
  await harness.until(async () => (await harness.stores.inbox.pending()).length === 0, 'the command done');
  await harness.clock.advance(1_000);
  return reply.text;
}

const done = (harness: BotHarness, count: number): Promise<unknown> =>
  harness.until(async () => (await harness.stores.turns.counts()).done === count, `${count} answered`);

async function answered(
  harness: BotHarness,
  who: FakePerson,
  text: string,
  count: number,
): Promise<MessageRef> {
  await who.says(text);
  await done(harness, count);
  await harness.clock.advance(5_000);
  const last = harness.channel.messages().at(-1);
  if (last === undefined) throw new Error('nothing was shown');
  return last.ref;
}

describe.each(places)('given $name', ({ give, place, can, isAlone }) => {
  test('feedback is noted, seen in why, held back and released', async () => {
    const harness = await start({ steps: [answer('One.')], capabilities: can });
    const as = (id: string, role?: 'maintainer'): FakePerson =>
      harness.channel.personAs({ ...place, id, ...(role === undefined ? {} : { role }) });
    const [ann, bob, mia] = [as('ann'), as('bob'), as('mia', 'maintainer')];
    const ref = await answered(harness, ann, 'what is one?', 1);
    const say = (who: FakePerson, line: string): Promise<string> => told(harness, give(who, line, ref));

    expect(await say(ann, 'feedback good')).toContain('👍 is noted for my answer to “what is one?”');
    expect(await say(ann, 'feedback bad it is a number')).toContain('👎 is noted');
    expect(await say(bob, 'feedback bad')).toContain('👎 is noted');
    const turn = await harness.stores.turns.byReply(ref);
    const rows = await harness.stores.ledger.ofTurn(turn!.turnId);
    expect(rows.map(({ actorId, kind, name, text }) => [actorId, kind, name, text])).toEqual([
      ['fake:ann', 'feedback', 'good', undefined],
      ['fake:ann', 'feedback', 'bad', 'it is a number'],
      ['fake:bob', 'feedback', 'bad', undefined],
    ]);

    const why = await say(ann, 'why');
    expect(why).toMatch(/Standing: 👎 by command from you and another person/);
    expect(why).toMatch(/Taken back or changed: 👍 by command from you/);
    expect(why).toMatch(/−1\.00 from 2 voices/);
    expect(why).toMatch(/Skills: settles in 9 minutes/);
    expect(await say(bob, 'why')).not.toContain('it is a number');
    expect((await say(mia, 'why')).includes('it is a number')).toBe(isAlone);
    const whose = harness.channel.messages().at(-1)?.privateTo;
    expect(whose !== undefined || place.audience === 'direct').toBe(isAlone);

    expect(await say(bob, 'reward hold')).toContain('only for the people who run me here');
    expect(await say(mia, 'reward hold two of them were paid')).toContain('is held back');
    expect(await say(ann, 'why')).toContain('Reward so far: held back until a maintainer has looked at it');
    await harness.clock.advance(11 * minute);
    const settlement = () => harness.stores.ledger.settlement(turn!.turnId, 'skills');
    await harness.until(async () => (await settlement())?.state === 'settled', 'settled');
    expect((await settlement())?.reward).toEqual({ kind: 'held' });
    const list = await told(harness, byMenu(mia, 'reward show', ref));
    expect(list).toContain('1 reward is held back here');
    // It is asked for from a menu, wherever the other words went.
    const isListed = can.canAnswerPrivately || place.audience === 'direct';
    expect(list.includes('two of them were paid')).toBe(isListed);

    expect(await say(mia, 'reward release')).toContain('Released');
    expect(await told(harness, byMenu(mia, 'reward show', ref))).toBe('No reward is held back here.');
    await harness.clock.advance(11 * minute);
    await harness.until(async () => (await settlement())?.state === 'settled', 'settled again');
    expect((await settlement())?.reward).toMatchObject({ kind: 'known', value: -1, voices: 2, weight: 1 });
    // None of this was a question to the model.
    expect(harness.model.requests).toHaveLength(1);
  });
});

describe('feedback by command', () => {
  test('goes to the last answer that has shown, not to the one that is being written', async () => {
    const harness = await start({ steps: [answer('One.'), hold([], ['Two.'])] });
    const { person } = harness.channel;
    const first = await answered(harness, person, 'what is one?', 1);
    await person.says('what is two?');
    await harness.until(() => harness.model.requests.length === 2, 'asked');
    expect(await toldMeanwhile(harness, person, 'feedback good')).toContain('“what is one?”');
    const turn = await harness.stores.turns.byReply(first);
    expect(await harness.stores.ledger.ofTurn(turn!.turnId)).toHaveLength(1);
    harness.model.release();
  });

  test('says so where nothing was answered, and where the reply is to something else', async () => {
    const harness = await start({ steps: [answer('One.')] });
    const { person } = harness.channel;
    expect(await told(harness, byMenu(person, 'feedback bad', unknown))).toContain('not answered anything');
    await answered(harness, person, 'what is one?', 1);
    expect(await told(harness, byReply(person, 'feedback bad', unknown))).toContain('none of my answers');
    expect(await harness.stores.ledger.count()).toBe(0);
  });

  test('nobody rates, holds or sees what belongs to another space', async () => {
    const harness = await start({ steps: [answer('One.')] });
    const ref = await answered(harness, harness.channel.person, 'what is one?', 1);
    const turn = await harness.stores.turns.byReply(ref);
    const eve = harness.channel.personAs({ id: 'eve', space: 'space-2', role: 'maintainer' });
    for (const line of ['feedback bad', 'reward hold', 'reward release', 'reward show', 'why']) {
      expect(await told(harness, byReply(eve, line, ref))).toContain('none of my answers');
    }
    for (const verb of ['hold', 'show', 'release']) {
      const line = `reward ${verb} ${turn!.turnId}`;
      expect(await told(harness, byMenu(eve, line, ref))).toContain('I know no turn');
    }
    expect(await harness.stores.ledger.count()).toBe(0);
  });

  test('that a crash cut off is noted after the start, however late that is', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'metaclaw-feedback-'));
    try {
      const path = join(folder, 'metaclaw.db');
      const clock = createFakeClock();
      const first = await createBotHarness({ path, clock, steps: [answer('One.')] });
      await first.start();
      const ref = await answered(first, first.channel.person, 'what is one?', 1);
      const { event } = await first.channel.person.commands('status');
      await first.until(async () => (await first.stores.inbox.pending()).length === 0, 'status answered');
      const key = encodeConversationKey(event.conversation);
      const late = (line: string) => ({ ...event, line, eventId: eventId('fake', line), replyTo: ref });
      await first.stores.inbox.accept(late('feedback bad too short'), key, clock.now());
      await first.stores.inbox.accept(late('why'), key, clock.now());
      first.kill();
      await clock.advance(30 * minute);

      const second = await createBotHarness({ path, clock, channel: first.channel });
      open.push(second);
      await second.start();
      await second.until(async () => (await second.stores.inbox.pending()).length === 0, 'all done');
      const turn = await second.stores.turns.byReply(ref);
      expect(await second.stores.ledger.ofTurn(turn!.turnId)).toMatchObject([{ text: 'too short' }]);
      // A question of half an hour ago is not.
      expect(second.channel.texts().filter((text) => text.includes('What may be learned'))).toEqual([]);
    } finally {
      for (const harness of open.splice(0)) await harness.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

const unknown: MessageRef = { platform: 'fake', channelId: 'channel-1', messageId: 'somebody-else' };

/** While an answer is being written there is other work pending. */
async function toldMeanwhile(harness: BotHarness, who: FakePerson, line: string): Promise<string> {
  const { event } = await who.commands(line);
  const reply = await harness.until(
    () => harness.channel.messages().find(({ handle }) => handle === event.interaction.handle),
    `an answer to ${line}`,
  );
  return reply.text;
}
