import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { createTinkerTrainer } from '../../../adapters/tinker/tinker-trainer.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import { emptyBadRequest, type Fault, httpFault } from '../../fakes/tinker/fault-plan.ts';
import { never, type Rig, withRig } from './rig.ts';
import { adam, batch, crossEntropy } from './samples.ts';

const capabilities = 'get_server_capabilities';
const keysOf = (rig: Rig, endpoint: string): readonly unknown[] =>
  rig.fake.requestsTo(endpoint).map(({ headers }) => headers['x-idempotency-key']);

/** How long the work takes, in milliseconds, and the code of what it ends with. */
async function timed(rig: Rig, work: Promise<unknown>): Promise<readonly [number, string]> {
  const startedAt = rig.clock.monotonicMs();
  const code = await rig.done(
    work.then(
      () => 'done',
      (thrown: unknown) => (thrown instanceof AppError ? thrown.code : 'no AppError'),
    ),
  );
  return [rig.clock.monotonicMs() - startedAt, code];
}

/** Where nobody listens. */
async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const again = (fault: Fault, times: number): readonly Fault[] => Array.from({ length: times }, () => fault);

describe('a call that may be repeated', () => {
  test.each([
    ['429, after 0.5, 1 and 2 s', again(httpFault(429, 'x'), 3), 3_500, 'done'],
    ['500, 502, 503 and 504', [500, 502, 503, 504].map((one) => httpFault(one, 'x')), 7_500, 'done'],
    ['408 and 425', [408, 425].map((one) => httpFault(one, 'x')), 1_500, 'done'],
    [
      'no later than 10 s',
      again(httpFault(500, 'x'), 7),
      500 + 1_000 + 2_000 + 4_000 + 8_000 + 20_000,
      'done',
    ],
    ['a break before', [{ kind: 'reset', when: 'before' }], 500, 'done'],
    ['a break after', [{ kind: 'reset', when: 'after' }], 500, 'done'],
    ['a body that breaks off', [{ kind: 'cut_body' }], 500, 'done'],
    ['retry-after', [httpFault(429, 'x', { 'retry-after': '9' })], 9_000, 'done'],
    [
      'retry-after of a date',
      [httpFault(503, 'x', { 'retry-after': 'Mon, 05 Jan 2026 12:00:30 GMT' })],
      30_000,
      'done',
    ],
    ['retry-after-ms', [httpFault(503, 'x', { 'retry-after-ms': '1234' })], 1_234, 'done'],
    ['retry-after of more than a minute', [httpFault(503, 'x', { 'retry-after': '61' })], 500, 'done'],
    ['400 that wants to be repeated', [httpFault(400, 'x', { 'x-should-retry': 'true' })], 500, 'done'],
    ['500 that does not', [httpFault(500, 'x', { 'x-should-retry': 'false' })], 0, 'peer_failed'],
    ['429 that does not', [httpFault(429, 'x', { 'x-should-retry': 'false' })], 0, 'rate_limited'],
    ['400', [httpFault(400, 'x')], 0, 'invalid_input'],
    ['409', [httpFault(409, 'x')], 0, 'conflict'],
    ['413', [httpFault(413, 'x')], 0, 'invalid_input'],
    ['an empty 400 three times', again(emptyBadRequest, 3), 3_500, 'done'],
    ['an empty 400 four times', again(emptyBadRequest, 4), 3_500, 'invalid_input'],
    ['no credit for a while', again(httpFault(402, 'x'), 4), 20_000, 'done'],
  ] as readonly (readonly [string, readonly Fault[], number, string])[])(
    '%s',
    async (_, faults, ms, code) => {
      await withRig('tinker', {}, async (rig) => {
        for (const fault of faults) rig.fake.failNext(capabilities, fault);
        expect(await timed(rig, rig.trainer.models(never()))).toEqual([ms, code]);
      });
    },
  );

  test('waits up to a quarter less by chance', async () => {
    await withRig('tinker', { client: { random: () => 0.5 } }, async (rig) => {
      rig.fake.failNext(capabilities, httpFault(500, 'x'), { times: 2 });
      expect(await timed(rig, rig.trainer.models(never()))).toEqual([1_500 * 0.875, 'done']);
    });
  });

  test('draws its chance from ids where none is given', async () => {
    await withRig('tinker', {}, async (rig) => {
      const ids = { next: () => 'x', code: () => 'c', digest: () => 'c0000000ffff' };
      const { clock, logger } = rig;
      const { apiKey, baseUrl } = rig.fake;
      const { fetch } = rig.wire;
      const trainer = createTinkerTrainer({ profile: 'tinker', baseUrl, apiKey, fetch, clock, ids, logger });
      rig.fake.failNext(capabilities, httpFault(500, 'x'));
      expect(await timed(rig, trainer.models(never()))).toEqual([500 * (1 - 0.25 * 0.75), 'done']);
      await rig.done(trainer.close());
    });
  });

  test('is tried no longer than the window', async () => {
    await withRig('tinker', { client: { timings: { retryWindowMs: 12_000 } } }, async (rig) => {
      rig.fake.failNext(capabilities, httpFault(500, 'x'), { times: 5 });
      expect(await timed(rig, rig.trainer.models(never()))).toEqual([7_500, 'peer_failed']);
    });
  });

  test('what was waited for credit is not of the window, and the pause has its own end', async () => {
    const timings = { retryWindowMs: 3_000, billingPauseMs: 60_000 };
    await withRig('tinker', { client: { timings } }, async (rig) => {
      rig.fake.failNext(capabilities, httpFault(402, 'x'), { times: 6 });
      rig.fake.failNext(capabilities, httpFault(500, 'x'), { times: 2 });
      expect(await timed(rig, rig.trainer.models(never()))).toEqual([31_500, 'done']);
      rig.fake.failNext(capabilities, httpFault(402, 'no money'), { times: 13 });
      expect(await timed(rig, rig.trainer.models(never()))).toEqual([60_000, 'refused_by_peer']);
      rig.fake.failNext(capabilities, httpFault(402, 'x'), { times: 2 });
      rig.fake.failNext(capabilities, httpFault(500, 'x'), { times: 3 });
      expect(await timed(rig, rig.trainer.models(never()))).toEqual([11_500, 'peer_failed']);
    });
  });

  test('a pause for credit begins anew after an answer of another kind', async () => {
    await withRig('tinker', { client: { timings: { billingPauseMs: 10_000 } } }, async (rig) => {
      rig.fake.failNext(capabilities, httpFault(402, 'x'));
      rig.fake.failNext(capabilities, httpFault(500, 'x'));
      rig.fake.failNext(capabilities, httpFault(402, 'x'), { times: 2 });
      expect(await timed(rig, rig.trainer.models(never()))).toEqual([15_500, 'done']);
    });
  });

  test('is given up by itself after its own time, and made again', async () => {
    await withRig('tinker', {}, async (rig) => {
      rig.fake.failNext(capabilities, { kind: 'slow' });
      const models = rig.trainer.models(never());
      await rig.fake.slowHeld();
      await rig.clock.advance(60_000);
      expect(await rig.done(models)).toHaveLength(1);
    });
  });

  test('has one idempotency key for all its attempts, and every call its own', async () => {
    await withRig('tinker', {}, async (rig) => {
      const model = await rig.createModel();
      rig.fake.failNext('forward_backward', httpFault(500, 'x'));
      rig.fake.failNext('forward_backward', { kind: 'reset', when: 'after' });
      await rig.done(model.forwardBackward(batch, crossEntropy, never()));
      await rig.done(model.forwardBackward(batch, crossEntropy, never()));
      const [first, ...others] = keysOf(rig, 'forward_backward');
      expect(typeof first).toBe('string');
      expect(others.slice(0, 2)).toEqual([first, first]);
      expect(others[2]).not.toBe(first);
      expect(rig.fake.model(model.modelId).pendingDatums).toBe(4);
      expect(keysOf(rig, capabilities)).toEqual([]);
      await rig.done(rig.trainer.models(never()));
      expect(keysOf(rig, capabilities)).toEqual([undefined]);
    });
  });
});

