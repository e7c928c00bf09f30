import { AppError } from '../../core/domain/app-error.ts';
import { CORRECTION_FORM } from '../../core/domain/outbound-message.ts';
import { EVENTS_PATH } from './options.ts';

/** How events reach the bot: over connections that it opens, or at the address where its listener is reached. */
export type ManifestDelivery =
  | { readonly kind: 'socket' }
  | { readonly kind: 'http'; readonly publicUrl: string };

export interface ManifestOptions {
  /** What the app is called; 1 to 35 characters. */
  readonly name: string;
  /** What people read about it; at most 140 characters. */
  readonly description: string;
  /** The slash command with its slash; at most 32 characters. */
  readonly commandName: string;
  /** What may follow the slash command, as Slack shows it while somebody types; at most 1,000 characters. */
  readonly usageHint: string;
  /** Questions offered to somebody who opens a conversation with the app; at most 4. */
  readonly prompts: readonly string[];
  readonly delivery: ManifestDelivery;
}

/** An app's manifest, as far as this bot uses it (https://docs.slack.dev/reference/app-manifest). */
export interface SlackManifest {
  readonly display_information: { readonly name: string; readonly description: string };
  readonly features: {
    readonly agent_view: {
      readonly agent_description: string;
      readonly suggested_prompts: readonly { readonly title: string; readonly message: string }[];
    };
    readonly app_home: {
      readonly home_tab_enabled: boolean;
      readonly messages_tab_enabled: boolean;
      readonly messages_tab_read_only_enabled: boolean;
    };
    readonly bot_user: { readonly display_name: string; readonly always_online: boolean };
    readonly shortcuts: readonly {
      readonly type: 'message';
      readonly name: string;
      readonly callback_id: string;
      readonly description: string;
    }[];
    readonly slash_commands: readonly {
      readonly command: string;
      readonly description: string;
      readonly usage_hint: string;
      readonly should_escape: boolean;
      readonly url?: string;
    }[];
  };
  readonly oauth_config: { readonly scopes: { readonly bot: readonly string[] } };
  readonly settings: {
    readonly event_subscriptions: { readonly bot_events: readonly string[]; readonly request_url?: string };
    readonly interactivity: { readonly is_enabled: boolean; readonly request_url?: string };
    readonly org_deploy_enabled: boolean;
    readonly socket_mode_enabled: boolean;
    readonly token_rotation_enabled: boolean;
  };
}

/** Every permission that the bot asks for, and what it does with it. */
export const botScopes: Readonly<Record<string, string>> = {
  'app_mentions:read': 'hears that it was mentioned',
  'assistant:write':
    'is an agent to Slack: direct messages as threads, suggested questions, a stop button while it answers',
  'channels:history':
    'hears messages in public channels it was invited to, and reads the thread it is called into',
  'chat:write': 'answers, edits its answer while it grows, streams, and shows that it is thinking',
  commands: 'has a slash command and the shortcut “Correct this answer”',
  'files:write': 'shows pictures, such as the curve of a skill’s effect',
  'groups:history': 'the same as channels:history, in private channels it was invited to',
  'im:history': 'hears direct messages to it',
  'mpim:history': 'the same as channels:history, in group messages it was added to',
  'reactions:read': 'takes reactions to its answers as feedback, and sees them taken back',
  'users:read': 'knows people’s names and who administers the workspace',
};

/** Every event that the bot asks to be told of. */
export const botEvents: readonly string[] = [
  'agent_session_stopped',
  'app_home_opened',
  'app_mention',
  'app_uninstalled',
  'message.channels',
  'message.groups',
  'message.im',
  'message.mpim',
  'reaction_added',
  'reaction_removed',
  'tokens_revoked',
];

const MAX_NAME_CHARS = 35;
const MAX_DESCRIPTION_CHARS = 140;
const MAX_PROMPTS = 4;

/** A bot user's name may hold a–z, 0–9, `-`, `_` and `.` only. */
function botUserName(name: string): string {
  const plain = name
    .toLowerCase()
    .replaceAll(/\s+/g, '-')
    .replaceAll(/[^a-z0-9._-]/g, '');
  return /[a-z0-9]/.test(plain) ? plain : 'metaclaw';
}

/** The app as data. Throws `invalid_input` where Slack would refuse the name or the description. */
export function createManifest(options: ManifestOptions): SlackManifest {
  const { commandName, usageHint, delivery } = options;
  const name = options.name.trim();
  const description = options.description.trim();
  if (name === '' || name.length > MAX_NAME_CHARS)
    throw new AppError('invalid_input', `The app’s name must have 1 to ${MAX_NAME_CHARS} characters.`);
  if (description === '' || description.length > MAX_DESCRIPTION_CHARS) {
    throw new AppError(
      'invalid_input',
      `The app’s description must have 1 to ${MAX_DESCRIPTION_CHARS} characters.`,
    );
  }
  const overHttp = delivery.kind === 'http';
  const address = overHttp ? `${delivery.publicUrl.replace(/\/+$/, '')}${EVENTS_PATH}` : undefined;
  return {
    display_information: { name, description },
    features: {
      agent_view: {
        agent_description: description,
        suggested_prompts: options.prompts
          .slice(0, MAX_PROMPTS)
          .map((prompt) => ({ title: prompt, message: prompt })),
      },
      app_home: {
        home_tab_enabled: true,
        messages_tab_enabled: true,
        messages_tab_read_only_enabled: false,
      },
      bot_user: { display_name: botUserName(name), always_online: true },
      shortcuts: [
        {
          type: 'message',
          name: 'Correct this answer',
          callback_id: CORRECTION_FORM,
          description: 'Tell the bot what its answer should have been',
        },
      ],
      slash_commands: [
        {
          command: commandName,
          description: `Commands of ${name}`,
          usage_hint: usageHint,
          // Words arrive as they were typed: the commands' grammar knows no mentions.
          should_escape: false,
          ...(address === undefined ? {} : { url: address }),
        },
      ],
    },
    oauth_config: { scopes: { bot: Object.keys(botScopes) } },
    settings: {
      event_subscriptions: {
        ...(address === undefined ? {} : { request_url: address }),
        bot_events: botEvents,
      },
      interactivity: { is_enabled: true, ...(address === undefined ? {} : { request_url: address }) },
      org_deploy_enabled: false,
      socket_mode_enabled: !overHttp,
      token_rotation_enabled: false,
    },
  };
}
