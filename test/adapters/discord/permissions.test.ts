import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PermissionFlagsBits } from 'discord.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { directoryFolds } from '../../../adapters/discord/directory.ts';
import { packetMappers } from '../../../adapters/discord/inbound.ts';
import {
  botPermissions,
  idInToken,
  inviteLink,
  type Membership,
  missingOf,
  neededIn,
  type Overwrite,
  permissionsIn,
} from '../../../adapters/discord/permissions.ts';
import { discordRoutes, permissionBits, permissionsInUse } from '../../../adapters/discord/routes.ts';
import { packageRoot } from '../../../config/package-root.ts';
import { sourceFiles } from '../../architecture/source-files.ts';
import type { FakeChannel, FakeGuild } from '../../fakes/discord/guild-model.ts';
import { channelPermissions } from '../../fakes/discord/permissions.ts';
import { callCosts, eventCosts } from './permission-table.ts';

const inUse = Object.keys(botPermissions).toSorted();

describe('nothing is missing and nothing is superfluous', () => {
  const routes = Object.entries(discordRoutes).map(([purpose, { method, path, needs }]) => ({
    purpose,
    call: `${method} ${path.replaceAll(/\{\w+\}/g, '{}')}`,
    needs: [...needs].toSorted(),
  }));

  test('calls: what each takes is known, and nothing else is', () => {
    expect(routes.map(({ call }) => call).toSorted()).toEqual(Object.keys(callCosts).toSorted());
    for (const { call, needs } of routes) {
      expect([call, needs]).toEqual([call, [...(callCosts[call]?.takes ?? [])].toSorted()]);
    }
  });

  test('calls: what may be called is called', () => {
    const code = sourceFiles('adapters/discord', 'config/cli')
      .filter(({ path }) => !path.endsWith('/routes.ts'))
      .map(({ text }) => text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, ''))
      .join('\n');
    expect(routes.map(({ purpose }) => purpose).filter((purpose) => !code.includes(`'${purpose}'`))).toEqual(
      [],
    );
  });

  test('events: what hearing each takes is known, and nothing else is', () => {
    const heard = [...Object.keys(packetMappers), ...Object.keys(directoryFolds)];
    expect(heard.toSorted()).toEqual(Object.keys(eventCosts).toSorted());
  });

  test('permissions: those of the calls and the events, each under Discord’s own number', () => {
    const needed = [...Object.values(callCosts), ...Object.values(eventCosts)].flatMap(({ takes }) => takes);
    expect(inUse).toEqual([...new Set(needed)].toSorted());
    expect(inUse).toEqual(Object.keys(permissionBits).toSorted());
    expect(permissionBits).toEqual({
      'View Channel': PermissionFlagsBits.ViewChannel,
      'Send Messages': PermissionFlagsBits.SendMessages,
      'Attach Files': PermissionFlagsBits.AttachFiles,
      'Read Message History': PermissionFlagsBits.ReadMessageHistory,
      'Send Messages in Threads': PermissionFlagsBits.SendMessagesInThreads,
    });
  });

  test('every cost has the address of what Discord says about it', () => {
    const addresses = [...Object.values(callCosts), ...Object.values(eventCosts)].map(({ doc }) => doc);
    const sound = /^https:\/\/docs\.discord\.com\/developers\/[a-z/-]+#[a-z-]+$/;
    expect(addresses.filter((doc) => !sound.test(doc))).toEqual([]);
    expect(new Set(addresses).size).toBe(addresses.length);
  });

  test('docs/discord.md gives the same reasons for the same permissions', () => {
    const page = readFileSync(join(packageRoot(), 'docs', 'discord.md'), 'utf8');
    const [, table = ''] = page.split('| permission | the bot |');
    const rows = [...table.split('\n\n')[0]!.matchAll(/^\| ([^|`-]+) \| (.+) \|$/gm)].map(([, name, why]) => [
      name,
      why,
    ]);
    expect(rows).toEqual(Object.entries(botPermissions));
  });
});

test('the invitation asks for the bot, its commands and the permissions in use', () => {
  const url = new URL(inviteLink('1012345678901234567'));
  expect(url.href).toBe(
    `https://discord.com/oauth2/authorize?client_id=1012345678901234567&scope=bot+applications.commands&permissions=${permissionsInUse()}`,
  );
  const asked = BigInt(url.searchParams.get('permissions') ?? '');
  expect(missingOf(neededIn(0), asked)).toEqual([]);
  expect(asked & PermissionFlagsBits.Administrator).toBe(0n);
});

test('a token names its bot in its first part, where it has the shape', () => {
  const tokenOf = (id: string): string => `${Buffer.from(id).toString('base64url')}.Abc123.x`;
  fc.assert(
    fc.property(fc.bigInt({ min: 10n ** 16n, max: 2n ** 64n - 1n }), (id) => {
      expect(idInToken(tokenOf(String(id)))).toBe(String(id));
    }),
  );
  for (const other of ['', 'a.b.c', tokenOf('x'.repeat(18)), tokenOf('12'), '....', tokenOf('1'.repeat(40))])
    expect([other, idInToken(other)]).toEqual([other, undefined]);
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void idInToken(text)));
});

describe('what the bot may do in a channel', () => {
  const [view, send, history, threads] = [
    permissionBits['View Channel'],
    permissionBits['Send Messages'],
    permissionBits['Read Message History'],
    permissionBits['Send Messages in Threads'],
  ];
  const member: Membership = {
    guildId: '1',
    ownerId: '2',
    userId: '3',
    roleIds: ['10', '11'],
    roles: new Map([
      ['1', view],
      ['10', send | history],
      ['11', 0n],
      ['12', ~0n],
    ]),
    isTimedOut: false,
  };
  const at = (...overwrites: readonly Overwrite[]): bigint => permissionsIn(member, overwrites);

  test('is what its roles say, then the channel for all, for its roles, for itself', () => {
    expect(at()).toBe(view | send | history);
    expect(at({ id: '1', allow: threads, deny: send })).toBe(view | history | threads);
    expect(at({ id: '1', allow: 0n, deny: send }, { id: '10', allow: send, deny: 0n })).toBe(
      view | send | history,
    );
    // Of several roles the one that allows wins.
    expect(at({ id: '10', allow: send, deny: 0n }, { id: '11', allow: 0n, deny: send })).toBe(
      view | send | history,
    );
    expect(at({ id: '10', allow: send, deny: 0n }, { id: '3', allow: 0n, deny: send })).toBe(view | history);
    expect(at({ id: '12', allow: threads, deny: send }, { id: '99', allow: threads, deny: send })).toBe(
      view | send | history,
    );
  });

  test('is nothing where it may not look in', () => {
    expect(at({ id: '1', allow: 0n, deny: view })).toBe(0n);
    expect(at({ id: '1', allow: 0n, deny: view }, { id: '3', allow: view, deny: 0n })).toBe(
      view | send | history,
    );
  });

  test('is everything for administrators and owners, whatever the channel says', () => {
    const deny = { id: '1', allow: 0n, deny: ~0n };
    const roles = new Map([['10', PermissionFlagsBits.Administrator]]);
    for (const mighty of [
      { ...member, roles },
      { ...member, ownerId: '3' },
    ]) {
      expect(missingOf(neededIn(0), permissionsIn(mighty, [deny]))).toEqual([]);
    }
    expect(missingOf(neededIn(0), at(deny)).toSorted()).toEqual(inUse);
  });

  test('is looking and reading while it is timed out', () => {
    expect(permissionsIn({ ...member, isTimedOut: true }, [])).toBe(view | history);
  });

  test('agrees with the fake Discord, whatever is set', () => {
    const bits = fc
      .nat(15)
      .map((n) =>
        [view, send, history, threads].reduce((sum, bit, at) => ((n >> at) & 1 ? sum | bit : sum), 0n),
      );
    const ids = ['1', '3', '10', '11', '12'];
    fc.assert(
      fc.property(
        fc.array(bits, { minLength: 4, maxLength: 4 }),
        fc.subarray(['10', '11', '12']),
        fc.uniqueArray(fc.record({ id: fc.constantFrom(...ids), allow: bits, deny: bits }), {
          selector: ({ id }) => id,
        }),
        (granted, roleIds, overwrites) => {
          const roles = new Map(['1', '10', '11', '12'].map((id, index) => [id, granted[index] ?? 0n]));
          const guild: FakeGuild = {
            id: '1',
            name: 'Home',
            ownerId: '2',
            roles: new Map(
              [...roles].map(([id, permissions]) => [id, { id, name: id, permissions, isManaged: false }]),
            ),
            members: new Map([['3', { userId: '3', nick: null, roles: new Set(roleIds), joinedAt: 0 }]]),
          };
          const channel: FakeChannel = {
            id: '5',
            type: 0,
            guildId: '1',
            name: 'general',
            parentId: undefined,
            recipientId: undefined,
            ownerId: undefined,
            overwrites: new Map(overwrites.map(({ id, allow, deny }) => [id, { allow, deny }])),
            messages: new Map(),
            members: new Set(),
            isArchived: false,
            isLocked: false,
          };
          expect(permissionsIn({ ...member, roleIds, roles }, overwrites)).toBe(
            channelPermissions(guild, '3', channel),
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  test('is asked for where it speaks: in forums all is written in threads, in voice channels nothing', () => {
    expect([0, 5].map((type) => neededIn(type).toSorted())).toEqual([inUse, inUse]);
    const forum = inUse.filter((name) => name !== 'Send Messages');
    expect([15, 16].map((type) => neededIn(type).toSorted())).toEqual([forum, forum]);
    const voice = inUse.filter((name) => name !== 'Send Messages in Threads');
    expect([2, 13].map((type) => neededIn(type).toSorted())).toEqual([voice, voice]);
    expect([1, 4, 99].flatMap(neededIn)).toEqual([]);
  });
});
