import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  discordRoutes,
  fillPath,
  permissionBits,
  permissionsInUse,
} from '../../../adapters/discord/routes.ts';

const spec = '../shared/data/specs/discord-openapi.json';
const isThere = existsSync(spec);

describe('routes', () => {
  test.skipIf(!isThere)(
    isThere ? 'are all in Discord’s own description' : 'skipped: Discord’s description is not here',
    () => {
      const { paths }: { readonly paths: Readonly<Record<string, object>> } = JSON.parse(
        readFileSync(spec, 'utf8'),
      );
      const known = new Set(
        Object.entries(paths).flatMap(([path, methods]) =>
          Object.keys(methods).map(
            (method) => `${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, '{}')}`,
          ),
        ),
      );
      const ours = Object.values(discordRoutes).map(
        ({ method, path }) => `${method} ${path.replaceAll(/\{\w+\}/g, '{}')}`,
      );
      expect(ours.filter((route) => !known.has(route))).toEqual([]);
    },
  );

  test('are filled so that no parameter can lead elsewhere', () => {
    expect(fillPath('send a message', { channel: '12' })).toBe('/channels/12/messages');
    expect(fillPath('edit an answer', { application: '1', token: '../../users/@me?x#' })).toBe(
      '/webhooks/1/..%2F..%2Fusers%2F%40me%3Fx%23/messages/@original',
    );
  });

  test('take these permissions and no others', () => {
    expect(permissionsInUse()).toBe(Object.values(permissionBits).reduce((all, bit) => all | bit, 0n));
    expect(permissionsInUse()).toBe(274_878_008_320n);
  });
});
