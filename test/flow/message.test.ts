import { afterEach, describe, expect, test } from 'vitest';
import { AppError } from '../../core/domain/app-error.ts';
import { answer, callTools, failWith, hold } from '../fakes/model/scripted-model.ts';
import { skillText } from '../fixtures/skill-text.ts';
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

const idle = async ({ stores }: BotHarness): Promise<boolean> => (await stores.inbox.pending()).length === 0;
const turnsDone = async (harness: BotHarness, count: number): Promise<boolean> => {
  const counts = await harness.stores.turns.counts();
  return counts.open + counts.answered === 0 && Object.values(counts).reduce((a, b) => a + b, 0) === count;
};

describe('a message answered', () => {
  test('is answered with the skills that fit, and the turn says what was shown', async () => {
    const harness = await start({
      steps: [answer('Here is ', 'the **summary**.')],
      skills: [
        skillText(
          'summarise-thread',
          'Use when somebody asks to summarise a discussion or a thread.',
          'Lead with the decision.',
        ),
        skillText(
          'write-sql',
          'Use when somebody asks for an SQL query against a database.',
          'Name the columns.',
        ),
      ],
    });
    const { event, receipt } = await harness.channel.person.says('Please summarise this thread for me');
    expect(receipt).toBe('stored');
    await harness.until(() => turnsDone(harness, 1), 'one turn done');

    const [request] = harness.model.requests;
    const system = request?.messages[0];
    expect(system?.role).toBe('system');
    expect(system?.text).toContain('You are a careful assistant.');
    expect(system?.text).toContain('Lead with the decision.');
    expect(system?.text).not.toContain('Name the columns.');
    expect(request?.messages.at(-1)).toEqual({ role: 'user', text: 'Please summarise this thread for me' });

    expect(harness.channel.texts()).toEqual(['Here is the summary.']);
    const shown = harness.channel.messages()[0];
    const turn = shown && (await harness.stores.turns.byReply(shown.ref));
    expect(turn).toMatchObject({
      state: 'done',
      generation: 1,
      policy: 'scripted',
      replyText: 'Here is the **summary**.',
      requestText: 'Please summarise this thread for me',
      eventIds: [event.eventId],
      requestRefs: [event.ref],
    });
    expect(turn?.skills).toHaveLength(1);
    expect(turn?.skills[0]).toMatchObject({ name: 'summarise-thread', version: 1, propensity: 1 });
    expect(turn?.skills[0]?.score).toBeGreaterThan(0);
    expect(turn?.skills[0]?.because).toContain('summarise');
    expect(turn?.promptHash).toMatch(/^[0-9a-f]{64}$/);
    expect(shown?.current?.notes?.skills.map(({ name }) => name)).toEqual(['summarise-thread']);
    expect(shown?.current?.actions?.flat().map(({ actionId }) => actionId)).toEqual([
      'feedback.good',
      'feedback.bad',
    ]);
    expect(await idle(harness)).toBe(true);
  });

  test('what a person replies to is quoted only where the history does not hold it already', async () => {
    const harness = await start({ steps: [answer('The first answer.'), answer('Two.'), answer('Three.')] });
    const { person } = harness.channel;
    await person.says('one');
    await harness.until(() => turnsDone(harness, 1), 'one turn done');
    const ours = harness.channel.messages()[0]!.ref;
    await person.says('two', { replyTo: ours, quotedText: 'The first answer.' });
    await harness.until(() => turnsDone(harness, 2), 'two turns done');
    const elsewhere = { ...ours, messageId: 'somebody-else-said-it' };
    await person.says('three', { replyTo: elsewhere, quotedText: 'Words of somebody else.' });
    await harness.until(() => turnsDone(harness, 3), 'three turns done');
    const lastWords = harness.model.requests.map(({ messages }) => messages.at(-1)?.text);
    expect(lastWords).toEqual([
      'one',
      'two',
      'In reply to this message:\n> Words of somebody else.\n\nthree',
    ]);
  });

  test('the same event three times is one turn', async () => {
    const harness = await start({ steps: [answer('Once.')] });
    const { event } = await harness.channel.person.says('hello there');
    expect((await harness.channel.emit(event)).receipt).toBe('duplicate');
    await harness.until(() => turnsDone(harness, 1), 'one turn done');
    expect((await harness.channel.emit(event)).receipt).toBe('duplicate');
    expect(harness.channel.texts()).toEqual(['Once.']);
    harness.model.assertComplete();
  });

  test('streams: it shows before it is whole, is indexed at once, and is edited no faster than allowed', async () => {
    const harness = await start({
      steps: [hold(['A first sentence that is long enough to be shown.'], [' And the rest.'])],
      capabilities: { minEditIntervalMs: 1_100 },
    });
    await harness.channel.person.says('tell me');
    const shown = await harness.until(() => harness.channel.messages()[0], 'the first text');
    expect(shown.text).toBe('A first sentence that is long enough to be shown.');
    // People react while text still streams.
    expect((await harness.channel.person.reacts(shown.ref, '👍')).receipt).toBe('stored');
    expect((await harness.stores.turns.byReply(shown.ref))?.state).toBe('open');
    const shownAtMs = harness.clock.monotonicMs();
    harness.model.release();
    await harness.until(() => turnsDone(harness, 1), 'the end');
    expect(harness.clock.monotonicMs() - shownAtMs).toBeGreaterThanOrEqual(1_000);
    expect(harness.channel.texts()).toEqual([
      'A first sentence that is long enough to be shown. And the rest.',
    ]);
    const ofTurn = await harness.stores.ledger.ofTurn(
      (await harness.stores.turns.byReply(shown.ref))!.turnId,
    );
    expect(ofTurn.map(({ name }) => name)).toEqual(['👍']);
  });

  test('an over-long answer becomes several messages, every one indexed to the turn, nothing lost', async () => {
    const paragraphs = Array.from(
      { length: 12 },
      (_, index) => `Paragraph ${index} ${'word '.repeat(20).trim()}.`,
    );
    const harness = await start({
      steps: [answer(...paragraphs.map((text) => `${text}\n\n`))],
      capabilities: { maxTextChars: 300, minEditIntervalMs: 0 },
    });
    await harness.channel.person.says('at length please');
    await harness.until(() => turnsDone(harness, 1), 'the end');
    const texts = harness.channel.texts();
    expect(texts.length).toBeGreaterThan(3);
    for (const text of texts) expect(text.length).toBeLessThanOrEqual(300);
    expect(texts.join(' ').replaceAll(/\s+/g, ' ')).toBe(paragraphs.join(' ').replaceAll(/\s+/g, ' '));
    const turns = await Promise.all(
      harness.channel.messages().map(({ ref }) => harness.stores.turns.byReply(ref)),
    );
    expect(new Set(turns.map((turn) => turn?.turnId)).size).toBe(1);
    const buttons = harness.channel.messages().map(({ current }) => current?.actions?.length ?? 0);
    expect(buttons.filter((count) => count > 0)).toHaveLength(1);
    expect(buttons.at(-1)).toBeGreaterThan(0);
  });

  test('a channel that streams natively gets text appended and the whole at the end', async () => {
    const harness = await start({
      steps: [answer('One ', 'two ', '**three**.')],
      capabilities: { canStreamNatively: true, canEdit: false, minEditIntervalMs: 0 },
    });
    await harness.channel.person.says('count');
    await harness.until(() => turnsDone(harness, 1), 'the end');
    const message = harness.channel.messages()[0];
    expect(message?.versions.map(({ via }) => via)).toContain('append');
    expect(message?.versions.at(-1)).toMatchObject({ via: 'close', text: 'One two three.' });
    expect(harness.channel.messages()).toHaveLength(1);
  });

  test('a channel that can neither edit nor stream gets the finished answer', async () => {
    const harness = await start({ steps: [answer('One ', 'two.')], capabilities: { canEdit: false } });
    await harness.channel.person.says('count');
    await harness.until(() => turnsDone(harness, 1), 'the end');
    expect(harness.channel.messages().map(({ versions }) => versions.length)).toEqual([1]);
    expect(harness.channel.texts()).toEqual(['One two.']);
  });

  test('the next message sees what was said, until /new', async () => {
    const harness = await start({
      steps: [answer('Hello Ann.'), answer('Your name is Ann.'), answer('I do not know.')],
    });
    await harness.channel.person.says('I am Ann');
    await harness.until(() => turnsDone(harness, 1), 'first');
    await harness.clock.advance(5_000);
    await harness.channel.person.says('Who am I?');
    await harness.until(() => turnsDone(harness, 2), 'second');
    expect(harness.model.requests[1]?.messages.slice(1)).toEqual([
      { role: 'user', text: 'I am Ann' },
      { role: 'assistant', text: 'Hello Ann.' },
      { role: 'user', text: 'Who am I?' },
    ]);
    await harness.channel.person.commands('new');
    await harness.until(() => idle(harness), 'the command done');
    await harness.channel.person.says('Who am I?');
    await harness.until(() => turnsDone(harness, 3), 'third');
    expect(harness.model.requests[2]?.messages.slice(1)).toEqual([{ role: 'user', text: 'Who am I?' }]);
    const last = await harness.stores.turns.last(
      (await harness.stores.turns.byReply(harness.channel.messages()[0]!.ref))!.conversationKey,
    );
    const first = await harness.stores.turns.byReply(harness.channel.messages()[0]!.ref);
    expect(last?.sessionId).not.toBe(first?.sessionId);
  });

  test('a session ends by its gap', async () => {
    const harness = await start({ steps: [answer('A.'), answer('B.')] });
    await harness.channel.person.says('one');
    await harness.until(() => turnsDone(harness, 1), 'first');
    await harness.clock.advance(121 * minute);
    await harness.channel.person.says('two');
    await harness.until(() => turnsDone(harness, 2), 'second');
    expect(harness.model.requests[1]?.messages).toHaveLength(2);
  });

  test('a clock that jumps back ends no session and loses nothing', async () => {
    const harness = await start({ steps: [answer('A.'), answer('B.')] });
    await harness.channel.person.says('one');
    await harness.until(() => turnsDone(harness, 1), 'first');
    harness.clock.jump(-48 * 60 * minute);
    await harness.channel.person.says('two');
    await harness.until(() => turnsDone(harness, 2), 'second');
    expect(harness.model.requests[1]?.messages).toHaveLength(4);
  });

  test('in a group the model is told who speaks, and the answer replies to the question', async () => {
    const harness = await start({ steps: [answer('Yes.')] });
    const bob = harness.channel.personAs({
      id: 'bob',
      displayName: 'Bob:\nSystem',
      audience: 'group',
      channelId: 'g',
    });
    const { event } = await bob.says('is it Monday?');
    await harness.until(() => turnsDone(harness, 1), 'the end');
    expect(harness.model.requests[0]?.messages.at(-1)?.text).toBe('Bob System: is it Monday?');
    expect(harness.channel.messages()[0]?.versions[0]?.message?.replyTo).toEqual(event.ref);
  });

  test('words nobody addressed to the bot are refused and stored nowhere', async () => {
    const harness = await start();
    const bob = harness.channel.personAs({ id: 'bob', audience: 'group', channelId: 'g' });
    expect((await bob.says('just us here', { addressing: 'ambient' })).receipt).toBe('refused');
    const robot = harness.channel.personAs({ id: 'robot', isBot: true });
    expect((await robot.says('beep')).receipt).toBe('refused');
    expect(await harness.stores.inbox.pending()).toEqual([]);
    expect(harness.model.requests).toEqual([]);
  });

  test('a quick second message joins the first as long as nothing shows', async () => {
    const harness = await start({ steps: [hold([], ['never shown']), answer('Both.')] });
    await harness.channel.person.says('can you');
    await harness.model.held();
    await harness.clock.advance(1_000);
    await harness.channel.person.says('sum this up?');
    await harness.until(() => turnsDone(harness, 1), 'one turn for both');
    expect(harness.model.requests[1]?.messages.at(-1)?.text).toBe('can you\nsum this up?');
    expect(harness.channel.texts()).toEqual(['Both.']);
    const turn = await harness.stores.turns.byReply(harness.channel.messages()[0]!.ref);
    expect(turn?.eventIds).toHaveLength(2);
    expect(await idle(harness)).toBe(true);
    harness.model.assertComplete();
  });

  test('an edit before the answer shows is answered as edited; one after it changes the history only', async () => {
    const harness = await start({ steps: [hold([], ['no']), answer('Four.'), answer('Sure.')] });
    const { event } = await harness.channel.person.says('what is 2+1?');
    await harness.model.held();
    expect((await harness.channel.person.edits(event.ref, 'what is 2+2?')).receipt).toBe('stored');
    await harness.until(() => turnsDone(harness, 1), 'one turn');
    expect(harness.model.requests[1]?.messages.at(-1)?.text).toBe('what is 2+2?');
    expect((await harness.channel.person.edits(event.ref, 'what is two plus two?')).receipt).toBe('stored');
    await harness.clock.advance(10_000);
    await harness.channel.person.says('and you are sure?');
    await harness.until(() => turnsDone(harness, 2), 'two turns');
    expect(harness.model.requests[2]?.messages[1]?.text).toBe('what is two plus two?');
    harness.model.assertComplete();
  });

  test('too much waiting in one conversation is refused with a word, and never stored', async () => {
    const harness = await start({ steps: [hold(), answer('a')], laneBound: 1, burstMs: -1 });
    await harness.channel.person.says('one');
    await harness.model.held();
    expect((await harness.channel.person.says('two')).receipt).toBe('stored');
    expect((await harness.channel.person.says('three')).receipt).toBe('refused');
    expect((await harness.channel.person.says('four')).receipt).toBe('refused');
    await harness.until(
      () => harness.channel.texts().some((text) => text.includes('Too much is waiting')),
      'the notice',
    );
    expect(harness.channel.texts().filter((text) => text.includes('Too much is waiting'))).toHaveLength(1);
    harness.model.release();
    await harness.until(() => turnsDone(harness, 2), 'both');
  });

  test('what was taken already is a duplicate, and no word is said, although nothing more fits', async () => {
    const harness = await start({ steps: [hold(), answer('a')], laneBound: 1, burstMs: -1 });
    const first = await harness.channel.person.says('one');
    await harness.model.held();
    const second = await harness.channel.person.says('two');
    expect((await harness.channel.emit(first.event)).receipt).toBe('duplicate');
    expect((await harness.channel.emit(second.event)).receipt).toBe('duplicate');
    harness.model.release();
    await harness.until(() => turnsDone(harness, 2), 'both');
    expect(harness.channel.texts().join()).not.toContain('Too much is waiting');
  });

  test('commands that wait their turn and buttons take room too; what overtakes does not', async () => {
    const harness = await start({ steps: [hold()], laneBound: 1, burstMs: -1 });
    const { person } = harness.channel;
    await person.says('one');
    await harness.model.held();
    expect((await person.commands('new')).receipt).toBe('stored');
    expect((await person.commands('new')).receipt).toBe('refused');
    const ref = { platform: 'fake', channelId: person.conversation.channelId, messageId: 'm' };
    expect((await person.presses(ref, 'turn.retry')).receipt).toBe('refused');
    expect((await person.commands('stop')).receipt).toBe('stored');
    await harness.until(() => idle(harness), 'all done');
  });

  test('words right after a code wait for it: they are answered when it is right, and forgotten when not', async () => {
    const harness = await start({ steps: [answer('Hello.')] });
    const stranger = (id: string) =>
      harness.channel.personAs({
        id,
        channelId: `dm-${id}`,
        admission: { kind: 'linked', subjects: [`fake:user:${id}`] },
      });
    const [ann, mallory] = [stranger('ann'), stranger('mallory')];
    const code = await harness.admission.issueCode();
    const receipts = await Promise.all(
      [ann, mallory].map(async (person) => {
        await person.commands(`link ${person === ann ? code : 'wrong'}`);
        return (await person.says('hi!')).receipt;
      }),
    );
    expect(receipts).toEqual(['stored', 'stored']);
    await harness.until(() => turnsDone(harness, 1), 'one of them answered');
    await harness.until(() => idle(harness), 'all done');
    expect(harness.channel.texts(ann.conversation).at(-1)).toBe('Hello.');
    expect(harness.channel.texts(mallory.conversation).at(-1)).toContain('I do not know you yet.');
    expect(harness.model.requests).toHaveLength(1);
    harness.model.assertComplete();
  });

  test('strangers are told once how to get in, and a code lets them in once', async () => {
    const harness = await start({ steps: [answer('Welcome.')] });
    const admission = { kind: 'linked', subjects: ['fake:user:eve'] } as const;
    const eve = harness.channel.personAs({ id: 'eve', channelId: 'dm-eve', admission });
    expect((await eve.says('hi')).receipt).toBe('refused');
    expect((await eve.says('hi?')).receipt).toBe('refused');
    await harness.until(() => harness.channel.texts().length > 0, 'the notice');
    expect(harness.channel.texts(eve.conversation)).toEqual([
      expect.stringContaining('I do not know you yet.'),
    ]);
    const code = await harness.admission.issueCode();
    await eve.commands('link wrong-code');
    await eve.commands(`link ${code}`);
    await harness.until(async () => (await harness.admission.linked()).includes('fake:user:eve'), 'linked');
    const mallory = harness.channel.personAs({
      id: 'mallory',
      channelId: 'dm-m',
      admission: { kind: 'linked', subjects: ['fake:user:mallory'] },
    });
    await mallory.commands(`link ${code}`);
    await harness.until(() => idle(harness), 'the code tried again');
    expect(await harness.admission.linked()).toEqual(['fake:user:eve']);
    expect((await eve.says('hi!')).receipt).toBe('stored');
    await harness.until(() => turnsDone(harness, 1), 'answered');
  });
});

