export interface MethodAccess {
  /** All that may be needed. Where there are several of them, `methodScopeFor` says which one a call needs. */
  readonly scopes: readonly string[];
  readonly token: 'bot' | 'app' | 'none';
  /** Where Slack says so. */
  readonly doc: string;
}

const method = (name: string, token: 'bot' | 'app', scopes: readonly string[] = []): MethodAccess => ({
  scopes,
  token,
  doc: `https://docs.slack.dev/reference/methods/${name}`,
});

/** By `conversations.*` type of a channel: https://docs.slack.dev/reference/methods/conversations.replies */
const historyScopes = {
  channel: 'channels:history',
  group: 'groups:history',
  mpim: 'mpim:history',
  im: 'im:history',
} as const;

/** Every Web API method that this fake answers, with the scopes that a token needs for it. */
export const methodScopes: Readonly<Record<string, MethodAccess>> = {
  'auth.test': method('auth.test', 'bot'),
  'apps.connections.open': method('apps.connections.open', 'app', ['connections:write']),
  'chat.postMessage': method('chat.postMessage', 'bot', ['chat:write']),
  'chat.postEphemeral': method('chat.postEphemeral', 'bot', ['chat:write']),
  'chat.update': method('chat.update', 'bot', ['chat:write']),
  'chat.delete': method('chat.delete', 'bot', ['chat:write']),
  'chat.startStream': method('chat.startStream', 'bot', ['chat:write']),
  'chat.appendStream': method('chat.appendStream', 'bot', ['chat:write']),
  'chat.stopStream': method('chat.stopStream', 'bot', ['chat:write']),
  // Took `assistant:write` too, until https://docs.slack.dev/changelog/2026/03/05/set-status-scope-update
  'assistant.threads.setStatus': method('assistant.threads.setStatus', 'bot', ['chat:write']),
  'reactions.add': method('reactions.add', 'bot', ['reactions:write']),
  'reactions.remove': method('reactions.remove', 'bot', ['reactions:write']),
  'users.info': method('users.info', 'bot', ['users:read']),
  'views.open': method('views.open', 'bot'),
  'views.publish': method('views.publish', 'bot'),
  'files.getUploadURLExternal': method('files.getUploadURLExternal', 'bot', ['files:write']),
  'files.completeUploadExternal': method('files.completeUploadExternal', 'bot', ['files:write']),
  'conversations.replies': method('conversations.replies', 'bot', Object.values(historyScopes)),
};

/** What one call needs: `conversations.replies` asks for the scope of the channel's own type. */
export function methodScopeFor(
  name: string,
  channelType: 'channel' | 'group' | 'mpim' | 'im',
): readonly string[] {
  const access = methodScopes[name];
  if (access === undefined) return [];
  return access.scopes.length > 1 ? [historyScopes[channelType]] : access.scopes;
}
