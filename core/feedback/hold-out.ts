import type { ConversationKey } from '../domain/conversation.ts';
import { armKeyOf } from '../domain/talk-arm.ts';
import type { Ids } from '../ports/ids.ts';
import type { SettingsStore } from '../ports/settings-store.ts';

/** Whether a conversation is kept out of learning. The same answer for the same conversation for as long as share and key stay. */
export type IsHoldOut = (key: ConversationKey) => boolean;

const scope = 'system';
const settingKey = 'hold-out-key';
const keyChars = 32;

/** This installation's key: made once, so that nobody outside can tell which conversations are kept out. */
export async function holdOutKey(
  settings: Pick<SettingsStore, 'get' | 'set'>,
  ids: Pick<Ids, 'code'>,
): Promise<string> {
  const stored = await settings.get(scope, settingKey);
  if (typeof stored === 'string' && stored !== '') return stored;
  const made = ids.code(keyChars);
  await settings.set(scope, settingKey, made);
  return made;
}

/** Keeps about `share` (0 to 1) of all conversations out, by keyed hash of what they are drawn by (`armKeyOf`). A larger share keeps those of a smaller one and more. */
export function createHoldOut(key: string, share: number, ids: Pick<Ids, 'digest'>): IsHoldOut {
  return (conversation) => {
    const place = Number.parseInt(ids.digest(`hold-out ${key} ${armKeyOf(conversation)}`).slice(0, 12), 16);
    return place / 16 ** 12 < share;
  };
}
