import fc from 'fast-check';
import { expect, test } from 'vitest';
import { directoryFolds, emptyDirectory, foldDirectory } from '../../../adapters/discord/directory.ts';
import { packetMappers, toInbound, toThreadMessages } from '../../../adapters/discord/inbound.ts';
import type { DiscordPacket } from '../../../adapters/discord/inbound-facts.ts';
import { decodeHandle, encodeHandle } from '../../../adapters/discord/interaction-handle.ts';
import { BOT, everyPacket, facts, GUILD, guild, packet } from './inbound-payloads.ts';

/** What holds for every packet, whatever it is. */
function assertSound(given: DiscordPacket): void {
  const before = JSON.stringify(given);
  const { events, ignored, notice, pending } = toInbound(given, facts);
  expect(JSON.stringify(given)).toBe(before);
  // Something always comes of it, if only a reason.
  expect(events.length > 0 || ignored !== undefined || notice !== undefined).toBe(true);
  expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(events.length);
  for (const event of events) {
    expect(event.platform).toBe('discord');
    expect(event.spaceId).toMatch(/^discord:(?:dm\.)?\d+$/);
    expect(event.eventId).toMatch(/^discord:[a-z]:./);
    expect(Number.isFinite(event.occurredAt) && event.occurredAt >= 0).toBe(true);
    if ('conversation' in event) {
      expect(event.conversation.spaceId).toBe(event.spaceId);
      expect(event.conversation).not.toHaveProperty('threadId');
      expect(event.conversation.audience === 'direct').toBe(event.spaceId.startsWith('discord:dm.'));
    }
    if ('interaction' in event && event.interaction !== undefined) {
      expect(decodeHandle(event.interaction.handle)).toBeDefined();
    }
  }
  if (pending !== undefined) expect(decodeHandle(encodeHandle(pending.handle))).toEqual(pending.handle);
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
    BOT,
    GUILD,
    '1.2',
    `<@${BOT}>`,
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

const kinds = [...Object.keys(packetMappers), ...Object.keys(directoryFolds), 'READY', '__proto__'];

test('every kind of packet gives sound events as it is', () => {
  for (const given of Object.values(everyPacket)) {
    assertSound(given);
    expect(toInbound(given, facts).events.length).toBeGreaterThan(0);
  }
  expect(new Set(Object.values(everyPacket).map(({ t }) => t))).toEqual(new Set(Object.keys(packetMappers)));
});

test('no JSON at all makes it throw', () => {
  fc.assert(
    fc.property(fc.constantFrom(...kinds), fc.jsonValue(), (t, d) => {
      assertSound(packet(t, d));
      expect(foldDirectory(facts.directory, { t, d })).toBeInstanceOf(Map);
    }),
    { numRuns: 10_000 },
  );
});

test('no real packet that something odd was put into makes it throw', () => {
  const mutation = fc.tuple(fc.array(fc.nat({ max: 40 }), { maxLength: 7 }), odd);
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.values(everyPacket)),
      fc.array(mutation, { minLength: 1, maxLength: 3 }),
      (given, mutations) => {
        const d = mutations.reduce<unknown>((value, [steps, put]) => mutate(value, steps, put), given.d);
        assertSound({ ...given, d });
        expect(Array.isArray(toThreadMessages([d, given.d], { channelId: '1', guildId: GUILD }, facts))).toBe(
          true,
        );
      },
    ),
    { numRuns: 10_000 },
  );
});

test('no server that something odd was put into makes the directory throw, or what is read with it', () => {
  const say = Object.values(everyPacket).filter(({ t }) => t === 'MESSAGE_CREATE');
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.keys(directoryFolds)),
      fc.array(fc.nat({ max: 40 }), { maxLength: 5 }),
      odd,
      (t, steps, put) => {
        const d = mutate(
          { ...guild, guild_id: GUILD, role: guild.roles[1], role_id: '5', type: 11 },
          steps,
          put,
        );
        const directory = foldDirectory(foldDirectory(emptyDirectory, { t: 'GUILD_CREATE', d: guild }), {
          t,
          d,
        });
        for (const given of say) {
          expect(toInbound(given, { ...facts, directory }).events.length).toBe(1);
        }
      },
    ),
    { numRuns: 3_000 },
  );
});

test('what was said never shows in a reason or a notice', () => {
  const secret = 'Correct horse battery';
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.values(everyPacket)),
      fc.array(fc.nat({ max: 40 }), { maxLength: 6 }),
      fc.constantFrom<unknown>(secret, { [secret]: secret }, [secret]),
      (given, steps, put) => {
        const { ignored, notice } = toInbound({ ...given, d: mutate(given.d, steps, put) }, facts);
        expect(JSON.stringify([ignored, notice])).not.toContain(secret);
      },
    ),
    { numRuns: 2_000 },
  );
});

test('handles', () => {
  const id = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
  const place = { channelId: id };
  const trigger = {
    ...place,
    userId: id,
    applicationId: id,
    interactionId: id,
    token: fc.stringMatching(/^[\w.=-]{1,50}$/),
    issuedAt: fc.nat(),
  };
  const handle = fc.oneof(
    fc.record({ kind: fc.constant('message' as const), ...place, messageId: id }),
    fc.record({ kind: fc.constant('message' as const), ...place, guildId: id, messageId: id }),
    fc.record({ kind: fc.constantFrom('command' as const, 'press' as const, 'submit' as const), ...trigger }),
    fc.record({ kind: fc.constant('complete' as const), ...trigger, guildId: id, prefix: fc.string() }),
  );
  fc.assert(
    fc.property(handle, (given) => {
      expect(decodeHandle(encodeHandle(given))).toEqual(given);
    }),
  );
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(decodeHandle(text)).toBeUndefined();
    }),
  );
  for (const text of [
    '["m","1",""]',
    '["m","1","","2","3"]',
    '["c","1","","2","3","4","a/b",5,""]',
    '["m","x","","2"]',
    ' ["m","1","","2"]',
  ]) {
    expect(decodeHandle(text)).toBeUndefined();
  }
});
