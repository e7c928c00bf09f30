import { Routes } from 'discord.js';
import { describe, expect, test } from 'vitest';
import type { DiscordPerson } from './discord-person.ts';
import { errorOf, restOf, type SdkClient, withClient, withFakeDiscord } from './discord-rig.ts';
import type { FakeDiscord } from './fake-discord.ts';
import type { FakeChannel } from './guild-model.ts';
import { apiDescription } from './openapi-check.ts';

const EPHEMERAL = 64;
const word = { type: 3, name: 'name', description: 'Which', required: true, autocomplete: true };
const commands = [
  {
    name: 'skill',
    description: 'Skills',
    options: [
      { type: 1, name: 'list', description: 'Lists them' },
      { type: 1, name: 'show', description: 'Shows one', options: [word] },
    ],
  },
  { name: 'stop', description: 'Stops' },
  { type: 3, name: 'Correct this answer' },
];
const row = (...ids: readonly string[]): object => ({
  type: 1,
  components: ids.map((id) => ({ type: 2, style: 2, label: id, custom_id: id })),
});
const modal = {
  custom_id: 'wrong',
  title: 'What was wrong?',
  components: [
    {
      type: 18,
      label: 'Kind',
      component: {
        type: 3,
        custom_id: 'kind',
        options: [
          { label: 'Facts', value: 'facts' },
          { label: 'Tone', value: 'tone' },
        ],
      },
    },
    {
      type: 18,
      label: 'Words',
      component: { type: 4, custom_id: 'words', style: 2, required: false, max_length: 20 },
    },
  ],
};

type Packet = Readonly<Record<string, unknown>>;
const answerTo =
  (discord: FakeDiscord) =>
  (interaction: Packet, body: object): Promise<unknown> =>
    restOf(discord).post(
      Routes.interactionCallback(String(interaction['id']), String(interaction['token'])),
      { body },
    );
const webhook = (discord: FakeDiscord, interaction: Packet) =>
  Routes.webhook(discord.applicationId, String(interaction['token']));
const original = (discord: FakeDiscord, interaction: Packet) =>
  Routes.webhookMessage(discord.applicationId, String(interaction['token']), '@original');

async function withCommands(
  run: (discord: FakeDiscord, sdk: SdkClient) => Promise<void>,
  allows: 'no violations' | 'violations' = 'no violations',
): Promise<void> {
  await withFakeDiscord(
    {},
    async (discord) => {
      await restOf(discord).put(Routes.applicationCommands(discord.applicationId), { body: commands });
      await withClient(discord, {}, (sdk) => run(discord, sdk));
    },
    allows,
  );
}

/** Presses a button under a fresh message of the bot; gives what the app heard of it. */
async function pressed(discord: FakeDiscord, sdk: SdkClient, channel: FakeChannel, person: DiscordPerson) {
  const count = sdk.packetsOf('INTERACTION_CREATE').length;
  await restOf(discord).post(Routes.channelMessages(channel.id), {
    body: { content: 'An answer', components: [row('good', 'bad')] },
  });
  const id = [...channel.messages.keys()].at(-1) ?? '';
  const result = person.press(id, 'bad', channel);
  return { id, result, interaction: await sdk.has('INTERACTION_CREATE', count + 1) };
}

