import { describe, expect, test } from 'vitest';
import { createDiscordClient } from '../../../adapters/discord/client.ts';
import { commandSchemas } from '../../../adapters/discord/command-schema.ts';
import { customId } from '../../../adapters/discord/custom-id.ts';
import { emptyDirectory } from '../../../adapters/discord/directory.ts';
import { createGatewaySupervisor } from '../../../adapters/discord/gateway.ts';
import { toInbound } from '../../../adapters/discord/inbound.ts';
import type { PendingInteraction } from '../../../adapters/discord/inbound-facts.ts';
import { interactionPayloads } from '../../../adapters/discord/interaction-payloads.ts';
import {
  createInteractions,
  type Interactions,
  NOT_STORED,
  NOT_TAKEN,
  THANKS,
} from '../../../adapters/discord/interactions.ts';
import { resolveDiscordOptions } from '../../../adapters/discord/options.ts';
import { createRestCaller } from '../../../adapters/discord/rest-caller.ts';
import { createSystemClock } from '../../../adapters/system/clock.ts';
import { toAppError } from '../../../core/domain/app-error.ts';
import { FEEDBACK_BAD, FEEDBACK_GOOD, type OutboundMessage } from '../../../core/domain/outbound-message.ts';
import type { CommandDescription, Form } from '../../../core/ports/channel.ts';
import type { Clock } from '../../../core/ports/clock.ts';
import { samplePicture } from '../../contract/channel/sample-picture.ts';
import type { DiscordPerson } from '../../fakes/discord/discord-person.ts';
import { type FakeDiscord, startFakeDiscord } from '../../fakes/discord/fake-discord.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';

const DEFER_AFTER_MS = 150;
const DEFER_FORM_AFTER_MS = 400;

const commands: readonly CommandDescription[] = [
  {
    name: 'skill',
    summary: 'Skills',
    subcommands: [
      {
        name: 'show',
        summary: 'Shows one',
        args: [{ name: 'name', summary: 'Which', kind: 'word', required: true, completes: true }],
      },
      { name: 'add', summary: 'Adds one', opensForm: true },
    ],
  },
  { name: 'status', summary: 'How it goes' },
];

const words = (text: string): OutboundMessage => ({
  body: { blocks: [{ type: 'paragraph', children: [{ type: 'text', text }] }] },
  sendKey: text,
});

interface Rig {
  readonly discord: FakeDiscord;
  readonly interactions: Interactions;
  readonly ada: DiscordPerson;
  readonly talk: ReturnType<FakeDiscord['channel']>;
  /** An answer of the bot's with buttons. */
  readonly answerId: string;
  /** What was sent as an ordinary message. */
  readonly posted: readonly string[];
  /** Who was told that a private answer came too late. */
  readonly tooLate: readonly string[];
  readonly timers: readonly { readonly afterMs: number; readonly isCancelled: boolean }[];
  /** Called for each interaction, after `begin`. */
  onPending: (pending: PendingInteraction) => void | Promise<void>;
  /** The clock goes on by so much, timers do not. */
  jump(ms: number): void;
  shown(viewer?: DiscordPerson): ReturnType<FakeDiscord['seeAll']>;
  readonly failures: readonly string[];
  settled(): Promise<void>;
}

