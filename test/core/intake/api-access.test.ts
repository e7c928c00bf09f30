import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ApiKey, type ApiKeyId, apiKeyId } from '../../../core/domain/api-key.ts';
import { contentUses } from '../../../core/domain/content-use.ts';
import { personId, spaceId, unknownAuthor } from '../../../core/domain/ids.ts';
import { type ApiAccessDeps, type ApiKeyAccess, createApiAccess } from '../../../core/intake/api-access.ts';
import type { ApiAdmitted, ApiPresented, ApiRefused } from '../../../core/ports/api-access.ts';
import { createSequentialIds } from '../../fakes/system/sequential-ids.ts';

const ids = createSequentialIds();
const TEXT = 'mc_the-key-of-this-test';
const START = Date.UTC(2026, 10, 30, 23, 59, 0);

function sampleKey(changes: Partial<ApiKey> = {}): ApiKey {
  return {
    keyId: apiKeyId('key_1'),
    name: 'app',
    kind: 'agent',
    spaceId: spaceId('api', 'shop'),
    upstreamKey: 'own',
    uses: ['judge'],
    createdAt: START,
    ...changes,
  };
}

interface Rig {
  readonly access: ApiKeyAccess;
  /** Moves both clocks. */
  pass(ms: number): void;
  set(...keys: readonly ApiKey[]): void;
  /** With the first key, for a model. */
  ask(presented?: Partial<ApiPresented>): ReturnType<ApiKeyAccess['admit']>;
}

/** The key number n is shown as `TEXT-n`, the first as `TEXT`. */
function rig(first: ApiKey = sampleKey(), deps: Partial<ApiAccessDeps> = {}): Rig {
  let passedMs = 0;
  const clock = { now: () => START + passedMs, monotonicMs: () => passedMs };
  const access = createApiAccess({ clock, ids, platform: 'api', asksHere: false, ...deps });
  const set = (...keys: readonly ApiKey[]): void =>
    access.set(keys.map((key, at) => ({ key, digest: ids.digest(at === 0 ? TEXT : `${TEXT}-${at}`) })));
  set(first);
  return {
    access,
    pass(ms) {
      passedMs += ms;
    },
    set,
    ask: (presented = {}) => access.admit({ key: TEXT, isFromHere: false, purpose: 'model', ...presented }),
  };
}

function mustAdmit(admission: ReturnType<ApiKeyAccess['admit']>): ApiAdmitted {
  if (admission.kind === 'admitted') return admission;
  throw new Error(`refused: ${admission.message}`);
}

function mustRefuse(admission: ReturnType<ApiKeyAccess['admit']>): ApiRefused {
  if (admission.kind === 'refused') return admission;
  throw new Error('admitted');
}

