import { PassThrough } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { botPermissions, inviteLink } from '../../../adapters/discord/permissions.ts';
import type { CommandIo } from '../../../config/cli/command-io.ts';
import { checkDiscord } from '../../../config/cli/doctor-discord.ts';
import type { Finding } from '../../../config/cli/doctor-finding.ts';
import { createSystemParts } from '../../../config/cli/system-parts.ts';
import {
  type FakeDiscord,
  type FakeDiscordOptions,
  startFakeDiscord,
} from '../../fakes/discord/fake-discord.ts';
import { mustLoad } from '../settings-folder.ts';

const TOKEN = 'MTAxMjM0NTY3ODkwMTIzNDU2Nw.Hush12.hush-hush';

interface Looked {
  readonly findings: readonly Finding[];
  readonly asked: readonly string[];
  /** How long Discord had the look wait, one by one. */
  readonly waitsMs: readonly number[];
}

interface LookOptions {
  readonly token?: string;
  /** Default: the token. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly yaml?: string;
  readonly apiRoot?: string;
  readonly fetch: typeof globalThis.fetch;
}

/** Looks as `doctor` does, on a clock that waits for nobody. */
async function look(options: LookOptions): Promise<Looked> {
  const { token = TOKEN, yaml = '', apiRoot, fetch } = options;
  const asked: string[] = [];
  const waitsMs: number[] = [];
  const io: CommandIo = {
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    variables: {},
    workingFolder: '.',
    processId: 1,
    nodeVersion: '24.0.0',
    personName: 'ada',
    fetch: async (input, init) => {
      const headers = new Headers(init?.headers);
      asked.push(`${init?.method} ${String(input)}`);
      expect(headers.get('authorization')).toBe(`Bot ${token}`);
      expect(headers.get('user-agent')).toMatch(/^DiscordBot \(https:\/\/\S+, \d+\.\d+\.\d+\)$/);
      return await fetch(input, init);
    },
  };
  const loaded = mustLoad({ variables: options.variables ?? { DISCORD_BOT_TOKEN: token }, yaml });
  const parts = createSystemParts(io, loaded, { level: 'silent' });
  const clock = {
    ...parts.clock,
    sleep: async (ms: number) => {
      waitsMs.push(ms);
    },
  };
  const findings = await checkDiscord({ io, loaded, parts: { ...parts, clock } }, apiRoot);
  expect(findings.every(({ check }) => check === 'discord')).toBe(true);
  expect(JSON.stringify(findings)).not.toContain(token);
  return { findings, asked, waitsMs };
}

const states = ({ findings }: Looked): string[] => findings.map(({ state }) => state);
const texts = ({ findings }: Looked): string => findings.map(({ message }) => message).join('\n');

async function fake(options: FakeDiscordOptions = {}): Promise<FakeDiscord> {
  const discord = await startFakeDiscord(options);
  onTestFinished(async () => {
    await discord.close();
    expect(discord.violations).toEqual([]);
  });
  return discord;
}

const lookAt = (discord: FakeDiscord, yaml = ''): Promise<Looked> =>
  look({ token: discord.token, yaml, apiRoot: discord.restRoot, fetch });

describe('on Discord', () => {
  test('all is well: says who the bot is, and asks for nothing that it need not know', async () => {
    const discord = await fake();
    discord.channel();
    discord.forum();
    const looked = await lookAt(discord, `channels: {discord: {guilds: ["${discord.home.id}"]}}`);
    expect(states(looked)).toEqual(['ok', 'ok', 'ok']);
    expect(texts(looked)).toContain('the token is valid: metaclaw');
    expect(texts(looked)).toContain('Message Content Intent is on');
    expect(texts(looked)).toContain('every permission it needs where it can look in, in 1 of 1 servers');
    expect(discord.calls.map(({ operation }) => operation)).toEqual([
      'get_my_user',
      'get_my_application',
      'list_my_guilds',
      'get_guild',
      'get_guild_member',
      'list_guild_channels',
    ]);
  });

  test('without the intent it says what works all the same', async () => {
    const discord = await fake({ privilegedIntents: [] });
    discord.channel();
    const looked = await lookAt(discord);
    expect(states(looked)).toEqual(['ok', 'warning', 'ok']);
    expect(looked.findings[1]?.message).toMatch(
      /Message Content Intent is off: mentions, direct messages, .* work; .*does not\. Switch it on at https:\S+, page “Bot”/,
    );
  });

  test('a token that was reset is refused, and nothing else is asked', async () => {
    const discord = await fake();
    const { token } = discord;
    discord.resetToken();
    const looked = await look({ token, apiRoot: discord.restRoot, fetch });
    expect(states(looked)).toEqual(['problem']);
    expect(texts(looked)).toMatch(/Discord refuses the token\. Press “Reset Token”.*DISCORD_BOT_TOKEN\./);
    expect(looked.asked).toHaveLength(1);
  });

  test('a permission that is missing everywhere is told once, with what it is for and the invitation', async () => {
    const discord = await fake();
    const channels = [discord.channel(), discord.channel(), discord.forum()];
    for (const channel of channels) discord.forbid(channel, 'ReadMessageHistory');
    const looked = await lookAt(discord);
    expect(states(looked)).toEqual(['ok', 'ok', 'problem']);
    const [, , missing] = looked.findings;
    expect(missing?.message).toContain(`in ${discord.home.name} the bot lacks everywhere: `);
    expect(missing?.message).toContain(`Read Message History (${botPermissions['Read Message History']})`);
    expect(missing?.message).not.toContain('Send Messages (');
    expect(missing?.message).toContain(inviteLink(discord.applicationId));
  });

  test('one that is missing in a channel is told of that channel', async () => {
    const discord = await fake();
    const [talk, , forum] = [
      discord.channel({ name: 'talk' }),
      discord.channel({ name: 'open' }),
      discord.forum({ name: 'posts' }),
    ];
    discord.forbid(talk, 'SendMessages', 'SendMessagesInThreads');
    // Nobody writes in a forum itself.
    discord.forbid(forum, 'SendMessages');
    const looked = await lookAt(discord);
    expect(states(looked)).toEqual(['ok', 'ok', 'warning']);
    const [, , missing] = looked.findings;
    expect(missing?.message).toMatch(
      /^in \S.*, #talk, the bot lacks: Send Messages \(.*Send Messages in Threads \(/,
    );
    expect(texts(looked)).not.toMatch(/#open|#posts/);
  });

  test('a channel that it cannot see is nobody’s business; to see none is a problem', async () => {
    const discord = await fake();
    const [hidden, open] = [discord.channel({ name: 'staff' }), discord.channel()];
    discord.forbid(hidden, 'ViewChannel');
    const looked = await lookAt(discord);
    expect(states(looked)).toEqual(['ok', 'ok', 'ok']);
    expect(texts(looked)).not.toContain('staff');
    discord.forbid(open, 'ViewChannel');
    const blind = await lookAt(discord);
    expect(states(blind)).toEqual(['ok', 'ok', 'problem']);
    expect(texts(blind)).toMatch(/the bot sees no channel\. Invite it again with https:/);
  });

  test('at most 20 lines are said of channels, and how many more there are', async () => {
    const discord = await fake();
    discord.channel();
    for (let index = 0; index < 25; index += 1) {
      discord.forbid(discord.channel({ name: `quiet-${index}` }), 'SendMessages');
    }
    const looked = await lookAt(discord);
    expect(states(looked)).toEqual(['ok', 'ok', ...Array.from({ length: 21 }, () => 'warning')]);
    expect(looked.findings.at(-1)?.message).toMatch(/^5 more of this kind/);
  });

  test('of many servers the first 25 are looked at, and that is said', async () => {
    const discord = await fake();
    for (let index = 0; index < 25; index += 1) discord.channel({ guild: discord.guild() });
    const looked = await lookAt(discord);
    expect(states(looked)).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect(texts(looked)).toContain('in 25 of 26 servers\n');
    expect(looked.findings.at(-1)?.message).toBe('only the first 25 of 26 servers were looked at');
    expect(discord.callsOf('get_guild')).toHaveLength(25);
  });

  test('servers beyond the first two hundred are known too', async () => {
    const discord = await fake();
    discord.channel();
    let last = discord.home;
    for (let index = 0; index < 220; index += 1) last = discord.guild();
    const looked = await lookAt(discord, `channels: {discord: {guilds: ["${last.id}"]}}`);
    expect(discord.callsOf('list_my_guilds')).toHaveLength(2);
    expect(states(looked)).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect(looked.findings.at(-1)?.message).toBe('only the first 25 of 221 servers were looked at');
  });

  test('the chat of a voice channel is looked at like any other, without threads', async () => {
    const discord = await fake();
    discord.channel();
    const [lounge, stage] = [discord.voice({ name: 'lounge' }), discord.voice({ name: 'stage' })];
    discord.forbid(lounge, 'SendMessages');
    discord.forbid(stage, 'SendMessagesInThreads');
    const looked = await lookAt(discord);
    expect(states(looked)).toEqual(['ok', 'ok', 'warning']);
    expect(texts(looked)).toMatch(/#lounge, the bot lacks: Send Messages \(/);
    expect(texts(looked)).not.toContain('#stage');
  });

  test('names that others gave cannot write on the terminal what they like', async () => {
    const discord = await fake();
    const guild = discord.guild({ name: '\u001b[2J\u202eevil\nok: all is well' });
    discord.channel({ guild });
    discord.forbid(discord.channel({ guild, name: `x\u0007${'y'.repeat(90)}` }), 'SendMessages');
    const looked = await lookAt(discord);
    const missing = looked.findings.find(({ message }) => message.includes('evil'))?.message ?? '';
    expect(missing).toContain('#x y');
    expect(missing).toContain('y…,');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    expect(texts(looked)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(missing).not.toContain('\n');
  });

  test('in no server, it gives the invitation; commands for a server without the bot are a problem', async () => {
    const discord = await fake();
    const other = discord.guild();
    discord.kick(other);
    const yaml = `channels: {discord: {guilds: ["${other.id}", "${discord.home.id}"]}}`;
    discord.channel();
    const looked = await lookAt(discord, yaml);
    expect(states(looked)).toEqual(['ok', 'ok', 'problem', 'ok']);
    expect(looked.findings[2]?.message).toContain(`channels.discord.guilds names the server ${other.id}`);
    discord.kick(discord.home);
    const alone = await lookAt(discord);
    expect(states(alone)).toEqual(['ok', 'ok', 'warning']);
    expect(texts(alone)).toContain(`in no server yet. Whoever manages one can invite it: https:`);
  });

  test('waits as long as Discord asks, and not for ever', async () => {
    const discord = await fake();
    discord.channel();
    discord.failNext('get_my_user', { kind: 'rate_limit', retryAfterMs: 1_500 });
    discord.failNext('get_guild', { kind: 'rate_limit', retryAfterMs: 250 });
    const looked = await lookAt(discord);
    expect(states(looked)).toEqual(['ok', 'ok', 'ok']);
    expect(looked.waitsMs).toEqual([1_500, 250]);
    discord.failNext('list_my_guilds', { kind: 'rate_limit', retryAfterMs: 60_000 });
    const patient = await lookAt(discord);
    expect([states(patient), patient.waitsMs]).toEqual([['ok', 'ok', 'unasked'], []]);
    expect(texts(patient)).toContain('could not be asked for the bot’s servers');
  });

  test('what cannot be asked for is said', async () => {
    const discord = await fake();
    discord.guild();
    discord.channel();
    discord.failNext('list_guild_channels', { kind: 'refuse', status: 403, code: 50001 });
    const looked = await lookAt(discord);
    expect(states(looked)).toEqual(['ok', 'ok', 'ok', 'unasked']);
    expect(texts(looked)).toContain('in 1 of 2 servers\n');
    expect(looked.findings.at(-1)?.message).toBe('the permissions in 1 of 2 servers could not be asked for.');
    discord.failNext('get_my_application', { kind: 'http', status: 502 });
    expect(states(await lookAt(discord))).toEqual(['ok', 'unasked']);
    await discord.goDown();
    expect(states(await lookAt(discord))).toEqual(['unasked']);
    await discord.comeBack();
  });
});

describe('what the fake does not play', () => {
  const replies = (parts: Readonly<Record<string, unknown>>): typeof globalThis.fetch => {
    const known: Readonly<Record<string, unknown>> = {
      '/users/@me': { id: '3', username: 'metaclaw' },
      '/applications/@me': { id: '1012345678901234567', flags: 1 << 18 },
      '/users/@me/guilds': [],
      ...parts,
    };
    return async (input) => {
      const { pathname } = new URL(String(input));
      return Response.json(known[pathname.replace('/api/v10', '')]);
    };
  };

  test('asks Discord itself, in the version that the bot speaks', async () => {
    const { asked, findings } = await look({ fetch: replies({}) });
    expect(asked).toEqual([
      'GET https://discord.com/api/v10/users/@me',
      'GET https://discord.com/api/v10/applications/@me',
      'GET https://discord.com/api/v10/users/@me/guilds?limit=200',
    ]);
    expect(findings.map(({ state }) => state)).toEqual(['ok', 'ok', 'warning']);
  });

  test('of endless servers two thousand are read, and one of the settings that is not among them is asked for', async () => {
    const from = 1_012_345_678_901_230_000n;
    const [named, strange] = [String(from + 5_000n), '1'.repeat(18)];
    const fetchPages: typeof globalThis.fetch = async (input) => {
      const { pathname, searchParams } = new URL(String(input));
      if (pathname.endsWith('/guilds')) {
        const after = BigInt(searchParams.get('after') ?? from);
        const page = Array.from({ length: 200 }, (_, index) => String(after + BigInt(index + 1)));
        return Response.json(page.map((id) => ({ id, name: 'One' })));
      }
      if (pathname.endsWith(`/guilds/${named}`)) return Response.json({});
      if (pathname.includes('/guilds/')) return Response.json({ code: 10_004 }, { status: 404 });
      return await replies({})(input);
    };
    const looked = await look({
      fetch: fetchPages,
      yaml: `channels: {discord: {guilds: ["${named}", "${strange}"]}}`,
    });
    expect(looked.asked.filter((call) => call.includes('/@me/guilds'))).toHaveLength(10);
    expect(texts(looked)).toContain(`guilds names the server ${strange}, in which the bot is not`);
    expect(texts(looked)).not.toContain(`guilds names the server ${named}`);
    expect(texts(looked)).toContain('only the first 25 of at least 2000 servers were looked at');
  });

  test('an address for interactions takes them from the bot; a code grant spoils invitations', async () => {
    const application = {
      id: '1012345678901234567',
      flags: 1 << 19,
      interactions_endpoint_url: 'https://example.org/hook',
      bot_require_code_grant: true,
    };
    const looked = await look({ fetch: replies({ '/applications/@me': application }) });
    expect(states(looked)).toEqual(['ok', 'ok', 'problem', 'problem', 'warning']);
    expect(looked.findings[2]?.message).toMatch(/Interactions Endpoint URL.*Empty that field/);
    expect(looked.findings[3]?.message).toMatch(/code grant.*Switch “Requires OAuth2 Code Grant” off/);
  });

  test('a bot that is timed out cannot answer, until the time is over', async () => {
    const guildId = '1012345678901234568';
    const parts = (until: string) => ({
      '/users/@me/guilds': [{ id: guildId, name: 'Home' }],
      [`/guilds/${guildId}`]: {
        owner_id: '9',
        roles: [{ id: guildId, permissions: String((1n << 50n) - 1n - 8n) }],
      },
      [`/guilds/${guildId}/members/3`]: { roles: [], communication_disabled_until: until },
      [`/guilds/${guildId}/channels`]: [{ id: '7', type: 0, name: 'general', permission_overwrites: [] }],
    });
    const muted = await look({ fetch: replies(parts('2999-01-01T00:00:00.000000+00:00')) });
    expect(states(muted)).toEqual(['ok', 'ok', 'problem']);
    expect(texts(muted)).toContain('in Home the bot is timed out');
    const over = await look({ fetch: replies(parts('2020-01-01T00:00:00.000000+00:00')) });
    expect(states(over)).toEqual(['ok', 'ok', 'ok']);
  });

  test.each([
    ['nobody answers', () => Promise.reject(new TypeError('fetch failed'))],
    ['a page comes', async () => new Response('<html>hush</html>')],
    ['another service answers', async () => Response.json({ hello: 'world' })],
    ['Discord has trouble', async () => Response.json({ message: 'trouble' }, { status: 503 })],
  ])('%s: nothing can be said of the token', async (_, answer) => {
    const looked = await look({ fetch: answer });
    expect(states(looked)).toEqual(['unasked']);
    expect(texts(looked)).toBe('Discord could not be asked. Is the machine online?');
  });
});

test('without a token nothing is asked', async () => {
  const looked = await look({ variables: {}, fetch: () => Promise.reject(new Error('asked')) });
  expect(looked).toEqual({ findings: [], asked: [], waitsMs: [] });
});