describe('commands', () => {
  test('a command arrives with its options, and its answer is seen by the asker alone', async () => {
    await withCommands(async (discord, sdk) => {
      const ada = discord.person({ username: 'ada' });
      const bob = discord.person();
      const talk = discord.channel();
      const result = ada.command('/skill show', { name: 'tides' }, talk);
      const interaction = await sdk.has('INTERACTION_CREATE');
      expect(interaction).toMatchObject({
        type: 2,
        application_id: discord.applicationId,
        guild_id: discord.home.id,
        channel_id: talk.id,
        channel: { id: talk.id, type: 0 },
        member: { user: { id: ada.user.id } },
        context: 0,
        data: {
          name: 'skill',
          type: 1,
          options: [{ name: 'show', type: 1, options: [{ name: 'name', type: 3, value: 'tides' }] }],
        },
      });
      await answerTo(discord)(interaction, { type: 4, data: { content: 'Tides.', flags: EPHEMERAL } });
      expect(await result).toEqual({ answer: 'message' });
      expect(discord.seeAll(ada, talk.id)).toMatchObject([{ text: 'Tides.', isPrivate: true }]);
      expect(discord.seeAll(bob, talk.id)).toEqual([]);
      const hidden = [...talk.messages.keys()].at(-1) ?? '';
      expect(await errorOf(restOf(discord).delete(Routes.channelMessage(talk.id, hidden)))).toBe(10008);
      expect(sdk.packetsOf('MESSAGE_CREATE')).toEqual([]);
    });
  });

  test('one that was typed in one go, and what Discord does not let people send', async () => {
    await withCommands(async (discord, sdk) => {
      const ada = discord.person();
      const result = ada.typeCommand('skill show the tides');
      const interaction = await sdk.has('INTERACTION_CREATE');
      expect(interaction).toMatchObject({
        user: { id: ada.user.id },
        context: 1,
        data: { options: [{ name: 'show', options: [{ value: 'the tides' }] }] },
      });
      expect(interaction).not.toHaveProperty('member');
      await answerTo(discord)(interaction, { type: 4, data: { content: 'Yes.' } });
      expect(await result).toEqual({ answer: 'message' });
      expect(await sdk.has('MESSAGE_CREATE')).toMatchObject({
        type: 20,
        content: 'Yes.',
        interaction_metadata: { user: { id: ada.user.id } },
      });
      await expect(ada.command('/skil list')).rejects.toThrow('no command /skil');
      await expect(ada.command('/skill')).rejects.toThrow('leads nowhere');
      await expect(ada.command('/skill show')).rejects.toThrow('name is required');
      await expect(ada.command('/skill show', { name: 4 })).rejects.toThrow('does not take');
      await expect(ada.command('/skill list', { name: 'x' })).rejects.toThrow('no option name');
    });
  });

  test('completions', async () => {
    await withCommands(async (discord, sdk) => {
      const ada = discord.person();
      const offered = ada.complete('skill show', { name: 'ti' }, 'name');
      const interaction = await sdk.has('INTERACTION_CREATE');
      expect(interaction).toMatchObject({
        type: 4,
        data: { options: [{ options: [{ name: 'name', value: 'ti', focused: true }] }] },
      });
      await answerTo(discord)(interaction, {
        type: 8,
        data: { choices: [{ name: 'Tides', value: 'tides' }] },
      });
      expect(await offered).toEqual([{ name: 'Tides', value: 'tides' }]);
    });
  });

  test('the menu of a message', async () => {
    await withCommands(async (discord, sdk) => {
      const ada = discord.person();
      const talk = discord.channel();
      const id = ada.say('look at this', talk);
      const result = ada.messageCommand(id, 'Correct this answer', talk);
      const interaction = await sdk.has('INTERACTION_CREATE');
      expect(interaction).toMatchObject({
        type: 2,
        data: { type: 3, target_id: id, resolved: { messages: { [id]: { content: 'look at this' } } } },
      });
      await answerTo(discord)(interaction, { type: 9, data: modal });
      expect(await result).toEqual({ answer: 'modal' });
      expect(ada.form()).toMatchObject({ customId: 'wrong', title: 'What was wrong?' });
      await expect(ada.messageCommand(id, 'Unknown', talk)).rejects.toThrow('no message command');
    });
  });

  test('a guild has its own, and what stays the same keeps its id', async () => {
    await withFakeDiscord({}, async (discord) => {
      const rest = restOf(discord);
      const path = Routes.applicationGuildCommands(discord.applicationId, discord.home.id);
      await rest.put(path, {
        body: [{ name: 'stop', description: 'Stops', description_localizations: { de: 'Hält an' } }],
      });
      const [before] = discord.commands(discord.home);
      expect(
        await rest.get(path, { query: new URLSearchParams({ with_localizations: 'true' }) }),
      ).toMatchObject([
        {
          id: before?.id,
          name: 'stop',
          type: 1,
          guild_id: discord.home.id,
          description_localizations: { de: 'Hält an' },
        },
      ]);
      await rest.put(path, { body: [{ name: 'stop', description: 'Stops now' }] });
      const [after] = discord.commands(discord.home);
      expect(after?.id).toBe(before?.id);
      expect(after?.version).not.toBe(before?.version);
      await rest.delete(`${path}/${after?.id}`);
      expect(discord.commands(discord.home)).toEqual([]);
      expect(await errorOf(rest.put(Routes.applicationCommands('1'), { body: [] }))).toBe(50001);
    });
  });
});

