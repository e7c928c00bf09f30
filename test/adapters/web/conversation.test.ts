import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMarkdown } from '../../../adapters/markdown/markdown.ts';
import { addressOf, keyOf } from '../../../adapters/web/account.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import { personId } from '../../../core/domain/ids.ts';
import type { OutboundMessage } from '../../../core/domain/outbound-message.ts';
import type { Receipt } from '../../../core/domain/receipt.ts';
import { createRecordingSink } from '../../contract/channel/recording-sink.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { type Browser, clientId, createWebRig, openBrowser } from './web-rig.ts';

const markdown = createMarkdown();
const feedback = [
  { actionId: 'feedback.good', label: 'Good' },
  { actionId: 'feedback.bad', label: 'Bad' },
];

function saying(text: string, extra: Partial<OutboundMessage> = {}): OutboundMessage {
  return { body: markdown.parse(text), sendKey: text, ...extra };
}

async function started(options: Parameters<typeof createWebRig>[0] = {}) {
  const rig = createWebRig(options);
  const inbox = createRecordingSink();
  await rig.channel.start(inbox.sink);
  const browser = await openBrowser(rig);
  const account = await browser.account();
  return { ...rig, inbox, browser, account, target: addressOf(account) };
}

const messagesOf = async (browser: Browser) => (await browser.conversation()).messages;

