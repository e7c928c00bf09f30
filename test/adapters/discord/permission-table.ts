import type { PermissionName } from '../../../adapters/discord/routes.ts';

/** What something takes in a server, and where Discord says so. */
interface Cost {
  readonly takes: readonly PermissionName[];
  readonly doc: string;
}

const docs = 'https://docs.discord.com/developers';
const cost = (page: string, ...takes: readonly PermissionName[]): Cost => ({
  takes,
  doc: `${docs}/${page}`,
});
const message = (name: string, ...takes: readonly PermissionName[]): Cost =>
  cost(`resources/message#${name}`, ...takes);
const answers = 'interactions/receiving-and-responding';
const commands = 'interactions/application-commands';

/** By method and path, whatever the parameters are called. */
export const callCosts: Readonly<Record<string, Cost>> = {
  'GET /users/@me': cost('resources/user#get-current-user'),
  'GET /users/@me/guilds': cost('resources/user#get-current-user-guilds'),
  'GET /applications/@me': cost('resources/application#get-current-application'),
  'GET /guilds/{}': cost('resources/guild#get-guild'),
  'GET /guilds/{}/channels': cost('resources/guild#get-guild-channels'),
  'GET /guilds/{}/members/{}': cost('resources/guild#get-guild-member'),
  'GET /channels/{}/messages': message('get-channel-messages', 'View Channel', 'Read Message History'),
  // A message that answers another one takes the history, and one with pictures their permission; in threads another permission takes the place of sending.
  'POST /channels/{}/messages': message(
    'create-message',
    'View Channel',
    'Send Messages',
    'Send Messages in Threads',
    'Attach Files',
    'Read Message History',
  ),
  'PATCH /channels/{}/messages/{}': message('edit-message', 'View Channel'),
  'DELETE /channels/{}/messages/{}': message('delete-message', 'View Channel'),
  'POST /channels/{}/typing': cost(
    'resources/channel#trigger-typing-indicator',
    'View Channel',
    'Send Messages',
    'Send Messages in Threads',
  ),
  'POST /interactions/{}/{}/callback': cost(`${answers}#create-interaction-response`),
  'POST /webhooks/{}/{}': cost(`${answers}#create-followup-message`),
  'PATCH /webhooks/{}/{}/messages/@original': cost(`${answers}#edit-original-interaction-response`),
  'DELETE /webhooks/{}/{}/messages/@original': cost(`${answers}#delete-original-interaction-response`),
  'GET /applications/{}/commands': cost(`${commands}#get-global-application-commands`),
  'PUT /applications/{}/commands': cost(`${commands}#bulk-overwrite-global-application-commands`),
  'GET /applications/{}/guilds/{}/commands': cost(`${commands}#get-guild-application-commands`),
  'PUT /applications/{}/guilds/{}/commands': cost(`${commands}#bulk-overwrite-guild-application-commands`),
};

const event = (name: string, ...takes: readonly PermissionName[]): Cost =>
  cost(`events/gateway-events#${name}`, ...takes);

/** By the kind of dispatch: what happens in a channel is told to those who see the channel. */
export const eventCosts: Readonly<Record<string, Cost>> = {
  MESSAGE_CREATE: event('message-create', 'View Channel'),
  MESSAGE_UPDATE: event('message-update', 'View Channel'),
  MESSAGE_DELETE: event('message-delete', 'View Channel'),
  MESSAGE_DELETE_BULK: event('message-delete-bulk', 'View Channel'),
  MESSAGE_REACTION_ADD: event('message-reaction-add', 'View Channel'),
  MESSAGE_REACTION_REMOVE: event('message-reaction-remove', 'View Channel'),
  MESSAGE_REACTION_REMOVE_ALL: event('message-reaction-remove-all', 'View Channel'),
  MESSAGE_REACTION_REMOVE_EMOJI: event('message-reaction-remove-emoji', 'View Channel'),
  INTERACTION_CREATE: event('interaction-create'),
  GUILD_CREATE: event('guild-create'),
  GUILD_UPDATE: event('guild-update'),
  GUILD_DELETE: event('guild-delete'),
  GUILD_ROLE_CREATE: event('guild-role-create'),
  GUILD_ROLE_UPDATE: event('guild-role-update'),
  GUILD_ROLE_DELETE: event('guild-role-delete'),
  CHANNEL_CREATE: event('channel-create', 'View Channel'),
  CHANNEL_UPDATE: event('channel-update', 'View Channel'),
  CHANNEL_DELETE: event('channel-delete', 'View Channel'),
  THREAD_CREATE: event('thread-create', 'View Channel'),
  THREAD_UPDATE: event('thread-update', 'View Channel'),
  THREAD_DELETE: event('thread-delete', 'View Channel'),
  THREAD_LIST_SYNC: event('thread-list-sync', 'View Channel'),
};