describe('what no correct client registers', () => {
  const option = (changes: object) => [
    { name: 'a', description: 'A', options: [{ type: 3, name: 'o', description: 'O', ...changes }] },
  ];
  const cases: Readonly<Record<string, readonly object[]>> = {
    'capital letters': [{ name: 'Stop', description: 'x' }],
    'spaces in a name': [{ name: 'stop it', description: 'x' }],
    'no description': [{ name: 'stop' }],
    'a language that Discord has not': [
      { name: 'a', description: 'x', description_localizations: { tlh: 'y' } },
    ],
    'a description of a menu entry': [{ type: 3, name: 'Correct', description: 'x' }],
    'a name twice': [
      { name: 'a', description: 'x' },
      { name: 'a', description: 'y' },
    ],
    'too many': Array.from({ length: 101 }, (_, index) => ({ name: `c${index}`, description: 'x' })),
    'too many menu entries': Array.from({ length: 16 }, (_, index) => ({ type: 3, name: `C ${index}` })),
    'too long a description': [{ name: 'a', description: 'x'.repeat(101) }],
    'too many options': [
      {
        name: 'a',
        description: 'x',
        options: Array.from({ length: 26 }, (_, index) => ({ type: 1, name: `s${index}`, description: 'x' })),
      },
    ],
    'subcommands beside arguments': [
      {
        name: 'a',
        description: 'x',
        options: [
          { type: 1, name: 's', description: 'x' },
          { type: 3, name: 't', description: 'x' },
        ],
      },
    ],
    'what is required last': [
      {
        name: 'a',
        description: 'x',
        options: [
          { type: 3, name: 's', description: 'x' },
          { type: 3, name: 't', description: 'x', required: true },
        ],
      },
    ],
    'completion beside choices': option({ autocomplete: true, choices: [{ name: 'x', value: 'x' }] }),
    'an unknown field': option({ colour: 'red' }),
    'more than 8,000 characters': [
      {
        name: 'a',
        description: 'x',
        options: Array.from({ length: 25 }, (_, one) => ({
          type: 1,
          name: `s${one}`,
          description: 'x'.repeat(100),
          options: Array.from({ length: 3 }, (__, two) => ({
            type: 3,
            name: `o${two}`,
            description: 'x'.repeat(100),
          })),
        })),
      },
    ],
  };
  test.each(Object.entries(cases))('%s', async (_name, body) => {
    await withFakeDiscord(
      {},
      async (discord) => {
        expect(
          await errorOf(restOf(discord).put(Routes.applicationCommands(discord.applicationId), { body })),
        ).toBe(50035);
        expect(discord.violations).toHaveLength(1);
        expect(discord.commands()).toEqual([]);
      },
      'violations',
    );
  });
});

