import type { HttpMethod } from './client.ts';

/** Permissions as Discord's settings call them, by their bits: https://discord.com/developers/docs/topics/permissions */
export const permissionBits = {
  'View Channel': 1n << 10n,
  'Send Messages': 1n << 11n,
  'Attach Files': 1n << 15n,
  'Read Message History': 1n << 16n,
  'Send Messages in Threads': 1n << 38n,
} as const;

export type PermissionName = keyof typeof permissionBits;

interface Route {
  readonly method: HttpMethod;
  /** `{name}` stands for a parameter. */
  readonly path: `/${string}`;
  /** What it takes in a server's channel. */
  readonly needs: readonly PermissionName[];
  /** False where the address itself is the permission. Default true. */
  readonly auth?: false;
  /** Repeating the call would show something twice, were it not for a key of the message. */
  readonly isSend?: true;
}

const speak: readonly PermissionName[] = ['View Channel', 'Send Messages', 'Send Messages in Threads'];

/** Every route that is called; the SDK itself adds `GET /gateway/bot`. */
export const discordRoutes = {
  'read own user': { method: 'GET', path: '/users/@me', needs: [] },
  'read own application': { method: 'GET', path: '/applications/@me', needs: [] },
  'read own servers': { method: 'GET', path: '/users/@me/guilds', needs: [] },
  'read a server': { method: 'GET', path: '/guilds/{guild}', needs: [] },
  'read channels': { method: 'GET', path: '/guilds/{guild}/channels', needs: [] },
  'read own membership': { method: 'GET', path: '/guilds/{guild}/members/{user}', needs: [] },
  'read messages': {
    method: 'GET',
    path: '/channels/{channel}/messages',
    needs: ['View Channel', 'Read Message History'],
  },
  // A reply names the message it answers, which takes reading it; pictures are files.
  'send a message': {
    method: 'POST',
    path: '/channels/{channel}/messages',
    needs: [...speak, 'Attach Files', 'Read Message History'],
    isSend: true,
  },
  'edit a message': {
    method: 'PATCH',
    path: '/channels/{channel}/messages/{message}',
    needs: ['View Channel'],
  },
  'remove a message': {
    method: 'DELETE',
    path: '/channels/{channel}/messages/{message}',
    needs: ['View Channel'],
  },
  'show typing': { method: 'POST', path: '/channels/{channel}/typing', needs: speak },
  'answer an interaction': {
    method: 'POST',
    path: '/interactions/{interaction}/{token}/callback',
    needs: [],
    auth: false,
  },
  'add to an answer': {
    method: 'POST',
    path: '/webhooks/{application}/{token}',
    needs: [],
    auth: false,
    isSend: true,
  },
  'edit an answer': {
    method: 'PATCH',
    path: '/webhooks/{application}/{token}/messages/@original',
    needs: [],
    auth: false,
  },
  'remove an answer': {
    method: 'DELETE',
    path: '/webhooks/{application}/{token}/messages/@original',
    needs: [],
    auth: false,
  },
  'read commands': { method: 'GET', path: '/applications/{application}/commands', needs: [] },
  'replace commands': { method: 'PUT', path: '/applications/{application}/commands', needs: [] },
  'read commands of a server': {
    method: 'GET',
    path: '/applications/{application}/guilds/{guild}/commands',
    needs: [],
  },
  'replace commands of a server': {
    method: 'PUT',
    path: '/applications/{application}/guilds/{guild}/commands',
    needs: [],
  },
} as const satisfies Readonly<Record<string, Route>>;

/** What a call is for, in words that may stand in a message for people. */
export type Purpose = keyof typeof discordRoutes;

type NamesIn<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never;

/** What the path of a route leaves open. */
export type RouteParams<P extends Purpose> = Readonly<
  Record<NamesIn<(typeof discordRoutes)[P]['path']>, string>
>;

export const routeOf = (purpose: Purpose): Route => discordRoutes[purpose];

/** The path with its parameters in place, each as one part of it whatever it holds. */
export function fillPath(purpose: Purpose, params: Readonly<Record<string, string>>): `/${string}` {
  const filled = routeOf(purpose)
    .path.slice(1)
    .replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  return `/${filled}`;
}

/** All that the bot needs in a server, as the number in an invitation. */
export function permissionsInUse(): bigint {
  const names = Object.values(discordRoutes).flatMap((route: Route) => route.needs);
  return names.reduce((bits, name) => bits | permissionBits[name], 0n);
}
