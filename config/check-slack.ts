import type { Settings } from './schema.ts';
import type { SecretName, Secrets } from './secrets.ts';

/** A setting or secret and what is wrong with it. Never holds a secret. */
export interface SlackSettingProblem {
  readonly path: SecretName | 'channels.slack.mode';
  readonly message: string;
}

const WHERE_BOT_TOKEN =
  'the Bot User OAuth Token (xoxb-…) that the app’s page “OAuth & Permissions” at https://api.slack.com/apps shows after the installation';
const WHERE_APP_TOKEN =
  'an app-level token (xapp-…) with the scope connections:write, made under “Basic Information”, “App-Level Tokens” at https://api.slack.com/apps';
const WHERE_SIGNING_SECRET =
  'the Signing Secret that “Basic Information”, “App Credentials” at https://api.slack.com/apps shows';

/** What kind of token this is, by its beginning (https://docs.slack.dev/authentication/tokens). */
function tokenKind(text: string): string | undefined {
  if (text.startsWith('xoxb-')) return 'bot token';
  if (text.startsWith('xapp-')) return 'app-level token';
  if (text.startsWith('xoxp-')) return 'user token';
  if (text.startsWith('xoxe')) return 'token that expires';
  return text.startsWith('xox') ? 'token of another kind' : undefined;
}

function botTokenProblem(token: string): string | undefined {
  switch (tokenKind(token)) {
    case 'bot token':
      return undefined;
    case 'app-level token':
      return `holds an app-level token (xapp-…), which belongs into SLACK_APP_TOKEN. Here goes ${WHERE_BOT_TOKEN}.`;
    case 'user token':
      return `holds a user token (xoxp-…), with which the bot would speak as that person. Set it to ${WHERE_BOT_TOKEN}.`;
    case 'token that expires':
      return `holds a token that expires (xoxe…), as apps with token rotation get it. Make an app without token rotation, as \`metaclaw manifest slack\` describes it, and set this to ${WHERE_BOT_TOKEN}.`;
    default:
      return `is not a bot token. Set it to ${WHERE_BOT_TOKEN}.`;
  }
}

function appTokenProblem(token: string | undefined): string | undefined {
  if (token === undefined) {
    return `is not set, but Slack’s Socket Mode needs it. Set it to ${WHERE_APP_TOKEN}, or set channels.slack.mode to http.`;
  }
  const kind = tokenKind(token);
  if (kind === 'app-level token') return undefined;
  if (kind === 'bot token')
    return `holds a bot token (xoxb-…), which belongs into SLACK_BOT_TOKEN. Here goes ${WHERE_APP_TOKEN}.`;
  return `is not an app-level token. Set it to ${WHERE_APP_TOKEN}.`;
}

function signingSecretProblem(secret: string | undefined): string | undefined {
  if (secret === undefined)
    return `is not set, but without it nobody can tell Slack’s requests from forged ones. Set it to ${WHERE_SIGNING_SECRET}.`;
  return tokenKind(secret) === undefined
    ? undefined
    : `holds a token, not the secret. Set it to ${WHERE_SIGNING_SECRET}.`;
}

/** What keeps Slack from working with these settings. Nothing while Slack is off, that is without a bot token. */
export function slackProblems(settings: Settings, secrets: Secrets): readonly SlackSettingProblem[] {
  const { SLACK_BOT_TOKEN: botToken, SLACK_APP_TOKEN: appToken, SLACK_SIGNING_SECRET: secret } = secrets;
  if (botToken === undefined) return [];
  const overHttp = settings.channels.slack.mode === 'http';
  const found: readonly (readonly [SlackSettingProblem['path'], string | undefined])[] = [
    ['SLACK_BOT_TOKEN', botTokenProblem(botToken)],
    ['SLACK_APP_TOKEN', overHttp ? undefined : appTokenProblem(appToken)],
    ['SLACK_SIGNING_SECRET', overHttp ? signingSecretProblem(secret) : undefined],
    [
      'channels.slack.mode',
      overHttp && settings.http.publicUrl === ''
        ? 'is http, but Slack has no address to call. Set http.publicUrl to the https address of this listener, or the mode to socket.'
        : undefined,
    ],
  ];
  return found.flatMap(([path, message]) => (message === undefined ? [] : [{ path, message }]));
}