describe('a call that must not come twice', () => {
  const spec = { baseModel: 'test/tiny', rank: 4 };

  test.each([
    ['a break after', { kind: 'reset', when: 'after' }, 'network'],
    ['a break before', { kind: 'reset', when: 'before' }, 'network'],
    ['a body that breaks off', { kind: 'cut_body' }, 'network'],
    ['500', httpFault(500, 'x'), 'peer_failed'],
    ['408', httpFault(408, 'x'), 'timeout'],
  ] as readonly (readonly [string, Fault, string])[])(
    'is not made again after %s',
    async (_, fault, code) => {
      await withRig('skyrl', {}, async (rig) => {
        rig.fake.failNext('create_model', fault);
        expect(await timed(rig, rig.trainer.createModel(spec, never()))).toEqual([0, code]);
        expect(rig.fake.requestsTo('create_model')).toHaveLength(1);
      });
    },
  );

  test('is made again after answers that took nothing on', async () => {
    await withRig('skyrl', {}, async (rig) => {
      for (const status of [429, 503]) rig.fake.failNext('create_model', httpFault(status, 'x'));
      expect(await timed(rig, rig.trainer.createModel(spec, never()))).toEqual([1_500, 'done']);
      expect(rig.fake.modelIds()).toHaveLength(1);
    });
  });

  test('is made again where engines know it by its key', async () => {
    await withRig('tinker', {}, async (rig) => {
      rig.fake.failNext('create_model', { kind: 'reset', when: 'after' });
      expect(await timed(rig, rig.trainer.createModel(spec, never()))).toEqual([500, 'done']);
      expect(rig.fake.modelIds()).toHaveLength(1);
    });
  });

  test('is made again as long as nobody listens there', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const port = await unusedPort();
      let refusals = 0;
      const trainer = createTinkerTrainer({
        profile: 'skyrl',
        baseUrl: `http://127.0.0.1:${port}`,
        fetch: (input, init) => {
          const isCreate = String(input).endsWith('create_model');
          if (isCreate && refusals < 2) {
            refusals += 1;
            return rig.wire.fetch(input, init);
          }
          return rig.wire.fetch(String(input).replace(`:${port}`, `:${rig.fake.port}`), init);
        },
        clock: rig.clock,
        ids: { next: () => 'id', code: () => 'c', digest: () => 'd' },
        logger: rig.logger,
        random: () => 0,
      });
      expect(await timed(rig, trainer.createModel(spec, never()))).toEqual([1_500, 'done']);
      expect(refusals).toBe(2);
      expect(rig.fake.modelIds()).toHaveLength(1);
      await rig.done(trainer.close());
    });
  });

  test('an engine that is not there is said to be so', async () => {
    const address = `127.0.0.1:${await unusedPort()}`;
    await withRig('skyrl', { client: { baseUrl: `http://${address}` } }, async (rig) => {
      const error = await rig.failure(rig.trainer.models(never()));
      expect(error).toMatchObject({ code: 'network', retryable: true, details: { reached: false } });
      expect(error.message).toContain(address);
      expect(rig.clock.monotonicMs()).toBeGreaterThan(280_000);
    });
  });
});

