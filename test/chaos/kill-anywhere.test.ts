import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { SqliteStores } from '../../adapters/sqlite/stores.ts';
import type { ChannelCapabilities } from '../../core/domain/capabilities.ts';
import type { InboundEvent } from '../../core/domain/inbound-event.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import { REASON_FORM } from '../../core/domain/outbound-message.ts';
import type { ChannelPort } from '../../core/ports/channel.ts';
import { createFakeChannel, type FakeChannel } from '../fakes/channel/fake-channel.ts';
import type { FakePerson } from '../fakes/channel/fake-person.ts';
import { answer } from '../fakes/model/scripted-model.ts';
import { createFakeClock } from '../fakes/system/fake-clock.ts';
import { type BotHarness, createBotHarness, minute } from '../flow/bot-harness.ts';
import { type CrashPoints, createCrashPoints } from './crash-points.ts';

const text = 'The answer begins here and is long enough to show.';
const rest = ' It ends here.';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'metaclaw-chaos-'));
  folders.push(folder);
  return join(folder, 'metaclaw.db');
}

const wrapStores =
  (points: CrashPoints) =>
  (stores: SqliteStores): SqliteStores => ({
    ...stores,
    inbox: points.wrap('inbox', stores.inbox),
    turns: points.wrap('turns', stores.turns),
    ledger: points.wrap('ledger', stores.ledger),
    sessions: points.wrap('sessions', stores.sessions),
  });

interface Life {
  readonly harness: BotHarness;
  readonly points: CrashPoints;
}

/** One process over the database file and the platform, both of which outlive it. */
async function live(path: string, platform: FakeChannel, points: CrashPoints): Promise<Life> {
  const harness = await createBotHarness({
    path,
    clock: createFakeClock(),
    channel: platform,
    steps: Array.from({ length: 4 }, () => answer(text, rest)),
    wrap: wrapStores(points),
    wrapChannel: (channel: ChannelPort) =>
      points.wrap('channel', channel, ['measure', 'health', 'start', 'stop', 'activity']),
    wrapModel: (model) => ({
      description: model.description,
      async *stream(request, signal) {
        const mark = points.wrap('model', { ask: async () => {}, reply: async () => {} });
        await mark.ask();
        for await (const event of model.stream(request, signal)) {
          await mark.reply();
          yield event;
        }
      },
    }),
  });
  return { harness, points };
}

/** What the platform does until it gets a receipt: it delivers again. */
interface Deliveries {
  readonly unacknowledged: InboundEvent[];
}

async function scenario(life: Life, platform: FakeChannel, deliveries: Deliveries): Promise<void> {
  const { harness } = life;
  const tick = async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    await harness.clock.advance(100);
  };
  const dead = (): boolean => life.points.diedAt !== undefined;
  const starting = harness.start();
  for (let step = 0; step < 10 && !dead(); step += 1) await tick();
  if (dead()) return;
  await starting;

  async function deliver(event: InboundEvent): Promise<void> {
    deliveries.unacknowledged.push(event);
    void platform.emit(event).then(({ receipt }) => {
      if (receipt === 'unavailable' || dead()) return;
      deliveries.unacknowledged.splice(deliveries.unacknowledged.indexOf(event), 1);
    });
    await tick();
  }

  for (const event of deliveries.unacknowledged.splice(0)) await deliver(event);
  if (!said.has(platform)) {
    said.add(platform);
    await deliver(messageOf(platform));
  }
  for (let step = 0; step < 80 && !dead(); step += 1) {
    await tick();
    const shown = platform.messages().find((message) => message.text.startsWith(text) && !message.removed);
    if (shown !== undefined && !voted.has(platform)) {
      voted.set(platform, shown.ref);
      await deliver(voteOn(platform, shown.ref));
      await deliver(homeOf(platform));
    }
    const target = voted.get(platform);
    if (target !== undefined && platform.capabilities.canOpenForms && !filled.has(platform) && !dead()) {
      filled.add(platform);
      await deliver(formAbout(platform, target));
    }
  }
}

const said = new WeakSet<FakeChannel>();
const filled = new WeakSet<FakeChannel>();
const voted = new WeakMap<FakeChannel, MessageRef>();

