import { describe, expect, test } from 'vitest';
import { type Credentials, createCredentials } from '../../../adapters/tinker/credentials.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import { createFakeClock, type FakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger, type MemoryLogger } from '../../fakes/system/memory-logger.ts';
import { never } from './rig.ts';

interface Exchange {
  readonly credentials: Credentials;
  readonly clock: FakeClock;
  readonly logger: MemoryLogger;
  /** From now on the engine gives no token. */
  fail(): void;
  exchanges(): number;
  /** The number of the token that a call comes with. */
  token(): Promise<number>;
}

/** An engine whose tokens live for so long by our clock. */
function createExchange(lifeMs: number): Exchange {
  const clock = createFakeClock();
  const logger = createMemoryLogger();
  let exchanges = 0;
  let isFailing = false;
  const http = {
    host: 'x.example',
    async send() {
      exchanges += 1;
      if (isFailing) throw new AppError('network', 'It is gone.', { retryable: true });
      const claims = { exp: (clock.now() + lifeMs) / 1_000, n: exchanges };
      const jwt = `h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`;
      return { status: 200, headers: new Headers(), body: Buffer.from(JSON.stringify({ jwt })) };
    },
  };
  const apiKey = 'tml-x';
  const credentials = createCredentials({ apiKey, http, clock, logger, timeoutMs: 1_000, closing: never() });
  credentials.exchange();
  return {
    credentials,
    clock,
    logger,
    fail() {
      isFailing = true;
    },
    exchanges: () => exchanges,
    async token() {
      const { 'x-api-key': jwt = '' } = await credentials.headers(never());
      return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()).n;
    },
  };
}

describe('a token', () => {
  test.each([
    ['that never has more than a minute left', 50_000],
    ['that has ended already by a clock that is ahead', -3_600_000],
  ])('%s is exchanged every 10 s at most', async (_, lifeMs) => {
    const { clock, exchanges, token } = createExchange(lifeMs);
    for (let call = 0; call < 20; call += 1) expect(await token()).toBe(1);
    await clock.advance(9_999);
    expect(await token()).toBe(1);
    await clock.advance(1);
    for (let call = 0; call < 20; call += 1) expect(await token()).toBe(2);
    expect(exchanges()).toBe(2);
  });

  test('that is refused is exchanged however new it is', async () => {
    const { credentials, token } = createExchange(50_000);
    const headers = await credentials.headers(never());
    expect(credentials.renew(headers)).toBe(true);
    expect(await token()).toBe(2);
  });

  test('that cannot be renewed serves to its end, asked for once a minute', async () => {
    const { clock, exchanges, fail, logger, token } = createExchange(170_000);
    await token();
    await clock.advance(119_000);
    fail();
    for (let call = 0; call < 5; call += 1) expect(await token()).toBe(1);
    expect(exchanges()).toBe(2);
    await clock.advance(50_999);
    expect(await token()).toBe(1);
    expect(exchanges()).toBe(2);
    expect(logger.of('engine_token_not_renewed')).toHaveLength(1);
    await clock.advance(1);
    await expect(token()).rejects.toMatchObject({ code: 'network', details: { reached: false } });
  });
});
