import * as z from 'zod';
import { botScopes } from '../../adapters/slack/manifest.ts';
import { EVENTS_PATH } from '../../adapters/slack/options.ts';
import type { CheckContext } from './doctor-checks.ts';
import { type Finding, findingsOf } from './doctor-finding.ts';

const API_ROOT = 'https://slack.com/api/';
const ASK_TIMEOUT_MS = 5_000;
const APPS_PAGE = 'https://api.slack.com/apps';

const replySchema = z.object({
  ok: z.boolean(),
  error: z.string().optional(),
  team: z.string().optional(),
  team_id: z.string().optional(),
  user: z.string().optional(),
  bot_id: z.string().optional(),
  app_id: z.string().optional(),
  is_enterprise_install: z.boolean().optional(),
});

interface Answer extends z.output<typeof replySchema> {
  /** The permissions that the token has, where Slack says so (header `x-oauth-scopes`). */
  readonly scopes?: readonly string[];
}

const finding = findingsOf('slack');

/** One call without arguments. `undefined`: nobody answered, or not as Slack does. */
async function ask(
  { io }: CheckContext,
  method: string,
  token: string,
  apiRoot: string,
): Promise<Answer | undefined> {
  try {
    const response = await io.fetch(new URL(method, apiRoot), {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-www-form-urlencoded' },
      signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
    });
    const reply = replySchema.safeParse(await response.json());
    if (!reply.success) return undefined;
    const scopes = response.headers.get('x-oauth-scopes');
    return { ...reply.data, ...(scopes === null ? {} : { scopes: scopes.split(/[\s,]+/).filter(Boolean) }) };
  } catch {
    return undefined;
  }
}

/** What to do when Slack refuses the bot token (https://docs.slack.dev/reference/methods/auth.test#errors). */
const botTokenRemedies: Readonly<Record<string, string>> = {
  invalid_auth: `Copy the Bot User OAuth Token anew from “OAuth & Permissions” at ${APPS_PAGE} into SLACK_BOT_TOKEN.`,
  account_inactive: `The app was removed from the workspace. Install it again at ${APPS_PAGE}, “Install App”, and copy the new token into SLACK_BOT_TOKEN.`,
  token_revoked: `The token was revoked. Install the app again at ${APPS_PAGE}, “Install App”, and copy the new token into SLACK_BOT_TOKEN.`,
  token_expired:
    'The token has expired: the app has token rotation on. Make an app without it, as `metaclaw manifest slack` describes it.',
  ekm_access_denied:
    'The workspace’s administrators have suspended access by their encryption keys. Ask them.',
  org_login_required: 'The workspace is being moved to an organisation. Wait until that is done.',
};

function refusedBotToken(code: string): Finding {
  const remedy = botTokenRemedies[code] ?? botTokenRemedies['invalid_auth'];
  return finding('problem', `Slack refuses the bot token (${code}). ${remedy}`);
}

/** Slack would deliver to the one app what the other one is asked: each token is valid, and nothing arrives. */
function checkOneApp(botAppId: string | undefined, appToken: string | undefined): Finding[] {
  // https://docs.slack.dev/authentication/tokens#app-level: the app's id stands in the token.
  const [, connectedAppId] = /^xapp-\d+-(A[A-Z0-9]+)-/.exec(appToken ?? '') ?? [];
  if (botAppId === undefined || connectedAppId === undefined || botAppId === connectedAppId) return [];
  return [
    finding(
      'problem',
      `The tokens belong to two apps: SLACK_BOT_TOKEN to ${botAppId}, SLACK_APP_TOKEN to ${connectedAppId}, so that no message arrives. Copy both from the same app at ${APPS_PAGE}.`,
    ),
  ];
}