async function withInteractions(work: (rig: Rig) => Promise<void>): Promise<void> {
  const discord = await startFakeDiscord();
  const system = createSystemClock();
  let offsetMs = 0;
  const timers: { readonly afterMs: number; isCancelled: boolean }[] = [];
  const clock: Clock = { ...system, now: () => system.now() + offsetMs };
  /** What is put off, and whether it was taken back. */
  const watched: Clock = {
    ...clock,
    after(afterMs, callback) {
      const entry = { afterMs, isCancelled: false };
      timers.push(entry);
      const timer = clock.after(afterMs, callback);
      return {
        cancel() {
          entry.isCancelled = true;
          timer.cancel();
        },
      };
    },
  };
  const logger = createMemoryLogger();
  const { token, applicationId } = discord;
  const client = createDiscordClient(
    resolveDiscordOptions({ token, apiRoot: discord.restRoot, identifyIntervalMs: 0 }),
    { clock, logger },
  );
  const caller = createRestCaller({ client, token, clock, logger });
  const posted: string[] = [];
  const tooLate: string[] = [];
  const failures: string[] = [];
  const underWay = new Set<Promise<void>>();
  const interactions = createInteractions({
    caller,
    payloads: interactionPayloads,
    clock: watched,
    logger,
    deferAfterMs: DEFER_AFTER_MS,
    deferFormAfterMs: DEFER_FORM_AFTER_MS,
    post: async (_handle, { sendKey }) => void posted.push(sendKey),
    tellTooLate: async ({ userId }) => void tooLate.push(userId),
  });
  const talk = discord.channel();
  const ada = discord.person();
  const supervisor = createGatewaySupervisor({
    connect: client.connect,
    clock,
    logger,
    backoffBaseMs: 20,
    secrets: [token],
    onHealth: () => undefined,
    onPacket(packet) {
      const facts = {
        botUserId: discord.bot.id,
        threadPolicy: 'follow',
        commands,
        directory: emptyDirectory,
      } as const;
      const { pending } = toInbound(packet, { ...facts, now: clock.now() });
      if (pending === undefined) return;
      interactions.begin(pending);
      const running = (async () => rig.onPending(pending))()
        .catch((error: unknown) => void failures.push(toAppError(error).code))
        .finally(() => underWay.delete(running));
      underWay.add(running);
    },
  });
  await caller.call(
    'replace commands',
    { application: applicationId },
    { body: commandSchemas(commands, 'global'), destination: 'c' },
  );
  const row = (name: string) => ({ type: 2, style: 2, label: name, custom_id: customId({ name }) });
  const answer = await caller.call(
    'send a message',
    { channel: talk.id },
    {
      destination: talk.id,
      body: {
        content: 'an answer',
        components: [{ type: 1, components: [row(FEEDBACK_GOOD), row(FEEDBACK_BAD), row('retry')] }],
      },
    },
  );
  const rig: Rig = {
    discord,
    interactions,
    ada,
    talk,
    answerId: String(Reflect.get(Object(answer), 'id')),
    posted,
    tooLate,
    timers,
    onPending: () => undefined,
    jump(ms) {
      offsetMs += ms;
      discord.advance(ms);
    },
    shown: (viewer = ada) => discord.seeAll(viewer, talk.id).slice(1),
    failures,
    settled: async () => void (await Promise.all([...underWay])),
  };
  try {
    await supervisor.start();
    await work(rig);
    await rig.settled();
    expect(discord.violations).toEqual([]);
    expect(JSON.stringify(logger.entries)).not.toMatch(/"an answer"|fake-token/);
  } finally {
    await interactions.close();
    await supervisor.stop();
    client.abortCalls();
    await discord.close();
  }
}

const form: Form = {
  formId: 'feedback.reason',
  title: 'What was wrong?',
  submitLabel: 'Send',
  about: { platform: 'discord', channelId: '100000000000000001', messageId: '100000000000000002' },
  fields: [{ fieldId: 'words', label: 'In your words', kind: 'text', required: false }],
};

