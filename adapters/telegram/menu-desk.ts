import type { CachePort } from '../../core/ports/cache.ts';
import type { CallOptions } from './api-caller.ts';
import { isSameMenu, type LanguageMenu, MENU_SCOPES } from './command-menu.ts';
import { type ApiRefusal, parseCommands, parseMenuNames } from './wire.ts';

/** Renewed with every start; a bot that rests for longer leaves its old menus alone. */
const MEMORY_MS = 5 * 365 * 24 * 60 * 60 * 1_000;

export interface MenuDeskParts {
  readonly call: (method: string, payload: object, options?: CallOptions) => Promise<unknown>;
  /** Survives a restart. */
  readonly cache: CachePort;
  /** Whose menus they are. */
  readonly botId: string;
}

/** One menu as it is kept: `all_private_chats`, `all_private_chats/de`. */
const nameOf = (scope: string, languageCode: string | undefined): string =>
  languageCode === undefined ? scope : `${scope}/${languageCode}`;

function placeOf(name: string): object {
  const [type, languageCode] = name.split('/');
  return { scope: { type }, ...(languageCode === undefined ? {} : { language_code: languageCode }) };
}

/**
 * Sets the menus that differ from what Telegram shows, and deletes those that this bot set before and sets no more:
 * Telegram does not list the languages that a bot has menus in, and lets bots change them seldom. May reject; what was
 * left undone is done by the next call.
 */
export function createMenuDesk({ call, cache, botId }: MenuDeskParts) {
  const memory = `telegram-menus/${botId}`;
  const remember = (names: Iterable<string>): Promise<void> => cache.set(memory, [...names], MEMORY_MS);

  /** `undefined`: a server that cannot tell. */
  async function shownAt(place: object) {
    const accepts = ({ status }: ApiRefusal): boolean => status === 400 || status === 404;
    return parseCommands(await call('getMyCommands', place, { accepts }));
  }

  return async (menus: readonly LanguageMenu[]): Promise<void> => {
    const wanted = new Map(
      menus.flatMap(({ languageCode, commands }) =>
        MENU_SCOPES.map((scope) => [nameOf(scope, languageCode), commands] as const),
      ),
    );
    const before = parseMenuNames(await cache.get(memory));
    // Before they are set: what a crash leaves behind is known then.
    await remember(new Set([...before, ...wanted.keys()]));
    for (const [name, commands] of wanted) {
      const place = placeOf(name);
      if (!isSameMenu(await shownAt(place), commands)) await call('setMyCommands', { ...place, commands });
    }
    for (const name of before.filter((known) => !wanted.has(known))) {
      const place = placeOf(name);
      if ((await shownAt(place))?.length !== 0) await call('deleteMyCommands', place);
    }
    await remember(wanted.keys());
  };
}