async function checkBotToken(context: CheckContext, token: string, apiRoot: string): Promise<Finding[]> {
  const answer = await ask(context, 'auth.test', token, apiRoot);
  if (answer === undefined || answer.error === 'ratelimited' || answer.error === 'service_unavailable')
    return [finding('unasked', 'Slack could not be asked about the bot token. Is the machine online?')];
  if (!answer.ok) return [refusedBotToken(answer.error ?? 'no reason given')];
  if (answer.bot_id === undefined) {
    return [
      finding(
        'problem',
        `The token speaks as ${answer.user ?? 'a person'}, not as a bot. Copy the Bot User OAuth Token from “OAuth & Permissions” at ${APPS_PAGE} into SLACK_BOT_TOKEN.`,
      ),
    ];
  }
  const found = [
    finding(
      'ok',
      `the bot token is valid: @${answer.user ?? 'bot'} in ${answer.team ?? answer.team_id ?? 'Slack'}`,
    ),
  ];
  if (answer.is_enterprise_install === true) {
    found.push(
      finding(
        'warning',
        'the app is installed for a whole organisation; only the workspace that the token names is served. Install it in one workspace instead.',
      ),
    );
  }
  const { secrets, settings } = context.loaded;
  const appToken = settings.channels.slack.mode === 'socket' ? secrets.SLACK_APP_TOKEN : undefined;
  return [...found, ...checkScopes(answer.scopes), ...checkOneApp(answer.app_id, appToken)];
}

function checkScopes(granted: readonly string[] | undefined): Finding[] {
  if (granted === undefined) return [];
  const missing = Object.keys(botScopes).filter((scope) => !granted.includes(scope));
  if (missing.length === 0) return [finding('ok', 'the app has every permission it needs')];
  const lost = missing.map((scope) => `${scope} (${botScopes[scope]})`).join('; ');
  return [
    finding(
      'problem',
      `The app lacks permissions: ${lost}. Add them at ${APPS_PAGE}, “OAuth & Permissions”, or paste what \`metaclaw manifest slack\` prints into “App Manifest”, then press “Reinstall to Workspace”.`,
    ),
  ];
}

/** What Slack says to the app-level token. A connection that is granted and not used costs nothing and expires. */
async function checkAppToken(context: CheckContext, token: string, apiRoot: string): Promise<Finding> {
  const answer = await ask(context, 'apps.connections.open', token, apiRoot);
  if (answer === undefined || answer.error === 'ratelimited' || answer.error === 'service_unavailable')
    return finding('unasked', 'Slack could not be asked about the app-level token. Is the machine online?');
  if (answer.ok) return finding('ok', 'the app-level token opens connections');
  if (answer.error === 'missing_scope' || answer.error === 'no_permission') {
    return finding(
      'problem',
      `The app-level token lacks connections:write. Make one with that scope at ${APPS_PAGE}, “Basic Information”, “App-Level Tokens”, and set SLACK_APP_TOKEN to it.`,
    );
  }
  return finding(
    'problem',
    `Slack refuses the app-level token (${answer.error ?? 'no reason given'}). See that “Socket Mode” is on at ${APPS_PAGE}, and copy a token with connections:write from “Basic Information”, “App-Level Tokens” into SLACK_APP_TOKEN.`,
  );
}

function checkAddress({ loaded: { settings } }: CheckContext): Finding {
  const address = `${settings.http.publicUrl.replace(/\/+$/, '')}${EVENTS_PATH}`;
  return finding(
    'ok',
    `Slack has to call ${address}, which cannot be tried from here; a wrong signing secret shows in the log, as slack_request_forged`,
  );
}

/** Asks Slack about the tokens and their permissions. Their shapes are looked at with the settings. */
export async function checkSlack(context: CheckContext, apiRoot = API_ROOT): Promise<readonly Finding[]> {
  const { settings, secrets } = context.loaded;
  const { SLACK_BOT_TOKEN: botToken, SLACK_APP_TOKEN: appToken } = secrets;
  if (botToken === undefined) return [];
  const overHttp = settings.channels.slack.mode === 'http';
  const [bot, app] = await Promise.all([
    checkBotToken(context, botToken, apiRoot),
    overHttp || appToken === undefined ? undefined : checkAppToken(context, appToken, apiRoot),
  ]);
  return [
    ...bot,
    app ?? checkAddress(context),
    finding(
      'ok',
      `events, buttons, the Home tab and the agent view cannot be seen from here; if one of them stays silent, compare “App Manifest” at ${APPS_PAGE} with \`metaclaw manifest slack\``,
    ),
  ];
}
