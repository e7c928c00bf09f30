import { channelTypes, type FakeMessage, type Json } from './guild-model.ts';
import type { OpenInteraction } from './interactions.ts';
import { channelJson, memberJson, messageJson, userJson } from './json.ts';
import type { World } from './world.ts';

const typeNumbers = { command: 2, message_command: 2, component: 3, autocomplete: 4, modal: 5 } as const;

/** Interactions name their channels with a little less than the API does, and with the person's permissions. */
function channelOf(world: World, { channel, user }: OpenInteraction): Json {
  const whole = channelJson(world, channel);
  return channel.type === channelTypes.direct
    ? { ...whole, recipients: [userJson(world.bot)] }
    : { ...whole, permissions: String(world.permissionsOf(user.id, channel)) };
}

/** https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object */
export function interactionJson(world: World, interaction: OpenInteraction, data: Json): Json {
  const { user, channel, kind, message } = interaction;
  const guild = world.guildOf(channel);
  const member = guild?.members.get(user.id);
  return {
    version: 1,
    type: typeNumbers[kind],
    id: interaction.id,
    token: interaction.token,
    application_id: world.applicationId,
    data,
    channel_id: channel.id,
    channel: channelOf(world, interaction),
    app_permissions: String(world.permissionsOf(world.bot.id, channel)),
    locale: 'en-GB',
    entitlements: [],
    attachment_size_limit: 10_485_760,
    entitlement_sku_ids: [],
    authorizing_integration_owners: { 0: guild?.id ?? '0' },
    context: guild === undefined ? 1 : 0,
    ...(guild === undefined || member === undefined
      ? { user: userJson(user) }
      : {
          guild_id: guild.id,
          guild: { id: guild.id, locale: 'en-US', features: [] },
          guild_locale: 'en-US',
          member: {
            ...memberJson(member),
            user: userJson(user),
            permissions: String(world.permissionsOf(user.id, channel)),
            unusual_dm_activity_until: null,
          },
        }),
    ...((kind === 'component' || kind === 'modal') && message !== undefined
      ? { message: shownMessage(world, message) }
      : {}),
  };
}

/** Interactions show messages whole, whatever the intents. */
export const shownMessage = (world: World, message: FakeMessage): Json =>
  messageJson(world, message, { readsContent: true, isEvent: false });

/** What an answer to an interaction says of where it came from. */
export const interactionMetadata = ({ id, kind, name, user, message }: OpenInteraction): Json => ({
  id,
  type: typeNumbers[kind],
  user: userJson(user),
  authorizing_integration_owners: {},
  name,
  ...(kind === 'component' && message !== undefined ? { interacted_message_id: message.id } : {}),
});