describe('a message', () => {
  test('is stored, announced to core as an operator writes it, and shown', async () => {
    const { browser, account, inbox } = await started();
    const id = clientId();
    const answer = await browser.post('/api/messages', { id, text: ' Hello <b>\n' });
    expect([answer.status, await answer.json()]).toEqual([202, { receipt: 'stored' }]);
    expect(inbox.events).toEqual([
      {
        type: 'message_received',
        eventId: `web:${account}.${id}`,
        platform: 'web',
        spaceId: `web:${account}`,
        occurredAt: expect.any(Number),
        conversation: { platform: 'web', spaceId: `web:${account}`, audience: 'direct', channelId: account },
        admission: { kind: 'open' },
        ref: { platform: 'web', channelId: account, messageId: `${account}.p.${id}` },
        author: { personId: `web:${account}`, displayName: 'Operator', isBot: false, role: 'operator' },
        addressing: 'direct',
        text: ' Hello <b>\n',
      },
    ]);
    expect(await messagesOf(browser)).toEqual([
      {
        id: `${account}.p.${id}`,
        at: expect.any(Number),
        revision: 2,
        from: 'person',
        text: ' Hello <b>\n',
        accepted: true,
      },
    ]);
  });

  test('sent again under its id is one message, at its first time: 200', async () => {
    const clock = createFakeClock();
    const { browser, inbox } = await started({ clock });
    const id = clientId();
    inbox.answerNext('stored', 'duplicate');
    await browser.post('/api/messages', { id, text: 'once' });
    await clock.advance(5_000);
    const again = await browser.post('/api/messages', { id, text: 'once' });
    expect([again.status, await again.json()]).toEqual([200, { receipt: 'duplicate' }]);
    expect(inbox.events[1]).toEqual(inbox.events[0]);
    expect((await messagesOf(browser)).length).toBe(1);
    const other = await browser.post('/api/messages', { id, text: 'other words' });
    expect(other.status).toBe(409);
    expect((await messagesOf(browser))[0]?.text).toBe('once');
    expect(inbox.events.length).toBe(2);
  });

  test.each(['unavailable', 'reject', 'throw'] as const)(
    'that core cannot take (%s) is 503, not shown, and may come again',
    async (answer) => {
      const { browser, inbox, transcripts } = await started();
      const id = clientId();
      inbox.answerNext(answer);
      const first = await browser.post('/api/messages', { id, text: 'keep me' });
      expect([first.status, await first.json()]).toEqual([
        503,
        { error: expect.stringMatching(/send it again/) },
      ]);
      expect(transcripts.messages.size).toBe(0);
      expect((await browser.post('/api/messages', { id, text: 'keep me' })).status).toBe(202);
      expect(inbox.events.map((event) => event.eventId)).toEqual([
        inbox.events[0]!.eventId,
        inbox.events[0]!.eventId,
      ]);
      expect((await messagesOf(browser)).map((message) => message.accepted)).toEqual([true]);
    },
  );

  test('that core has taken stays, whatever becomes of a resend', async () => {
    const { browser, inbox } = await started();
    const id = clientId();
    inbox.answerNext('stored', 'unavailable', 'refused');
    const statuses = [];
    for (let attempt = 0; attempt < 3; attempt += 1) {
      statuses.push((await browser.post('/api/messages', { id, text: 'taken' })).status);
    }
    expect(statuses).toEqual([202, 503, 403]);
    expect(await messagesOf(browser)).toMatchObject([{ text: 'taken', accepted: true }]);
  });

  test('that core took the second time stays, though the first time is refused only afterwards', async () => {
    const { browser, channel } = await started();
    const id = clientId();
    const receipts: ((receipt: Receipt) => void)[] = [];
    const asked = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    await channel.stop();
    await channel.start(
      () =>
        new Promise((resolve) => {
          receipts.push(resolve);
          asked[receipts.length - 1]?.resolve();
        }),
    );
    const first = browser.post('/api/messages', { id, text: 'taken' });
    await asked[0]?.promise;
    const second = browser.post('/api/messages', { id, text: 'taken' });
    await asked[1]?.promise;
    receipts[0]?.('unavailable');
    expect((await first).status).toBe(503);
    receipts[1]?.('stored');
    expect((await second).status).toBe(202);
    expect(await messagesOf(browser)).toMatchObject([{ text: 'taken', accepted: true }]);
  });

  test('that core refuses is 403 and not shown', async () => {
    const { browser, inbox } = await started();
    inbox.answerNext('refused');
    const answer = await browser.say('too many');
    expect([answer.status, await answer.json()]).toEqual([403, { error: expect.stringMatching(/\.$/) }]);
    expect(await messagesOf(browser)).toEqual([]);
  });

  test('stands in its place before core is asked, so that no answer can come before it', async () => {
    const { browser, inbox, transcripts, channel, target } = await started();
    const seen: number[] = [];
    await channel.stop();
    await channel.start(async (event) => {
      seen.push(transcripts.messages.size);
      await channel.send(target, saying('a quick answer'));
      return inbox.sink(event);
    });
    await browser.say('question');
    expect(seen).toEqual([1]);
    expect((await messagesOf(browser)).map((message) => message.from)).toEqual(['person', 'bot']);
  });

  test('cut off between storing and accepting is shown as not confirmed, and a resend mends it', async () => {
    const { browser, account, transcripts } = await started();
    const id = clientId();
    await transcripts.put({
      messageId: `${account}.p.${id}`,
      conversationKey: keyOf(account),
      from: 'person',
      content: { kind: 'person', text: 'half', accepted: false, revision: 1 },
      at: 1,
    });
    expect((await messagesOf(browser)).find((message) => message.id.endsWith(id))?.accepted).toBe(false);
    await browser.post('/api/messages', { id, text: 'half' });
    expect((await messagesOf(browser)).find((message) => message.id.endsWith(id))?.accepted).toBe(true);
  });

  test('that makes no sense is 400 with a sentence, and one too long 413', async () => {
    const { browser, inbox, call, mounts } = await started({
      limits: { maxInboundChars: 100, maxBodyBytes: 2_000 },
    });
    const id = clientId();
    for (const json of [
      { id, text: '' },
      { id, text: ' \n ' },
      { id, text: 5 },
      { id },
      { text: 'x' },
      { id: 'short', text: 'x' },
      { id: '../../etc/passwd', text: 'x' },
      { id: 'x'.repeat(65), text: 'x' },
      { id, text: 'x', extra: 1 },
      [],
      null,
      'text',
    ]) {
      const answer = await browser.post('/api/messages', json);
      expect([json, answer.status]).toEqual([json, 400]);
      expect(await answer.json()).toEqual({ error: expect.stringMatching(/[.:].*\.$/) });
    }
    expect(
      (await call('/api/messages', { body: '{"id":', headers: { cookie: browser.cookie } })).status,
    ).toBe(400);
    expect((await browser.say('x'.repeat(101))).status).toBe(413);
    expect((await browser.say('x'.repeat(3_000))).status).toBe(413);
    const streamed = new Request('http://127.0.0.1:8787/api/messages', {
      method: 'POST',
      headers: {
        host: '127.0.0.1:8787',
        origin: 'http://127.0.0.1:8787',
        cookie: browser.cookie,
        'content-type': 'application/json',
      },
      body: new Blob(['x'.repeat(5_000)]).stream(),
      duplex: 'half',
    });
    expect((await mounts[0]!.fetch(streamed)).status).toBe(413);
    expect((await browser.say('x'.repeat(100))).status).toBe(202);
    expect(inbox.events.length).toBe(1);
  });

  test('any JSON at any door is an answer with a sentence, never a failure of the server', async () => {
    const { browser, inbox, logger } = await started();
    const value = fc.oneof(
      fc.jsonValue(),
      fc.record(
        { id: fc.constant('0000000001'), text: fc.string(), messageId: fc.string(), name: fc.string() },
        { requiredKeys: [] },
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('messages', 'votes', 'actions'), value, async (door, json) => {
        const answer = await browser.post(`/api/${door}`, json);
        expect([200, 202, 400, 403, 404, 409]).toContain(answer.status);
      }),
      { numRuns: 2_000 },
    );
    expect(logger.of('web_request_failed')).toEqual([]);
    expect(
      inbox.events.every((event) => event.type === 'message_received' || event.type === 'command_invoked'),
    ).toBe(true);
  });

  test('a store that fails is 503 with a sentence, and nothing reaches core', async () => {
    const { browser, inbox, transcripts } = await started();
    for (const code of ['storage_full', 'storage_busy', 'storage_failed'] as const) {
      transcripts.failWith(new AppError(code, 'SQLITE_FULL: insides'));
      const answer = await browser.say('hello');
      const body = JSON.stringify(await answer.json());
      expect(answer.status).toBe(503);
      expect(body).not.toContain('SQLITE');
    }
    transcripts.failWith(new Error('a bug with insides'));
    const bug = await browser.say('hello');
    expect([bug.status, JSON.stringify(await bug.json())]).toEqual([
      500,
      expect.not.stringContaining('insides'),
    ]);
    expect(inbox.events).toEqual([]);
  });
});

