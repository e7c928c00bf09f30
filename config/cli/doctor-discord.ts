import * as z from 'zod';
import {
  botPermissions,
  inviteLink,
  missingOf,
  neededIn,
  permissionsIn,
} from '../../adapters/discord/permissions.ts';
import type { PermissionName } from '../../adapters/discord/routes.ts';
import { type AskDiscord, createAskDiscord } from './ask-discord.ts';
import { type DiscordServer, readServer, shownName } from './discord-server.ts';
import type { CheckContext } from './doctor-checks.ts';
import { type Finding, findingsOf } from './doctor-finding.ts';

const APPS_PAGE = 'https://discord.com/developers/applications';
/** https://docs.discord.com/developers/resources/application#application-object-application-flags */
const MESSAGE_CONTENT = (1 << 18) | (1 << 19);
const UNAUTHORISED = 401;
/** Discord tells of so many servers at once; so many times it is asked. */
const PAGE = 200;
const MAX_PAGES = 10;
/** So many servers are looked at, and so many lines said of them. */
const MAX_SERVERS = 25;
const MAX_LINES = 20;

const userSchema = z.object({ id: z.string(), username: z.string() });
const applicationSchema = z.object({
  id: z.string(),
  flags: z.int().nullish(),
  interactions_endpoint_url: z.string().nullish(),
  bot_require_code_grant: z.boolean().nullish(),
});
const guildsSchema = z.array(z.object({ id: z.string(), name: z.string() }));

type Application = z.output<typeof applicationSchema>;
type GuildName = z.output<typeof guildsSchema>[number];

const finding = findingsOf('discord');
const unasked = finding('unasked', 'Discord could not be asked. Is the machine online?');

function checkApplication(application: Application): Finding[] {
  const found: Finding[] = [];
  if ((application.flags ?? 0) & MESSAGE_CONTENT) {
    found.push(finding('ok', 'it may read messages: Message Content Intent is on'));
  } else {
    found.push(
      finding(
        'warning',
        `Message Content Intent is off: mentions, direct messages, commands, buttons and reactions work; following a thread without a mention, and reading what was said in it before, does not. Switch it on at ${APPS_PAGE}, page “Bot”, and start the bot again.`,
      ),
    );
  }
  if (typeof application.interactions_endpoint_url === 'string') {
    found.push(
      finding(
        'problem',
        `The application has an Interactions Endpoint URL, so that commands, buttons and forms go there and not to the bot. Empty that field at ${APPS_PAGE}, page “General Information”.`,
      ),
    );
  }
  if (application.bot_require_code_grant === true) {
    found.push(
      finding(
        'problem',
        `The application requires an OAuth2 code grant, with which no invitation works. Switch “Requires OAuth2 Code Grant” off at ${APPS_PAGE}, page “Bot”.`,
      ),
    );
  }
  return found;
}

const listed = (names: readonly PermissionName[]): string =>
  names.map((name) => `${name} (${botPermissions[name]})`).join('; ');

interface Line {
  readonly state: Finding['state'];
  readonly text: string;
}

/** What of the permissions in use the bot lacks: once where it lacks it everywhere, else by channel. */
function checkServer({ member, channels }: DiscordServer, name: string, link: string): readonly Line[] {
  if (member.isTimedOut) {
    return [
      {
        state: 'problem',
        text: `in ${name} the bot is timed out and cannot answer. A moderator can end that.`,
      },
    ];
  }
  const places = channels
    .map((channel) => ({
      channel,
      needed: neededIn(channel.type),
      bits: permissionsIn(member, channel.overwrites),
    }))
    .filter(({ needed }) => needed.length > 0);
  const seen = places.filter(({ bits }) => bits !== 0n);
  if (seen.length === 0) {
    return places.length === 0
      ? []
      : [
          {
            state: 'problem',
            text: `in ${name} the bot sees no channel. Invite it again with ${link}, or give its role “View Channel” where it should answer.`,
          },
        ];
  }
  const lacks = seen.map(({ channel, needed, bits }) => ({
    channel,
    needed,
    missing: missingOf(needed, bits),
  }));
  const everywhere = [...new Set(lacks.flatMap(({ missing }) => missing))].filter((permission) =>
    lacks.every(({ needed, missing }) => missing.includes(permission) || !needed.includes(permission)),
  );
  const general: readonly Line[] =
    everywhere.length === 0
      ? []
      : [
          {
            state: 'problem',
            text: `in ${name} the bot lacks everywhere: ${listed(everywhere)}. Invite it again with ${link}, or give its role these permissions.`,
          },
        ];
  const single = lacks.flatMap(({ channel, missing }): Line[] => {
    const own = missing.filter((permission) => !everywhere.includes(permission));
    if (own.length === 0) return [];
    const text = `in ${name}, #${channel.name}, the bot lacks: ${listed(own)}. Add its role there, under “Permissions” in the channel’s settings.`;
    return [{ state: 'warning', text }];
  });
  return [...general, ...single];
}

