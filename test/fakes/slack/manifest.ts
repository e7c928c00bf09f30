import { z } from 'zod';
import { eventScopes } from './event-scopes.ts';

const manifestSchema = z.object({
  features: z
    .object({
      app_home: z
        .object({ home_tab_enabled: z.boolean().optional(), messages_tab_enabled: z.boolean().optional() })
        .optional(),
      slash_commands: z.array(z.object({ command: z.string() })).optional(),
      shortcuts: z.array(z.object({ type: z.string(), callback_id: z.string() })).optional(),
    })
    .optional(),
  oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()) }) }),
  settings: z.object({
    event_subscriptions: z.object({ bot_events: z.array(z.string()) }).optional(),
    interactivity: z.object({ is_enabled: z.boolean() }).optional(),
    socket_mode_enabled: z.boolean().optional(),
  }),
});

/** What an app may do and hears of, by the manifest that it was installed with. */
export interface InstalledApp {
  readonly scopes: readonly string[];
  readonly events: ReadonlySet<string>;
  readonly commands: ReadonlySet<string>;
  readonly messageShortcuts: ReadonlySet<string>;
  readonly isInteractive: boolean;
  readonly hasHomeTab: boolean;
  readonly hasSocketMode: boolean;
}

/** Everything that this fake knows, for tests that are not about the manifest. */
export const fullManifest = {
  display_information: { name: 'MetaClaw' },
  features: {
    agent_view: { agent_description: 'Answers with skills.' },
    app_home: { home_tab_enabled: true, messages_tab_enabled: true },
    bot_user: { display_name: 'MetaClaw', always_online: true },
    slash_commands: [{ command: '/metaclaw', description: 'Commands', usage_hint: 'help' }],
    shortcuts: [
      { type: 'message', name: 'Correct this answer', callback_id: 'answer.correct', description: 'Correct' },
    ],
  },
  oauth_config: {
    scopes: {
      bot: [
        'app_mentions:read',
        'assistant:write',
        'channels:history',
        'chat:write',
        'commands',
        'files:write',
        'groups:history',
        'im:history',
        'mpim:history',
        'reactions:read',
        'reactions:write',
        'users:read',
      ],
    },
  },
  settings: {
    event_subscriptions: { bot_events: Object.keys(eventScopes) },
    interactivity: { is_enabled: true },
    socket_mode_enabled: true,
  },
};

/** Installs an app as Slack would: a manifest that lacks a scope for one of its events is refused. */
export function installApp(manifest: unknown): InstalledApp {
  const { features, oauth_config, settings } = manifestSchema.parse(manifest);
  const scopes = oauth_config.scopes.bot;
  const events = settings.event_subscriptions?.bot_events ?? [];
  for (const event of events) {
    if (!(event in eventScopes)) throw new Error(`the fake does not know the event ${event}`);
    const scope = eventScopes[event];
    if (scope !== undefined && !scopes.includes(scope)) {
      throw new Error(`the manifest subscribes to ${event} without the scope ${scope}`);
    }
  }
  const commands = (features?.slash_commands ?? []).map((entry) => entry.command);
  const shortcuts = features?.shortcuts ?? [];
  if ((commands.length > 0 || shortcuts.length > 0) && !scopes.includes('commands')) {
    throw new Error('the manifest has commands or shortcuts without the scope commands');
  }
  return {
    scopes,
    events: new Set(events),
    commands: new Set(commands),
    messageShortcuts: new Set(
      shortcuts.filter((shortcut) => shortcut.type === 'message').map((shortcut) => shortcut.callback_id),
    ),
    isInteractive: settings.interactivity?.is_enabled ?? false,
    hasHomeTab: features?.app_home?.home_tab_enabled ?? false,
    hasSocketMode: settings.socket_mode_enabled ?? false,
  };
}