describe('tools', () => {
  test('are called and their results go back to the model; failures are results', async () => {
    const calls: unknown[] = [];
    const harness = await start({
      steps: [
        callTools(
          [
            { id: 'c1', name: 'add', argumentsJson: '{"a":1,"b":2}' },
            { id: 'c2', name: 'nope', argumentsJson: '{}' },
            { id: 'c3', name: 'add', argumentsJson: '{broken' },
            { id: 'c4', name: 'boom', argumentsJson: '' },
          ],
          'Let me see.',
        ),
        answer('It is 3.'),
      ],
      tools: {
        list: () => ['add', 'boom'].map((name) => ({ name, description: name, parameters: {} })),
        call: async (name, args) => {
          calls.push([name, args]);
          if (name === 'boom') throw new AppError('peer_failed', 'it broke');
          return { text: '3', isError: false };
        },
      },
    });
    await harness.channel.person.says('1+2?');
    await harness.until(() => turnsDone(harness, 1), 'the end');
    expect(calls).toEqual([
      ['add', { a: 1, b: 2 }],
      ['boom', {}],
    ]);
    const back = harness.model.requests[1]?.messages
      .filter(({ role }) => role === 'tool')
      .map(({ text }) => text);
    expect(back).toEqual([
      '3',
      'There is no tool named "nope".',
      'The arguments are not valid JSON. Send them again.',
      'The tool failed: it broke',
    ]);
    expect(harness.channel.texts()).toEqual(['Let me see.\n\nIt is 3.']);
  });
});

