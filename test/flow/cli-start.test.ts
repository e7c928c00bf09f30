import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { joinTerminal } from '../../adapters/terminal/control-session.ts';
import { readControlToken } from '../../config/control-token.ts';
import { addressOf, hasTerminals, metaclaw, runMetaclaw, workingFolder } from './metaclaw-process.ts';

describe('start', () => {
  test('prints the address first, serves, is found by other commands, and stops whole', async () => {
    const folder = workingFolder();
    const bot = metaclaw(['start'], { folder, variables: { TINKER_API_KEY: 'x' } });
    const address = await addressOf(bot);
    const lines = bot.stdout().split('\n');
    expect(lines[0]).toBe(`MetaClaw is listening on ${address}`);
    expect(lines[1]).toMatch(/^Model: .+; .*model\.discover is off$/);
    expect(lines[2]).toBe('Channels: terminal, web');
    expect(lines[3]).toBe(
      `Proxy: ${address}/v1 → anthropic (the caller’s key), openai (the caller’s key); programs here need no key`,
    );
    expect(lines[4]).toBe(`Data folder: ${join(folder, 'data')}`);
    expect(lines).toContain('There is no training engine: TINKER_API_KEY is set, but engine.profile is not.');

    expect(await (await fetch(`${address}/healthz`)).json()).toEqual({ status: 'alive' });
    const ready = await fetch(`${address}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { status: 'ready', started: true, storage: 'writable', channels: { terminal: 'ready', web: 'ready' } },
    ]);
    expect((await fetch(address)).headers.get('content-type')).toContain('text/html');

    const token = join(folder, 'data', 'control.token');
    expect(statSync(token).mode & 0o777).toBe(0o600);
    expect((await fetch(`${address}/control/status`)).status).toBe(401);
    const authorization = `Bearer ${readFileSync(token, 'utf8').trim()}`;
    const status = await (await fetch(`${address}/control/status`, { headers: { authorization } })).json();
    expect(status).toMatchObject({ processId: bot.child.pid, home: join(folder, 'data'), counters: {} });

    const second = await runMetaclaw(['start'], { folder });
    expect([second.code, second.stdout]).toEqual([75, '']);
    expect(second.stderr).toContain(`process ${bot.child.pid}, ${address}`);
    const [link, doctor, chat] = await Promise.all([
      runMetaclaw(['link', '--json'], { folder }),
      runMetaclaw(['doctor'], { folder }),
      runMetaclaw(['chat'], { folder, input: 'What can you do?\n' }),
    ]);
    expect(JSON.parse(link.stdout)).toEqual({ ok: true, code: expect.stringMatching(/^[0-9a-z]{10}$/) });
    expect(doctor.stdout).toContain(`runs as process ${bot.child.pid} at ${address}`);
    expect([doctor.code, chat.code]).toEqual([0, 0]);
    expect(chat.stdout.length).toBeGreaterThan(100);

    bot.child.kill('SIGTERM');
    expect((await bot.finished).code).toBe(0);
    expect(existsSync(token)).toBe(false);
    expect(existsSync(join(folder, 'data', 'metaclaw.db-wal'))).toBe(false);
    await expect(fetch(`${address}/healthz`)).rejects.toThrow();
  });

  test.skipIf(!hasTerminals)('at a terminal the address comes before the log (needs `script`)', async () => {
    const folder = workingFolder();
    const bot = metaclaw(['start'], { folder, terminal: true });
    await bot.printed(/channel_started/);
    const lines = bot.stdout().split('\r\n');
    expect(lines[0]).toMatch(/^MetaClaw is listening on http:/);
    expect(lines.indexOf('Stop with Ctrl-C')).toBeLessThan(
      lines.findIndex((line) => line.includes('bot_started')),
    );
    bot.child.stdin.write('\u0003');
    expect((await bot.finished).code).toBe(0);
  });

  test.skipIf(!hasTerminals)(
    'what went wrong at a terminal is told with the log that led to it (needs `script`)',
    async () => {
      const first = metaclaw(['start'], { folder: workingFolder() });
      const { port } = new URL(await addressOf(first));
      const other = metaclaw(['start'], {
        folder: workingFolder(),
        variables: { METACLAW_PORT: port },
        terminal: true,
      });
      const { code, stdout } = await other.finished;
      expect(code).toBe(1);
      expect(stdout).toMatch(/skills_loaded[\s\S]*is taken by another program/);
    },
  );

  test.skipIf(!hasTerminals)('a terminal that is closed stops the bot (needs `script`)', async () => {
    const folder = workingFolder();
    const bot = metaclaw(['start'], { folder, terminal: true });
    const [, address = ''] = await bot.printed(/^MetaClaw is listening on (http:\S+)\r\n/);
    await bot.printed(/channel_started platform=terminal/);
    const token = readControlToken(join(folder, 'data')) ?? '';
    const session = await joinTerminal({ address, token, fetch });
    bot.child.kill('SIGKILL');
    expect(await session.ended).toBe('The bot has stopped.');
    const next = metaclaw(['start'], { folder });
    await addressOf(next);
  });

  test('after a kill the next start takes over, and nothing that was accepted is lost', async () => {
    const folder = workingFolder();
    const bot = metaclaw(['start'], { folder });
    await addressOf(bot);
    await runMetaclaw(['chat'], { folder, input: 'Remember the number 4711.\n' });
    bot.child.kill('SIGKILL');
    await bot.finished;
    const doctor = await runMetaclaw(['doctor', '--json'], { folder });
    expect(doctor.code).toBe(0);
    expect(JSON.parse(doctor.stdout).findings).toContainEqual({
      check: 'bot',
      state: 'warning',
      message: expect.stringContaining('If it was killed, the next start cleans up.'),
    });
    const alone = await runMetaclaw(['chat'], { folder, input: 'What did I say before?\n' });
    expect(alone.code).toBe(0);
    expect(alone.stdout).toContain('4711');
    const next = metaclaw(['start', '--json'], { folder });
    const [line] = await next.printed(/^.*\n/);
    expect(JSON.parse(line)).toMatchObject({
      address: expect.stringMatching(/^http:/),
      channels: ['terminal', 'web'],
      model: { kind: 'demo' },
    });
    next.child.kill('SIGINT');
    expect((await next.finished).code).toBe(0);
  });

  test('after a kill another program may have the port: it is not taken for the bot', async () => {
    const folder = workingFolder();
    const bot = metaclaw(['start'], { folder });
    const { port } = new URL(await addressOf(bot));
    bot.child.kill('SIGKILL');
    await bot.finished;
    const other = createServer((_, response) => response.end('Something else.'));
    await new Promise<void>((resolve) => other.listen(Number(port), '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const link = await runMetaclaw(['link'], { folder });
    expect([link.code, link.stderr]).toEqual([69, expect.stringContaining('Another program answers at')]);
    const chat = await runMetaclaw(['chat'], { folder, input: 'Hello there\n' });
    expect([chat.code, chat.stdout]).toEqual([0, expect.stringContaining('built-in stand-in')]);
  });

  test('a port that is taken is said in a sentence', async () => {
    const first = metaclaw(['start'], { folder: workingFolder() });
    const { port } = new URL(await addressOf(first));
    const other = await runMetaclaw(['start'], {
      folder: workingFolder(),
      variables: { METACLAW_PORT: port },
    });
    expect([other.code, other.stdout]).toEqual([1, '']);
    expect(other.stderr).toContain(`Port ${port} on 127.0.0.1 is taken by another program.`);
  });

  test("a model's name is no secret: the log says which one answers", async () => {
    const variables = { OPENAI_BASE_URL: 'http://127.0.0.1:9/v1', OPENAI_MODEL: 'started' };
    const bot = metaclaw(['start'], { folder: workingFolder(), variables });
    await addressOf(bot);
    bot.child.kill('SIGTERM');
    const { stderr } = await bot.finished;
    expect(stderr).toContain('"event":"bot_started"');
    expect(stderr).toContain('"model":"started at 127.0.0.1:9"');
  });

  test('a log line holds neither words of people nor secrets', async () => {
    const folder = workingFolder();
    const variables = { METACLAW_WEB_PASSWORD: 'correct-horse-battery', METACLAW_LOG_LEVEL: 'info' };
    const bot = metaclaw(['start'], { folder, variables });
    await addressOf(bot);
    await runMetaclaw(['chat'], { folder, variables, input: 'My diary says xylophone.\n' });
    bot.child.kill('SIGTERM');
    const { stderr } = await bot.finished;
    expect(
      stderr
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line).event),
    ).toContain('bot_started');
    expect(stderr).not.toContain('xylophone');
    expect(stderr).not.toContain('correct-horse');
  });
});

describe('chat without a running bot', () => {
  test('answers, keeps the conversation, and leaves the data folder free', async () => {
    const folder = workingFolder();
    const first = await runMetaclaw(['chat'], { folder, input: 'Hello there\n/good\n' });
    expect(first.code).toBe(0);
    expect(first.stdout).toContain('built-in stand-in');
    expect(first.stdout).toContain('Noted: good.');
    const bot = metaclaw(['start'], { folder });
    await addressOf(bot);
  });
});