describe.concurrent('a command', () => {
  test('that is answered in time has its answer, and the rest follows in order', async () => {
    await withInteractions(async (rig) => {
      rig.onPending = async ({ handle }) => {
        await Promise.all(
          ['one', 'two', 'three'].map((text) =>
            rig.interactions.respond(handle, { kind: 'message', message: words(text), private: false }),
          ),
        );
      };
      expect(await rig.ada.command('/metaclaw status', {}, rig.talk)).toEqual({ answer: 'message' });
      await rig.settled();
      expect(rig.shown().map(({ text }) => text)).toEqual(['one', 'two', 'three']);
      expect(rig.shown(rig.discord.person())).toHaveLength(3);
    });
  });

  test('that takes longer is deferred for its asker, who alone sees a private answer', async () => {
    await withInteractions(async (rig) => {
      const held = Promise.withResolvers<void>();
      rig.onPending = async ({ handle }) => {
        await held.promise;
        await rig.interactions.respond(handle, { kind: 'message', message: words('late'), private: true });
        await rig.interactions.respond(handle, { kind: 'message', message: words('more'), private: true });
      };
      expect(await rig.ada.command('/metaclaw status', {}, rig.talk)).toEqual({ answer: 'deferred' });
      expect(rig.shown()).toMatchObject([{ isLoading: true, isPrivate: true }]);
      held.resolve();
      await rig.settled();
      expect(rig.shown()).toMatchObject([
        { text: 'late', isPrivate: true, isLoading: false },
        { text: 'more', isPrivate: true },
      ]);
      expect(rig.shown(rig.discord.person())).toEqual([]);
    });
  });

  test('that takes longer and is for all is for all: nothing keeps on loading', async () => {
    await withInteractions(async (rig) => {
      const held = Promise.withResolvers<void>();
      rig.onPending = async ({ handle }) => {
        await held.promise;
        await rig.interactions.respond(handle, {
          kind: 'message',
          message: words('for all'),
          private: false,
        });
      };
      await rig.ada.command('/metaclaw status', {}, rig.talk);
      held.resolve();
      await rig.settled();
      expect(rig.shown()).toMatchObject([{ text: 'for all', isPrivate: false, isLoading: false }]);
      expect(rig.shown(rig.discord.person())).toHaveLength(1);
    });
  });

  test('that core itself defers for all is answered in its place', async () => {
    await withInteractions(async (rig) => {
      rig.onPending = async ({ handle }) => {
        await rig.interactions.respond(handle, { kind: 'defer', private: false });
        await rig.interactions.respond(handle, { kind: 'defer', private: false });
        await rig.interactions.respond(handle, { kind: 'message', message: words('done'), private: false });
      };
      expect(await rig.ada.command('/metaclaw status', {}, rig.talk)).toEqual({ answer: 'deferred' });
      await rig.settled();
      expect(rig.shown()).toMatchObject([{ text: 'done', isPrivate: false, isLoading: false }]);
    });
  });

  test('whose fifteen minutes are over is not answered for all to see: the asker is told so', async () => {
    await withInteractions(async (rig) => {
      const held = Promise.withResolvers<void>();
      rig.onPending = async ({ handle }) => {
        await held.promise;
        await rig.interactions.respond(handle, { kind: 'message', message: words('at last'), private: true });
      };
      await rig.ada.command('/metaclaw status', {}, rig.talk);
      rig.jump(15 * 60_000 + 1);
      held.resolve();
      await rig.settled();
      expect(rig.posted).toEqual([]);
      expect(rig.tooLate).toEqual([rig.ada.user.id]);
    });
  });

  test('in direct messages is answered there after fifteen minutes, since nobody else reads along', async () => {
    await withInteractions(async (rig) => {
      const { promise: held, resolve: goOn } = Promise.withResolvers<void>();
      rig.onPending = async ({ handle }) => {
        await held;
        await rig.interactions.respond(handle, { kind: 'message', message: words('at last'), private: true });
      };
      await rig.ada.command('/metaclaw status', {}, rig.ada.dm);
      rig.jump(15 * 60_000 + 1);
      goOn();
      await rig.settled();
      expect(rig.posted).toEqual(['at last']);
      expect(rig.tooLate).toEqual([]);
    });
  });

  test.each([
    ['that Discord could not take', { kind: 'http', status: 503 }],
    ['that may have arrived', { kind: 'cut_after' }],
    ['that may not have arrived', { kind: 'cut_before' }],
  ] as const)('an answer %s is given again and stands there once', async (_, fault) => {
    await withInteractions(async (rig) => {
      rig.discord.failNext('create_interaction_response', fault);
      rig.onPending = ({ handle }) =>
        rig.interactions.respond(handle, { kind: 'message', message: words('once'), private: false });
      await rig.ada.command('/metaclaw status', {}, rig.talk);
      await rig.settled();
      expect(rig.discord.callsOf('create_interaction_response').length).toBe(2);
      expect(rig.discord.callsOf('execute_webhook')).toEqual([]);
      expect(rig.discord.seeAll(rig.ada, rig.talk.id).map(({ text }) => text)).toEqual(['an answer', 'once']);
      expect(rig.failures).toEqual([]);
    });
  });

  test('an answer whose place was kept comes there after a failed attempt', async () => {
    await withInteractions(async (rig) => {
      rig.discord.failNext('update_original_webhook_message', { kind: 'http', status: 500 });
      rig.onPending = async ({ handle }) => {
        await rig.interactions.respond(handle, { kind: 'defer', private: true });
        await rig.interactions.respond(handle, { kind: 'message', message: words('late'), private: true });
      };
      await rig.ada.command('/metaclaw status', {}, rig.talk);
      await rig.settled();
      expect(rig.failures).toEqual([]);
      expect(rig.discord.callsOf('update_original_webhook_message')).toHaveLength(2);
      expect(rig.discord.seeAll(rig.ada, rig.talk.id).slice(1)).toMatchObject([
        { text: 'late', isLoading: false },
      ]);
    });
  });

  test.each([
    [false, ['somehow'], 0],
    [true, [], 1],
  ] as const)('whose token Discord no longer knows, private: %s', async (isPrivate, posted, told) => {
    await withInteractions(async (rig) => {
      const gone = { kind: 'refuse', status: 404, code: 10_015 } as const;
      rig.discord.failNext('create_interaction_response', { kind: 'refuse', status: 404, code: 10_062 });
      rig.discord.failNext('execute_webhook', gone);
      rig.onPending = ({ handle }) =>
        rig.interactions.respond(handle, { kind: 'message', message: words('somehow'), private: isPrivate });
      void rig.ada.command('/metaclaw status', {}, rig.talk);
      await waitFor(() => rig.posted.length + rig.tooLate.length > 0);
      expect(rig.posted).toEqual(posted);
      expect(rig.tooLate).toHaveLength(told);
    });
  });

  test('that could not be stored, or was not taken, is told so', async () => {
    await withInteractions(async (rig) => {
      rig.onPending = (pending) => rig.interactions.taken(pending, 'unavailable');
      expect(await rig.ada.command('/metaclaw status', {}, rig.talk)).toEqual({ answer: 'message' });
      rig.onPending = (pending) => rig.interactions.taken(pending, 'refused');
      await rig.ada.command('/metaclaw status', {}, rig.talk);
      await rig.settled();
      expect(rig.shown()).toMatchObject([
        { text: NOT_STORED, isPrivate: true },
        { text: NOT_TAKEN, isPrivate: true },
      ]);
    });
  });

  test('that could not be stored after it was deferred is told so in its place', async () => {
    await withInteractions(async (rig) => {
      const held = Promise.withResolvers<void>();
      rig.onPending = async (pending) => {
        await held.promise;
        await rig.interactions.taken(pending, 'unavailable');
      };
      await rig.ada.command('/metaclaw status', {}, rig.talk);
      held.resolve();
      await rig.settled();
      expect(rig.shown()).toMatchObject([{ text: NOT_STORED, isPrivate: true, isLoading: false }]);
    });
  });

  test('that Discord delivers twice is begun once', async () => {
    await withInteractions(async (rig) => {
      rig.onPending = async (pending) => {
        rig.interactions.begin(pending);
        await rig.interactions.taken(pending, 'duplicate');
        await rig.interactions.respond(pending.handle, {
          kind: 'message',
          message: words('once'),
          private: false,
        });
        rig.interactions.begin(pending);
      };
      await rig.ada.command('/metaclaw status', {}, rig.talk);
      await rig.settled();
      expect(rig.discord.callsOf('create_interaction_response')).toHaveLength(1);
      expect(rig.shown()).toHaveLength(1);
    });
  });
});