describe('a command', () => {
  test('is words behind a slash, without it, and shown as written', async () => {
    const { browser, inbox, account } = await started();
    await browser.say('/skill search pdf tables');
    await browser.say('  /help');
    await browser.say('/');
    expect(inbox.events.map((event) => (event.type === 'command_invoked' ? event.line : event.type))).toEqual(
      ['skill search pdf tables', 'help', ''],
    );
    expect(inbox.events[0]).toMatchObject({
      type: 'command_invoked',
      conversation: addressOf(account),
      admission: { kind: 'open' },
      actor: { personId: `web:${account}`, role: 'operator' },
      interaction: { handle: expect.any(String) },
    });
    expect((await messagesOf(browser)).map((message) => message.text)).toEqual([
      '/skill search pdf tables',
      '  /help',
      '/',
    ]);
  });

  test('sent quietly (the stop button) is not shown, and its answer passes by', async () => {
    const { browser, inbox, channel } = await started();
    expect((await browser.say('/stop', { quiet: true })).status).toBe(202);
    expect(inbox.events).toMatchObject([{ type: 'command_invoked', line: 'stop' }]);
    const stream = (await browser.get('/api/events')).text();
    const { interaction } = await inbox.nth('command_invoked');
    const message = saying('**Stopped.** Two lines\n\ndropped.');
    await channel.respond(interaction, { kind: 'message', message, private: false });
    expect(await messagesOf(browser)).toEqual([]);
    inbox.answerNext('unavailable');
    expect((await browser.say('/stop', { quiet: true })).status).toBe(503);
    await browser.say('words are shown all the same', { quiet: true });
    expect((await messagesOf(browser)).length).toBe(1);
    await channel.stop();
    const notice = JSON.stringify({ type: 'notice', text: 'Stopped. Two lines\n\ndropped.' });
    expect(await stream).toContain(`event: notice\ndata: ${notice}\n`);
  });

  test('is answered through its interaction: deferred, then said, privately where asked', async () => {
    const { browser, inbox, channel } = await started();
    await browser.say('/why');
    const { interaction } = await inbox.nth('command_invoked');
    await channel.respond(interaction, { kind: 'defer', private: true });
    await channel.respond(interaction, { kind: 'message', message: saying('Because.'), private: true });
    const page = await browser.conversation();
    expect(page.isRunning).toBe(false);
    expect(page.messages.at(-1)).toMatchObject({
      from: 'bot',
      private: true,
      final: true,
      html: '<p dir="auto">Because.</p>',
    });
    await expect(channel.respond(interaction, { kind: 'choices', choices: [] })).rejects.toMatchObject({
      code: 'invalid_input',
    });
    await expect(
      channel.respond({ handle: 'reply:x' }, { kind: 'defer', private: true }),
    ).rejects.toMatchObject({ code: 'invalid_input' });
  });
});

