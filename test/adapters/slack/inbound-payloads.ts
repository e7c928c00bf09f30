import type { SlackPerson } from '../../../adapters/slack/answers.ts';
import type { NameOf, SlackFacts } from '../../../adapters/slack/inbound-facts.ts';
import { encodeHandle } from '../../../adapters/slack/interaction-handle.ts';

export const BOT = 'U0BOT';
export const ADA = 'U0ADA';
export const BEN = 'U0BEN';
export const TEAM = 'T0HOME';
export const OTHER_TEAM = 'T0ELSE';
export const CHANNEL = 'C0GENERAL';
export const DM = 'D0ADA';
export const nowAt = Date.UTC(2026, 0, 5, 12);
/** A few seconds before `nowAt`, as Slack writes it. */
export const ts = '1767614390.000200';
export const tsAt = 1_767_614_390_000.2;
export const rootTs = '1767614380.000100';

export const facts: SlackFacts = {
  botUserId: BOT,
  botId: 'B0BOT',
  teamId: TEAM,
  appId: 'A0APP',
  threadPolicy: 'follow',
  commandName: '/metaclaw',
  now: nowAt,
};

const people: Readonly<Record<string, SlackPerson>> = {
  [ADA]: { displayName: 'Ada', isBot: false, isAdmin: false, teamId: TEAM },
  [BEN]: { displayName: 'Ben', isBot: false, isAdmin: true, teamId: TEAM },
  U0CY: { displayName: 'Cy', isBot: false, isAdmin: true, teamId: OTHER_TEAM },
  U0OTHERBOT: { displayName: 'Deploys', isBot: true, isAdmin: false, teamId: TEAM },
};

export const nameOf: NameOf = (userId) => people[userId];

export type Fields = Readonly<Record<string, unknown>>;

export const envelope = (event: Fields, more: Fields = {}): Fields => ({
  token: 'x',
  team_id: TEAM,
  api_app_id: 'A0APP',
  type: 'event_callback',
  event_id: 'Ev0001',
  event_time: 1_767_614_391,
  is_ext_shared_channel: false,
  authorizations: [{ enterprise_id: null, team_id: TEAM, user_id: BOT, is_bot: true }],
  event,
  ...more,
});

export const message = (text: string, more: Fields = {}): Fields => ({
  type: 'message',
  user: ADA,
  client_msg_id: 'c-1',
  team: TEAM,
  text,
  channel: CHANNEL,
  channel_type: 'channel',
  ts,
  event_ts: ts,
  ...more,
});

/** Slack's own example leaves the point out of `event_ts`. */
export const appMention = (text: string, more: Fields = {}): Fields => ({
  type: 'app_mention',
  user: ADA,
  text,
  channel: CHANNEL,
  ts,
  event_ts: ts.replace('.', ''),
  ...more,
});

export const inner = (text: string, more: Fields = {}): Fields => ({
  type: 'message',
  user: ADA,
  team: TEAM,
  text,
  ts,
  ...more,
});

export const editTs = '1767614395.000000';

export const changed = (before: Fields | undefined, after: Fields, more: Fields = {}): Fields => ({
  type: 'message',
  subtype: 'message_changed',
  hidden: true,
  channel: CHANNEL,
  channel_type: 'channel',
  ts: '1767614395.000900',
  event_ts: '1767614395.000900',
  message: { ...after, edited: { user: ADA, ts: editTs } },
  ...(before === undefined ? {} : { previous_message: before }),
  ...more,
});

export const deletion = (before: Fields | undefined, more: Fields = {}): Fields => ({
  type: 'message',
  subtype: 'message_deleted',
  hidden: true,
  channel: CHANNEL,
  channel_type: 'channel',
  ts: '1767614396.000100',
  event_ts: '1767614396.000100',
  deleted_ts: ts,
  ...(before === undefined ? {} : { previous_message: before }),
  ...more,
});

export const reaction = (type: 'reaction_added' | 'reaction_removed', more: Fields = {}): Fields => ({
  type,
  user: ADA,
  reaction: '+1',
  item: { type: 'message', channel: CHANNEL, ts },
  item_user: BOT,
  event_ts: '1767614397.000300',
  ...more,
});

export const slash = (text: string, more: Fields = {}): Fields => ({
  token: 'x',
  team_id: TEAM,
  team_domain: 'home',
  channel_id: CHANNEL,
  channel_name: 'general',
  user_id: ADA,
  user_name: 'ada.l',
  command: '/metaclaw',
  text,
  api_app_id: 'A0APP',
  is_enterprise_install: 'false',
  response_url: 'https://hooks.slack.com/commands/T0HOME/1/abc',
  trigger_id: '13.37.beef',
  ...more,
});

