import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { toInbound } from '../../../adapters/slack/inbound.ts';
import type { SlackFacts, SlackInbound } from '../../../adapters/slack/inbound-facts.ts';
import type { InboundEvent } from '../../../core/domain/inbound-event.ts';
import { facts } from './inbound-payloads.ts';
import { fieldsOf, filledSample, fixturesPath, isAbsent, readSample, samples } from './recorded-payloads.ts';

const recordingSchema = z.looseObject({ botUserId: z.string() });

/** One recording, with the facts of the workspace that it was made in. */
function recording(name: string): {
  readonly part: (key: string) => unknown;
  readonly map: (body: unknown) => SlackInbound;
} {
  const path = join(fixturesPath, 'slack', `${name}.json`);
  const recorded = recordingSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  const given: SlackFacts = {
    ...facts,
    botUserId: recorded.botUserId,
    teamId: 'T00FAKE00AA',
    appId: undefined,
  };
  return { part: (key) => recorded[key], map: (body) => toInbound(body, given, () => undefined) };
}

function one(inbound: SlackInbound): InboundEvent {
  expect({ count: inbound.events.length, why: inbound.ignored, notice: inbound.notice }).toEqual({
    count: 1,
    why: undefined,
    notice: undefined,
  });
  return inbound.events[0]!;
}

describe.skipIf(isAbsent)('recorded payloads (need ../shared/data)', () => {
  test('a mention in a channel, as message and as app_mention', () => {
    const message = recording('channel-mention');
    expect(one(message.map(message.part('mention')))).toMatchObject({
      type: 'message_received',
      eventId: 'slack:m:C00FAKECHAN1:1773327463.619929',
      addressing: 'mention',
      text: 'Can you see the name of this channel: #C00FAKECHAN2?',
      admission: { kind: 'open' },
      conversation: { audience: 'group', channelId: 'C00FAKECHAN1', threadId: '1773327463.619929' },
    });
    const appMention = recording('actions-reactions');
    expect(one(appMention.map(appMention.part('mention')))).toMatchObject({
      eventId: 'slack:m:C00FAKECHAN1:1767326125.870439',
      occurredAt: 1_767_326_125_870.439,
      addressing: 'mention',
      text: 'Test',
    });
  });

  test('direct messages of another workspace than the bot was installed in must be let in', () => {
    const dm = recording('dm-direct');
    const events = ['directDM', 'followUp'].map((key) => one(dm.map(dm.part(key))));
    expect(events.map((event) => 'text' in event && event.text)).toEqual(['hello hello', 'cool!!']);
    for (const event of events) {
      expect(event).toMatchObject({
        addressing: 'direct',
        conversation: { audience: 'direct', channelId: 'D0ACX51K95H' },
        admission: { kind: 'linked', subjects: ['slack:user:U0ADXQT6CRW', 'slack:team:T0ADGE2G4EM'] },
      });
    }
  });

  test('a reaction and a pressed button', () => {
    const recorded = recording('actions-reactions');
    expect(one(recorded.map(recorded.part('reaction')))).toMatchObject({
      type: 'signal_given',
      mark: { kind: 'reaction', name: '👍' },
      target: { channelId: 'C00FAKECHAN1', messageId: '1767326126.896109' },
    });
    expect(one(recorded.map(recorded.part('action')))).toMatchObject({
      type: 'action_invoked',
      actionId: 'info',
      conversation: { threadId: '1767326125.870439' },
      target: { messageId: '1767326126.896109' },
      actor: { personId: 'slack:U00FAKEUSER1', displayName: 'testuser' },
    });
    for (const key of ['staticSelectAction', 'radioButtonsAction']) {
      expect(recorded.map(recorded.part(key))).toEqual({ events: [], ignored: 'no_button' });
    }
  });

  test('a slash command of another name, and a form of another app, are told', () => {
    const recorded = recording('slash-commands');
    for (const key of ['slashCommand', 'slashCommandWithArgs']) {
      expect(recorded.map(recorded.part(key))).toMatchObject({
        events: [],
        notice: { kind: 'unreadable', what: 'slash_command' },
      });
    }
    expect(recorded.map(recorded.part('viewSubmission'))).toMatchObject({
      events: [],
      notice: { kind: 'unreadable', what: 'view_submission' },
    });
  });

  test('a slash command and a form of ours in the same shape', () => {
    const recorded = recording('slash-commands');
    const command = { ...fieldsOf(recorded.part('slashCommandWithArgs')), command: '/metaclaw' };
    expect(one(recorded.map(command))).toMatchObject({
      type: 'command_invoked',
      line: 'some arguments here',
      conversation: { channelId: 'C00FAKECHAN3' },
    });
    const body = fieldsOf(recorded.part('viewSubmission'));
    const about = { platform: 'slack', channelId: 'C00FAKECHAN3', messageId: '1.5' };
    const form = { ...body, view: { ...fieldsOf(body['view']), private_metadata: JSON.stringify(about) } };
    expect(one(recorded.map(form))).toMatchObject({
      type: 'form_submitted',
      eventId: 'slack:v:V0AF71PAUQK:1771309947.RiIIx55y',
      formId: 'feedback_form',
      target: about,
      values: { message: 'Hello!', category: 'feature', email: 'user@example.com' },
    });
  });

  test('a talk in a thread, and a mention with a picture', () => {
    const recorded = recording('streaming');
    expect(one(recorded.map(recorded.part('aiMention')))).toMatchObject({
      addressing: 'mention',
      text: 'AI What is love?',
    });
    expect(one(recorded.map(recorded.part('followUp')))).toMatchObject({
      addressing: 'thread',
      conversation: { threadId: '1767406613.568609' },
      text: 'Who are you?',
    });
    const picture = fieldsOf(recorded.part('aiMentionWithFile'));
    const mention = fieldsOf(picture['event']);
    const text = String(mention['text']).replace('U00FAKEBOT03', 'U00FAKEBOT01');
    expect(
      one(recorded.map({ ...picture, type: 'event_callback', event: { ...mention, text } })),
    ).toMatchObject({
      addressing: 'mention',
      attachments: ['photo'],
    });
  });
});

