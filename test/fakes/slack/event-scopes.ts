/**
 * Which scope an app needs for each event that it subscribes to; Slack refuses a manifest that lacks one.
 * Source: the page of each event, https://docs.slack.dev/reference/events/<name>
 */
export const eventScopes: Readonly<Record<string, string | undefined>> = {
  app_mention: 'app_mentions:read',
  'message.channels': 'channels:history',
  'message.groups': 'groups:history',
  'message.im': 'im:history',
  'message.mpim': 'mpim:history',
  reaction_added: 'reactions:read',
  reaction_removed: 'reactions:read',
  app_home_opened: undefined,
  app_context_changed: undefined,
  agent_session_stopped: undefined,
  app_uninstalled: undefined,
  tokens_revoked: undefined,
};