export const press = (action: Fields, more: Fields = {}): Fields => ({
  type: 'block_actions',
  user: { id: ADA, username: 'ada.l', name: 'ada.l', team_id: TEAM },
  api_app_id: 'A0APP',
  token: 'x',
  container: { type: 'message', message_ts: ts, channel_id: CHANNEL, is_ephemeral: false, thread_ts: rootTs },
  trigger_id: '13.37.cafe',
  team: { id: TEAM, domain: 'home' },
  channel: { id: CHANNEL, name: 'general' },
  message: { user: BOT, type: 'message', ts, thread_ts: rootTs },
  actions: [{ block_id: 'b', action_ts: '1767614398.289415', type: 'button', ...action }],
  response_url: 'https://hooks.slack.com/actions/T0HOME/2/def',
  ...more,
});

export const shortcut = (more: Fields = {}): Fields => ({
  type: 'message_action',
  callback_id: 'answer.correct',
  trigger_id: '13.37.f00d',
  action_ts: '1767614399.100000',
  message_ts: ts,
  response_url: 'https://hooks.slack.com/app/T0HOME/3/ghi',
  message: { type: 'message', user: BOT, ts, thread_ts: rootTs, text: 'An answer' },
  user: { id: ADA, name: 'ada.l', team_id: TEAM },
  channel: { id: CHANNEL, name: 'general' },
  team: { id: TEAM, domain: 'home' },
  token: 'x',
  ...more,
});

const about = { platform: 'slack', channelId: CHANNEL, messageId: ts };
/** The button that the forms below were opened by. */
export const openedBy = encodeHandle({
  kind: 'press',
  channelId: CHANNEL,
  threadId: rootTs,
  userId: ADA,
  triggerId: '13.37.open',
  issuedAt: 1_767_614_390_000,
});

export const submission = (
  values: Fields,
  more: Fields = {},
  metadata: string = JSON.stringify({ ...about, openedBy }),
): Fields => ({
  type: 'view_submission',
  team: { id: TEAM, domain: 'home' },
  user: { id: ADA, name: 'ada.l', team_id: TEAM },
  api_app_id: 'A0APP',
  token: 'x',
  trigger_id: '13.37.feed',
  view: {
    id: 'V0001',
    type: 'modal',
    hash: '1767614400.RiIIx55y',
    callback_id: 'feedback.reason',
    private_metadata: metadata,
    state: { values },
  },
  ...more,
});

/** One of each kind, for tests over all of them. */
export const everyBody: Readonly<Record<string, Fields>> = {
  message: envelope(message('Hello')),
  threadReply: envelope(message('and then?', { thread_ts: rootTs })),
  directMessage: envelope(message('Hi', { channel: DM, channel_type: 'im' })),
  fileShare: envelope(message('', { subtype: 'file_share', files: [{ mimetype: 'image/png' }] })),
  botMessage: envelope(message('Deployed', { subtype: 'bot_message', user: undefined, bot_id: 'B0X' })),
  appMention: envelope(appMention(`<@${BOT}> hello`)),
  messageChanged: envelope(changed(inner('old'), inner('new'))),
  messageDeleted: envelope(deletion(inner('old'))),
  reactionAdded: envelope(reaction('reaction_added')),
  reactionRemoved: envelope(reaction('reaction_removed')),
  homeOpened: envelope({
    type: 'app_home_opened',
    user: ADA,
    channel: DM,
    tab: 'home',
    event_ts: '1767614397.000300',
  }),
  sessionStopped: envelope({
    type: 'agent_session_stopped',
    user: ADA,
    channel: DM,
    thread_ts: rootTs,
    streaming_message_ts: [ts],
    event_ts: '1767614397.000300',
  }),
  uninstalled: envelope({ type: 'app_uninstalled' }),
  tokensRevoked: envelope({ type: 'tokens_revoked', tokens: { oauth: [], bot: [BOT] } }),
  rateLimited: {
    type: 'app_rate_limited',
    team_id: TEAM,
    minute_rate_limited: 1_767_614_400,
    api_app_id: 'A',
  },
  slash: slash('help'),
  press: press({ action_id: 'turn.retry' }),
  feedback: press({ type: 'feedback_buttons', action_id: 'feedback', value: 'feedback.good' }),
  shortcut: shortcut(),
  submission: submission({ reason: { reason: { type: 'plain_text_input', value: 'Too long' } } }),
  viewClosed: { type: 'view_closed', user: { id: ADA }, view: { id: 'V0001' } },
};