describe('failures of the model', () => {
  const error = new AppError('peer_failed', 'Server error.', { retryable: true });

  test('before the first word: a readable message with Retry, and the turn says so; Retry answers', async () => {
    const harness = await start({ steps: [failWith(error), answer('Now it works.')] });
    await harness.channel.person.says('hello?');
    await harness.until(() => turnsDone(harness, 1), 'the failure');
    const failed = harness.channel.messages()[0]!;
    expect(failed.text).toContain('my model failed');
    expect(failed.current?.actions?.flat()).toEqual([{ actionId: 'turn.retry', label: 'Retry' }]);
    const first = await harness.stores.turns.byReply(failed.ref);
    expect(first).toMatchObject({ state: 'failed', errorCode: 'peer_failed' });

    await harness.channel.person.presses(failed.ref, 'turn.retry');
    await harness.until(() => turnsDone(harness, 2), 'the retry');
    expect(harness.channel.texts().at(-1)).toBe('Now it works.');
    expect(harness.channel.message(failed.ref)?.current?.actions ?? []).toEqual([]);
    const second = await harness.stores.turns.byReply(harness.channel.messages().at(-1)!.ref);
    expect(second).toMatchObject({ state: 'done', retryOf: first?.turnId, requestText: 'hello?' });

    await harness.channel.person.presses(failed.ref, 'turn.retry');
    await harness.until(() => idle(harness), 'the second press');
    harness.model.assertComplete();
  });

  test('in the middle: what was written stays, outside any open code fence, with a word and Retry', async () => {
    const text = 'Here is the code you asked for:\n\n```ts\nconst a = 1;';
    const harness = await start({ steps: [failWith(error, text)] });
    await harness.channel.person.says('code please');
    await harness.until(() => turnsDone(harness, 1), 'the failure');
    const shown = harness.channel.messages()[0]!;
    expect(shown.text).toContain('const a = 1;');
    expect(shown.text).toContain('The answer stops here');
    const blocks = shown.current?.body.blocks ?? [];
    expect(blocks.map(({ type }) => type)).toEqual(['paragraph', 'code_block', 'paragraph']);
    expect(await harness.stores.turns.byReply(shown.ref)).toMatchObject({ state: 'failed', replyText: text });
  });

  test('an answer of nothing but blanks is a failure', async () => {
    const harness = await start({ steps: [answer('  ', '\n')] });
    await harness.channel.person.says('hello?');
    await harness.until(() => turnsDone(harness, 1), 'the failure');
    expect(harness.channel.texts()[0]).toContain('sent nothing usable');
    expect((await harness.stores.turns.byReply(harness.channel.messages()[0]!.ref))?.state).toBe('failed');
  });

  test('only the asker may retry, and a maintainer', async () => {
    const harness = await start({ steps: [failWith(error), answer('Now it works.')] });
    const ann = harness.channel.personAs({
      id: 'ann',
      displayName: 'Ann',
      audience: 'group',
      channelId: 'g',
    });
    const bob = harness.channel.personAs({ id: 'bob', audience: 'group', channelId: 'g' });
    await ann.says('hello?');
    await harness.until(() => turnsDone(harness, 1), 'the failure');
    await bob.presses(harness.channel.messages()[0]!.ref, 'turn.retry');
    await harness.until(
      () => harness.channel.texts().some((text) => text.includes('Only Ann')),
      'the refusal',
    );
    const boss = harness.channel.personAs({ id: 'maintainer', audience: 'group', channelId: 'g' });
    await boss.presses(harness.channel.messages()[0]!.ref, 'turn.retry');
    await harness.until(() => turnsDone(harness, 2), 'the retry');
    harness.model.assertComplete();
  });
});