interface Guilds {
  readonly known: readonly GuildName[];
  /** There are no others. */
  readonly isWhole: boolean;
}

/** The servers with the bot in it; `undefined` where Discord does not tell. */
async function readGuilds(ask: AskDiscord): Promise<Guilds | undefined> {
  const known: GuildName[] = [];
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const after = known.at(-1)?.id;
    const query = { limit: String(PAGE), ...(after === undefined ? {} : { after }) };
    const answer = await ask('read own servers', {}, query);
    const guilds = guildsSchema.safeParse(answer.kind === 'answer' ? answer.value : undefined);
    if (!guilds.success) return page === 0 ? undefined : { known, isWhole: false };
    known.push(...guilds.data);
    if (guilds.data.length < PAGE) return { known, isWhole: true };
  }
  return { known, isWhole: false };
}

/** Those of `wanted` in which the bot is not. */
async function absentFrom(
  ask: AskDiscord,
  wanted: readonly string[],
  { known, isWhole }: Guilds,
): Promise<readonly string[]> {
  const here = new Set(known.map(({ id }) => id));
  const absent: string[] = [];
  for (const guild of wanted.filter((id) => !here.has(id))) {
    const isAbsent = isWhole || (await ask('read a server', { guild })).kind === 'refused';
    if (isAbsent) absent.push(guild);
  }
  return absent;
}

async function checkServers(
  ask: AskDiscord,
  { known: guilds, isWhole }: Guilds,
  who: { readonly userId: string; readonly link: string; readonly now: number },
): Promise<Finding[]> {
  const lines: Line[] = [];
  const count = isWhole ? String(guilds.length) : `at least ${guilds.length}`;
  let unread = 0;
  for (const { id, name } of guilds.slice(0, MAX_SERVERS)) {
    const server = await readServer(ask, { ...who, guildId: id });
    if (server === undefined) unread += 1;
    else lines.push(...checkServer(server, shownName(name) || id, who.link));
  }
  const looked = Math.min(guilds.length, MAX_SERVERS) - unread;
  const told = lines.slice(0, MAX_LINES).map(({ state, text }) => finding(state, text));
  const left = lines.slice(MAX_LINES);
  if (left.length > 0) {
    const state = left.some((line) => line.state === 'problem') ? 'problem' : 'warning';
    told.push(finding(state, `${left.length} more of this kind; mend these and look again.`));
  }
  if (lines.length === 0 && looked > 0) {
    told.push(
      finding(
        'ok',
        `it has every permission it needs where it can look in, in ${looked} of ${count} servers`,
      ),
    );
  }
  if (guilds.length > MAX_SERVERS)
    told.push(finding('ok', `only the first ${MAX_SERVERS} of ${count} servers were looked at`));
  if (unread > 0)
    told.push(finding('unasked', `the permissions in ${unread} of ${count} servers could not be asked for.`));
  return told;
}

async function checkGuilds(
  context: CheckContext,
  ask: AskDiscord,
  who: { readonly userId: string; readonly link: string },
): Promise<Finding[]> {
  const guilds = await readGuilds(ask);
  if (guilds === undefined) return [finding('unasked', 'Discord could not be asked for the bot’s servers.')];
  if (guilds.known.length === 0)
    return [
      finding('warning', `the bot is in no server yet. Whoever manages one can invite it: ${who.link}`),
    ];
  const strange = await absentFrom(ask, context.loaded.settings.channels.discord.guilds, guilds);
  const misled = strange.map((id) =>
    finding(
      'problem',
      `channels.discord.guilds names the server ${id}, in which the bot is not: it cannot have commands there. Invite it with ${who.link}, or take the id out.`,
    ),
  );
  return [...misled, ...(await checkServers(ask, guilds, { ...who, now: context.parts.clock.now() }))];
}

/** Asks Discord about the token, the intents and the permissions. The token's shape is looked at with the settings. */
export async function checkDiscord(context: CheckContext, apiRoot?: string): Promise<readonly Finding[]> {
  const token = context.loaded.secrets.DISCORD_BOT_TOKEN;
  if (token === undefined) return [];
  const ask = createAskDiscord({ io: context.io, clock: context.parts.clock, token, apiRoot });
  const self = await ask('read own user', {});
  if (self.kind === 'refused' && self.status === UNAUTHORISED) {
    return [
      finding(
        'problem',
        `Discord refuses the token. Press “Reset Token” at ${APPS_PAGE}, page “Bot”, and copy the new one into DISCORD_BOT_TOKEN.`,
      ),
    ];
  }
  const user = userSchema.safeParse(self.kind === 'answer' ? self.value : undefined);
  if (!user.success) return [unasked];
  const known = finding('ok', `the token is valid: ${shownName(user.data.username)}`);
  const own = await ask('read own application', {});
  const application = applicationSchema.safeParse(own.kind === 'answer' ? own.value : undefined);
  if (!application.success) return [known, unasked];
  const who = { userId: user.data.id, link: inviteLink(application.data.id) };
  return [known, ...checkApplication(application.data), ...(await checkGuilds(context, ask, who))];
}