/** What each of the samples is to us. */
const expected: Readonly<Record<string, string>> = {
  AppHomeOpenedPayload: 'home_opened',
  AppMentionPayload: 'message_received',
  AppRateLimitedPayload: 'rate_limited',
  AppUninstalledPayload: 'uninstalled',
  MemberJoinedChannelPayload: 'event_member_joined_channel',
  MessageBotPayload: 'message_received',
  MessageChangedPayload: 'message_edited',
  MessageDeletedPayload: 'message_deleted',
  MessageFileSharePayload: 'message_received',
  MessageMePayload: 'message_received',
  MessagePayload: 'message_received',
  MessageThreadBroadcastPayload: 'message_received',
  ReactionAddedPayload: 'signal_given',
  ReactionRemovedPayload: 'signal_withdrawn',
  TokensRevokedPayload: 'tokens_revoked',
};

describe.skipIf(isAbsent)('samples of every payload (need ../shared/data)', () => {
  test('are all known here', () => {
    expect(samples.map((name) => basename(name, '.json')).toSorted()).toEqual(
      Object.keys(expected).toSorted(),
    );
  });

  test.each(samples)('%s, filled in, is what it should be', (name) => {
    const inbound = toInbound(filledSample(name), facts, () => undefined);
    const told = inbound.events[0]?.type ?? inbound.notice?.kind ?? inbound.ignored;
    expect(told).toBe(expected[basename(name, '.json')]);
    for (const mapped of inbound.events) expect(mapped.spaceId).toBe(`slack:${facts.teamId}`);
  });

  test.each(samples)('%s, as empty as it is, throws nothing', (name) => {
    const body = fieldsOf(readSample(name));
    expect(toInbound(body, facts, () => undefined).events).toEqual([]);
    expect(toInbound({ ...body, type: 'event_callback' }, facts, () => undefined)).toBeDefined();
  });
});