describe('completion', () => {
  test('asks core and waits for its choices', async () => {
    const { browser, inbox, channel } = await started();
    const asked = browser.post('/api/completions', { id: clientId(), line: 'sk' });
    const event = await inbox.nth('completion_requested');
    expect(event).toMatchObject({ line: 'sk', interaction: { deadlineAt: event.occurredAt + 2_000 } });
    const choices = [{ value: 'skill list', label: '/skill list', hint: 'Every skill' }];
    await channel.respond(event.interaction, { kind: 'choices', choices });
    expect(await (await asked).json()).toEqual({ choices });
    await channel.respond(event.interaction, { kind: 'choices', choices });
    await expect(
      channel.respond(event.interaction, { kind: 'message', message: saying('x'), private: false }),
    ).rejects.toMatchObject({ code: 'invalid_input' });
  });

  test('nobody answers: no choices after the wait; core is away: 503', async () => {
    const clock = createFakeClock();
    const { browser, inbox } = await started({ clock });
    const asked = browser.post('/api/completions', { id: clientId(), line: 'sk' });
    await inbox.nth('completion_requested');
    await clock.advance(2_000);
    expect(await (await asked).json()).toEqual({ choices: [] });
    inbox.answerNext('unavailable');
    const away = browser.post('/api/completions', { id: clientId(), line: 'sk' });
    expect((await away).status).toBe(503);
    expect((await browser.post('/api/completions', { id: clientId(), line: 'x'.repeat(501) })).status).toBe(
      400,
    );
  });

  test('registered commands come with the page', async () => {
    const { browser, channel } = await started();
    await channel.registerCommands([{ name: 'help', summary: 'What I can do' }]);
    expect((await browser.conversation()).commands).toEqual([{ name: 'help', summary: 'What I can do' }]);
  });
});

