import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLogger } from '../../../adapters/system/logger.ts';
import { createRedactor } from '../../../adapters/system/redact.ts';
import { AppError } from '../../../core/domain/app-error.ts';

function capture(options: { plain?: boolean; level?: 'debug' | 'info' | 'silent'; secrets?: string[] } = {}) {
  const lines: string[] = [];
  const logger = createLogger({
    level: options.level ?? 'debug',
    plain: options.plain ?? false,
    secrets: options.secrets ?? [],
    destination: { write: (line) => lines.push(line) },
    clock: { now: () => Date.UTC(2026, 0, 5, 12, 30, 5) },
  });
  const last = (): Record<string, unknown> => JSON.parse(lines.at(-1) ?? '{}');
  return { logger, lines, last };
}

describe('logger', () => {
  test('writes one JSON line an event with level, time, event and fields', () => {
    const { logger, lines } = capture();
    logger.child({ channel: 'web' }).info('channel_started', { attempts: 2 });
    expect(lines).toEqual([
      '{"level":"info","time":"2026-01-05T12:30:05.000Z","channel":"web","attempts":2,"event":"channel_started"}\n',
    ]);
  });

  test('keeps below its level quiet', () => {
    const info = capture({ level: 'info' });
    info.logger.debug('detail');
    info.logger.warn('trouble');
    expect(info.lines).toHaveLength(1);
    const silent = capture({ level: 'silent' });
    silent.logger.error('trouble');
    expect(silent.lines).toEqual([]);
  });

  test('an error is code, name, message, stack, details and cause, and none of its payload', () => {
    const { logger, last } = capture();
    const cause = Object.assign(new Error('socket hang up'), {
      code: 'ECONNRESET',
      request: { body: 'my diary' },
    });
    logger.error('send_failed', {
      error: new AppError('network', 'The line broke.', { cause, details: { status: 502 } }),
    });
    expect(last()).toMatchObject({
      error: {
        code: 'network',
        name: 'AppError',
        message: 'The line broke.',
        details: { status: 502 },
        cause: { code: 'ECONNRESET', message: 'socket hang up' },
      },
    });
    expect(JSON.stringify(last())).not.toContain('diary');
    expect(JSON.stringify(last())).toContain('logger.test.ts');
  });

  test('a field named like one of the line itself does not replace it', () => {
    const { logger, last } = capture();
    logger.info('real', { event: 'fake', level: 'fatal', time: 0 });
    expect(last()).toMatchObject({ event: 'real', level: 'info', event_: 'fake', level_: 'fatal', time_: 0 });
  });

  test('known secrets appear in no line, wherever and in whatever form they were given', () => {
    const secret = 'hunter2 "quoted"/slash';
    const { logger, lines } = capture({ secrets: [secret] });
    logger.info(`event ${secret}`, {
      plain: `a ${secret} b`,
      url: new URL(`http://x/?key=${encodeURIComponent(secret)}`),
      basic: `Basic ${Buffer.from(`me:${secret}`).toString('base64')}`,
      encoded: Buffer.from(secret).toString('base64'),
      json: JSON.stringify({ secret }),
      deep: [{ list: new Map([['k', secret]]) }, new Set([secret])],
      [secret]: 1,
      error: new Error(`refused ${secret}`, { cause: secret }),
      cut: `${'x'.repeat(1_990)}${secret}`,
    });
    expect(lines).toHaveLength(1);
    for (const form of ['hunter2', Buffer.from(secret).toString('base64'), 'quoted'])
      expect(lines[0]).not.toContain(form);
  });

  test.each([
    ['OpenAI', 'sk-proj-abcdefghijklmnopqrstuvwx'],
    ['Slack bot', 'xoxb-1234567890-abcdefghij'],
    ['Slack app', 'xapp-1-A0123456789-abcdef'],
    ['Telegram in an address', 'bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0'],
    ['Telegram', '123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0'],
    ['Discord', `M${'A'.repeat(23)}.Gabcde.${'b'.repeat(30)}`],
    ['GitHub', `ghp_${'a1'.repeat(18)}`],
    ['AWS', 'AKIAIOSFODNN7EXAMPLE'],
    ['Google', `AIza${'x'.repeat(35)}`],
    ['JWT', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc_def-123'],
    ['a private key', '-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----'],
  ])('a token of %s is blanked though nobody listed it', (_, token) => {
    const { logger, lines } = capture();
    logger.info('seen', { where: `before ${token} after`, url: `https://api.example/${token}/getMe?of=1` });
    expect(lines[0]).not.toContain(token);
    expect(lines[0]).toContain('[redacted]');
    expect(lines[0]).toContain('before ');
  });

  test('values under secret names are blanked; token counts are not', () => {
    const { logger, last } = capture();
    logger.info('x', {
      password: 'p',
      apiKey: 'k',
      bot_token: 't',
      headers: { Authorization: 'a', Cookie: 'c' },
      inputTokens: 12,
    });
    expect(last()).toMatchObject({
      password: '[redacted]',
      apiKey: '[redacted]',
      bot_token: '[redacted]',
      headers: { Authorization: '[redacted]', Cookie: '[redacted]' },
      inputTokens: 12,
    });
  });

  test('whatever it is given, it writes one parsable line and does not throw', () => {
    const { logger, lines } = capture();
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const hostile = {
      get boom(): never {
        throw new Error('getter');
      },
    };
    logger.info('odd', {
      circular,
      hostile,
      big: 10n,
      fn: () => 1,
      bytes: new Uint8Array(9),
      date: new Date(Number.NaN),
    });
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      circular: { self: '[circular]' },
      hostile: '[unreadable]',
      bytes: '[9 bytes]',
    });
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything()), fc.boolean(), (fields, plain) => {
        const captured = capture({ plain });
        captured.logger.warn('fuzz', fields);
        expect(captured.lines).toHaveLength(1);
        if (!plain) JSON.parse(captured.lines[0] ?? '');
        else expect(captured.lines[0]?.trimEnd()).not.toContain('\n');
      }),
      { numRuns: 500 },
    );
  });

  test('plain lines are for people: no JSON, no control characters, the stack below an error', () => {
    const { logger, lines } = capture({ plain: true });
    logger.info('channel_started', { channel: 'web', note: 'two words\u001b[2J' });
    expect(lines[0]).toBe('12:30:05 info  channel_started channel=web note="two words\\u001b[2J"\n');
    logger.error('broke', { error: new AppError('network', 'The line broke.') });
    expect(lines[1]).toContain('12:30:05 error broke error="The line broke."\n    AppError');
  });
});

describe('redactor', () => {
  test('short values and ordinary text stay', () => {
    const redact = createRedactor(['abc', '']);
    expect(redact('abc, at 12:30 on https://example.org/path?q=1')).toBe(
      'abc, at 12:30 on https://example.org/path?q=1',
    );
  });

  test('a password inside an address is blanked', () => {
    expect(createRedactor([])('redis://user:pw@host/0')).toBe('redis://user:[redacted]@host/0');
  });
});
