import { isRetrievable, type SkillName, type SkillScope, skillScopeKey } from '../domain/skill.ts';
import type { DigestedSkill, EntryChange, LibraryStore } from '../ports/library-store.ts';
import type { LibraryRecord } from './library-record.ts';

const versionsLookedAt = 50;

export interface FilesBefore {
  /** What each file said when it was last read in this run, by name; absent where none was read yet. */
  readonly hashes?: ReadonlyMap<string, string>;
  readonly record: LibraryRecord;
  readonly store: Pick<LibraryStore, 'versions' | 'history'>;
}

/**
 * What `LibraryStore.sync` is about to change of a scope, foreseen so that it can be told which samples that concerns.
 * Where chat and files both changed a skill in an earlier run it may name one entry too many.
 */
export async function planFiles(
  scope: SkillScope,
  texts: readonly DigestedSkill[],
  before: FilesBefore,
): Promise<readonly EntryChange[]> {
  const changes: EntryChange[] = [];
  for (const text of texts) changes.push(...(await changeBy(scope, text, before)));
  const names = new Set<string>(texts.map(({ name }) => name));
  const key = skillScopeKey(scope);
  const gone = before.record
    .entriesOf((other) => skillScopeKey(other) === key)
    .filter(({ name, state }) => isRetrievable(state) && !names.has(name))
    .filter(({ name }) => before.record.at(scope, name)?.origin.kind === 'files')
    .map(({ name }): EntryChange => ({ scope, name, state: 'retired' }));
  return [...changes, ...gone];
}

async function changeBy(
  scope: SkillScope,
  text: DigestedSkill,
  before: FilesBefore,
): Promise<readonly EntryChange[]> {
  const { name, contentHash } = text;
  const { record } = before;
  const entry = record.entry(scope, name);
  const said = entry === undefined ? undefined : await saidBefore(scope, name, before);
  const isBack = entry !== undefined && !isRetrievable(entry.state);
  if (said === contentHash) {
    return isBack && (await wentWithItsFile(scope, name, before)) ? [{ scope, name, state: 'active' }] : [];
  }
  if (record.at(scope, name)?.contentHash === contentHash) {
    return isBack ? [{ scope, name, state: 'active' }] : [];
  }
  return [{ scope, name, text: { ...text, origin: { kind: 'files' } }, state: 'active' }];
}

/** What the file of a name said last, as far as it can be told. */
async function saidBefore(
  scope: SkillScope,
  name: SkillName,
  { hashes, record, store }: FilesBefore,
): Promise<string | undefined> {
  const known = hashes?.get(name);
  if (known !== undefined) return known;
  const present = record.at(scope, name);
  if (present?.origin.kind === 'files') return present.contentHash;
  const versions = await store.versions(scope, name, versionsLookedAt);
  return versions.find(({ origin }) => origin.kind === 'files')?.contentHash;
}

async function wentWithItsFile(scope: SkillScope, name: SkillName, { store }: FilesBefore): Promise<boolean> {
  const [last] = await store.history(1, { scope, name });
  return last?.cause.kind === 'files';
}