describe('stop', () => {
  test('overtakes a running answer; what shows stays and the turn says so', async () => {
    const harness = await start({ steps: [hold(['A first sentence that is long enough to be shown.'])] });
    await harness.channel.person.says('go on and on');
    await harness.until(() => harness.channel.messages().length > 0, 'the first text');
    await harness.channel.person.commands('stop');
    await harness.until(() => turnsDone(harness, 1), 'stopped');
    const shown = harness.channel.messages()[0]!;
    expect(shown.text).toBe('A first sentence that is long enough to be shown.\n\nStopped.');
    expect((await harness.stores.turns.byReply(shown.ref))?.state).toBe('stopped');
    expect(await idle(harness)).toBe(true);
  });

  test('before a word shows nothing is posted, and the next message is answered', async () => {
    const harness = await start({ steps: [hold(), answer('Next.')] });
    await harness.channel.person.says('never mind');
    await harness.model.held();
    await harness.channel.person.commands('stop');
    await harness.until(() => turnsDone(harness, 1), 'stopped');
    expect(harness.channel.messages().filter(({ handle }) => handle === undefined)).toEqual([]);
    await harness.clock.advance(10_000);
    await harness.channel.person.says('next');
    await harness.until(() => turnsDone(harness, 2), 'answered');
    expect(harness.channel.texts()).toContain('Next.');
  });
});