describe('an answer', () => {
  test('is stored before it is announced, rendered on the server, with notes and buttons', async () => {
    const { browser, channel, target, transcripts } = await started();
    const notes = {
      model: 'demo',
      skills: [{ name: 'be-brief', version: 2, score: 0.8, because: ['short', 'please'] }],
    };
    const actions = [feedback, [{ actionId: 'turn.retry', label: 'Retry' }]];
    const ref = await channel.send(target, saying('**Bold** <script>alert(1)</script>', { notes, actions }));
    expect(transcripts.messages.get(ref.messageId)).toMatchObject({ from: 'bot' });
    expect(await messagesOf(browser)).toEqual([
      {
        id: ref.messageId,
        at: expect.any(Number),
        revision: 1,
        from: 'bot',
        html: '<p dir="auto"><strong>Bold</strong> &lt;script&gt;alert(1)&lt;/script&gt;</p>',
        final: true,
        private: false,
        actions: [[{ actionId: 'turn.retry', label: 'Retry' }]],
        canVote: true,
        vote: null,
        notes,
        pictures: [],
      },
    ]);
  });

  test('streams by edits, keeps its place, and is gone when removed', async () => {
    const { browser, channel, target } = await started();
    const ref = await channel.send(target, saying('One', { final: false, sendKey: 'a' }));
    await channel.send(target, saying('Later'));
    await channel.edit(ref, saying('One two', { final: false }));
    expect((await messagesOf(browser)).map(({ html, final }) => [html, final])).toEqual([
      ['<p dir="auto">One two</p>', false],
      ['<p dir="auto">Later</p>', true],
    ]);
    await channel.edit(ref, saying('One two three.', { actions: [feedback] }));
    expect((await messagesOf(browser))[0]).toMatchObject({
      html: '<p dir="auto">One two three.</p>',
      final: true,
      canVote: true,
      revision: 3,
    });
    await channel.remove(ref);
    expect((await messagesOf(browser)).length).toBe(1);
    await expect(channel.remove(ref)).rejects.toMatchObject({ code: 'not_found' });
    await expect(channel.edit(ref, saying('x'))).rejects.toMatchObject({ code: 'not_found' });
  });

  test('sent again under its key is one message, also after a restart; the vote on it stays', async () => {
    const first = await started();
    const message = saying('Answer', { sendKey: 'turn_1.0', actions: [feedback] });
    const ref = await first.channel.send(first.target, message);
    await first.browser.post('/api/votes', {
      id: clientId(),
      messageId: ref.messageId,
      name: 'good',
      change: 'given',
    });
    const restarted = createWebRig({ transcripts: first.transcripts });
    expect(await restarted.channel.send(first.target, message)).toEqual(ref);
    expect(await messagesOf(first.browser)).toMatchObject([
      { vote: 'good', html: '<p dir="auto">Answer</p>' },
    ]);
    const elsewhere = await first.channel.send(addressOf('account_other'), message);
    expect(elsewhere.messageId).not.toBe(ref.messageId);
  });

  test('to one person is marked private; to another person, platform or conversation it is refused', async () => {
    const { browser, channel, target, account } = await started();
    await channel.send(target, saying('psst'), { privateTo: personId('web', account) });
    expect(await messagesOf(browser)).toMatchObject([{ private: true }]);
    await expect(
      channel.send(target, saying('x'), { privateTo: personId('web', 'other') }),
    ).rejects.toMatchObject({ code: 'not_allowed' });
    for (const wrong of [
      { ...target, platform: 'telegram' },
      { ...target, channelId: 'account_other' },
      { ...target, channelId: '../x' },
      { ...target, audience: 'group' as const },
      { ...target, threadId: 't' },
    ]) {
      await expect(channel.send(wrong, saying('x'))).rejects.toMatchObject({ code: 'not_found' });
      await expect(channel.activity(wrong, 'thinking')).rejects.toMatchObject({ code: 'not_found' });
    }
  });

  test('core can neither edit nor remove what the person wrote', async () => {
    const { browser, channel, inbox } = await started();
    await browser.say('mine');
    const { ref } = await inbox.nth('message_received');
    await expect(channel.edit(ref, saying('not yours'))).rejects.toMatchObject({ code: 'not_found' });
    await expect(channel.remove(ref)).rejects.toMatchObject({ code: 'not_found' });
    expect((await messagesOf(browser))[0]?.text).toBe('mine');
  });

  test('running: from the first thought or word to the last', async () => {
    const clock = createFakeClock();
    const { browser, channel, target } = await started({ clock, limits: { activityMs: 60_000 } });
    const isRunning = async () => (await browser.conversation()).isRunning;
    expect(await isRunning()).toBe(false);
    await channel.activity(target, 'thinking');
    expect(await isRunning()).toBe(true);
    const ref = await channel.send(target, saying('W', { final: false }));
    await channel.activity(target, 'idle');
    expect(await isRunning()).toBe(true);
    await channel.send(target, saying('a command beside it'));
    expect(await isRunning()).toBe(true);
    await channel.edit(ref, saying('Words.'));
    expect(await isRunning()).toBe(false);
    await channel.activity(target, 'thinking');
    await clock.advance(60_000);
    expect(await isRunning()).toBe(false);
  });

  test('a row that this version cannot read is left out and logged', async () => {
    const { browser, account, transcripts, logger } = await started();
    await transcripts.put({
      messageId: 'odd',
      conversationKey: keyOf(account),
      from: 'bot',
      content: { kind: 'new' },
      at: 1,
    });
    expect(await messagesOf(browser)).toEqual([]);
    expect(logger.of('web_message_unreadable')).toMatchObject([{ fields: { messageId: 'odd' } }]);
  });
});

