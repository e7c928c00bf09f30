import type { AppState } from './app-state.ts';
import {
  type FakeBlock,
  type FakeSlackChannel,
  type FakeSlackMessage,
  type FakeSlackUser,
  messageJson,
} from './workspace.ts';

type Payload = Readonly<Record<string, unknown>>;

/** Elements with an `action_id`, wherever they stand in a block. */
function elementsOf(block: FakeBlock): readonly FakeBlock[] {
  const inside = [block['elements'], block['accessory']].flat();
  return inside.filter(
    (element): element is FakeBlock =>
      typeof element === 'object' && element !== null && 'action_id' in element && 'type' in element,
  );
}

export interface FoundElement {
  readonly block: FakeBlock;
  readonly element: FakeBlock;
}

/** The element that a person presses. */
export function findElement(
  message: FakeSlackMessage,
  actionId: string,
  value?: string,
): FoundElement | undefined {
  for (const block of message.blocks ?? []) {
    const element = elementsOf(block).find(
      (candidate) =>
        candidate['action_id'] === actionId && (value === undefined || candidate['value'] === value),
    );
    if (element !== undefined) return { block, element };
  }
  return undefined;
}

const userJson = (user: FakeSlackUser): Payload => ({
  id: user.id,
  username: user.name,
  name: user.name,
  team_id: user.team_id,
});

/** What every interaction says. */
export function interactionBase(state: AppState, user: FakeSlackUser): Payload {
  const { workspace, triggers } = state;
  return {
    user: userJson(user),
    api_app_id: workspace.appId,
    token: 'deprecated-verification-token',
    team: { id: workspace.teamId, domain: 'fake-team' },
    enterprise: null,
    is_enterprise_install: false,
    trigger_id: triggers.issue(user.id),
  };
}

const channelName = (channel: FakeSlackChannel): string =>
  channel.type === 'group' ? 'privategroup' : channel.name;

/** https://docs.slack.dev/reference/interaction-payloads/block_actions-payload */
export function blockActions(
  state: AppState,
  user: FakeSlackUser,
  channel: FakeSlackChannel,
  message: FakeSlackMessage,
  { block, element }: FoundElement,
  chosen: { readonly value?: string; readonly responseUrl: string },
): Payload {
  const isPrivate = message.privateTo !== undefined;
  const { elements: _elements, ...shown } = element;
  return {
    type: 'block_actions',
    ...interactionBase(state, user),
    container: {
      type: 'message',
      message_ts: message.ts,
      channel_id: channel.id,
      is_ephemeral: isPrivate,
      ...(message.threadTs === undefined ? {} : { thread_ts: message.threadTs }),
    },
    channel: { id: channel.id, name: channelName(channel) },
    // Slack keeps no private message, so it can show none.
    ...(isPrivate ? {} : { message: messageJson(state.workspace, message) }),
    state: { values: {} },
    response_url: chosen.responseUrl,
    actions: [
      {
        ...(element.type === 'feedback_buttons'
          ? { type: element.type, action_id: element['action_id'] }
          : shown),
        block_id: block['block_id'],
        ...(chosen.value === undefined ? {} : { value: chosen.value }),
        action_ts: state.workspace.nextTs(),
      },
    ],
  };
}

/** https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload#message_shortcuts */
export function messageAction(
  state: AppState,
  user: FakeSlackUser,
  channel: FakeSlackChannel,
  message: FakeSlackMessage,
  callbackId: string,
  responseUrl: string,
): Payload {
  return {
    type: 'message_action',
    ...interactionBase(state, user),
    action_ts: state.workspace.nextTs(),
    callback_id: callbackId,
    message_ts: message.ts,
    message: messageJson(state.workspace, message),
    channel: { id: channel.id, name: channelName(channel) },
    response_url: responseUrl,
  };
}