describe('feedback', () => {
  test('stands in the ledger, settles after the quiet time, reopens on a new signal, and can be taken back', async () => {
    const harness = await start({ steps: [answer('An answer.')] });
    const { person } = harness.channel;
    await person.says('ask');
    await harness.until(() => turnsDone(harness, 1), 'the end');
    const { ref } = harness.channel.messages()[0]!;
    const turn = (await harness.stores.turns.byReply(ref))!;
    const { ledger } = harness.stores;
    expect((await person.reacts(ref, '👍')).receipt).toBe('stored');
    expect(await ledger.settlement(turn.turnId, 'skills')).toMatchObject({ state: 'open' });
    await harness.clock.advance(10 * minute + 31_000);
    expect(await ledger.settlement(turn.turnId, 'skills')).toMatchObject({
      state: 'settled',
      reward: { kind: 'known', value: 1, voices: 1 },
    });
    expect(await ledger.settlement(turn.turnId, 'weights')).toMatchObject({ state: 'open' });

    expect((await person.unreacts(ref, '👍')).receipt).toBe('stored');
    expect((await person.rates(ref, 'bad')).receipt).toBe('stored');
    expect(await ledger.settlement(turn.turnId, 'skills')).toMatchObject({ state: 'open' });
    await harness.clock.advance(10 * minute + 31_000);
    expect(await ledger.settlement(turn.turnId, 'skills')).toMatchObject({
      reward: { kind: 'known', value: -1 },
    });

    await person.unrates(ref, 'bad');
    await harness.clock.advance(25 * 60 * minute);
    expect(await ledger.settlement(turn.turnId, 'skills')).toMatchObject({
      state: 'settled',
      reward: { kind: 'missing' },
    });
    expect(await ledger.settlement(turn.turnId, 'weights')).toMatchObject({
      state: 'settled',
      reward: { kind: 'missing' },
    });
  });

  test('silence settles as missing', async () => {
    const harness = await start({ steps: [answer('An answer.')] });
    await harness.channel.person.says('ask');
    await harness.until(() => turnsDone(harness, 1), 'the end');
    const turn = (await harness.stores.turns.byReply(harness.channel.messages()[0]!.ref))!;
    await harness.clock.advance(11 * minute);
    expect(await harness.stores.ledger.settlement(turn.turnId, 'skills')).toMatchObject({
      state: 'settled',
      reward: { kind: 'missing' },
    });
  });

  test('a reaction on any other message is refused; the same event twice is one row', async () => {
    const harness = await start({ steps: [answer('An answer.')] });
    const { event } = await harness.channel.person.says('ask');
    await harness.until(() => turnsDone(harness, 1), 'the end');
    expect((await harness.channel.person.reacts(event.ref, '👍')).receipt).toBe('refused');
    const { ref } = harness.channel.messages()[0]!;
    const given = await harness.channel.person.reacts(ref, '👍');
    expect((await harness.channel.emit(given.event)).receipt).toBe('duplicate');
    expect(await harness.stores.ledger.count()).toBe(1);
  });

  test('a reaction that overtakes the id of its message is kept and counts', async () => {
    const harness = await start({ steps: [answer('An answer that is long enough to be sent at once.')] });
    harness.channel.failNext('send', { kind: 'hang' });
    await harness.channel.person.says('ask');
    await harness.until(() => harness.channel.hanging('send') === 1, 'the send under way');
    const { channelId } = harness.channel.person.conversation;
    const ref = { platform: 'fake', channelId, messageId: 'unknown-yet' };
    expect((await harness.channel.person.reacts(ref, '👍')).receipt).toBe('stored');
    harness.channel.release('send');
    await harness.until(() => turnsDone(harness, 1), 'the end');
    expect(await harness.stores.ledger.count()).toBe(1);
  });
});

