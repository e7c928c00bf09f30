import type { ErrorCode } from '../../core/domain/app-error.ts';

/** What one of Slack's words for a refusal means to us. */
export interface Meaning {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable?: boolean;
  /** Some of it may have been done before it failed. */
  readonly isUnclear?: boolean;
}

const APPS_PAGE = 'https://api.slack.com/apps';

/** The one method that we call with the app's token and not with the bot's. */
const OPENS_SOCKETS = 'apps.connections.open';

interface TokenWords {
  readonly bad: string;
  readonly removed: string;
  readonly wrongKind: string;
}

const botToken: TokenWords = {
  bad: `Slack does not accept the bot token: copy it anew into SLACK_BOT_TOKEN from “OAuth & Permissions” at ${APPS_PAGE}, or install the app again.`,
  removed:
    'The Slack app is no longer installed in this workspace: install it again and renew SLACK_BOT_TOKEN.',
  wrongKind: 'SLACK_BOT_TOKEN holds the wrong kind of token: it begins with "xoxb-".',
};
const appToken: TokenWords = {
  bad: `Slack does not accept the app-level token: copy it anew into SLACK_APP_TOKEN from “Basic Information”, “App-Level Tokens” at ${APPS_PAGE}.`,
  removed: `Slack no longer takes the app-level token: see that the app is installed, make a new one with connections:write at ${APPS_PAGE}, “Basic Information”, “App-Level Tokens”, and set SLACK_APP_TOKEN to it.`,
  wrongKind: 'SLACK_APP_TOKEN holds the wrong kind of token: it begins with "xapp-".',
};

/** Which words for a refusal are about the token, and what they say of it. */
const tokenRefusals: ReadonlyMap<string, keyof TokenWords> = new Map([
  ['invalid_auth', 'bad'],
  ['not_authed', 'bad'],
  ['token_expired', 'bad'],
  ['not_allowed_token_type', 'wrongKind'],
  ['account_inactive', 'removed'],
  ['token_revoked', 'removed'],
  ['team_access_not_granted', 'removed'],
  ['user_removed_from_team', 'removed'],
  ['app_not_installed', 'removed'],
]);

/** What a refusal says of the token that the method was called with. */
export function tokenRefused(method: string, how: keyof TokenWords = 'bad'): Meaning {
  return { code: 'auth_failed', message: (method === OPENS_SOCKETS ? appToken : botToken)[how] };
}

const gone: Meaning = { code: 'not_found', message: 'That Slack message is gone.' };
const noChannel: Meaning = {
  code: 'not_found',
  message: 'That Slack channel is gone, or the bot is not in it: invite the bot there.',
};
const noPerson: Meaning = { code: 'not_found', message: 'Slack does not know that person here.' };
const tooLate: Meaning = {
  code: 'not_found',
  message: 'Slack no longer waits for an answer to this: do it once more.',
};
const closedChannel: Meaning = {
  code: 'not_allowed',
  message: 'Slack does not let the bot write there: the channel is archived or restricted.',
};
const notAllowed: Meaning = { code: 'not_allowed', message: 'Slack does not let the bot do that here.' };
const locked: Meaning = {
  code: 'not_allowed',
  message: 'The administrators of this Slack workspace do not allow that at present.',
};
const tooLong: Meaning = {
  code: 'invalid_input',
  message: 'The message is too long for Slack: send less at once.',
};
const badBlocks: Meaning = {
  code: 'invalid_input',
  message: 'Slack could not read the layout of the message.',
};
export const trouble: Meaning = {
  code: 'peer_failed',
  message: 'Slack has trouble of its own: try again later.',
  retryable: true,
};