/** Where everything happens: a thread where the platform can read one, else a direct conversation. */
function actorOf(platform: FakeChannel): FakePerson {
  if (!platform.capabilities.canReadThreads) return platform.person;
  return platform.personAs({ channelId: 'room', threadId: 'thread-1', audience: 'group' });
}

function messageOf(platform: FakeChannel): InboundEvent {
  const { person, conversation } = actorOf(platform);
  return {
    type: 'message_received',
    eventId: 'fake:event-1' as InboundEvent['eventId'],
    platform: 'fake',
    spaceId: conversation.spaceId,
    occurredAt: 1,
    conversation,
    admission: { kind: 'open' },
    ref: { platform: 'fake', channelId: conversation.channelId, messageId: 'person-1' },
    author: person,
    addressing: conversation.audience === 'direct' ? 'direct' : 'mention',
    text: 'a question',
  };
}

function voteOn(
  platform: FakeChannel,
  target: { platform: string; channelId: string; messageId: string },
): InboundEvent {
  const { person, conversation } = actorOf(platform);
  return {
    type: 'signal_given',
    eventId: 'fake:event-2' as InboundEvent['eventId'],
    platform: 'fake',
    spaceId: conversation.spaceId,
    occurredAt: 2,
    admission: { kind: 'open' },
    actor: person,
    target,
    ...(platform.capabilities.canOpenForms
      ? {
          mark: { kind: 'button', name: 'bad' },
          // Pressed too long ago for a form: the bot tries, and offers it by a word then.
          interaction: { handle: 'too-late' },
        }
      : { mark: { kind: 'reaction', name: '👍' } }),
  };
}

function formAbout(platform: FakeChannel, target: MessageRef): InboundEvent {
  const { person, conversation } = actorOf(platform);
  return {
    type: 'form_submitted',
    eventId: 'fake:event-3' as InboundEvent['eventId'],
    platform: 'fake',
    spaceId: conversation.spaceId,
    occurredAt: 3,
    admission: { kind: 'open' },
    actor: person,
    formId: REASON_FORM,
    target,
    conversation,
    interaction: { handle: 'form' },
    values: { reason: 'wrong', words: 'Because.' },
  };
}

function homeOf(platform: FakeChannel): InboundEvent {
  const { person, conversation } = actorOf(platform);
  return {
    type: 'home_opened',
    eventId: 'fake:event-4' as InboundEvent['eventId'],
    platform: 'fake',
    spaceId: conversation.spaceId,
    occurredAt: 4,
    admission: { kind: 'open' },
    actor: person,
  };
}

/** How often the whole answer stands on the screen, how often a part of it, and how many words about a fault. */
function screen(platform: FakeChannel): { whole: number; half: number; notices: number } {
  const texts = platform.texts();
  const whole = texts.filter((shown) => shown === text + rest).length;
  return {
    whole,
    half: texts.filter((shown) => shown.startsWith(text) && shown !== text + rest).length,
    notices: texts.filter((shown) => shown.includes('⚠️')).length,
  };
}

async function dieAndComeBack(
  at: number,
  moment: 'before' | 'after',
  capabilities: Partial<ChannelCapabilities>,
) {
  const path = newPath();
  const platform = createFakeChannel({ capabilities });
  const deliveries: Deliveries = { unacknowledged: [] };
  const first = await live(path, platform, createCrashPoints(at, moment));
  await scenario(first, platform, deliveries);
  const diedAt = first.points.diedAt;
  await platform.stop();
  first.harness.kill();
  if (diedAt === undefined)
    return { diedAt, calls: first.points.calls, platform, deliveries, second: undefined };
  const second = await live(path, platform, createCrashPoints(0, 'before'));
  await scenario(second, platform, deliveries);
  return { diedAt, calls: first.points.calls, platform, deliveries, second };
}

