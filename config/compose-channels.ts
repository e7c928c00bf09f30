import { join } from 'node:path';
import type { TerminalLink } from '../adapters/terminal/link.ts';
import type { CachePort } from '../core/ports/cache.ts';
import type { ChannelPort } from '../core/ports/channel.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { HttpMount } from '../core/ports/http-mount.ts';
import type { Ids } from '../core/ports/ids.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { MarkdownPort } from '../core/ports/markdown.ts';
import type { Metrics } from '../core/ports/metrics.ts';
import type { ScheduleDesk } from '../core/ports/schedule-desk.ts';
import type { SettingsStore } from '../core/ports/settings-store.ts';
import type { TranscriptStore } from '../core/ports/transcript-store.ts';
import { exampleQuestions } from './example-questions.ts';
import type { LoadedSettings } from './load-settings.ts';
import { isLoopbackHost } from './loopback-host.ts';
import { packageRoot } from './package-root.ts';

export interface ChannelDeps {
  readonly loaded: LoadedSettings;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly markdown: MarkdownPort;
  readonly transcripts: TranscriptStore;
  readonly settingsStore: SettingsStore;
  readonly cache: CachePort;
  readonly personName: string;
  readonly modelDescription: string;
  /** Shown on the page while a stand-in answers. */
  readonly banner: string | undefined;
  readonly metrics: Metrics;
  /** The schedule as the page shows it. */
  readonly schedule: ScheduleDesk;
  readonly fetch: typeof globalThis.fetch;
  /** Where Telegram's API is, for tests. */
  readonly telegramApiRoot?: string;
  /** Where Slack's Web API is, for tests. */
  readonly slackApiRoot?: string;
  /** Where Discord's API is, without its version, for tests. */
  readonly discordApiRoot?: string;
}

/** One platform, built and not yet started. */
export interface ComposedChannel {
  readonly channel: ChannelPort;
  readonly mounts: readonly HttpMount[];
}

const COOKIE_KEY_CHARS = 52;

/** The key that signs the page's cookies: made once, kept in the database. */
async function cookieKey(store: SettingsStore, ids: Ids): Promise<string> {
  const known = await store.get('system', 'web-cookie-key');
  if (typeof known === 'string' && known.length >= COOKIE_KEY_CHARS) return known;
  const made = ids.code(COOKIE_KEY_CHARS);
  await store.set('system', 'web-cookie-key', made);
  return made;
}

async function composeWeb(deps: ChannelDeps): Promise<ComposedChannel> {
  const { settings, secrets } = deps.loaded;
  const { createWebChannel } = await import('../adapters/web/channel.ts');
  const { banner } = deps;
  return createWebChannel({
    ...deps,
    assetsFolder: join(packageRoot(), 'adapters', 'web', 'assets'),
    cookieKey: await cookieKey(deps.settingsStore, deps.ids),
    boundToLoopback: isLoopbackHost(settings.http.host),
    ...(secrets.METACLAW_WEB_PASSWORD === undefined ? {} : { password: secrets.METACLAW_WEB_PASSWORD }),
    ...(settings.http.publicUrl === '' ? {} : { publicUrl: settings.http.publicUrl }),
    modelDescription: () => deps.modelDescription,
    banner: () => banner,
    examples: settings.skills.shipped ? exampleQuestions : [],
  });
}

async function composeTelegram(token: string, deps: ChannelDeps): Promise<ComposedChannel> {
  const { settings } = deps.loaded;
  const [{ createTelegramChannel }, { createTelegramClient }, { createLimiter }] = await Promise.all([
    import('../adapters/telegram/channel.ts'),
    import('../adapters/telegram/client.ts'),
    import('../adapters/limiter/limiter.ts'),
  ]);
  const apiRoot = deps.telegramApiRoot === undefined ? {} : { apiRoot: deps.telegramApiRoot };
  const channel = createTelegramChannel(
    {
      token,
      mode: settings.channels.telegram.mode,
      ...(settings.http.publicUrl === '' ? {} : { publicUrl: settings.http.publicUrl }),
      ...apiRoot,
    },
    {
      api: createTelegramClient({ token, ...apiRoot }),
      clock: deps.clock,
      logger: deps.logger,
      limiter: createLimiter(deps.clock),
      cache: deps.cache,
    },
  );
  return { channel, mounts: channel.mount === undefined ? [] : [channel.mount] };
}

async function composeSlack(botToken: string, deps: ChannelDeps): Promise<ComposedChannel> {
  const { settings, secrets } = deps.loaded;
  const [{ createSlackChannel }, { createSlackClient }, { resolveSlackOptions }, { slackLimits }, limiters] =
    await Promise.all([
      import('../adapters/slack/channel.ts'),
      import('../adapters/slack/client.ts'),
      import('../adapters/slack/options.ts'),
      import('../adapters/slack/limits.ts'),
      import('../adapters/limiter/limiter.ts'),
    ]);
  const { mode, threadPolicy, commandName } = settings.channels.slack;
  const options = resolveSlackOptions({
    botToken,
    appToken: secrets.SLACK_APP_TOKEN,
    signingSecret: secrets.SLACK_SIGNING_SECRET,
    mode,
    threadPolicy,
    commandName,
    apiRoot: deps.slackApiRoot,
  });
  const channel = createSlackChannel(options, {
    ...deps,
    client: createSlackClient(options, deps),
    limiter: limiters.createLimiter(deps.clock, slackLimits),
  });
  return { channel, mounts: channel.mount === undefined ? [] : [channel.mount] };
}

async function composeDiscord(token: string, deps: ChannelDeps): Promise<ComposedChannel> {
  const [{ createDiscordChannel }, { createDiscordClient }, { resolveDiscordOptions }] = await Promise.all([
    import('../adapters/discord/channel.ts'),
    import('../adapters/discord/client.ts'),
    import('../adapters/discord/options.ts'),
  ]);
  const { threadPolicy, guilds } = deps.loaded.settings.channels.discord;
  const options = resolveDiscordOptions({ token, threadPolicy, guilds, apiRoot: deps.discordApiRoot });
  const client = createDiscordClient(options, deps);
  return { channel: createDiscordChannel(options, { ...deps, client }), mounts: [] };
}

async function composeTerminal(link: TerminalLink, deps: ChannelDeps): Promise<ComposedChannel> {
  const { createTerminalChannel } = await import('../adapters/terminal/channel.ts');
  return { channel: createTerminalChannel({ ...deps, link }), mounts: [] };
}

/** Builds what is switched on. Each platform's code is loaded only then. Throws `config_invalid` on settings that cannot work. */
export async function composeChannels(
  terminal: TerminalLink,
  alone: boolean,
  deps: ChannelDeps,
): Promise<readonly ComposedChannel[]> {
  const building = [composeTerminal(terminal, deps)];
  if (!alone) {
    const { settings, secrets } = deps.loaded;
    if (settings.channels.web.enabled) building.push(composeWeb(deps));
    if (secrets.SLACK_BOT_TOKEN !== undefined) building.push(composeSlack(secrets.SLACK_BOT_TOKEN, deps));
    if (secrets.DISCORD_BOT_TOKEN !== undefined)
      building.push(composeDiscord(secrets.DISCORD_BOT_TOKEN, deps));
    if (secrets.TELEGRAM_BOT_TOKEN !== undefined)
      building.push(composeTelegram(secrets.TELEGRAM_BOT_TOKEN, deps));
  }
  return await Promise.all(building);
}