describe('who is let in', () => {
  test('a key: its space, its person, its terms', () => {
    const { ask } = rig(sampleKey({ upstreamKey: 'caller' }));
    expect(ask()).toEqual({
      kind: 'admitted',
      caller: {
        spaceId: 'api:shop',
        personId: 'api:key_1',
        name: 'app',
        keyId: 'key_1',
      },
      isAdmin: false,
      upstreamKey: 'caller',
      reserve: expect.any(Function),
      release: expect.any(Function),
    });
  });

  test('programs on this machine without a key, in a space of their own, and nobody from elsewhere', () => {
    const { access } = rig();
    const local = mustAdmit(access.admit({ isFromHere: true, purpose: 'model' }));
    expect(local).toMatchObject({
      caller: { spaceId: 'api:local', personId: 'api:local', name: 'this machine' },
      isAdmin: false,
    });
    expect(local.caller).not.toHaveProperty('keyId');
    const away = mustRefuse(access.admit({ isFromHere: false, purpose: 'other' }));
    expect(away).toMatchObject({
      reason: 'auth_failed',
      message: expect.stringContaining('metaclaw key create'),
    });
    expect(away).not.toHaveProperty('retryAfterSeconds');
  });

  test('nobody without a key where one is asked for here, too', () => {
    const { access, ask } = rig(sampleKey(), { asksHere: true });
    expect(mustRefuse(access.admit({ isFromHere: true, purpose: 'model' })).reason).toBe('auth_failed');
    expect(ask({ isFromHere: true }).kind).toBe('admitted');
  });

  test.each([true, false])(
    'a key that is unknown or revoked is refused, from here too (%s)',
    (isFromHere) => {
      const { ask, set } = rig();
      for (const key of [
        `${TEXT}x`,
        TEXT.slice(0, -1),
        TEXT.toUpperCase(),
        ids.digest(TEXT),
        '',
        'constructor',
      ]) {
        const refusal = mustRefuse(ask({ key, isFromHere }));
        expect(refusal.reason).toBe('auth_failed');
        expect(refusal.message).toContain('not known');
      }
      set(sampleKey({ revokedAt: START }));
      for (const purpose of ['model', 'other'] as const) {
        const refusal = mustRefuse(ask({ isFromHere, purpose }));
        expect(refusal.reason).toBe('auth_failed');
        expect(refusal.message).toContain('“app” was revoked on 2026-11-30');
        expect(refusal.message).not.toContain(TEXT);
      }
    },
  );

  test('an admin key commands and asks no model', () => {
    const { ask } = rig(sampleKey({ kind: 'admin' }));
    expect(mustAdmit(ask({ purpose: 'other' })).isAdmin).toBe(true);
    expect(mustRefuse(ask())).toMatchObject({
      reason: 'auth_failed',
      message: expect.stringContaining('admin'),
    });
  });

  test('each user of a caller is a person of their own, the same every time, and not to be read', () => {
    const { ask, access, set } = rig();
    const person = (user?: string): string =>
      mustAdmit(ask(user === undefined ? {} : { user })).caller.personId;
    expect(person()).toBe('api:key_1');
    expect(person('')).toBe('api:key_1');
    expect(person('ann@example.org')).toMatch(/^api:key_1\.[0-9a-f]{16}$/);
    expect(person('ann@example.org')).toBe(person('ann@example.org'));
    expect(person('ann@example.org')).not.toBe(person('bob@example.org'));
    const local = access.admit({ isFromHere: true, user: 'ann@example.org', purpose: 'model' });
    expect(mustAdmit(local).caller.personId).toMatch(/^api:local\.[0-9a-f]{16}$/);
    set(sampleKey(), sampleKey({ keyId: apiKeyId('key_2'), name: 'other' }));
    expect(mustAdmit(ask({ key: `${TEXT}-1`, user: 'ann@example.org' })).caller.personId).not.toBe(
      person('ann@example.org'),
    );
  });
});

describe('requests a minute', () => {
  test('a minute’s worth at once, then evenly: exactly as a token bucket has it', () => {
    const steps = fc.array(fc.oneof(fc.constant(0), fc.nat(2_000), fc.nat(90_000)), { maxLength: 60 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), steps, (perMinute, waits) => {
        const { ask, pass } = rig(sampleKey({ requestsPerMinute: perMinute }));
        const takenMs: number[] = [];
        let nowMs = 0;
        for (const waitMs of waits) {
          pass(waitMs);
          nowMs += waitMs;
          // By the definition: no span holds more than a burst and what was earned within it.
          const fits = takenMs.every(
            (sinceMs, at) => (takenMs.length - at + 1 - perMinute) * 60_000 <= (nowMs - sinceMs) * perMinute,
          );
          const admission = ask();
          expect(admission.kind).toBe(fits ? 'admitted' : 'refused');
          if (fits) takenMs.push(nowMs);
        }
      }),
    );
  });

  test('the seconds to wait are enough, and one less is not', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 90 }),
        fc.nat(70_000),
        fc.boolean(),
        (perMinute, waitMs, isEarly) => {
          const { ask, pass } = rig(sampleKey({ requestsPerMinute: perMinute }));
          for (let request = 0; request < perMinute; request += 1) mustAdmit(ask());
          pass(waitMs);
          let admission = ask();
          while (admission.kind === 'admitted') admission = ask();
          const { reason, retryAfterSeconds } = admission;
          expect(reason).toBe('rate_limited');
          if (retryAfterSeconds === undefined) throw new Error('no time to wait is told');
          expect(Number.isInteger(retryAfterSeconds) && retryAfterSeconds >= 1).toBe(true);
          const isTooEarly = isEarly && retryAfterSeconds > 1;
          pass((isTooEarly ? retryAfterSeconds - 1 : retryAfterSeconds) * 1_000);
          expect(ask().kind).toBe(isTooEarly ? 'refused' : 'admitted');
        },
      ),
    );
  });

  test('what asks no model is not counted, and what is refused costs nothing', () => {
    const { ask } = rig(sampleKey({ requestsPerMinute: 2, maxConcurrent: 1 }));
    for (let request = 0; request < 5; request += 1) expect(ask({ purpose: 'other' }).kind).toBe('admitted');
    const first = mustAdmit(ask());
    for (let request = 0; request < 5; request += 1) mustRefuse(ask());
    first.release();
    mustAdmit(ask()).release();
    expect(mustRefuse(ask()).message).toContain('(2)');
  });

  test('a change of something else does not begin the minute anew; a change of it does', () => {
    const { ask, set } = rig(sampleKey({ requestsPerMinute: 1 }));
    mustAdmit(ask());
    set(sampleKey({ requestsPerMinute: 1, uses: [] }));
    mustRefuse(ask());
    set(sampleKey({ requestsPerMinute: 2 }));
    mustAdmit(ask());
    mustAdmit(ask());
    mustRefuse(ask());
    set(sampleKey());
    mustAdmit(ask());
  });

  test('one key’s haste is not another’s', () => {
    const { ask, set } = rig();
    const limited = { requestsPerMinute: 1 };
    set(sampleKey(limited), sampleKey({ ...limited, keyId: apiKeyId('key_2'), name: 'other' }));
    mustAdmit(ask());
    mustRefuse(ask());
    mustAdmit(ask({ key: `${TEXT}-1` }));
  });
});