/** Slack's words for why not. What is not named here is `invalid_input`. Meanings: https://docs.slack.dev/reference/methods */
const meanings: ReadonlyMap<string, Meaning> = new Map<string, Meaning>(
  Object.entries({
    team_disabled: locked,
    team_added_to_org: {
      code: 'auth_failed',
      message: 'The Slack workspace is moving into an organisation: install the app again when that is done.',
    },
    no_permission: notAllowed,
    access_denied: notAllowed,
    accesslimited: locked,
    org_login_required: locked,
    enterprise_is_restricted: locked,
    ekm_access_denied: locked,
    forbidden_team: locked,
    two_factor_setup_required: locked,
    message_not_found: gone,
    thread_not_found: { code: 'not_found', message: 'That Slack thread is gone.' },
    invalid_thread_ts: { code: 'not_found', message: 'That Slack thread is gone.' },
    cant_reply_to_message: notAllowed,
    cant_update_message: { code: 'not_allowed', message: 'Slack lets the bot change its own messages only.' },
    cant_delete_message: { code: 'not_allowed', message: 'Slack does not let the bot delete that message.' },
    compliance_exports_prevent_deletion: locked,
    edit_window_closed: { code: 'not_allowed', message: 'That Slack message is too old to be changed.' },
    channel_not_found: noChannel,
    not_in_channel: noChannel,
    user_not_found: noPerson,
    users_not_found: noPerson,
    user_not_visible: noPerson,
    user_not_in_channel: { code: 'not_found', message: 'That person is not in that Slack channel.' },
    messages_tab_disabled: {
      code: 'not_allowed',
      message: "The Slack app takes no direct messages: switch its messages tab on in the app's settings.",
    },
    posting_to_channel_denied: closedChannel,
    thread_locked: closedChannel,
    is_archived: closedChannel,
    is_inactive: closedChannel,
    restricted_action: closedChannel,
    restricted_action_read_only_channel: closedChannel,
    restricted_action_thread_only_channel: closedChannel,
    restricted_action_non_threadable_channel: closedChannel,
    restricted_action_thread_locked: closedChannel,
    msg_too_long: tooLong,
    msg_blocks_too_long: tooLong,
    msg_blocks_too_many: tooLong,
    view_too_large: tooLong,
    invalid_blocks: badBlocks,
    invalid_blocks_format: badBlocks,
    invalid_chunks: badBlocks,
    no_text: { code: 'invalid_input', message: 'Slack shows no empty messages.' },
    expired_trigger_id: tooLate,
    exchanged_trigger_id: tooLate,
    invalid_trigger_id: tooLate,
    trigger_expired: tooLate,
    trigger_exchanged: tooLate,
    expired_url: tooLate,
    used_url: tooLate,
    message_not_in_streaming_state: {
      code: 'not_found',
      message: 'That Slack message takes no more text: its stream has ended.',
    },
    stopped_by_user: { code: 'not_found', message: 'The person has stopped this answer.' },
    message_not_owned_by_app: {
      code: 'not_allowed',
      message: 'Slack lets the bot change its own messages only.',
    },
    missing_recipient_user_id: {
      code: 'invalid_input',
      message: 'A stream in a Slack channel needs a recipient.',
    },
    missing_recipient_team_id: {
      code: 'invalid_input',
      message: 'A stream in a Slack channel needs a recipient.',
    },
    too_many_reactions: { code: 'not_allowed', message: 'That Slack message takes no more reactions.' },
    message_limit_exceeded: { ...locked, message: 'The Slack workspace has reached its limit of messages.' },
    service_unavailable: trouble,
    request_timeout: trouble,
    team_is_being_migrated: trouble,
    messaging_processing_failed: { ...trouble, isUnclear: true },
    update_failed: trouble,
    internal_error: { ...trouble, isUnclear: true },
    fatal_error: { ...trouble, isUnclear: true },
    unknown_method: { code: 'internal', message: 'Slack does not know the method that was called.' },
  } satisfies Record<string, Meaning>),
);

function missingScope(method: string, needed: string | undefined): Meaning {
  if (method === OPENS_SOCKETS) {
    const message = `The app-level token lacks connections:write: make one with that scope at ${APPS_PAGE}, “Basic Information”, “App-Level Tokens”, and set SLACK_APP_TOKEN to it.`;
    return { code: 'not_allowed', message };
  }
  const which = needed === undefined ? 'a permission' : `the permission ${needed}`;
  return {
    code: 'not_allowed',
    message: `The Slack app lacks ${which}: add it in the app's settings and install the app again.`,
  };
}

/** `needed` is the scope that Slack names with `missing_scope`. */
export function meaningOf(word: string, method: string, needed?: string): Meaning {
  if (word === 'missing_scope') return missingScope(method, needed);
  const how = tokenRefusals.get(word);
  if (how !== undefined) return tokenRefused(method, how);
  return (
    meanings.get(word) ?? {
      code: 'invalid_input',
      message: `Slack refused the call ${method}: ${word}.`,
    }
  );
}
