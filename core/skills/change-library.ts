import { isRetrievable, type Skill, skillSlotKey } from '../domain/skill.ts';
import type { Ids } from '../ports/ids.ts';
import type { DigestedSkill, EntryChange, LibraryStore } from '../ports/library-store.ts';
import type { LibraryRecord } from './library-record.ts';
import type { ShelfSlot } from './shelves.ts';

/** As `EntryChange`, its text without a digest. */
export type UndigestedChange = Omit<EntryChange, 'text'> & {
  readonly text?: Omit<NonNullable<EntryChange['text']>, 'contentHash'>;
};

/** Digest of what a skill says: equal texts under one name, and only they, have equal ones. */
export function contentHashOf(
  text: Pick<DigestedSkill, 'name' | 'description' | 'triggers' | 'body'>,
  digest: Ids['digest'],
): string {
  return digest(JSON.stringify([text.name, text.description, text.triggers, text.body]));
}

export function digestedChange({ text, ...change }: UndigestedChange, digest: Ids['digest']): EntryChange {
  return text === undefined
    ? change
    : { ...change, text: { ...text, contentHash: contentHashOf(text, digest) } };
}

interface Standing {
  readonly state: NonNullable<EntryChange['state']>;
  readonly skill: Skill | undefined;
  /** Versions that this change makes, the newest first. */
  readonly made: readonly Skill[];
}

const mostVersions = 10_000;

/**
 * What can be retrieved under the names of a change once it is made, as `LibraryStore.apply` will make it; only those
 * for which that differs from now. A version that never was gives nothing: the store refuses it. Names that only ever hid
 * others and no longer do are not on record: say the state of a first text of theirs.
 */
export async function slotsAfter(
  changes: readonly EntryChange[],
  record: Pick<LibraryRecord, 'at' | 'entry'>,
  store: Pick<LibraryStore, 'versions'>,
): Promise<readonly ShelfSlot[]> {
  const after = new Map<string, { readonly slot: ShelfSlot; readonly standing: Standing }>();
  for (const change of changes) {
    const { scope, name } = change;
    const key = skillSlotKey({ scope, name });
    const before = after.get(key)?.standing ?? standingNow(change, record);
    const standing = await standingAfter(change, before, store);
    after.set(key, { slot: { scope, name, holds: holding(standing) }, standing });
  }
  return [...after.values()].flatMap(({ slot }) => {
    const now = standingNow(slot, record);
    return retrievalKey(now && holding(now)) === retrievalKey(slot.holds) ? [] : [slot];
  });
}

function standingNow(
  { scope, name }: Pick<EntryChange, 'scope' | 'name'>,
  record: Pick<LibraryRecord, 'at' | 'entry'>,
): Standing | undefined {
  const entry = record.entry(scope, name);
  return entry && { state: entry.state, skill: record.at(scope, name), made: [] };
}

async function standingAfter(
  change: EntryChange,
  before: Standing | undefined,
  store: Pick<LibraryStore, 'versions'>,
): Promise<Standing> {
  const state = change.state ?? before?.state ?? 'active';
  const earlier = before?.made ?? [];
  if (state === 'hidden') return { state, skill: undefined, made: earlier };
  const text = await textAfter(change, before, store);
  const made = text === undefined || change.text === undefined ? earlier : [text, ...earlier];
  if (text === undefined) return { state, skill: undefined, made };
  const isComeback = before !== undefined && !isRetrievable(before.state) && isRetrievable(state);
  const stays = text.version === before?.skill?.version && !isComeback;
  const maskedContexts = change.maskedContexts ?? (stays ? text.standing.maskedContexts : []);
  return { state, skill: { ...text, standing: { ...text.standing, state, maskedContexts } }, made };
}

/** Its standing is not told. */
async function textAfter(
  { scope, name, text, version }: EntryChange,
  before: Standing | undefined,
  store: Pick<LibraryStore, 'versions'>,
): Promise<Skill | undefined> {
  const present = before?.skill;
  const isOther = version !== undefined && version !== 0 && version !== present?.version;
  if (text === undefined && !isOther && present !== undefined) return present;
  const stored = await store.versions(scope, name, isOther ? mostVersions : 1);
  const known = [...(before?.made ?? []), ...stored];
  if (text === undefined) return isOther ? known.find((skill) => skill.version === version) : known[0];
  const { files: _, ...said } = text;
  return { ...said, version: (known[0]?.version ?? 0) + 1, scope, standing: newStanding };
}

const newStanding: Skill['standing'] = {
  state: 'active',
  isProven: false,
  isPinned: false,
  maskedContexts: [],
  trial: 0,
  since: 0,
};

function holding({ state, skill }: Standing): ShelfSlot['holds'] {
  if (state === 'hidden') return 'hidden';
  return isRetrievable(state) ? skill : undefined;
}

/** Whatever decides what is retrieved through a slot. */
function retrievalKey(holds: ShelfSlot['holds']): string {
  if (holds === undefined || holds === 'hidden') return holds ?? '';
  const contexts = new Set(holds.standing.maskedContexts.toSorted());
  return JSON.stringify([holds.version, ...contexts]);
}
