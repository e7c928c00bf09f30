import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { CommandIo } from '../../config/cli/command-io.ts';
import { runProgram } from '../../config/cli/program.ts';
import { packageRoot } from '../../config/package-root.ts';
import { metaclaw, workingFolder } from './metaclaw-process.ts';

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line in this process, with nothing reachable. */
async function run(
  line: string,
  options: { folder?: string; variables?: Record<string, string>; fetch?: typeof globalThis.fetch } = {},
): Promise<Ran> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const io: CommandIo = {
    stdin: new PassThrough().end(),
    stdout,
    stderr,
    variables: { METACLAW_PORT: '0', METACLAW_MODEL_DISCOVER: 'false', ...options.variables },
    workingFolder: options.folder ?? workingFolder(),
    processId: process.pid,
    nodeVersion: '24.0.0',
    fetch: options.fetch ?? (() => Promise.reject(new TypeError('nothing is reachable in this test'))),
    personName: 'ada',
  };
  const code = await runProgram(['node', 'metaclaw', ...line.split(' ').filter((word) => word !== '')], io);
  const text = (stream: PassThrough): string => String(stream.read() ?? '');
  return { code, out: text(stdout), err: text(stderr) };
}

describe('the command line', () => {
  test('version says which, also for programs', async () => {
    const { version } = JSON.parse(
      execFileSync('cat', [join(packageRoot(), 'package.json')], { encoding: 'utf8' }),
    );
    expect(await run('version')).toEqual({ code: 0, out: `metaclaw ${version} (Node 24.0.0)\n`, err: '' });
    expect(JSON.parse((await run('version --json')).out)).toEqual({
      name: 'metaclaw',
      version,
      node: '24.0.0',
    });
    expect((await run('--version')).out).toBe(`${version}\n`);
  });

  test.each([
    '',
    'frobnicate',
    'start --sideways',
    'config extra words',
    'manifest',
    'manifest discord',
    'invite',
    'invite slack',
    'versoin',
  ])('"%s" is wrong usage: 2, and says how', async (line) => {
    const { code, out, err } = await run(line);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain('metaclaw');
    if (line === 'versoin') expect(err).toContain('version');
  });

  test('help is no error and names every command', async () => {
    const { code, out } = await run('--help');
    expect(code).toBe(0);
    for (const name of [
      'start',
      'chat',
      'link',
      'config',
      'doctor',
      'manifest',
      'invite',
      'ledger',
      'version',
    ])
      expect(out).toContain(`  ${name} `);
  });

  test('link without a running bot is unavailable: 69', async () => {
    expect(await run('link')).toMatchObject({
      code: 69,
      out: '',
      err: expect.stringContaining('metaclaw start'),
    });
    expect(JSON.parse((await run('link --json')).out)).toMatchObject({ ok: false, code: 'network' });
  });

  test('every command says all problems of the settings: 1', async () => {
    const folder = workingFolder();
    writeFileSync(join(folder, 'metaclaw.yaml'), 'skills: {topk: 1}\nhttp: {port: -1}\n');
    const variables = { METACLAW_PORT: '' };
    for (const line of ['start', 'chat', 'link', 'config', 'manifest slack', 'invite discord']) {
      const { code, out, err } = await run(line, { folder, variables });
      // These two have something to say all the same.
      if (line === 'config') expect([code, out]).toEqual([1, expect.stringContaining('Data folder')]);
      else if (line === 'manifest slack') expect([code, out]).toEqual([0, expect.stringContaining('scopes')]);
      else expect([line, code, out]).toEqual([line, 1, '']);
      expect(err).toContain('skills.topk (metaclaw.yaml:1:16) is not a setting. Did you mean skills.topK?');
      expect(err).toContain('http.port (metaclaw.yaml:2:14) must be at least 0, not -1.');
    }
    const json = JSON.parse((await run('start --json', { folder, variables })).out);
    expect(json).toMatchObject({ ok: false, problems: [{ path: 'http.port' }, { path: 'skills.topk' }] });
    const doctor = await run('doctor', { folder, variables });
    expect([doctor.code, doctor.out.match(/PROBLEM/g)?.length]).toEqual([1, 2]);
  });
});