describe('requests at once', () => {
  test('never more than the bound, and a place is given back once', () => {
    const step = fc.oneof(
      fc.constant('ask' as const),
      fc.record({ release: fc.nat(30), twice: fc.boolean() }),
      fc.record({ bound: fc.integer({ min: 1, max: 4 }) }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 80 }), (most, steps) => {
        const { ask, set } = rig(sampleKey({ maxConcurrent: most }));
        const admitted: ApiAdmitted[] = [];
        const running = new Set<ApiAdmitted>();
        let bound = most;
        const askOnce = (): void => {
          const admission = ask();
          expect(admission.kind).toBe(running.size < bound ? 'admitted' : 'refused');
          if (admission.kind === 'refused') {
            expect(admission).toMatchObject({ reason: 'rate_limited', retryAfterSeconds: 1 });
            return;
          }
          admitted.push(admission);
          running.add(admission);
        };
        const release = (ended: ApiAdmitted | undefined, twice: boolean): void => {
          if (ended === undefined) return;
          ended.release();
          if (twice) ended.release();
          running.delete(ended);
        };
        for (const action of steps) {
          if (action === 'ask') askOnce();
          else if ('release' in action) release(admitted[action.release], action.twice);
          else {
            bound = action.bound;
            // Those under way are known of a key that was changed, too.
            set(sampleKey({ maxConcurrent: bound }));
          }
        }
      }),
    );
  });
});

test('who may have called in a space: by its keys, the revoked ones too, and from here without one', () => {
  const { access, set } = rig();
  const here = spaceId('api', 'local');
  set(
    sampleKey({ revokedAt: START }),
    sampleKey({ keyId: apiKeyId('key_2'), name: 'other', spaceId: here }),
    sampleKey({ keyId: apiKeyId('key_3'), name: 'third' }),
  );
  const people = (name: string) =>
    access.callersIn(spaceId('api', name)).map(({ personId: person }) => person);
  expect(people('shop')).toEqual(['api:key_1', 'api:key_3']);
  expect(people('local')).toEqual(['api:key_2', 'api:local']);
  expect(people('nowhere')).toEqual([]);
});

