import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_TEXT_CHARS, measureDocument } from '../../../adapters/slack/measure-document.ts';
import {
  appendStreamPayload,
  deletePayload,
  ephemeralPayload,
  MAX_STREAM_CHARS,
  postPayload,
  responseUrlPayload,
  slackCapabilities,
  startStreamPayload,
  statusPayload,
  stopStreamPayload,
  updatePayload,
} from '../../../adapters/slack/outbound.ts';
import { decodeText } from '../../../adapters/slack/slack-text.ts';
import type { ConversationAddress } from '../../../core/domain/conversation.ts';
import type { Document } from '../../../core/domain/document.ts';
import type { SpaceId } from '../../../core/domain/ids.ts';
import type { Action, OutboundMessage } from '../../../core/domain/outbound-message.ts';
import { splitDocument } from '../../../core/domain/split-document.ts';
import { anyDocument } from '../../core/domain/document-arbitrary.ts';
import { checkBlocks } from '../../fakes/slack/block-rules.ts';
import { callSchemas, type MethodName } from '../../fakes/slack/call-schemas.ts';
import { nastyDocument, paragraph, says, text } from '../nasty-documents.ts';

const ref = { platform: 'slack', channelId: 'C012AB3CD', messageId: '1712345678.000100' };
const thread = '1712345600.000200';
const channel: ConversationAddress = {
  platform: 'slack',
  spaceId: 'slack:T1' as SpaceId,
  audience: 'group',
  channelId: ref.channelId,
};
const target = { ...channel, threadId: thread };
const feedback: readonly Action[] = [
  { actionId: 'feedback.good', label: '👍' },
  { actionId: 'feedback.bad', label: '👎' },
];
const feedbackBlock = expect.objectContaining({
  type: 'context_actions',
  elements: [
    expect.objectContaining({
      type: 'feedback_buttons',
      action_id: 'feedback',
      positive_button: expect.objectContaining({ value: 'feedback.good' }),
      negative_button: expect.objectContaining({ value: 'feedback.bad' }),
    }),
  ],
});
const words = (value: string) => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: value }] }],
});
const message = (body: Document, more: Partial<OutboundMessage> = {}): OutboundMessage => ({
  body,
  sendKey: 'k',
  ...more,
});

/** Slack's own check of what a method takes. */
function accepted<M extends MethodName>(method: M, args: unknown): unknown {
  const parsed = callSchemas[method].safeParse(args);
  expect(parsed.error?.issues).toBeUndefined();
  return parsed.data;
}

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return error instanceof Error && 'code' in error ? `${error.code}: ${error.message}` : 'another error';
  }
  return 'accepted';
}