describe('config', () => {
  const variables = {
    OPENAI_API_KEY: 'sk-environment-secret',
    DISCORD_BOT_TOKEN: 'discord.token.secret',
    TINKER_API_KEY: 'tinker-secret',
    METACLAW_SKILLS_TOP_K: '3',
  };

  test('shows what is in force and where from, and of secrets only that they are set', async () => {
    const folder = workingFolder();
    writeFileSync(join(folder, '.env'), 'OPENAI_MODEL=file-model\nMETACLAW_WEB_PASSWORD="pass word"\n');
    writeFileSync(join(folder, 'metaclaw.yaml'), 'log: {level: warn}\n');
    const { code, out } = await run('config', { folder, variables });
    expect(code).toBe(0);
    expect(out).toContain(`Data folder: ${join(folder, 'data')}`);
    expect(out).toMatch(/^skills\.topK +3 {2}\(environment\)$/m);
    expect(out).toMatch(/^log\.level +warn {2}\(metaclaw\.yaml\)$/m);
    expect(out).toMatch(/^intake\.laneBound +20 {2}\(default\)$/m);
    expect(out).toMatch(/^OPENAI_API_KEY +set \(from the environment\)$/m);
    expect(out).toMatch(/^OPENAI_MODEL +set \(from \.env\)$/m);
    expect(out).toMatch(/^TINKER_API_KEY +set \(from the environment\)$/m);
    expect(out).toMatch(/^DISCORD_BOT_TOKEN +set \(from the environment\)$/m);
    expect(out).toMatch(/^TELEGRAM_BOT_TOKEN +not set$/m);
    for (const secret of ['environment-secret', 'token.secret', 'tinker-secret', 'file-model', 'pass word'])
      expect(out).not.toContain(secret);
  });

  test('--json is one object with the same facts', async () => {
    const { code, out } = await run('config --json', { variables });
    const facts = JSON.parse(out);
    expect(code).toBe(0);
    expect(out.trim().split('\n')).toHaveLength(1);
    expect(facts.settings).toContainEqual({
      path: 'skills.topK',
      value: 3,
      origin: 'environment',
      variable: 'METACLAW_SKILLS_TOP_K',
    });
    expect(facts.secrets).toContainEqual({ name: 'OPENAI_API_KEY', set: true, origin: 'environment' });
    expect(facts.secrets).toContainEqual({ name: 'TELEGRAM_BOT_TOKEN', set: false });
    expect(out).not.toContain('secret"');
  });
});

