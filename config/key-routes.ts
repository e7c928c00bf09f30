import type { ApiKeys } from '../core/intake/api-keys.ts';
import { changedKeySchema, keyView, namedKeySchema, newKeySchema, readBody } from './key-wire.ts';

/** By method and path; a body is parsed JSON. What they reject with is an `AppError`. */
export type ControlHandlers = Readonly<Record<string, (body: unknown) => Promise<object>>>;

export const keyPaths = {
  keys: '/control/keys',
  change: '/control/keys/change',
  revoke: '/control/keys/revoke',
} as const;

/** How `metaclaw key` reaches the keys, in the running bot as well as without one. */
export function createKeyRoutes(keys: ApiKeys): ControlHandlers {
  return {
    async [`GET ${keyPaths.keys}`]() {
      const listed = await keys.list();
      return {
        month: listed.month,
        keys: listed.keys.map(({ key, ...spent }) => ({ ...keyView(key), ...spent })),
      };
    },
    async [`POST ${keyPaths.keys}`](body) {
      const { key, text } = await keys.create(readBody(newKeySchema, body));
      return { secret: text, key: keyView(key) };
    },
    async [`POST ${keyPaths.change}`](body) {
      const { name, ...change } = readBody(changedKeySchema, body);
      return { key: keyView(await keys.change(name, change)) };
    },
    async [`POST ${keyPaths.revoke}`](body) {
      return { key: keyView(await keys.revoke(readBody(namedKeySchema, body).name)) };
    },
  };
}