/** What a form that a command opens looks like: about no message. */
const textForm: Form = {
  formId: 'skill.text',
  title: 'A new skill',
  submitLabel: 'Save',
  subject: 'skill.add',
  fields: [{ fieldId: 'words', label: 'Words', kind: 'text', required: true, value: 'as it is' }],
};

describe.concurrent('a command that may open a form', () => {
  test('is not deferred before it does, however long others may take, and not after that', async () => {
    await withInteractions(async (rig) => {
      rig.onPending = ({ handle }) => rig.interactions.openForm(handle, textForm);
      expect(await rig.ada.command('/skill add', {}, rig.talk)).toEqual({ answer: 'modal' });
      await rig.settled();
      const [timer, ...others] = rig.timers;
      expect(timer?.afterMs).toBeGreaterThan(DEFER_AFTER_MS);
      expect(timer?.isCancelled).toBe(true);
      expect(others).toEqual([]);
      expect(rig.ada.form()?.fields[0]?.value).toBe('as it is');
      expect(rig.shown()).toEqual([]);
      expect(rig.discord.callsOf('create_interaction_response')).toHaveLength(1);
    });
  });

  test('is deferred for its asker where neither a form nor an answer comes', async () => {
    await withInteractions(async (rig) => {
      const held = Promise.withResolvers<void>();
      rig.onPending = async ({ handle }) => {
        await held.promise;
        await rig.interactions.respond(handle, { kind: 'message', message: words('late'), private: true });
      };
      expect(await rig.ada.command('/skill add', {}, rig.talk)).toEqual({ answer: 'deferred' });
      expect(rig.shown()).toMatchObject([{ isLoading: true, isPrivate: true }]);
      held.resolve();
      await rig.settled();
      expect(rig.shown()).toMatchObject([{ text: 'late', isLoading: false, isPrivate: true }]);
    });
  });

  test('may be answered with words like any other', async () => {
    await withInteractions(async (rig) => {
      rig.onPending = ({ handle }) =>
        rig.interactions.respond(handle, { kind: 'message', message: words('no form'), private: true });
      expect(await rig.ada.command('/skill add', {}, rig.talk)).toEqual({ answer: 'message' });
      await rig.settled();
      expect(rig.shown()).toMatchObject([{ text: 'no form', isPrivate: true }]);
    });
  });
});