describe('a reader that goes away', () => {
  test('is no fault of the command', async () => {
    const command = metaclaw(['config'], { folder: workingFolder(), input: '' });
    command.child.stdout.destroy();
    expect(await command.finished).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('config with something wrong', () => {
  const yaml =
    'log: {level: loud}\nskills: {topK: 4, folders: [/a, 5]}\npersona: sk-proj-0123456789abcdefghijklmnopqrstuvwxyz\nhttp: 5\n';

  test('says so and shows the rest, but nothing of what may be a secret', async () => {
    const folder = workingFolder();
    writeFileSync(join(folder, 'metaclaw.yaml'), yaml);
    const { code, out, err } = await run('config', { folder, variables: { METACLAW_PORT: '' } });
    expect(code).toBe(1);
    expect(err).toMatch(/log\.level .*must be one of/);
    expect(err.trim().split('\n')).toHaveLength(5);
    expect(out).toMatch(/^skills\.topK +4 {2}\(metaclaw\.yaml\)$/m);
    expect(out).toMatch(/^intake\.laneBound +20 {2}\(default\)$/m);
    for (const path of ['log.level', 'skills.folders', 'persona', 'http.port', 'http.host'])
      expect(out).toMatch(new RegExp(`^${path.replace('.', '\\.')} +not valid, see above `, 'm'));
    expect(out).not.toMatch(/loud|sk-proj|\/a/);
    expect(out).toMatch(/^OPENAI_API_KEY +not set$/m);
  });

  test('--json has the problems beside the settings', async () => {
    const folder = workingFolder();
    writeFileSync(join(folder, 'metaclaw.yaml'), 'log: {level: loud}\n');
    const { code, out, err } = await run('config --json', { folder });
    const facts = JSON.parse(out);
    expect([code, err, facts.ok]).toEqual([1, '', false]);
    expect(facts.problems).toMatchObject([{ path: 'log.level' }]);
    expect(facts.settings).toContainEqual({
      path: 'log.level',
      isUnfit: true,
      origin: 'metaclaw.yaml',
      variable: 'METACLAW_LOG_LEVEL',
    });
    expect(facts.settings).toContainEqual(expect.objectContaining({ path: 'log.level' }));
    expect(facts.settings).toContainEqual(expect.objectContaining({ path: 'skills.topK', value: 6 }));
  });

  test('what only does not go together is shown', async () => {
    const { code, out, err } = await run('config', { variables: { METACLAW_HTTP_HOST: '0.0.0.0' } });
    expect(code).toBe(1);
    expect(err).toContain('METACLAW_WEB_PASSWORD');
    expect(out).toMatch(/^http\.host +0\.0\.0\.0 {2}\(environment\)$/m);
  });
});

describe('doctor', () => {
  const findings = async (
    options: Parameters<typeof run>[1],
  ): Promise<{ code: number; states: Record<string, string[]>; text: string }> => {
    const { code, out } = await run('doctor --json', options);
    const states: Record<string, string[]> = {};
    for (const { check, state } of JSON.parse(out).findings)
      states[check] = [...(states[check] ?? []), state];
    return { code, states, text: out };
  };

  test('finds a fresh folder fit for a start, offline', async () => {
    const { code, states } = await findings({});
    expect(code).toBe(0);
    expect(states).toEqual({
      settings: ['ok'],
      'data folder': ['ok'],
      database: ['ok'],
      bot: ['ok'],
      port: ['ok'],
      model: ['warning'],
      proxy: ['ok', 'ok', 'ok'],
      skills: ['ok'],
    });
  });

  test('says that a key is refused, and does not show it', async () => {
    const { code, states, text } = await findings({
      variables: { OPENAI_API_KEY: 'wrong-key', OPENAI_MODEL: 'm', OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' },
      fetch: async (url, init) => {
        expect(String(url)).toBe('http://127.0.0.1:1/v1/models');
        expect(new Headers(init?.headers).get('authorization')).toBe('Bearer wrong-key');
        return new Response('', { status: 401 });
      },
    });
    expect([code, states['model']]).toEqual([1, ['problem']]);
    expect(text).not.toContain('wrong-key');
  });

  test('a server that does not know the model is a warning; one that does not answer was not asked', async () => {
    const variables = { OPENAI_MODEL: 'mine', OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' };
    expect((await findings({ variables })).states['model']).toEqual(['unasked']);
    const list = (id: string) => async () => Response.json({ data: [{ id }] });
    expect((await findings({ variables, fetch: list('other') })).states['model']).toEqual(['warning']);
    expect((await findings({ variables, fetch: list('mine') })).states['model']).toEqual(['ok']);
    const noModel = await findings({ variables: { OPENAI_API_KEY: 'k' } });
    expect([noModel.code, noModel.states['model']]).toEqual([1, ['problem']]);
  });

  test('does not give its blessing to what nobody could be asked about', async () => {
    const last = async (variables: Record<string, string>): Promise<string | undefined> =>
      (await run('doctor', { variables })).out.trim().split('\n').at(-1);
    expect(await last({})).toBe('Nothing stands in the way of a start.');
    const model = { OPENAI_MODEL: 'mine', OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' };
    const slack = { SLACK_BOT_TOKEN: 'xoxb-hush', SLACK_APP_TOKEN: 'xapp-hush' };
    expect(await last({ ...model, ...slack })).toBe(
      'Nothing that could be looked at stands in the way of a start. 3 checks could not be asked (model, slack): see above, why.',
    );
    const broken = {
      METACLAW_HTTP_HOST: '203.0.113.1',
      METACLAW_WEB_PASSWORD: 'a long pass phrase',
      METACLAW_PROXY_ENABLED: 'false',
    };
    expect(await last({ ...model, ...broken })).toBe(
      '1 to mend. 1 check could not be asked (model): see above, why.',
    );
  });

  test('finds a database that is none, loose rights, broken skills and tokens without effect', async () => {
    const folder = workingFolder();
    const home = join(folder, 'data');
    execFileSync('mkdir', ['-p', join(home, 'skills', 'broken')]);
    writeFileSync(
      join(home, 'metaclaw.db'),
      'this is not a database, though it is long enough to look at'.repeat(40),
    );
    writeFileSync(join(home, 'skills', 'broken', 'SKILL.md'), '---\nname: other\n---\n');
    writeFileSync(join(folder, '.env'), 'TINKER_API_KEY=x\n', { mode: 0o644 });
    const { code, states, text } = await findings({ folder });
    expect(code).toBe(1);
    expect(states).toMatchObject({ '.env': ['warning'], database: ['problem'], secrets: ['warning'] });
    expect(states['skills']).toContain('problem');
    expect(text).toContain('chmod 600');
    expect(text).toContain('There is no training engine: TINKER_API_KEY is set');
  });

  test('asks Slack, and says first what its tokens look like', async () => {
    const variables = { SLACK_BOT_TOKEN: 'xoxb-hush', SLACK_APP_TOKEN: 'xapp-hush' };
    const asked: string[] = [];
    const refused = await findings({
      variables,
      fetch: async (url) => {
        asked.push(String(url));
        return Response.json({ ok: false, error: 'invalid_auth' });
      },
    });
    expect([refused.code, refused.states['slack']]).toEqual([1, ['problem', 'problem', 'ok']]);
    expect(asked.sort()).toEqual([
      'https://slack.com/api/apps.connections.open',
      'https://slack.com/api/auth.test',
    ]);
    const swapped = await findings({
      variables: { SLACK_BOT_TOKEN: 'xapp-hush', SLACK_APP_TOKEN: 'xoxb-hush' },
    });
    expect([swapped.code, swapped.states]).toEqual([1, { settings: ['problem', 'problem'] }]);
    for (const { text } of [refused, swapped]) expect(text).not.toContain('hush');
  });

  test('asks Discord, and says first what its token looks like', async () => {
    const variables = { DISCORD_BOT_TOKEN: 'MTAx.Hush12.hush' };
    const asked: string[] = [];
    const refused = await findings({
      variables,
      fetch: async (url) => {
        asked.push(String(url));
        return Response.json({ message: '401: Unauthorized', code: 0 }, { status: 401 });
      },
    });
    expect([refused.code, refused.states['discord']]).toEqual([1, ['problem']]);
    expect(asked).toEqual(['https://discord.com/api/v10/users/@me']);
    const wrong = await findings({ variables: { DISCORD_BOT_TOKEN: 'Bot MTAx.Hush12.hush' } });
    expect([wrong.code, wrong.states]).toEqual([1, { settings: ['problem'] }]);
    for (const { text } of [refused, wrong]) expect(text).not.toMatch(/hush/i);
  });

  test('finds a data folder that cannot be', async () => {
    const folder = workingFolder();
    writeFileSync(join(folder, 'data'), 'a file');
    const { code, states } = await findings({ folder });
    expect([code, states['data folder']]).toEqual([1, ['problem']]);
  });
});

describe('manifest slack', () => {
  const http = "http: {publicUrl: 'https://bot.example.org/'}\nchannels: {slack: {commandName: /ada}}\n";

  test('prints what to paste on standard output, and what to do with it on standard error', async () => {
    const { code, out, err } = await run('manifest slack');
    expect(code).toBe(0);
    expect(out.split('\n').length).toBeGreaterThan(40);
    expect(JSON.parse(out)).toMatchObject({
      display_information: { name: 'MetaClaw' },
      features: {
        slash_commands: [{ command: '/metaclaw', usage_hint: expect.stringMatching(/^help \| .*skill/) }],
      },
      settings: { socket_mode_enabled: true },
    });
    expect(out).not.toContain('request_url');
    const lines = err.trim().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('https://api.slack.com/apps?new_app=1');
    expect(lines[1]).toMatch(/SLACK_BOT_TOKEN .*SLACK_APP_TOKEN .*connections:write/);
  });

  test('with --json it is one line and nothing else', async () => {
    const { code, out, err } = await run('manifest slack --json --name Ada --description Helps');
    expect([code, err, out.trim().split('\n').length]).toEqual([0, '', 1]);
    expect(JSON.parse(out).display_information).toEqual({ name: 'Ada', description: 'Helps' });
  });

  test('in HTTP mode Slack is given the one address; by the flag or by the settings', async () => {
    const folder = workingFolder();
    writeFileSync(join(folder, 'metaclaw.yaml'), http);
    const byFlag = await run('manifest slack --http', { folder });
    const bySettings = await run('manifest slack', {
      folder,
      variables: { METACLAW_CHANNELS_SLACK_MODE: 'http' },
    });
    expect(bySettings).toEqual(byFlag);
    expect(JSON.parse(byFlag.out)).toMatchObject({
      features: { slash_commands: [{ command: '/ada', url: 'https://bot.example.org/hooks/slack' }] },
      settings: {
        socket_mode_enabled: false,
        event_subscriptions: { request_url: 'https://bot.example.org/hooks/slack' },
        interactivity: { is_enabled: true, request_url: 'https://bot.example.org/hooks/slack' },
      },
    });
    expect(byFlag.err).toMatch(/SLACK_BOT_TOKEN .*SLACK_SIGNING_SECRET/);
    expect(byFlag.err).not.toContain('SLACK_APP_TOKEN');
  });

  test('needs no more settings than it uses', async () => {
    const folder = workingFolder();
    const other = 'log: {level: loud}\nskills: {topk: 1}\n';
    writeFileSync(join(folder, 'metaclaw.yaml'), `${http}${other}`);
    const variables = { SLACK_BOT_TOKEN: 'xapp-hush' };
    const { code, out, err } = await run('manifest slack', { folder, variables });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ features: { slash_commands: [{ command: '/ada' }] } });
    expect(err).toContain('log.level (metaclaw.yaml:3:14)');
    expect(err).toContain('the manifest does not depend on them');
    expect(err).not.toContain('hush');

    writeFileSync(join(folder, 'metaclaw.yaml'), `channels: {slack: {commandName: Ada}}\n${other}`);
    const needed = await run('manifest slack --json', { folder });
    expect([needed.code, JSON.parse(needed.out).ok]).toEqual([1, false]);
    const paths = JSON.parse(needed.out).problems.map(({ path }: { path: string }) => path);
    expect(paths.sort()).toEqual(['channels.slack.commandName', 'log.level', 'skills.topk']);
  });

  test('says what is missing or too long: 1', async () => {
    expect(await run('manifest slack --http')).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('http.publicUrl'),
    });
    const long = await run(`manifest slack --json --name ${'x'.repeat(36)}`);
    expect([long.code, JSON.parse(long.out)]).toMatchObject([1, { ok: false, code: 'invalid_input' }]);
  });
});

describe('invite discord', () => {
  const id = '1012345678901234567';
  const variables = {
    DISCORD_BOT_TOKEN: `${Buffer.from(id).toString('base64url')}.Hush12.hush-hush`,
  };
  const link = (clientId: string): string =>
    `https://discord.com/oauth2/authorize?client_id=${clientId}&scope=bot+applications.commands&permissions=274878008320`;

  test('prints the link on standard output, and what it asks for on standard error', async () => {
    const asked: string[] = [];
    const { code, out, err } = await run('invite discord', {
      variables,
      fetch: async (url) => {
        asked.push(String(url));
        return Response.json({ id: '1012345678901234999', name: 'MetaClaw' });
      },
    });
    // Of old applications the bot has another id than the application.
    expect([code, out]).toEqual([0, `${link('1012345678901234999')}\n`]);
    expect(asked).toEqual(['https://discord.com/api/v10/applications/@me']);
    const lines = err.trim().split('\n');
    expect(lines).toHaveLength(6);
    expect(lines[1]).toBe(
      '  View Channel: sees what is said and how people react in the channels it may answer in',
    );
    expect(out + err).not.toMatch(/hush/i);
  });

  test('offline it takes the id from the token, and says so', async () => {
    const { code, out, err } = await run('invite discord', { variables });
    expect([code, out]).toEqual([0, `${link(id)}\n`]);
    expect(err).toMatch(/^Discord could not be asked; the application’s id is the one in the token\.\n/);
    const json = await run('invite discord --json', { variables });
    expect([json.code, json.err, JSON.parse(json.out)]).toEqual([
      0,
      '',
      {
        url: link(id),
        clientId: id,
        permissions: [
          'View Channel',
          'Send Messages',
          'Attach Files',
          'Send Messages in Threads',
          'Read Message History',
        ],
        isConfirmed: false,
      },
    ]);
  });

  test('prints the link although another setting is wrong, and says so', async () => {
    const wrong = { ...variables, METACLAW_PORT: '-1', SLACK_BOT_TOKEN: 'xoxb-alone' };
    const { code, out, err } = await run('invite discord', { variables: wrong });
    expect([code, out]).toEqual([0, `${link(id)}\n`]);
    expect(err).toMatch(/METACLAW_PORT|http\.port/);
    expect(err).toContain('the link does not depend on them');
  });

  test('says what is missing or refused: 1, and what cannot be found out: 69', async () => {
    expect(await run('invite discord')).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/^DISCORD_BOT_TOKEN is not set\. Make an application at https:.*\.env\.\n$/),
    });
    const refused = await run('invite discord --json', {
      variables,
      fetch: async () => Response.json({ message: '401: Unauthorized', code: 0 }, { status: 401 }),
    });
    expect([refused.code, JSON.parse(refused.out)]).toMatchObject([1, { ok: false, code: 'auth_failed' }]);
    const unknown = await run('invite discord --json', { variables: { DISCORD_BOT_TOKEN: 'a.b.c' } });
    expect([unknown.code, JSON.parse(unknown.out)]).toMatchObject([69, { ok: false, code: 'network' }]);
  });
});

describe('an old Node', () => {
  const start = (version: string, ...args: string[]) =>
    spawnSync(
      process.execPath,
      [
        '-e',
        `Object.defineProperty(process.versions, 'node', { value: '${version}' }); process.argv.splice(1, 0, 'metaclaw'); require(${JSON.stringify(join(packageRoot(), 'bin', 'metaclaw.js'))});`,
        '--',
        ...args,
      ],
      { encoding: 'utf8', cwd: workingFolder() },
    );

  test.each(['12.22.12', '20.20.2', '22.18.0'])('%s is told which one is needed', (version) => {
    const { status, stdout, stderr } = start(version);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`MetaClaw needs Node 22.19 or newer; this is Node ${version}.`);
  });

  test('22.19.0 is new enough', () => {
    const { status, stdout } = start('22.19.0', 'version');
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^metaclaw \d/)]);
  });
});