describe('votes', () => {
  const voting = async () => {
    const rig = await started();
    const ref = await rig.channel.send(rig.target, saying('Answer', { actions: [feedback] }));
    const vote = (name: string, change: string, id = clientId()) =>
      rig.browser.post('/api/votes', { id, messageId: ref.messageId, name, change });
    const shown = async () => (await messagesOf(rig.browser))[0]?.vote;
    return { ...rig, ref, vote, shown };
  };

  test('given, changed, taken back: signals in order, and the standing one shown after a reload', async () => {
    const { vote, shown, inbox, ref, account } = await voting();
    expect((await vote('good', 'given')).status).toBe(202);
    expect(await shown()).toBe('good');
    await vote('bad', 'given');
    expect(await shown()).toBe('bad');
    await vote('bad', 'withdrawn');
    expect(await shown()).toBe(null);
    expect(inbox.events.map((event) => ('mark' in event ? [event.type, event.mark] : []))).toEqual([
      ['signal_given', { kind: 'button', name: 'good' }],
      ['signal_given', { kind: 'button', name: 'bad' }],
      ['signal_withdrawn', { kind: 'button', name: 'bad' }],
    ]);
    for (const event of inbox.events) {
      expect(event).toMatchObject({
        target: ref,
        actor: { personId: `web:${account}` },
        admission: { kind: 'open' },
      });
    }
    const sorted = inbox.events.map((event) => event.eventId);
    expect([...sorted].sort()).toEqual(sorted);
  });

  test('the same press again is the same event, and an old press never turns back a newer one', async () => {
    const { vote, shown, inbox } = await voting();
    const press = clientId();
    inbox.answerNext('stored', 'stored', 'duplicate');
    await vote('good', 'given', press);
    await vote('good', 'withdrawn');
    expect((await vote('good', 'given', press)).status).toBe(200);
    expect(inbox.events[2]!.eventId).toBe(inbox.events[0]!.eventId);
    expect(await shown()).toBe(null);
  });

  test('a new press counts, whatever the clock of the browser says', async () => {
    const { vote, shown } = await voting();
    await vote('good', 'given', '0zzzzzzzz-00001-aaaaaaa');
    expect((await vote('bad', 'given', '011111111-00001-aaaaaaa')).status).toBe(202);
    expect(await shown()).toBe('bad');
  });

  test('that core does not take is not shown', async () => {
    const { vote, shown, inbox } = await voting();
    inbox.answerNext('unavailable', 'refused');
    expect((await vote('good', 'given')).status).toBe(503);
    expect((await vote('good', 'given')).status).toBe(403);
    expect(await shown()).toBe(null);
  });

  test('times of events never go back with the clock', async () => {
    const clock = createFakeClock();
    const rig = await started({ clock });
    const ref = await rig.channel.send(rig.target, saying('Answer', { actions: [feedback] }));
    for (const name of ['good', 'bad']) {
      await rig.browser.post('/api/votes', {
        id: clientId(),
        messageId: ref.messageId,
        name,
        change: 'given',
      });
      clock.jump(-3_600_000);
    }
    const [first, second] = rig.inbox.events;
    expect(second!.occurredAt).toBeGreaterThanOrEqual(first!.occurredAt);
  });
});

describe('buttons', () => {
  test('come back with their message; feedback does not come this way', async () => {
    const { browser, channel, target, inbox } = await started();
    const ref = await channel.send(
      target,
      saying('Failed.', { actions: [[{ actionId: 'turn.retry', label: 'Retry' }]] }),
    );
    const press = (actionId: string, messageId = ref.messageId) =>
      browser.post('/api/actions', { id: clientId(), messageId, actionId });
    expect((await press('turn.retry')).status).toBe(202);
    expect(inbox.events).toMatchObject([
      { type: 'action_invoked', actionId: 'turn.retry', target: ref, conversation: target },
    ]);
    expect((await press('feedback.good')).status).toBe(400);
    expect((await press('no good')).status).toBe(400);
    expect((await press('turn.retry', 'unknown')).status).toBe(404);
    expect(inbox.events.length).toBe(1);
    const event = await inbox.nth('action_invoked');
    await channel.respond(event.interaction, { kind: 'message', message: saying('Again.'), private: false });
    expect((await messagesOf(browser)).at(-1)).toMatchObject({
      html: '<p dir="auto">Again.</p>',
      private: false,
    });
  });

  test('a press that is deferred and answered by an ordinary message leaves nothing running', async () => {
    const { browser, channel, target, inbox } = await started();
    const actions = [[{ actionId: 'turn.retry', label: 'Retry' }]];
    const { messageId } = await channel.send(target, saying('Failed.', { actions }));
    await browser.post('/api/actions', { id: clientId(), messageId, actionId: 'turn.retry' });
    const { interaction } = await inbox.nth('action_invoked');
    await channel.respond(interaction, { kind: 'defer', private: true });
    await channel.activity(target, 'thinking');
    await channel.send(target, saying('Here it is.'));
    await channel.activity(target, 'idle');
    expect((await browser.conversation()).isRunning).toBe(false);
  });
});