describe('what the engine says of itself', () => {
  test.each([404, 405])('is nothing where it answers %i, and the usual holds', async (status) => {
    await withRig('tinker', {}, async (rig) => {
      rig.fake.failNext('client_config', httpFault(status, 'Not Found'));
      await rig.createModel();
    });
  });

  test('is asked once for all, and again after it failed', async () => {
    await withRig('tinker', {}, async (rig) => {
      rig.fake.failNext('client_config', httpFault(401, 'who?'));
      expect((await rig.failure(rig.trainer.models(never()))).code).toBe('auth_failed');
      rig.fake.failNext('client_config', httpFault(500, 'x'));
      await rig.done(Promise.all([1, 2, 3].map(() => rig.trainer.models(never()))));
      await rig.createModel();
      expect(rig.fake.requestsTo('client_config')).toHaveLength(3);
    });
  });

  test('passes are packed and cut as it says', async () => {
    const clientConfig = { proto_compress_fwdbwd: true, fwdbwd_max_chunk_len: 1 };
    await withRig('tinker', { fake: { clientConfig } }, async (rig) => {
      const model = await rig.createModel();
      const { logprobs } = await rig.done(model.forwardBackward(batch, crossEntropy, never()));
      expect(logprobs).toHaveLength(2);
      const sent = rig.fake.requestsTo('forward_backward');
      expect(sent.map(({ headers }) => headers['content-encoding'])).toEqual(['zstd', 'zstd']);
    });
  });
});

