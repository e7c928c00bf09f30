import { AppError } from '../../core/domain/app-error.ts';

export const PLATFORM = 'slack';
export const EVENTS_PATH = '/hooks/slack';
export const DEFAULT_COMMAND = '/metaclaw';

export interface SlackChannelOptions {
  /** Of the installed app: `xoxb-…`. */
  readonly botToken: string;
  /** Needed in socket mode: `xapp-…`, with the scope `connections:write`. */
  readonly appToken?: string | undefined;
  /** Needed in HTTP mode. */
  readonly signingSecret?: string | undefined;
  /** Default `socket`. */
  readonly mode?: 'socket' | 'http';
  /** Address of the Web API, for tests. Default `https://slack.com/api/`. */
  readonly apiRoot?: string | undefined;
  /** `follow`: in a thread that it was addressed in, the bot answers without a new mention. Default `follow`. */
  readonly threadPolicy?: 'follow' | 'mention';
  /** Default `/metaclaw`. */
  readonly commandName?: string;
  /** How long one call may take. Default 15,000. */
  readonly callTimeoutMs?: number;
  /** How long a socket may take from the first call to Slack's hello. Default 20,000. */
  readonly openTimeoutMs?: number;
  /** How long a socket may leave a ping unanswered; it is left within twice as long. Default 5,000. */
  readonly pingTimeoutMs?: number;
  /** First wait after a second failure to connect; doubled up to 30,000. The first try is at once. Default 1,000. */
  readonly backoffBaseMs?: number;
  /** Shortest time between two messages in one channel, which Slack allows one a second. Default 1,000. */
  readonly postIntervalMs?: number;
  /** Shortest time between two edits in one channel. Default 0: the method's own rate decides. */
  readonly editIntervalMs?: number;
}

/** `SlackChannelOptions` with every default in place. */
export type ResolvedSlackOptions = Required<
  Omit<SlackChannelOptions, 'appToken' | 'signingSecret' | 'apiRoot'>
> & {
  /** Ends in `/`. */
  readonly apiRoot: string;
  readonly appToken: string | undefined;
  readonly signingSecret: string | undefined;
};

function problem(message: string): AppError {
  return new AppError('config_invalid', message);
}

function checkTokens(options: SlackChannelOptions): void {
  const { botToken, appToken, signingSecret } = options;
  if (botToken === '') throw problem('The Slack bot token is empty: set SLACK_BOT_TOKEN.');
  if (botToken.startsWith('xapp-')) {
    throw problem('SLACK_BOT_TOKEN holds an app token: put the one that begins with "xoxb-" there.');
  }
  if (!botToken.startsWith('xoxb-')) {
    throw problem('SLACK_BOT_TOKEN must be a bot token: it begins with "xoxb-".');
  }
  if ((options.mode ?? 'socket') === 'http') {
    if (signingSecret === undefined || signingSecret === '') {
      throw problem('Slack in HTTP mode needs the signing secret of the app: set SLACK_SIGNING_SECRET.');
    }
    return;
  }
  if (appToken === undefined || appToken === '') {
    throw problem('Slack in socket mode needs an app token: set SLACK_APP_TOKEN.');
  }
  if (!appToken.startsWith('xapp-')) {
    throw problem('SLACK_APP_TOKEN must be an app-level token: it begins with "xapp-".');
  }
}

/** Fills in the defaults, which are nowhere else. Throws `config_invalid` on settings that cannot work. */
export function resolveSlackOptions(options: SlackChannelOptions): ResolvedSlackOptions {
  checkTokens(options);
  const commandName = options.commandName ?? DEFAULT_COMMAND;
  if (!/^\/[a-z0-9_-]{1,31}$/.test(commandName)) {
    throw problem(
      'The Slack command must be "/" and 1 to 31 of a–z, 0–9, "-" and "_": see channels.slack.commandName.',
    );
  }
  const apiRoot = options.apiRoot ?? 'https://slack.com/api/';
  if (!URL.canParse(apiRoot)) throw problem('The address of the Slack API is not a URL.');
  return {
    botToken: options.botToken,
    appToken: options.appToken,
    signingSecret: options.signingSecret,
    mode: options.mode ?? 'socket',
    apiRoot: apiRoot.endsWith('/') ? apiRoot : `${apiRoot}/`,
    threadPolicy: options.threadPolicy ?? 'follow',
    commandName,
    callTimeoutMs: options.callTimeoutMs ?? 15_000,
    openTimeoutMs: options.openTimeoutMs ?? 20_000,
    pingTimeoutMs: options.pingTimeoutMs ?? 5_000,
    backoffBaseMs: options.backoffBaseMs ?? 1_000,
    postIntervalMs: options.postIntervalMs ?? 1_000,
    editIntervalMs: options.editIntervalMs ?? 0,
  };
}
