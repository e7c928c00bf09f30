import fc from 'fast-check';
import { expect, test } from 'vitest';
import { peopleIn, toInbound } from '../../../adapters/slack/inbound.ts';
import { decodeHandle } from '../../../adapters/slack/interaction-handle.ts';
import { everyBody, facts, nameOf, TEAM } from './inbound-payloads.ts';

/** What holds for every body, whatever it is. */
function assertSound(body: unknown): void {
  const before = JSON.stringify(body);
  const { events, ignored, notice } = toInbound(body, facts, nameOf);
  expect(JSON.stringify(body)).toBe(before);
  // Something always comes of it, if only a reason.
  expect(events.length > 0 || ignored !== undefined || notice !== undefined).toBe(true);
  expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(events.length);
  for (const event of events) {
    expect(event.platform).toBe('slack');
    expect(event.spaceId).toBe(`slack:${TEAM}`);
    expect(event.eventId).toMatch(/^slack:[a-z]:./);
    expect(Number.isFinite(event.occurredAt) && event.occurredAt >= 0).toBe(true);
    if ('interaction' in event && event.interaction !== undefined) {
      expect(decodeHandle(event.interaction.handle)).toBeDefined();
    }
  }
  const people = peopleIn(body);
  expect(people.length).toBeLessThanOrEqual(21);
  for (const userId of people) expect(userId).toMatch(/^[A-Z]/);
}

const odd = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    null,
    '',
    0,
    -1,
    1e300,
    true,
    [],
    {},
    'U0BOT',
    '1.2',
    '<@U0BOT>',
    '__proto__',
  ),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.jsonValue({ maxDepth: 2 }),
);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Puts something odd at one place, chosen by steps down from the top. */
function mutate(value: unknown, steps: readonly number[], put: unknown): unknown {
  const [step, ...rest] = steps;
  if (step === undefined) return put;
  if (Array.isArray(value) && value.length > 0) {
    return value.with(step % value.length, mutate(value[step % value.length], rest, put));
  }
  if (!isRecord(value)) return put;
  const keys = Object.keys(value);
  const key = keys[step % keys.length];
  return key === undefined ? put : { ...value, [key]: mutate(value[key], rest, put) };
}

test('every kind of body gives sound events as it is', () => {
  for (const body of Object.values(everyBody)) assertSound(body);
});

test('no JSON at all makes it throw', () => {
  const head = fc.record(
    {
      type: fc.constantFrom('event_callback', 'block_actions', 'view_submission', 'message_action', 'x'),
      event: fc.oneof(fc.jsonValue(), fc.record({ type: fc.constantFrom('message', 'reaction_added', 'x') })),
      command: fc.jsonValue(),
      user: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), head), (body: unknown) => assertSound(body)),
    { numRuns: 10_000 },
  );
});

test('no real body that something odd was put into makes it throw', () => {
  const mutation = fc.tuple(fc.array(fc.nat({ max: 40 }), { maxLength: 6 }), odd);
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.values(everyBody)),
      fc.array(mutation, { minLength: 1, maxLength: 3 }),
      (body, mutations) => {
        const mutated = mutations.reduce<unknown>((value, [steps, put]) => mutate(value, steps, put), body);
        assertSound(mutated);
      },
    ),
    { numRuns: 10_000 },
  );
});

test('what was said never shows in a reason or a notice', () => {
  const secret = 'Correct horse battery';
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.values(everyBody)),
      fc.array(fc.nat({ max: 40 }), { maxLength: 6 }),
      fc.constantFrom<unknown>(secret, { [secret]: secret }, [secret]),
      (body, steps, put) => {
        const { ignored, notice } = toInbound(mutate(body, steps, put), facts, nameOf);
        expect(JSON.stringify([ignored, notice])).not.toContain(secret);
      },
    ),
    { numRuns: 2_000 },
  );
});