describe('tokens of a month', () => {
  const key = sampleKey({ monthlyTokens: 100 });
  const id: ApiKeyId = key.keyId;

  test('used up, it ends until the next month of UTC begins', () => {
    const { access, ask, pass } = rig(key);
    access.spent(id, 60);
    mustAdmit(ask()).release();
    access.spent(id, 39);
    mustAdmit(ask()).release();
    access.spent(id, 1);
    const refusal = mustRefuse(ask());
    expect(refusal).toMatchObject({ reason: 'quota_exhausted', retryAfterSeconds: 60 });
    expect(refusal.message).toContain('2026-12-01');
    expect(ask({ purpose: 'other' }).kind).toBe('admitted');
    pass(59_999);
    expect(mustRefuse(ask()).retryAfterSeconds).toBe(1);
    pass(1);
    mustAdmit(ask()).release();
    access.spent(id, 99);
    mustAdmit(ask()).release();
    access.spent(id, 1);
    expect(mustRefuse(ask()).retryAfterSeconds).toBe(31 * 86_400);
  });

  test('of many at once no more go on than about fit into what is left', () => {
    const { access, ask } = rig(sampleKey({ monthlyTokens: 100_000 }));
    const burst = (): readonly ApiAdmitted[] =>
      Array.from({ length: 60 }, () => ask()).flatMap((one) => (one.kind === 'admitted' ? [one] : []));
    const goOn = (all: readonly ApiAdmitted[], bytes: number) =>
      all.filter(({ reserve }) => reserve(() => bytes) === undefined);
    const admitted = burst();
    expect(admitted).toHaveLength(50);
    // Those that turn out to be large are told then.
    const large = goOn(admitted, 80_000);
    expect(large).toHaveLength(1);
    expect(mustRefuse(ask())).toMatchObject({ reason: 'rate_limited', retryAfterSeconds: 1 });
    for (const { release } of admitted) release();
    // As costly as the one before is what the next ones are taken for.
    access.spent(id, 30_000);
    const next = burst();
    expect(next).toHaveLength(3);
    expect(goOn(next, 4)).toHaveLength(3);
    for (const { release } of next) release();
    access.spent(id, 69_999);
    expect(burst()).toHaveLength(1);
  });

  test('what only counts is asked about them neither when they are used up nor while others hold them', () => {
    const { access, ask } = rig(sampleKey({ monthlyTokens: 2_000, maxConcurrent: 3, requestsPerMinute: 4 }));
    const counts = [ask({ purpose: 'count' }), ask({ purpose: 'count' })].map(mustAdmit);
    for (const { reserve } of counts) expect(reserve(() => 1_000_000)).toBeUndefined();
    mustAdmit(ask());
    expect(mustRefuse(ask({ purpose: 'count' })).message).toContain('at once');
    counts[0]?.release();
    access.spent(id, 2_000);
    counts[1]?.release();
    mustAdmit(ask({ purpose: 'count' })).release();
    expect(mustRefuse(ask({ purpose: 'count' })).message).toContain('in a minute');
  });

  test('what a request holds is free again when it is over, once', () => {
    const { ask, set } = rig(sampleKey({ monthlyTokens: 2_000 }));
    const first = mustAdmit(ask());
    mustRefuse(ask());
    first.release();
    first.release();
    expect(first.reserve(() => 1_000_000)).toBeUndefined();
    const second = mustAdmit(ask());
    mustRefuse(ask());
    set(sampleKey());
    expect(second.reserve(() => expect.unreachable())).toBeUndefined();
    mustAdmit(ask());
  });

  test('what was spent before a restart counts, of this month alone', () => {
    const { access, ask } = rig(key);
    access.restore([
      { keyId: id, month: '2026-10', tokens: 1_000 },
      { keyId: apiKeyId('key_9'), month: '2026-11', tokens: 1_000 },
    ]);
    mustAdmit(ask());
    access.restore([{ keyId: id, month: '2026-11', tokens: 100 }]);
    expect(mustRefuse(ask()).reason).toBe('quota_exhausted');
  });

  test('a clock that is set back is in the month that it says', () => {
    const { access, ask, pass } = rig(key);
    pass(60_000);
    access.spent(id, 100);
    mustRefuse(ask());
    pass(-60_000);
    mustAdmit(ask());
    access.spent(id, 100);
    expect(mustRefuse(ask()).retryAfterSeconds).toBe(60);
  });

  test('a changed budget holds at once and what was spent stays; a key that is not there spends nothing', () => {
    const { access, ask, set } = rig(key);
    access.spent(id, 150);
    access.spent(apiKeyId('key_9'), 150);
    mustRefuse(ask());
    set(sampleKey({ monthlyTokens: 151 }));
    mustAdmit(ask());
    set(sampleKey({ monthlyTokens: 150 }));
    mustRefuse(ask());
    set(sampleKey());
    mustAdmit(ask());
  });
});

