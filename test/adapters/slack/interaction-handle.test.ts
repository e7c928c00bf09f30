import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeHandle,
  encodeHandle,
  type InteractionHandle,
  isResponseUrl,
} from '../../../adapters/slack/interaction-handle.ts';

const part = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
const place = fc.record(
  { channelId: part, threadId: part, userId: part },
  { requiredKeys: ['channelId', 'userId'] },
);
const plain = fc
  .tuple(fc.constantFrom('message' as const, 'silent' as const), place)
  .map(([kind, where]): InteractionHandle => ({ kind, ...where }));
const triggered = fc
  .tuple(
    fc.constantFrom('slash' as const, 'press' as const),
    place,
    fc.record(
      {
        triggerId: part,
        issuedAt: fc.nat(),
        responseUrl: fc.webPath().map((path) => `https://hooks.slack.com/x${path}`),
      },
      { requiredKeys: ['triggerId', 'issuedAt'] },
    ),
  )
  .map(([kind, where, trigger]): InteractionHandle => ({ kind, ...where, ...trigger }));

describe('handles', () => {
  test('survive being a string', () => {
    fc.assert(
      fc.property(fc.oneof(plain, triggered), (handle) => {
        expect(decodeHandle(encodeHandle(handle))).toEqual(handle);
      }),
      { numRuns: 10_000 },
    );
  });

  test('two different ones are two different strings', () => {
    fc.assert(
      fc.property(fc.oneof(plain, triggered), fc.oneof(plain, triggered), (a, b) => {
        expect(encodeHandle(a) === encodeHandle(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
  });

  const press: InteractionHandle = {
    kind: 'press',
    channelId: 'C1',
    threadId: '1.5',
    userId: 'U1',
    triggerId: '1.2.a',
    responseUrl: 'https://hooks.slack.com/actions/T1/2/def',
    issuedAt: 5,
  };
  const text = encodeHandle(press);

  test.each([
    '',
    'null',
    '[]',
    '{}',
    '["m"]',
    '["m","C1","","U1","more"]',
    '["m","","","U1"]',
    '["x","C1","","U1"]',
    '["s","C1","","U1"]',
    '["s","C1","","U1","t","",-1]',
    '["s","C1","","U1","t","",1.5]',
    ` ${text}`,
    text.replace(',5]', ',5.0]'),
    text.replace('hooks.slack.com', 'evil.example'),
    text.replace('https', 'http'),
  ])('%j could not have been one', (other) => {
    expect(decodeHandle(text)).toEqual(press);
    expect(decodeHandle(other)).toBe(undefined);
  });

  test('anything else is not read as one', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (other) => {
        const handle = decodeHandle(other);
        expect(handle === undefined || encodeHandle(handle) === other).toBe(true);
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('addresses to answer at', () => {
  test.each([
    ['https://hooks.slack.com/commands/T1/2/x', true],
    ['https://hooks.slack.com:443/commands', true],
    ['http://hooks.slack.com/commands', false],
    ['https://hooks.slack.com:8443/commands', false],
    ['https://hooks.slack.com.evil.example/', false],
    ['https://hooks.slack.com@evil.example/', false],
    ['https://user:pass@hooks.slack.com/', false],
    ['https://evil.example/https://hooks.slack.com/', false],
    ['https://slack.com/api/', false],
    ['//hooks.slack.com/', false],
    ['javascript:alert(1)', false],
    ['', false],
  ])('%s: %s', (url, isOne) => {
    expect(isResponseUrl(url)).toBe(isOne);
  });

  test('are where the API is, in tests', () => {
    const apiRoot = 'http://127.0.0.1:4321/api/';
    expect(isResponseUrl('http://127.0.0.1:4321/respond/1', apiRoot)).toBe(true);
    expect(isResponseUrl('http://127.0.0.1:4322/respond/1', apiRoot)).toBe(false);
    expect(isResponseUrl('http://127.0.0.1:4321/respond/1')).toBe(false);
    expect(isResponseUrl('https://hooks.slack.com/x', apiRoot)).toBe(true);
    const handle: InteractionHandle = {
      kind: 'slash',
      channelId: 'C1',
      userId: 'U1',
      triggerId: 't',
      responseUrl: 'http://127.0.0.1:4321/respond/1',
      issuedAt: 1,
    };
    expect(decodeHandle(encodeHandle(handle), apiRoot)).toEqual(handle);
    expect(decodeHandle(encodeHandle(handle))).toBe(undefined);
  });
});