describe.concurrent('pictures', () => {
  const picture = samplePicture('a curve');
  const shownAs = [{ alt: 'a curve', bytes: picture.bytes }];
  const withPicture = (text: string): OutboundMessage => ({ ...words(text), images: [picture] });
  const answered = async (rig: Rig, isDeferred: boolean, texts: readonly string[]): Promise<void> => {
    rig.onPending = async ({ handle }) => {
      if (isDeferred) await rig.interactions.respond(handle, { kind: 'defer', private: true });
      for (const text of texts) {
        const message = withPicture(text);
        await rig.interactions.respond(handle, { kind: 'message', message, private: true });
      }
    };
    await rig.ada.command('/metaclaw status', {}, rig.talk);
    await rig.settled();
  };

  test.each([false, true])('stand in first answers and in further ones, deferred: %s', async (isDeferred) => {
    await withInteractions(async (rig) => {
      await answered(rig, isDeferred, ['one', 'two']);
      expect(rig.failures).toEqual([]);
      expect(rig.shown()).toMatchObject([
        { text: 'one', isPrivate: true, isLoading: false, pictures: shownAs },
        { text: 'two', isPrivate: true, pictures: shownAs },
      ]);
    });
  });

  test.each([
    ['too large', { kind: 'refuse', status: 413, code: 40_005 }],
    ['more than Discord can take', { kind: 'http', status: 500 }],
    ['cut off before it came', { kind: 'cut_before' }],
  ] as const)('that are %s are left out, and the words stand once', async (_, fault) => {
    for (const isDeferred of [false, true]) {
      await withInteractions(async (rig) => {
        rig.discord.failNext('uploads', fault);
        await answered(rig, isDeferred, ['one']);
        expect(rig.failures).toEqual([]);
        expect(rig.shown()).toMatchObject([{ text: 'one', isLoading: false, pictures: [] }]);
      });
    }
  });

  test('of a first answer that arrived unnoticed are there, and the words stand once', async () => {
    await withInteractions(async (rig) => {
      rig.discord.failNext('uploads', { kind: 'cut_after' });
      await answered(rig, false, ['one']);
      expect(rig.failures).toEqual([]);
      expect(rig.shown()).toMatchObject([{ text: 'one', pictures: shownAs }]);
    });
  });

  test('of a further answer whose fate is unknown are not sent again', async () => {
    await withInteractions(async (rig) => {
      rig.onPending = async ({ handle }) => {
        await rig.interactions.respond(handle, { kind: 'message', message: words('one'), private: true });
        rig.discord.failNext('uploads', { kind: 'cut_after' });
        const message = withPicture('two');
        await rig.interactions.respond(handle, { kind: 'message', message, private: true });
      };
      await rig.ada.command('/metaclaw status', {}, rig.talk);
      await rig.settled();
      expect(rig.failures).toEqual(['delivery_unknown']);
      expect(rig.shown().map(({ text }) => text)).toEqual(['one', 'two']);
    });
  });
});