describe('buttons and forms', () => {
  test('a press changes the message, or leaves it as it is', async () => {
    await withCommands(async (discord, sdk) => {
      const ada = discord.person();
      const talk = discord.channel();
      const { id, result, interaction } = await pressed(discord, sdk, talk, ada);
      expect(interaction).toMatchObject({
        type: 3,
        data: { component_type: 2, custom_id: 'bad' },
        message: { id, content: 'An answer' },
        member: { user: { id: ada.user.id } },
      });
      await answerTo(discord)(interaction, { type: 7, data: { content: 'Changed', components: [] } });
      expect(await result).toEqual({ answer: 'update' });
      expect(discord.see(ada, talk.id, id)).toMatchObject({ text: 'Changed', actionIds: [] });
      await expect(ada.press(id, 'bad', talk)).rejects.toThrow('no button');

      const second = await pressed(discord, sdk, talk, ada);
      await answerTo(discord)(second.interaction, { type: 6 });
      expect(await second.result).toEqual({ answer: 'deferred_update' });
      await restOf(discord).post(webhook(discord, second.interaction), {
        body: { content: 'Thanks', flags: EPHEMERAL },
      });
      await restOf(discord).patch(original(discord, second.interaction), { body: { content: 'Rated' } });
      expect(discord.seeAll(ada, talk.id).slice(1)).toMatchObject([
        { text: 'Rated', isPrivate: false, actionIds: ['good', 'bad'], labels: ['good', 'bad'] },
        { text: 'Thanks', isPrivate: true },
      ]);
    });
  });

  test('a form is opened, filled in and sent', async () => {
    await withCommands(async (discord, sdk) => {
      const ada = discord.person();
      const { id, interaction } = await pressed(discord, sdk, ada.dm, ada);
      await answerTo(discord)(interaction, { type: 9, data: modal });
      expect(ada.form()?.fields).toMatchObject([
        {
          customId: 'kind',
          label: 'Kind',
          kind: 'choice',
          isRequired: true,
          choices: [{ value: 'facts' }, { value: 'tone' }],
        },
        { customId: 'words', label: 'Words', kind: 'text', isRequired: false, maxChars: 20 },
      ]);
      await expect(ada.submit({ words: 'x' })).rejects.toThrow('kind is required');
      await expect(ada.submit({ kind: 'other' })).rejects.toThrow('no choice');
      await expect(ada.submit({ kind: 'facts', words: 'x'.repeat(21) })).rejects.toThrow('too long');
      await expect(ada.submit({ kind: 'facts', colour: 'red' })).rejects.toThrow('no field');
      const result = ada.submit({ kind: 'facts', words: 'Paris' });
      const sent = await sdk.has('INTERACTION_CREATE', 2);
      expect(sent).toMatchObject({
        type: 5,
        message: { id },
        data: {
          custom_id: 'wrong',
          components: [
            { type: 18, component: { type: 3, custom_id: 'kind', values: ['facts'] } },
            { type: 18, component: { type: 4, custom_id: 'words', value: 'Paris' } },
          ],
        },
      });
      await answerTo(discord)(sent, { type: 6 });
      expect(await result).toEqual({ answer: 'deferred_update' });
      expect(ada.form()).toBeUndefined();
    });
  });

  test('a form that is closed says nothing', async () => {
    await withCommands(async (discord, sdk) => {
      const ada = discord.person();
      const { interaction } = await pressed(discord, sdk, ada.dm, ada);
      await answerTo(discord)(interaction, { type: 9, data: modal });
      ada.dismiss();
      expect(ada.form()).toBeUndefined();
      expect(sdk.packetsOf('INTERACTION_CREATE')).toHaveLength(1);
    });
  });
});