describe('failures of the platform', () => {
  const gone = new AppError('network', 'The platform cannot be reached.', { retryable: true });
  const limited = new AppError('rate_limited', 'Slow down.', { retryable: true, retryAfterMs: 3_000 });

  test('a rate limit is obeyed and the answer arrives', async () => {
    const harness = await start({ steps: [answer('At last, an answer that arrives after the limit.')] });
    harness.channel.failNext('send', { kind: 'reject', error: limited });
    await harness.channel.person.says('ask');
    await harness.until(() => turnsDone(harness, 1), 'the end');
    expect(harness.channel.texts()).toEqual(['At last, an answer that arrives after the limit.']);
    expect(harness.clock.monotonicMs()).toBeGreaterThanOrEqual(3_000);
  });

  test('a platform that is away for long gets the stored answer later, without the model', async () => {
    const harness = await start({ steps: [answer('A stored answer.')] });
    harness.channel.failAlways('send', { kind: 'reject', error: gone });
    await harness.channel.person.says('ask');
    await harness.until(async () => (await harness.stores.turns.counts()).answered === 1, 'stored');
    await harness.clock.advance(5 * minute);
    harness.channel.heal('send');
    await harness.clock.advance(6 * minute);
    await harness.until(() => turnsDone(harness, 1), 'delivered');
    expect(harness.channel.texts()).toEqual(['A stored answer.']);
    harness.model.assertComplete();
  });

  test('a send whose fate is unknown is said, not repeated; Retry sends the stored text without the model', async () => {
    const harness = await start({
      steps: [answer('A stored answer.')],
      capabilities: { hasSendKeys: false },
    });
    const unknown = new AppError('delivery_unknown', 'The connection broke.');
    harness.channel.failNext('send', { kind: 'reject', error: unknown });
    await harness.channel.person.says('ask');
    await harness.until(async () => (await harness.stores.turns.counts()).delivery_unknown === 1, 'unknown');
    expect(harness.channel.texts()).toHaveLength(1);
    const notice = harness.channel.messages()[0]!;
    expect(notice.text).toContain('cannot tell whether my answer arrived');
    await harness.channel.person.presses(notice.ref, 'turn.retry');
    await harness.until(async () => (await harness.stores.turns.counts()).done === 1, 'delivered');
    expect(harness.channel.texts()).toEqual(['A stored answer.']);
    expect(await idle(harness)).toBe(true);
    harness.model.assertComplete();
  });

  test('with send keys the same send is repeated and shows once', async () => {
    const harness = await start({ steps: [answer('An answer.')], capabilities: { hasSendKeys: true } });
    const unknown = new AppError('delivery_unknown', 'The connection broke.');
    harness.channel.failNext('send', { kind: 'deliver_then_reject', error: unknown });
    await harness.channel.person.says('ask');
    await harness.until(() => turnsDone(harness, 1), 'the end');
    expect(harness.channel.texts()).toEqual(['An answer.']);
    expect(harness.channel.messages()).toHaveLength(1);
  });

  test('a message somebody deleted while it streamed is let go', async () => {
    const harness = await start({
      steps: [hold(['A first sentence that is long enough to be shown.'], [' More.'])],
    });
    await harness.channel.person.says('ask');
    const shown = await harness.until(() => harness.channel.messages()[0], 'the first text');
    await harness.channel.remove(shown.ref);
    harness.model.release();
    await harness.until(() => turnsDone(harness, 1), 'the end');
    expect((await harness.stores.turns.counts()).done).toBe(1);
    expect(harness.channel.texts()).toEqual([]);
  });

  test('a chat that refuses the bot ends the turn as failed', async () => {
    const harness = await start({ steps: [answer('An answer.')] });
    harness.channel.failAlways('send', { kind: 'reject', error: new AppError('not_allowed', 'Blocked.') });
    await harness.channel.person.says('ask');
    await harness.until(() => turnsDone(harness, 1), 'the end');
    expect((await harness.stores.turns.counts()).failed).toBe(1);
    expect(await idle(harness)).toBe(true);
  });
});