describe('payloads', () => {
  test('a post names channel and thread, is not parsed, and shows no preview', () => {
    const payload = postPayload(target, message(says('a & <!here>')));
    expect(accepted('chat.postMessage', payload)).toEqual({
      channel: ref.channelId,
      thread_ts: thread,
      text: 'a &amp; &lt;!here&gt;',
      blocks: [words('a & <!here>')],
      parse: 'none',
      link_names: false,
      unfurl_links: false,
      unfurl_media: false,
    });
  });

  test('without a thread a post goes into the channel, or under what it replies to', () => {
    expect(postPayload(channel, message(says('x')))).not.toHaveProperty('thread_ts');
    expect(postPayload(channel, message(says('x'), { replyTo: ref }))).toHaveProperty(
      'thread_ts',
      ref.messageId,
    );
    const elsewhere = { ...ref, channelId: 'C999' };
    expect(postPayload(channel, message(says('x'), { replyTo: elsewhere }))).not.toHaveProperty('thread_ts');
    expect(postPayload(target, message(says('x'), { replyTo: ref }))).toHaveProperty('thread_ts', thread);
  });

  test('a private post names its reader', () => {
    const payload = accepted('chat.postEphemeral', ephemeralPayload(target, 'U1', message(says('x'))));
    expect(payload).toEqual({
      channel: ref.channelId,
      thread_ts: thread,
      user: 'U1',
      text: 'x',
      blocks: [words('x')],
      parse: 'none',
      link_names: false,
    });
  });

  test('an update replaces all blocks, buttons included', () => {
    const payload = accepted('chat.update', updatePayload(ref, message(says('x'), { actions: [feedback] })));
    expect(payload).toEqual({
      channel: ref.channelId,
      ts: ref.messageId,
      text: 'x',
      blocks: [words('x'), feedbackBlock],
      parse: 'none',
      link_names: false,
    });
    expect(updatePayload(ref, message(says('x')))).toHaveProperty('blocks', [words('x')]);
  });

  test('an edit has room for what the blocks show, in any script, and for the beginning of it as text', () => {
    const longest = (letter: string): string => {
      let count = MAX_TEXT_CHARS;
      while (measureDocument(says(letter.repeat(count))) > MAX_TEXT_CHARS) count -= 10;
      return letter.repeat(count);
    };
    for (const letter of ['x', 'ü', 'ж', '字', '👍', 'a&', '<ü>']) {
      const written = longest(letter);
      const payload = updatePayload(ref, message(says(written)));
      accepted('chat.update', payload);
      const beginning = 'text' in payload ? String(payload.text) : '';
      expect(Buffer.byteLength(beginning)).toBeLessThanOrEqual(4_000);
      const read = decodeText(beginning.replace(/…$/, ''), {
        botUserId: 'U0',
        displayNameOf: () => undefined,
      }).text;
      expect(written.startsWith(read)).toBe(true);
      expect(Buffer.byteLength(beginning)).toBeGreaterThan(Math.min(Buffer.byteLength(written), 3_980) - 20);
    }
  });

  test('the answer at a response address is for one or for all, beside the message', () => {
    expect(responseUrlPayload(message(says('x')), true)).toEqual({
      text: 'x',
      blocks: [words('x')],
      response_type: 'ephemeral',
      replace_original: false,
    });
    expect(responseUrlPayload(message(says('x')), false)).toMatchObject({
      response_type: 'in_channel',
      replace_original: false,
    });
  });

  test('buttons stand in rows below the words, feedback last', () => {
    const about = { ...ref, messageId: '1712345678.000300' };
    const actions: readonly (readonly Action[])[] = [
      [...feedback, { actionId: 'turn.retry', label: 'Retry', about }],
      [],
      [
        { actionId: 'a', label: 'A' },
        { actionId: 'a', label: 'A again', about },
      ],
    ];
    const button = (id: string, label: string, value?: string) => ({
      type: 'button',
      action_id: id,
      text: { type: 'plain_text', text: label, emoji: true },
      ...(value === undefined ? {} : { value }),
    });
    const value = JSON.stringify(about);
    const { blocks } = accepted('chat.postMessage', postPayload(target, message(says('x'), { actions }))) as {
      blocks: object[];
    };
    expect(blocks).toEqual([
      words('x'),
      { type: 'actions', elements: [button('turn.retry', 'Retry', value)] },
      { type: 'actions', elements: [button('a', 'A')] },
      { type: 'actions', elements: [button('a', 'A again', value)] },
      feedbackBlock,
    ]);
  });

  test('half of the feedback is an ordinary button', () => {
    const payload = postPayload(target, message(says('x'), { actions: [feedback.slice(0, 1)] }));
    expect(payload).toHaveProperty('blocks.1.elements.0.action_id', 'feedback.good');
  });

  test('a stream begins in a thread, grows, and ends with its buttons', () => {
    expect(accepted('chat.startStream', startStreamPayload(target))).toEqual({
      channel: ref.channelId,
      thread_ts: thread,
    });
    expect(startStreamPayload(channel, ref)).toHaveProperty('thread_ts', ref.messageId);
    expect(refusal(() => startStreamPayload(channel))).toMatch(/^invalid_input: /);
    expect(accepted('chat.appendStream', appendStreamPayload(ref, ' there'))).toEqual({
      channel: ref.channelId,
      ts: ref.messageId,
      markdown_text: ' there',
    });
    expect(refusal(() => appendStreamPayload(ref, ''))).toMatch(/^invalid_input: /);
    expect(refusal(() => appendStreamPayload(ref, 'x'.repeat(MAX_STREAM_CHARS)))).toBe('accepted');
    expect(refusal(() => appendStreamPayload(ref, 'x'.repeat(MAX_STREAM_CHARS + 1)))).toMatch(
      /^invalid_input: /,
    );
    const end = stopStreamPayload(ref, message(says('Hi there.'), { actions: [feedback] }), '.');
    expect(accepted('chat.stopStream', end)).toEqual({
      channel: ref.channelId,
      ts: ref.messageId,
      markdown_text: '.',
      blocks: [feedbackBlock],
    });
    expect(stopStreamPayload(ref, message(says('x')))).toEqual({ channel: ref.channelId, ts: ref.messageId });
  });

  test('the status line stands in a thread', () => {
    const status = accepted('assistant.threads.setStatus', statusPayload(target, 'thinking'));
    expect(status).toEqual({ channel_id: ref.channelId, thread_ts: thread, status: 'is thinking…' });
    expect(statusPayload(target, 'idle')).toHaveProperty('status', '');
    expect(statusPayload(channel, 'thinking')).toBeUndefined();
  });

  test('a deletion names the message', () => {
    expect(accepted('chat.delete', deletePayload(ref))).toEqual({
      channel: ref.channelId,
      ts: ref.messageId,
    });
  });
});