describe('keys', () => {
  test.each(['tinker', 'tuft'] as const)('a wrong one and none are refused by %s', async (behaviour) => {
    await withRig(behaviour, { client: { apiKey: 'tml-wrong-one' } }, async (rig) => {
      const error = await rig.failure(rig.trainer.models(never()));
      expect(error.code).toBe('auth_failed');
      expect(error.message).toContain('TINKER_API_KEY');
    });
    await withRig(behaviour, { client: { apiKey: '' } }, async (rig) => {
      expect((await rig.failure(rig.trainer.models(never()))).code).toBe('auth_failed');
      expect(rig.fake.requests.map(({ key }) => key)).toEqual(['none']);
    });
  });

  test('space around one is none of it, and what no header may hold is refused without a word of it', async () => {
    await withRig('tinker', { client: { apiKey: ' tml-test\n' } }, async (rig) => {
      await rig.done(rig.trainer.models(never()));
    });
    await expect(
      withRig('tinker', { client: { apiKey: 'tml-ključ' } }, async () => {}),
    ).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.not.stringContaining('klju'),
    });
  });

  test.each(['ftp://x', 'nowhere', 'http://me:secret@x'])('the address %s is refused', async (baseUrl) => {
    await expect(withRig('tinker', { client: { baseUrl } }, async () => {})).rejects.toMatchObject({
      code: 'config_invalid',
    });
  });

  test('an address may end with a slash or the path of the API', async () => {
    await withRig('tinker', {}, async (rig) => {
      for (const tail of ['/', '/api/v1', '/api/v1/']) {
        const trainer = createTinkerTrainer({
          profile: 'tinker',
          baseUrl: `${rig.fake.baseUrl}${tail}`,
          apiKey: rig.fake.apiKey,
          fetch: rig.wire.fetch,
          clock: rig.clock,
          ids: { next: () => 'id', code: () => 'c', digest: () => 'd' },
          logger: rig.logger,
        });
        expect(await rig.done(trainer.models(never()))).toHaveLength(1);
        await rig.done(trainer.close());
      }
    });
  });
});

