import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { AppError } from '../../core/domain/app-error.ts';
import type { ChannelPort } from '../../core/ports/channel.ts';
import { answer, hold } from '../fakes/model/scripted-model.ts';
import { type BotHarness, type BotHarnessOptions, createBotHarness, minute } from './bot-harness.ts';

const open: BotHarness[] = [];
const folders: string[] = [];

async function start(options: BotHarnessOptions = {}): Promise<BotHarness> {
  const harness = await createBotHarness(options);
  open.push(harness);
  await harness.start();
  return harness;
}

/** Ends the process without a word to anybody, and starts another over the same file and the same platform. */
async function restart(harness: BotHarness, options: BotHarnessOptions): Promise<BotHarness> {
  open.splice(open.indexOf(harness), 1);
  harness.kill();
  return start({ channel: harness.channel, ...options });
}

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'metaclaw-delivery-'));
  folders.push(folder);
  return join(folder, 'metaclaw.db');
}

afterEach(async () => {
  for (const harness of open.splice(0)) await harness.stop();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const inState = async ({ stores }: BotHarness, state: 'answered' | 'done' | 'delivery_unknown') =>
  (await stores.turns.counts())[state] === 1;
const unknown = new AppError('delivery_unknown', 'The connection broke.');

const beginning = 'A first sentence that is long enough to be shown.';
const rest = ' And the rest.';

describe('a platform that shows what came first under a send key', () => {
  const capabilities = { hasSendKeys: true, minEditIntervalMs: 100 };

  test('shows the whole answer although the first part had to be sent again', async () => {
    const harness = await start({ steps: [hold([beginning], [rest])], capabilities });
    harness.channel.failNext('send', { kind: 'deliver_then_reject', error: unknown });
    await harness.channel.person.says('ask');
    await harness.until(() => harness.channel.messages().length === 1, 'the first part');
    harness.model.release();
    await harness.until(() => inState(harness, 'done'), 'the end');
    expect(harness.channel.texts()).toEqual([beginning + rest]);
    const shown = harness.channel.messages();
    expect(shown).toHaveLength(1);
    expect(shown[0]?.current?.actions?.flat()).toHaveLength(2);
    expect((await harness.stores.turns.byReply(shown[0]!.ref))?.state).toBe('done');
  });

  test('shows the whole answer after a kill between the first part and its id', async () => {
    const path = newPath();
    const wrapChannel = (channel: ChannelPort): ChannelPort => ({
      ...channel,
      async send(...args) {
        await channel.send(...args);
        return new Promise(() => {});
      },
    });
    const first = await start({ path, wrapChannel, steps: [hold([beginning], [rest])], capabilities });
    await first.channel.person.says('ask');
    await first.until(() => first.channel.messages().length === 1, 'the first part');
    first.model.release();
    await first.until(() => inState(first, 'answered'), 'the text stored');
    const second = await restart(first, { path });
    await second.until(() => inState(second, 'done'), 'the end');
    expect(second.channel.texts()).toEqual([beginning + rest]);
    expect(second.channel.messages()).toHaveLength(1);
  });

  test('a send that may have arrived is not forgotten when its repetition surely did not', async () => {
    const harness = await start({ steps: [answer('An answer.')], capabilities });
    const gone = new AppError('network', 'The platform cannot be reached.', { retryable: true });
    harness.channel.failNext('send', { kind: 'deliver_then_reject', error: unknown });
    harness.channel.failAlways('send', { kind: 'reject', error: gone });
    await harness.channel.person.says('ask');
    await harness.until(() => inState(harness, 'answered'), 'the text stored');
    await harness.clock.advance(8_000);
    const { ref } = harness.channel.messages()[0]!;
    expect(await harness.stores.turns.hasIntended(ref.platform, ref.channelId)).toBe(true);
    harness.channel.heal('send');
    await harness.clock.advance(minute);
    await harness.until(() => inState(harness, 'done'), 'the end');
    expect(harness.channel.messages()).toHaveLength(1);
  });

  test('is not sent again once the key is too old: the fate is said to be unknown', async () => {
    const harness = await start({
      steps: [answer('An answer.')],
      capabilities: { ...capabilities, sendKeyLifeMs: 2 * minute },
    });
    const gone = new AppError('network', 'The platform cannot be reached.', { retryable: true });
    harness.channel.failNext('send', { kind: 'deliver_then_reject', error: unknown });
    harness.channel.failAlways('send', { kind: 'reject', error: gone });
    await harness.channel.person.says('ask');
    await harness.until(() => inState(harness, 'answered'), 'the text stored');
    await harness.clock.advance(minute);
    expect(await inState(harness, 'answered')).toBe(true);
    await harness.clock.advance(minute);
    harness.channel.heal('send');
    await harness.clock.advance(10 * minute);
    await harness.until(() => inState(harness, 'delivery_unknown'), 'the end');
    expect(harness.channel.texts().filter((text) => text.includes('An answer.'))).toHaveLength(1);
  });
});

describe('Retry of an answer whose fate is unknown', () => {
  test('is offered and works again when the fate of the retry is unknown too', async () => {
    const harness = await start({
      steps: [answer('A stored answer.')],
      capabilities: { hasSendKeys: false },
    });
    const notices = () =>
      harness.channel.messages().filter(({ text, removed }) => !removed && text.includes('cannot tell'));
    harness.channel.failNext('send', { kind: 'reject', error: unknown });
    await harness.channel.person.says('ask');
    await harness.until(() => inState(harness, 'delivery_unknown'), 'unknown');
    const first = notices()[0]!;

    harness.channel.failNext('send', { kind: 'reject', error: unknown });
    await harness.channel.person.presses(first.ref, 'turn.retry');
    const second = await harness.until(() => notices().find(({ ref }) => ref !== first.ref), 'a new notice');
    await harness.until(() => inState(harness, 'delivery_unknown'), 'unknown again');

    await harness.channel.person.presses(second.ref, 'turn.retry');
    await harness.until(() => inState(harness, 'done'), 'delivered');
    expect(harness.channel.texts()).toEqual(['A stored answer.']);
    harness.model.assertComplete();
  });
});

test('an answer that is delivered later in a group still replies to its question', async () => {
  const harness = await start({ steps: [answer('A stored answer.')] });
  const gone = new AppError('network', 'The platform cannot be reached.', { retryable: true });
  const ann = harness.channel.personAs({ id: 'ann', audience: 'group', channelId: 'g' });
  harness.channel.failAlways('send', { kind: 'reject', error: gone });
  const { event } = await ann.says('ask');
  await harness.until(() => inState(harness, 'answered'), 'the text stored');
  await harness.clock.advance(minute);
  harness.channel.heal('send');
  await harness.clock.advance(6 * minute);
  await harness.until(() => inState(harness, 'done'), 'delivered');
  expect(harness.channel.messages()[0]?.versions[0]?.message?.replyTo).toEqual(event.ref);
});

describe('an answer that a kill cut off', () => {
  const gone = new AppError('network', 'The platform cannot be reached.', { retryable: true });
  const notices = ({ channel }: BotHarness) =>
    channel.texts().filter((text) => text.includes('I was restarted'));

  /** One that shows half an answer, killed, and a second process whose platform fails at first. */
  async function cutOff(
    capabilities: NonNullable<BotHarnessOptions['capabilities']>,
    method: 'send' | 'edit',
  ): Promise<BotHarness> {
    const path = newPath();
    const first = await start({ path, steps: [hold([`${beginning}\n\n${beginning}`], [])], capabilities });
    await first.channel.person.says('ask');
    await first.until(() => first.channel.messages().length > 0, 'the first part');
    await first.until(
      async () => (await first.stores.turns.unfinished())[0]?.replyRefs.length === 1,
      'its id stored',
    );
    first.channel.failAlways(method, { kind: 'reject', error: gone });
    return restart(first, { path });
  }

  const inEnd = async ({ stores }: BotHarness): Promise<boolean> =>
    (await stores.turns.counts()).interrupted === 1;

  test.each([
    { method: 'edit', maxTextChars: 4_096 },
    // No room for the notice below the text.
    { method: 'send', maxTextChars: 110 },
  ] as const)(
    'is marked once, with Retry, as soon as the platform answers again ($method)',
    async ({ method, maxTextChars }) => {
      const harness = await cutOff({ hasSendKeys: false, maxTextChars }, method);
      await harness.clock.advance(5 * minute);
      expect(notices(harness)).toEqual([]);
      harness.channel.heal(method);
      await harness.clock.advance(6 * minute);
      await harness.until(() => inEnd(harness), 'the end');
      expect(notices(harness)).toHaveLength(1);
      const last = harness.channel.messages().at(-1)!;
      expect(last.current?.actions?.flat()).toEqual([{ actionId: 'turn.retry', label: 'Retry' }]);
      const turn = await harness.stores.turns.byReply(last.ref);
      expect(turn?.replyText).toBe(`${beginning}\n\n${beginning}`);
    },
  );

  test('is said by a message of its own where the first may not be edited any more', async () => {
    const path = newPath();
    const first = await start({
      path,
      steps: [hold([`${beginning}\n\n${beginning}`], [])],
      capabilities: { hasSendKeys: false },
    });
    await first.channel.person.says('ask');
    await first.until(
      async () => (await first.stores.turns.unfinished())[0]?.replyRefs.length === 1,
      'half an answer',
    );
    first.channel.failAlways('edit', { kind: 'reject', error: new AppError('not_allowed', 'Archived.') });
    const harness = await restart(first, { path });
    await harness.until(() => inEnd(harness), 'the end');
    expect(notices(harness)).toHaveLength(1);
    expect(harness.channel.messages()).toHaveLength(2);
    expect(harness.channel.messages().at(-1)?.current?.actions?.flat()).toEqual([
      { actionId: 'turn.retry', label: 'Retry' },
    ]);
  });

  test('is given up like any other answer that cannot be delivered for hours', async () => {
    const harness = await cutOff({ hasSendKeys: false }, 'edit');
    const edits = () => harness.channel.calls.filter(({ method }) => method === 'edit').length;
    for (let step = 0; step < 40; step += 1) await harness.clock.advance(5 * minute);
    expect(edits()).toBeLessThan(40);
    expect(await inState(harness, 'delivery_unknown')).toBe(true);
    expect(await harness.stores.inbox.pending()).toEqual([]);
  });

  test.each([4_096, 110])(
    'is marked once although the recovery was killed too, just before the turn ended (%i)',
    async (maxTextChars) => {
      const capabilities = { hasSendKeys: false, maxTextChars };
      const path = newPath();
      const first = await start({ path, steps: [hold([`${beginning}\n\n${beginning}`], [])], capabilities });
      await first.channel.person.says('ask');
      await first.until(
        async () => (await first.stores.turns.unfinished())[0]?.replyRefs.length === 1,
        'half an answer',
      );
      let ending = false;
      const second = await restart(first, {
        path,
        wrap: (stores) => ({
          ...stores,
          turns: {
            ...stores.turns,
            end() {
              ending = true;
              return new Promise(() => {});
            },
          },
        }),
      });
      await second.until(() => ending, 'the end begun');
      expect(notices(second)).toHaveLength(1);
      const third = await restart(second, { path });
      await third.until(() => inEnd(third), 'the end');
      expect(notices(third)).toHaveLength(1);
      expect(
        notices(third)
          .join()
          .match(/I was restarted/g),
      ).toHaveLength(1);
      const turn = await third.stores.turns.byReply(third.channel.messages()[0]!.ref);
      expect(turn?.replyText).toBe(`${beginning}\n\n${beginning}`);
    },
  );
});