describe('consent', () => {
  test('callers agree by their key, here everybody does, and nobody elsewhere', () => {
    const { access, set } = rig();
    set(
      sampleKey({ uses: ['judge', 'export'], revokedAt: START }),
      sampleKey({ keyId: apiKeyId('key_2'), uses: [] }),
    );
    for (const use of contentUses) {
      const agreed = use === 'judge' || use === 'export';
      expect(access.hasConsent(personId('api', 'key_1'), use), use).toBe(agreed);
      expect(access.hasConsent(personId('api', 'key_1.0123456789abcdef'), use), use).toBe(agreed);
      expect(access.hasConsent(personId('api', 'key_2'), use)).toBe(false);
      expect(access.hasConsent(personId('api', 'local'), use)).toBe(true);
      expect(access.hasConsent(personId('api', 'local.0123456789abcdef'), use)).toBe(true);
      for (const nobody of [
        personId('telegram', 'local'),
        personId('telegram', 'key_1'),
        personId('api', 'key_12'),
        personId('api', 'localhost'),
        personId('api', ''),
        unknownAuthor('api'),
      ]) {
        expect(access.hasConsent(nobody, use), nobody).toBe(false);
      }
    }
  });

  test('it follows a change of the key', () => {
    const { access, set } = rig();
    set(sampleKey({ uses: ['evolve'] }));
    expect(access.hasConsent(personId('api', 'key_1'), 'judge')).toBe(false);
    expect(access.hasConsent(personId('api', 'key_1'), 'evolve')).toBe(true);
  });
});

test('a key that asks no model is told to be in use, at most once a minute', () => {
  const seen: (readonly [string, number])[] = [];
  const { ask, pass, access } = rig(sampleKey(), { seen: (keyId, at) => seen.push([keyId, at]) });
  access.admit({ isFromHere: true, purpose: 'other' });
  mustAdmit(ask());
  expect(seen).toEqual([]);
  ask({ purpose: 'other' });
  pass(59_999);
  ask({ purpose: 'other' });
  expect(seen).toEqual([['key_1', START]]);
  pass(1);
  ask({ purpose: 'other' });
  expect(seen).toEqual([
    ['key_1', START],
    ['key_1', START + 60_000],
  ]);
});

test('agents’ keys that are not revoked are counted', () => {
  const { access, set } = rig();
  expect(access.agentKeys()).toBe(1);
  set(
    sampleKey(),
    sampleKey({ keyId: apiKeyId('key_2') }),
    sampleKey({ keyId: apiKeyId('key_3'), kind: 'admin' }),
    sampleKey({ keyId: apiKeyId('key_4'), revokedAt: START }),
  );
  expect(access.agentKeys()).toBe(2);
  set();
  expect(access.agentKeys()).toBe(0);
});

test('the spaces of all agents’ keys are known, each once', () => {
  const { access, set } = rig();
  const other = spaceId('api', 'desk');
  set(
    sampleKey(),
    sampleKey({ keyId: apiKeyId('key_2') }),
    sampleKey({ keyId: apiKeyId('key_3'), spaceId: other, revokedAt: START }),
    sampleKey({ keyId: apiKeyId('key_4'), spaceId: spaceId('api', 'ops'), kind: 'admin' }),
  );
  expect(access.spaces()).toEqual(['api:shop', 'api:desk']);
});

describe('who calls by a name', () => {
  const live = sampleKey({ keyId: apiKeyId('key_2'), spaceId: spaceId('api', 'desk') });

  test('is the key of that name that is in use, and its id does as well', () => {
    const { access, set } = rig();
    set(sampleKey({ revokedAt: START }), live);
    expect(access.callerNamed(' app ')).toEqual({
      spaceId: 'api:desk',
      personId: 'api:key_2',
      name: 'app',
      keyId: 'key_2',
    });
    expect(access.callerNamed('key_1')).toMatchObject({ keyId: 'key_1', spaceId: 'api:shop' });
    expect(access.callerNamed('nobody')).toBeUndefined();
  });

  test('of a revoked key alone is nobody', () => {
    const { access, set } = rig();
    set(sampleKey({ revokedAt: START }));
    expect(access.callerNamed('app')).toBeUndefined();
  });

  test('for one of those it asks for is the person that such a request comes from', () => {
    const { access, ask } = rig();
    const { caller } = mustAdmit(ask({ user: 'alice' }));
    expect(access.callerNamed('app', 'alice')).toEqual(caller);
    expect(access.callerNamed('app')).not.toEqual(caller);
  });

  test('local: a program on this machine, where no key is called so', () => {
    const { access, set } = rig();
    const { caller } = mustAdmit(access.admit({ isFromHere: true, purpose: 'other', user: 'alice' }));
    expect(access.callerNamed('local', 'alice')).toEqual(caller);
    set(sampleKey({ name: 'local' }));
    expect(access.callerNamed('local')).toMatchObject({ keyId: 'key_1' });
  });
});