describe('tokens in place of the key', () => {
  const jwt = { fake: { jwt: true, jwtSeconds: 3_600 } } as const;
  const exchanges = (rig: Rig): number => rig.fake.requestsTo('auth_token').length;

  test('are exchanged for it once, and come with every call', async () => {
    await withRig('tinker', jwt, async (rig) => {
      const [model] = await rig.done(
        Promise.all([
          rig.trainer.createModel({ baseModel: 'test/tiny', rank: 4 }, never()),
          rig.trainer.models(never()),
        ]),
      );
      await rig.done(model.optimStep(adam, never()));
      expect(exchanges(rig)).toBe(1);
    });
  });

  test('are renewed five minutes before they end, while the old one serves', async () => {
    await withRig('tinker', jwt, async (rig) => {
      await rig.done(rig.trainer.models(never()));
      rig.clock.jump(3_600_000 - 300_001);
      await rig.done(rig.trainer.models(never()));
      expect(exchanges(rig)).toBe(1);
      rig.clock.jump(1);
      rig.fake.failNext('auth_token', { kind: 'slow' });
      await rig.done(rig.trainer.models(never()));
      expect(exchanges(rig)).toBe(2);
      rig.fake.releaseSlow();
      await rig.rest();
      await rig.done(rig.trainer.models(never()));
      expect(exchanges(rig)).toBe(2);
    });
  });

  test('that cannot be renewed serve on, and it is tried again after a minute', async () => {
    await withRig('tinker', jwt, async (rig) => {
      await rig.done(rig.trainer.models(never()));
      rig.clock.jump(3_600_000 - 200_000);
      rig.fake.failNext('auth_token', httpFault(500, 'x'));
      for (let time = 0; time < 3; time += 1) {
        await rig.done(rig.trainer.models(never()));
        await rig.rest();
      }
      expect(exchanges(rig)).toBe(2);
      expect(rig.logger.of('engine_token_not_renewed')).toHaveLength(1);
      rig.clock.jump(60_000);
      await rig.done(rig.trainer.models(never()));
      await rig.rest();
      expect(exchanges(rig)).toBe(3);
    });
  });

  test('are waited for where only a minute is left', async () => {
    await withRig('tinker', jwt, async (rig) => {
      await rig.done(rig.trainer.models(never()));
      rig.clock.jump(3_600_000 - 60_000);
      await rig.done(rig.trainer.models(never()));
      expect(exchanges(rig)).toBe(2);
      rig.clock.jump(60_001);
      await rig.done(rig.trainer.models(never()));
      expect(exchanges(rig)).toBe(2);
    });
  });

  test('that are refused before their time are renewed once, for all calls at the same time', async () => {
    await withRig('tinker', jwt, async (rig) => {
      await rig.done(rig.trainer.models(never()));
      const stale = httpFault(401, 'stale', { 'www-authenticate': 'Bearer error="invalid_token"' });
      rig.fake.failNext(capabilities, stale, { times: 3 });
      await rig.done(Promise.all([1, 2, 3].map(() => rig.trainer.models(never()))));
      expect(exchanges(rig)).toBe(2);
      rig.fake.failNext(capabilities, stale, { times: 2 });
      expect((await rig.failure(rig.trainer.models(never()))).code).toBe('auth_failed');
      expect(exchanges(rig)).toBe(3);
    });
  });

  test('that are refused at the exchange are a wrong key, and the call itself was never sent', async () => {
    await withRig('tinker', jwt, async (rig) => {
      rig.fake.failNext('auth_token', httpFault(401, 'who?'));
      const error = await rig.failure(rig.trainer.models(never()));
      expect(error).toMatchObject({ code: 'auth_failed', details: { reached: false } });
    });
  });

  test('an exchange that breaks leaves the model as it is', async () => {
    await withRig('tinker', jwt, async (rig) => {
      const model = await rig.createModel();
      rig.clock.jump(3_600_000);
      rig.fake.failNext('auth_token', { kind: 'reset', when: 'before' }, { times: 2 });
      const startedAt = rig.clock.monotonicMs();
      await rig.done(model.optimStep(adam, never()));
      expect(rig.clock.monotonicMs() - startedAt).toBe(1_500);
      expect(rig.fake.model(model.modelId).steps).toBe(1);
    });
  });

  test('a call that could not be sent at all has refused nothing away', async () => {
    await withRig('tinker', { ...jwt, client: { timings: { retryWindowMs: 0 } } }, async (rig) => {
      const model = await rig.createModel();
      rig.clock.jump(3_600_000);
      rig.fake.failNext('auth_token', { kind: 'reset', when: 'before' });
      const error = await rig.failure(model.optimStep(adam, never()));
      expect(error).toMatchObject({ code: 'network', details: { reached: false } });
      await rig.done(model.forwardBackward(batch, crossEntropy, never()));
      await rig.done(model.optimStep(adam, never()));
      expect(rig.fake.requestsTo('optim_step').map(({ body }) => Object(body).seq_id)).toEqual([2]);
    });
  });

  test('are quoted by nobody', async () => {
    await withRig('tinker', jwt, async (rig) => {
      await rig.done(rig.trainer.models(never()));
      const sent: string[] = [];
      const trainer = createTinkerTrainer({
        profile: 'tinker',
        baseUrl: rig.fake.baseUrl,
        apiKey: rig.fake.apiKey,
        fetch: async (input, init) => {
          const key = new Headers(init?.headers).get('x-api-key') ?? '';
          if (!String(input).endsWith(capabilities)) return rig.wire.fetch(input, init);
          sent.push(key);
          return new Response(JSON.stringify({ detail: `${key} is no good` }), { status: 403 });
        },
        clock: rig.clock,
        ids: { next: () => 'other', code: () => 'c', digest: () => 'd' },
        logger: rig.logger,
      });
      const error = await rig.failure(trainer.models(never()));
      expect(sent[0]).toMatch(/^eyJ/);
      expect(error.message).toContain('*** is no good');
      expect(error.message).not.toContain(sent[0]);
      await rig.done(trainer.close());
    });
  });
});