describe('what Slack would refuse is refused before the call', () => {
  const button = (label: string, actionId = 'a'): OutboundMessage =>
    message(says('x'), { actions: [[{ actionId, label }]] });
  test.each<[string, OutboundMessage, boolean]>([
    ['text at the limit', message(says('x'.repeat(MAX_TEXT_CHARS))), true],
    ['text over the limit', message(says('x'.repeat(MAX_TEXT_CHARS + 1))), false],
    ['nothing', message({ blocks: [] }), false],
    ['blanks', message(says(' \n ')), false],
    ['an empty quote', message({ blocks: [{ type: 'quote', blocks: [paragraph(text(' '))] }] }), false],
    ['a label at the limit', button('x'.repeat(75)), true],
    ['a label over the limit', button('x'.repeat(76)), false],
    ['no label', button(' '), false],
    ['no action id', button('x', ''), false],
    ['an action id over the limit', button('x', 'x'.repeat(256)), false],
    ['47 blocks of words', message({ blocks: Array.from({ length: 47 }, () => ({ type: 'rule' })) }), true],
    ['48 blocks of words', message({ blocks: Array.from({ length: 48 }, () => ({ type: 'rule' })) }), false],
    [
      '51 blocks with their buttons',
      message(says('x'), { actions: Array.from({ length: 50 }, () => [{ actionId: 'a', label: 'A' }]) }),
      false,
    ],
  ])('%s', (_, sent, isAccepted) => {
    const runs = [
      () => accepted('chat.postMessage', postPayload(target, sent)),
      () => accepted('chat.update', updatePayload(ref, sent)),
      () => accepted('chat.postEphemeral', ephemeralPayload(target, 'U1', sent)),
      () => responseUrlPayload(sent, true),
    ];
    const expected = isAccepted ? /^accepted$/ : /^invalid_input: [A-Z].*[.]$/;
    for (const run of runs) expect(refusal(run)).toMatch(expected);
  });

  test('whatever fits by the measure is taken by every method', () => {
    fc.assert(
      fc.property(fc.oneof(nastyDocument, anyDocument), fc.boolean(), (document, hasFeedback) => {
        for (const piece of splitDocument(document, MAX_TEXT_CHARS, measureDocument)) {
          const sent = message(piece, hasFeedback ? { actions: [feedback] } : {});
          const outcome = refusal(() => postPayload(target, sent));
          if (outcome !== 'accepted') {
            expect(outcome).toMatch(/cannot be empty/);
            continue;
          }
          const payload = postPayload(target, sent);
          accepted('chat.postMessage', payload);
          accepted('chat.update', updatePayload(ref, sent));
          expect('text' in payload && payload.text?.length).toBeLessThanOrEqual(MAX_TEXT_CHARS);
          checkBlocks(JSON.parse(JSON.stringify(payload)).blocks, 'message');
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

test('the capabilities agree with each other and with the methods behind them', () => {
  expect(slackCapabilities).toMatchObject({
    maxTextChars: MAX_TEXT_CHARS,
    canStreamNatively: true,
    canShowFeedbackButtons: true,
    canShowActions: true,
    canRegisterCommands: false,
    canShowNotes: false,
    hasSendKeys: false,
    isLocal: false,
    commandPrefix: '/metaclaw ',
  });
  // chat.update: 50 a minute; three answers at once.
  expect((3 * 60_000) / slackCapabilities.minGroupEditIntervalMs).toBeLessThanOrEqual(50);
  expect(60_000 / slackCapabilities.minEditIntervalMs).toBeLessThanOrEqual(100);
});