describe('two people', () => {
  test('see, rate and press nothing of each other', async () => {
    const rig = await started();
    const other = await openBrowser(rig);
    const ref = await rig.channel.send(rig.target, saying('A secret', { actions: [feedback] }));
    await rig.browser.say('my words');
    expect(await other.account()).not.toBe(rig.account);
    expect(await messagesOf(other)).toEqual([]);
    const before = rig.inbox.events.length;
    const target = { id: clientId(), messageId: ref.messageId };
    expect((await other.post('/api/votes', { ...target, name: 'bad', change: 'given' })).status).toBe(404);
    expect((await other.post('/api/actions', { ...target, actionId: 'turn.retry' })).status).toBe(404);
    expect(rig.inbox.events.length).toBe(before);
    expect((await messagesOf(rig.browser))[0]?.vote).toBe(null);
    // The same id from two browsers is two messages.
    const id = clientId();
    await rig.browser.post('/api/messages', { id, text: 'from one' });
    await other.post('/api/messages', { id, text: 'from the other' });
    expect((await messagesOf(rig.browser)).at(-1)?.text).toBe('from one');
    expect((await messagesOf(other)).at(-1)?.text).toBe('from the other');
    const ids = rig.inbox.events.map((event) => event.eventId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('a completion is answered to the one who asked', async () => {
    const rig = await started();
    const other = await openBrowser(rig);
    const id = clientId();
    const mine = rig.browser.post('/api/completions', { id, line: 'a' });
    const theirs = other.post('/api/completions', { id, line: 'b' });
    const events = [
      await rig.inbox.nth('completion_requested'),
      await rig.inbox.nth('completion_requested', 1),
    ];
    for (const event of events.toReversed()) {
      const choices = [{ value: event.line, label: event.line, hint: '' }];
      await rig.channel.respond(event.interaction, { kind: 'choices', choices });
    }
    expect(await (await mine).json()).toMatchObject({ choices: [{ value: 'a' }] });
    expect(await (await theirs).json()).toMatchObject({ choices: [{ value: 'b' }] });
  });
});

describe('the page', () => {
  test('is given model, banner and at most so many messages, asked anew each time', async () => {
    let banner: string | undefined = 'A stand-in answers here.';
    const { browser, channel, target } = await started({
      modelDescription: () => 'demo',
      banner: () => banner,
      examples: ['How high is it?'],
      limits: { transcriptMessages: 2 },
    });
    for (const text of ['1', '2', '3']) await channel.send(target, saying(text));
    expect(await browser.conversation()).toMatchObject({
      model: 'demo',
      banner: 'A stand-in answers here.',
      examples: ['How high is it?'],
      canLogOut: false,
    });
    banner = undefined;
    const page = await browser.conversation();
    expect(page.banner).toBe(null);
    expect(page.messages.map((message) => message.html)).toEqual([
      '<p dir="auto">2</p>',
      '<p dir="auto">3</p>',
    ]);
  });

  test('before the start and after the stop the server says 503, and still stores what core has to say', async () => {
    const rig = createWebRig();
    const inbox = createRecordingSink();
    const browser = await openBrowser(rig);
    expect((await browser.say('early')).status).toBe(503);
    await rig.channel.start(inbox.sink);
    const account = await browser.account();
    await rig.channel.stop();
    for (const answer of [
      await browser.say('late'),
      await browser.get('/api/events'),
      await browser.get('/api/conversation'),
    ]) {
      expect([answer.status, await answer.json()]).toEqual([503, { error: expect.stringMatching(/\.$/) }]);
    }
    expect(inbox.events).toEqual([]);
    const ref = await rig.channel.send(addressOf(account), saying('the end of an answer'));
    expect(rig.transcripts.messages.has(ref.messageId)).toBe(true);
  });
});
