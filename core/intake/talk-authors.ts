import { toAppError } from '../domain/app-error.ts';
import type { ConversationKey } from '../domain/conversation.ts';
import { type PersonId, platformOf, unknownAuthor } from '../domain/ids.ts';
import { createLatestMap } from '../domain/latest-map.ts';
import type { ApiCaller } from '../ports/api-access.ts';
import type { TurnStore } from '../ports/turn-store.ts';
import type { Soon } from './soon.ts';

/**
 * Whose words stand in a talk. Of the whole conversation, not of a session: an agent sends all of it anew, however long it was idle.
 */
export interface TalkAuthors {
  /** Everybody up to now; undefined where nothing was ever answered there. Rejects with storage errors. */
  of(key: ConversationKey): Soon<readonly PersonId[] | undefined>;
  /**
   * Whose words stand before a request that reads these talks. Somebody unknown, who agrees to nothing, stands for those whom the store
   * cannot name. `isUnsure`: it may read others too.
   */
  before(
    caller: Pick<ApiCaller, 'spaceId'>,
    keys: readonly (ConversationKey | undefined)[],
    isUnsure: boolean,
  ): Promise<readonly PersonId[]>;
  /** An answer was given there from words of these; gives everybody up to now, these first. */
  add(key: ConversationKey, authors: readonly PersonId[]): readonly PersonId[];
}

const rememberedTalks = 10_000;

export function createTalkAuthors(turns: Pick<TurnStore, 'last'>): TalkAuthors {
  const known = createLatestMap<ConversationKey, readonly PersonId[]>(rememberedTalks);

  /** The last turn names all who were named before it. */
  async function read(key: ConversationKey): Promise<readonly PersonId[] | undefined> {
    const last = await turns.last(key);
    if (last !== undefined && !known.has(key)) known.set(key, last.promptAuthors);
    return known.get(key);
  }

  const of = (key: ConversationKey): Soon<readonly PersonId[] | undefined> => known.get(key) ?? read(key);

  return {
    of,
    async before({ spaceId }, keys, isUnsure) {
      const nobody = [unknownAuthor(platformOf(spaceId))];
      try {
        const found = keys.map((key) => (key === undefined ? [] : of(key)));
        const named = (await Promise.all(found)).flatMap((some) => some ?? []);
        return isUnsure ? [...named, ...nobody] : named;
      } catch (thrown) {
        if (!toAppError(thrown).code.startsWith('storage_')) throw thrown;
        return nobody;
      }
    },
    add(key, authors) {
      const all = [...new Set([...authors, ...(known.get(key) ?? [])])];
      known.set(key, all);
      return all;
    },
  };
}