const variants: readonly { readonly name: string; readonly capabilities: Partial<ChannelCapabilities> }[] = [
  { name: 'a platform without send keys', capabilities: { hasSendKeys: false, minEditIntervalMs: 100 } },
  { name: 'a platform with send keys', capabilities: { hasSendKeys: true, minEditIntervalMs: 100 } },
  { name: 'a platform that cannot edit', capabilities: { canEdit: false } },
  { name: 'a platform that edits slowly', capabilities: { minEditIntervalMs: 3_000 } },
  { name: 'a platform that streams', capabilities: { canStreamNatively: true, minEditIntervalMs: 100 } },
  {
    name: 'a platform with threads, forms and a home page',
    capabilities: {
      canReadThreads: true,
      canOpenForms: true,
      canPublishHome: true,
      minGroupEditIntervalMs: 100,
    },
  },
];

/** What the scenario must pass on such a platform. */
function callsOf(capabilities: Partial<ChannelCapabilities>): readonly string[] {
  return [
    'inbox.accept',
    'turns.open',
    'turns.intend',
    'turns.sent',
    'turns.answer',
    'turns.end',
    'model.ask',
    'model.reply',
    'ledger.append',
    ...(capabilities.canStreamNatively === true
      ? ['channel.openStream', 'stream.append', 'stream.close']
      : ['channel.send']),
    ...(capabilities.canOpenForms === true
      ? ['channel.readThread', 'channel.openForm', 'channel.publishHome', 'turns.hasAnswered']
      : []),
  ];
}

describe.each(variants)('killed at any call on $name', ({ capabilities }) => {
  test.each(['before', 'after'] as const)(
    '%s it takes effect: one turn, nothing lost, nothing doubled',
    async (moment) => {
      const seen: string[] = [];
      for (let at = 1; at < 200; at += 1) {
        const { diedAt, platform, deliveries, second } = await dieAndComeBack(at, moment, capabilities);
        if (diedAt === undefined || second === undefined) break;
        seen.push(diedAt);
        const where = `killed ${moment} call ${at}, ${diedAt}; screen: ${JSON.stringify(platform.texts())}`;
        const { stores } = second.harness;
        expect(await stores.inbox.pending(), where).toEqual([]);
        expect(await stores.turns.unfinished(), where).toEqual([]);
        const counts = await stores.turns.counts();
        expect(
          Object.values(counts).reduce((a, b) => a + b, 0),
          where,
        ).toBe(1);
        const shown = screen(platform);
        if (shown.half > 0) expect(shown.notices, where).toBe(1);
        expect(shown.whole, where).toBeLessThanOrEqual(1);
        if (counts.done === 1) expect(shown.whole, where).toBe(1);
        else expect(shown.notices, where).toBe(1);
        if (capabilities.hasSendKeys === true) expect(counts.delivery_unknown, where).toBe(0);
        const target = voted.get(platform);
        const known = target !== undefined && (await stores.turns.byReply(target)) !== undefined;
        // A message whose id was lost with the process cannot be told from anybody's: its reactions are refused.
        const rows = capabilities.canOpenForms === true ? 2 : 1;
        expect(await stores.ledger.count(), where).toBe(known ? rows : 0);
        for (const word of ['tell me what was wrong', 'Thank you, noted.'])
          expect(platform.texts().filter((shown) => shown.includes(word)).length, where).toBeLessThanOrEqual(
            1,
          );
        expect(deliveries.unacknowledged, where).toEqual([]);
        await second.harness.stop();
      }
      expect(seen.length).toBeGreaterThan(15);
      for (const call of callsOf(capabilities)) {
        expect(seen, `the scenario passes ${call}`).toContain(call);
      }
    },
  );
});

test('rewards settle after a restart too', async () => {
  const path = newPath();
  const platform = createFakeChannel({ capabilities: { minEditIntervalMs: 100 } });
  const first = await live(path, platform, createCrashPoints(0, 'before'));
  const deliveries: Deliveries = { unacknowledged: [] };
  await scenario(first, platform, deliveries);
  await platform.stop();
  first.harness.kill();
  const second = await live(path, platform, createCrashPoints(0, 'before'));
  await scenario(second, platform, deliveries);
  const turn = await second.harness.stores.turns.byReply(platform.messages()[0]!.ref);
  await second.harness.clock.advance(11 * minute);
  expect(await second.harness.stores.ledger.settlement(turn!.turnId, 'skills')).toMatchObject({
    state: 'settled',
    reward: { kind: 'known', value: 1 },
  });
  await second.harness.stop();
});