describe('what waited for its message', () => {
  test('a reaction kept while a send was under way is forgotten when it was for somebody else’s message', async () => {
    const harness = await start({ steps: [answer('An answer that is long enough to be sent at once.')] });
    harness.channel.failNext('send', { kind: 'hang' });
    await harness.channel.person.says('ask');
    await harness.until(() => harness.channel.hanging('send') === 1, 'the send under way');
    const { channelId } = harness.channel.person.conversation;
    await harness.channel.person.reacts({ platform: 'fake', channelId, messageId: 'of-a-bystander' }, '👍');
    harness.channel.release('send');
    await harness.until(() => turnsDone(harness, 1), 'the end');
    await harness.channel.person.reacts(harness.channel.messages()[0]!.ref, '👍');
    expect(await harness.stores.ledger.count()).toBe(2);
    await harness.clock.advance(12 * minute);
    expect(await harness.stores.ledger.count()).toBe(1);
  });

  test('a state that is refused in the middle does not end the answer; the last one decides', async () => {
    const harness = await start({
      steps: [
        [
          ...answer('A first sentence that is long enough to be shown.'),
          { do: 'hold' },
          ...answer(' More of it.'),
          { do: 'hold' },
          ...answer(' And the end.'),
        ],
      ],
    });
    await harness.channel.person.says('tell me');
    await harness.until(() => harness.channel.messages()[0], 'the first text');
    harness.channel.failNext('edit', { kind: 'reject', error: new AppError('invalid_input', 'Refused.') });
    const edits = (): number => harness.channel.calls.filter(({ method }) => method === 'edit').length;
    await harness.model.held();
    harness.model.release();
    await harness.until(() => edits() === 1, 'the refused edit');
    harness.model.release();
    await harness.until(() => turnsDone(harness, 1), 'the end');
    expect((await harness.stores.turns.counts()).done).toBe(1);
    expect(harness.channel.texts()).toEqual([
      'A first sentence that is long enough to be shown. More of it. And the end.',
    ]);
  });
});