describe.concurrent('a button', () => {
  test('that opens no form is taken at once, without waiting for anything', async () => {
    await withInteractions(async (rig) => {
      expect(await rig.ada.press(rig.answerId, FEEDBACK_GOOD, rig.talk)).toEqual({
        answer: 'deferred_update',
      });
      expect(await rig.ada.press(rig.answerId, 'retry', rig.talk)).toEqual({ answer: 'deferred_update' });
      expect(rig.shown()).toEqual([]);
    });
  });

  test('that may open a form is not deferred before it does', async () => {
    await withInteractions(async (rig) => {
      rig.onPending = ({ handle }) => rig.interactions.openForm(handle, form);
      expect(await rig.ada.press(rig.answerId, FEEDBACK_BAD, rig.talk)).toEqual({ answer: 'modal' });
      expect(rig.ada.form()?.title).toBe('What was wrong?');
      expect(rig.discord.callsOf('create_interaction_response')).toHaveLength(1);
    });
  });

  test('that might have opened a form and did not is taken in the end, and no form opens after that', async () => {
    await withInteractions(async (rig) => {
      const held = Promise.withResolvers<void>();
      rig.onPending = async ({ handle }) => {
        await held.promise;
        await rig.interactions.openForm(handle, form);
      };
      expect(await rig.ada.press(rig.answerId, FEEDBACK_BAD, rig.talk)).toEqual({
        answer: 'deferred_update',
      });
      held.resolve();
      await rig.settled();
      expect(rig.failures).toEqual(['not_found']);
      expect(rig.ada.form()).toBeUndefined();
    });
  });

  test('is answered beside the message that it stands on', async () => {
    await withInteractions(async (rig) => {
      rig.onPending = ({ handle }) =>
        rig.interactions.respond(handle, { kind: 'message', message: words('just for you'), private: true });
      expect(await rig.ada.press(rig.answerId, 'retry', rig.talk)).toEqual({ answer: 'deferred_update' });
      await rig.settled();
      expect(rig.shown()).toMatchObject([{ text: 'just for you', isPrivate: true }]);
      expect(rig.discord.see(rig.ada, rig.talk.id, rig.answerId)?.text).toBe('an answer');
    });
  });

  test('whose press could not be stored says so to whoever pressed', async () => {
    await withInteractions(async (rig) => {
      rig.onPending = (pending) => rig.interactions.taken(pending, 'unavailable');
      await rig.ada.press(rig.answerId, FEEDBACK_GOOD, rig.talk);
      await rig.ada.press(rig.answerId, FEEDBACK_BAD, rig.talk);
      await rig.settled();
      expect(rig.shown()).toMatchObject([
        { text: NOT_STORED, isPrivate: true },
        { text: NOT_STORED, isPrivate: true },
      ]);
    });
  });
});