describe('the time and the order of answers', () => {
  test('a deferred answer is filled in, and its privacy was settled before', async () => {
    await withCommands(async (discord, sdk) => {
      const ada = discord.person();
      const talk = discord.channel();
      const result = ada.command('stop', {}, talk);
      const interaction = await sdk.has('INTERACTION_CREATE');
      await answerTo(discord)(interaction, { type: 5 });
      expect(await result).toEqual({ answer: 'deferred' });
      expect(discord.seeAll(ada, talk.id)).toMatchObject([{ text: '', isLoading: true }]);
      const rest = restOf(discord);
      await rest.post(webhook(discord, interaction), { body: { content: 'First', flags: EPHEMERAL } });
      await rest.post(webhook(discord, interaction), { body: { content: 'Second' } });
      expect(discord.seeAll(ada, talk.id)).toMatchObject([
        { text: 'First', isLoading: false, isPrivate: false, isEdited: false },
        { text: 'Second' },
      ]);
      await rest.delete(original(discord, interaction));
      expect(discord.seeAll(ada, talk.id)).toMatchObject([{ text: 'Second' }]);
      expect(await errorOf(rest.patch(original(discord, interaction), { body: { content: 'x' } }))).toBe(
        10008,
      );
    });
  });

  test('three seconds for the first answer, fifteen minutes for the rest', async () => {
    await withCommands(async (discord, sdk) => {
      const ada = discord.person();
      void ada.command('stop');
      const late = await sdk.has('INTERACTION_CREATE');
      discord.advance(3_001);
      expect(await errorOf(answerTo(discord)(late, { type: 4, data: { content: 'x' } }))).toBe(10062);
      void ada.command('stop');
      const answered = await sdk.has('INTERACTION_CREATE', 2);
      await answerTo(discord)(answered, { type: 5 });
      discord.advance(14 * 60_000);
      await restOf(discord).patch(original(discord, answered), { body: { content: 'in time' } });
      discord.advance(2 * 60_000);
      expect(
        await errorOf(restOf(discord).patch(original(discord, answered), { body: { content: 'x' } })),
      ).toBe(50027);
    });
  });

  test("a second first answer is nobody's fault where the first was cut", async () => {
    await withCommands(async (discord, sdk) => {
      const ada = discord.person();
      const result = ada.command('stop');
      const interaction = await sdk.has('INTERACTION_CREATE');
      const body = { type: 4, data: { content: 'x' } };
      discord.failNext('create_interaction_response', { kind: 'cut_after' });
      expect(await errorOf(answerTo(discord)(interaction, body))).not.toBe('ok');
      expect(await result).toEqual({ answer: 'message' });
      expect(await errorOf(answerTo(discord)(interaction, body))).toBe(40060);
      expect(discord.seeAll(ada, ada.dm.id)).toHaveLength(1);
    });
  });

  test.skipIf(apiDescription === undefined)(
    'what comes back is as Discord describes it (skipped where ../shared/data is absent)',
    async () => {
      await withCommands(async (discord, sdk) => {
        const rest = restOf(discord);
        void discord.person().command('stop');
        const interaction = await sdk.has('INTERACTION_CREATE');
        const callback = Routes.interactionCallback(String(interaction['id']), String(interaction['token']));
        const first = await rest.post(callback, {
          body: { type: 5 },
          query: new URLSearchParams({ with_response: 'true' }),
        });
        expect(first).toMatchObject({
          interaction: { response_message_loading: true, response_message_ephemeral: false },
          resource: { type: 4, message: { flags: 128 } },
        });
        const answers: readonly (readonly [string, unknown])[] = [
          ['create_interaction_response', first],
          [
            'update_original_webhook_message',
            await rest.patch(original(discord, interaction), { body: { content: 'x' } }),
          ],
          ['get_original_webhook_message', await rest.get(original(discord, interaction))],
          ['execute_webhook', await rest.post(webhook(discord, interaction), { body: { content: 'x' } })],
        ];
        for (const [operation, answer] of answers) {
          expect(apiDescription?.answerProblems(operation, answer), operation).toEqual([]);
        }
      });
    },
  );

  test('a test may bend what goes out', async () => {
    await withCommands(async (discord, sdk) => {
      discord.alterInteractions(({ entitlements: _entitlements, ...data }) => ({
        ...data,
        oddity: 1,
        entitlements: [],
      }));
      void discord.person().command('stop');
      expect(await sdk.has('INTERACTION_CREATE')).toMatchObject({ oddity: 1 });
    });
  });

  test('nobody there to hear of it', async () => {
    await withFakeDiscord({}, async (discord) => {
      await restOf(discord).put(Routes.applicationCommands(discord.applicationId), { body: commands });
      expect(await discord.person().command('stop')).toEqual({ error: 'The application did not respond' });
    });
  });

  const button = { content: 'x', components: [row('a')] };
  const wrong: readonly { name: string; code: number; bodies: readonly object[] }[] = [
    {
      name: 'a second first answer',
      code: 40060,
      bodies: [{ type: 5 }, { type: 4, data: { content: 'x' } }],
    },
    { name: 'a form after a deferral', code: 40060, bodies: [{ type: 5 }, { type: 9, data: modal }] },
    { name: 'a deferral with more than privacy', code: 50035, bodies: [{ type: 5, data: { flags: 4 } }] },
    { name: 'nothing to say', code: 50006, bodies: [{ type: 4, data: { content: ' ' } }] },
    { name: 'too much to say', code: 50035, bodies: [{ type: 4, data: { content: 'x'.repeat(2_001) } }] },
    { name: 'an update of no message', code: 50035, bodies: [{ type: 7, data: { content: 'x' } }] },
    { name: 'choices for no completion', code: 50035, bodies: [{ type: 8, data: { choices: [] } }] },
    { name: 'an unknown type', code: 50035, bodies: [{ type: 77 }] },
    { name: 'an unknown field', code: 50035, bodies: [{ type: 4, data: { ...button, colour: 'red' } }] },
    {
      name: 'a title that is too long',
      code: 50035,
      bodies: [{ type: 9, data: { ...modal, title: 'x'.repeat(46) } }],
    },
    {
      name: 'six fields',
      code: 50035,
      bodies: [
        {
          type: 9,
          data: {
            ...modal,
            components: Array.from({ length: 6 }, (_, index) => ({
              type: 18,
              label: 'x',
              component: { type: 4, custom_id: `c${index}`, style: 1 },
            })),
          },
        },
      ],
    },
    {
      name: 'a field twice',
      code: 50035,
      bodies: [{ type: 9, data: { ...modal, components: [modal.components[0], modal.components[0]] } }],
    },
  ];
  test.each(wrong)('refused: $name', async ({ code, bodies }) => {
    await withCommands(async (discord, sdk) => {
      void discord.person().command('stop');
      const interaction = await sdk.has('INTERACTION_CREATE');
      const ends: (string | number)[] = [];
      for (const body of bodies) ends.push(await errorOf(answerTo(discord)(interaction, body)));
      expect(ends.at(-1)).toBe(code);
      expect(discord.violations).toHaveLength(1);
    }, 'violations');
  });

  test('refused: a form as the answer to a form, and a follow-up before any answer', async () => {
    await withCommands(async (discord, sdk) => {
      const ada = discord.person();
      const { interaction } = await pressed(discord, sdk, ada.dm, ada);
      expect(
        await errorOf(restOf(discord).post(webhook(discord, interaction), { body: { content: 'x' } })),
      ).toBe(10015);
      await answerTo(discord)(interaction, { type: 9, data: modal });
      void ada.submit({ kind: 'facts' });
      const sent = await sdk.has('INTERACTION_CREATE', 2);
      expect(await errorOf(answerTo(discord)(sent, { type: 9, data: modal }))).toBe(50035);
      expect(await errorOf(answerTo(discord)({ ...sent, token: 'unknown' }, { type: 6 }))).toBe(10062);
      expect(discord.violations).toHaveLength(3);
    }, 'violations');
  });
});