describe.concurrent('a form', () => {
  test('from a button closes without a word', async () => {
    await withInteractions(async (rig) => {
      rig.onPending = ({ handle }) =>
        handle.kind === 'press' ? rig.interactions.openForm(handle, form) : undefined;
      await rig.ada.press(rig.answerId, FEEDBACK_BAD, rig.talk);
      expect(await rig.ada.submit({ words: 'too long' })).toEqual({ answer: 'deferred_update' });
      expect(rig.shown()).toEqual([]);
    });
  });

  test.each([
    ['stored', THANKS],
    ['unavailable', NOT_STORED],
    ['refused', NOT_TAKEN],
  ] as const)('from the menu of a message that was %s is answered', async (taken, text) => {
    await withInteractions(async (rig) => {
      rig.onPending = (pending) =>
        pending.handle.kind === 'command'
          ? rig.interactions.openForm(pending.handle, form)
          : rig.interactions.taken(pending, taken);
      expect(await rig.ada.messageCommand(rig.answerId, 'Correct this answer', rig.talk)).toEqual({
        answer: 'modal',
      });
      expect(await rig.ada.submit({ words: 'better' })).toEqual({ answer: 'message' });
      await rig.settled();
      expect(rig.shown()).toMatchObject([{ text, isPrivate: true }]);
    });
  });

  test.each([
    ['stored', 'Saved.'],
    ['unavailable', NOT_STORED],
    ['refused', NOT_TAKEN],
  ] as const)('that a command opened and that was %s is answered, once', async (taken, text) => {
    await withInteractions(async (rig) => {
      rig.onPending = async (pending) => {
        const { handle } = pending;
        if (handle.kind === 'command') return rig.interactions.openForm(handle, textForm);
        await rig.interactions.taken(pending, taken);
        if (taken !== 'stored') return;
        await rig.interactions.respond(handle, { kind: 'message', message: words('Saved.'), private: true });
      };
      await rig.ada.command('/skill add', {}, rig.talk);
      expect(await rig.ada.submit({ words: 'new' })).toEqual({ answer: 'message' });
      await rig.settled();
      expect(rig.shown()).toMatchObject([{ text, isPrivate: true }]);
    });
  });

  test('that a command opened keeps its sender waiting for as long as it takes', async () => {
    await withInteractions(async (rig) => {
      const held = Promise.withResolvers<void>();
      rig.onPending = async (pending) => {
        const { handle } = pending;
        if (handle.kind === 'command') return rig.interactions.openForm(handle, textForm);
        await rig.interactions.taken(pending, 'stored');
        await held.promise;
        await rig.interactions.respond(handle, { kind: 'message', message: words('Saved.'), private: true });
      };
      await rig.ada.command('/skill add', {}, rig.talk);
      expect(await rig.ada.submit({})).toEqual({ answer: 'deferred' });
      expect(rig.shown()).toMatchObject([{ isLoading: true, isPrivate: true }]);
      held.resolve();
      await rig.settled();
      expect(rig.shown()).toMatchObject([{ text: 'Saved.', isLoading: false, isPrivate: true }]);
    });
  });

  test('from the menu of a message that takes long to be stored is thanked for in the end', async () => {
    await withInteractions(async (rig) => {
      const held = Promise.withResolvers<void>();
      rig.onPending = async (pending) => {
        if (pending.handle.kind === 'command') return rig.interactions.openForm(pending.handle, form);
        await held.promise;
        await rig.interactions.taken(pending, 'stored');
      };
      await rig.ada.messageCommand(rig.answerId, 'Correct this answer', rig.talk);
      expect(await rig.ada.submit({ words: 'better' })).toEqual({ answer: 'deferred' });
      held.resolve();
      await rig.settled();
      expect(rig.shown()).toMatchObject([{ text: THANKS, isPrivate: true, isLoading: false }]);
    });
  });
});

describe.concurrent('a completion', () => {
  const choices = [{ value: 'skill show tides', label: 'tides', hint: '' }];

  test('is answered with choices', async () => {
    await withInteractions(async (rig) => {
      rig.onPending = ({ handle }) => rig.interactions.respond(handle, { kind: 'choices', choices });
      const offered = await rig.ada.complete('/skill show', { name: 'ti' }, 'name', rig.talk);
      expect(offered).toEqual([{ name: 'tides', value: 'tides' }]);
    });
  });

  test('that nobody answers has no choices rather than a failure', async () => {
    await withInteractions(async (rig) => {
      expect(await rig.ada.complete('/skill show', { name: 'ti' }, 'name', rig.talk)).toEqual([]);
      rig.onPending = (pending) => rig.interactions.taken(pending, 'unavailable');
      expect(await rig.ada.complete('/skill show', { name: 'ti' }, 'name', rig.talk)).toEqual([]);
      expect(rig.shown()).toEqual([]);
    });
  });
});

describe.concurrent('the end', () => {
  test('lets nothing be answered of its own accord any more', async () => {
    await withInteractions(async (rig) => {
      const pressed = Promise.withResolvers<void>();
      rig.onPending = () => pressed.resolve();
      const outcome = rig.ada.command('/metaclaw status', {}, rig.talk);
      await pressed.promise;
      await rig.interactions.close();
      await rig.interactions.close();
      expect(rig.discord.callsOf('create_interaction_response')).toEqual([]);
      await rig.discord.close();
      expect(await outcome).toHaveProperty('error');
    });
  });
});

async function waitFor(probe: () => boolean): Promise<void> {
  const deadline = AbortSignal.timeout(5_000);
  while (!probe() && !deadline.aborted) await new Promise((resolve) => setImmediate(resolve));
}
