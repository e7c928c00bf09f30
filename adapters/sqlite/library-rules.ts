import { AppError } from '../../core/domain/app-error.ts';
import { isRetrievable, type SkillOrigin, type SkillScope } from '../../core/domain/skill.ts';
import type { DigestedSkill, EntryChange, SkillEntry } from '../../core/ports/library-store.ts';

/**
 * What a name's file said last, and what became of the file. `gone_and_retired`: the name was retired with it and nobody
 * has changed it since, so that it comes back with the file.
 */
export interface FileMemory {
  readonly version: number;
  readonly state: 'there' | 'gone' | 'gone_and_retired';
}

/** An entry as it is kept; `file` is absent for a name that no file ever spoke of. */
export interface KeptEntry extends SkillEntry {
  readonly file?: FileMemory;
}

/** What a change of one entry needs to know of its name and scope. */
export interface EntryFacts {
  /** Of the name in its scope; 0 without one. */
  readonly latestVersion: number;
  readonly hasVersion: (version: number) => boolean;
  /** The number that the next trial of the scope gets. */
  readonly nextTrial: () => number;
}

function noVersion({ name, version }: EntryChange): AppError {
  const what = version === undefined ? 'no text' : `no version ${version}`;
  return new AppError('not_found', `There is ${what} of the skill ${name} here. Look at its history first.`);
}

function versionAfter(change: EntryChange, before: SkillEntry | undefined, facts: EntryFacts): number {
  const state = change.state ?? before?.state ?? 'active';
  if (change.text !== undefined) {
    if (change.version === undefined && state !== 'hidden') return facts.latestVersion + 1;
    throw new AppError(
      'invalid_input',
      `Give ${change.name} a text, another version, or hide it: one of these.`,
    );
  }
  if (state === 'hidden') return 0;
  if (change.version !== undefined && change.version !== 0) {
    if (!facts.hasVersion(change.version)) throw noVersion(change);
    return change.version;
  }
  const stays = change.version === undefined ? (before?.version ?? 0) : 0;
  const version = stays === 0 && change.version === undefined ? facts.latestVersion : stays;
  // What only ever hid others is taken back by retiring it.
  if (version === 0 && !(before !== undefined && state === 'retired')) throw noVersion(change);
  return version;
}

/** An entry after a change of it. Throws `not_found` for a version that never was, `invalid_input` where it says two things. */
export function entryAfter(
  change: EntryChange,
  before: SkillEntry | undefined,
  facts: EntryFacts,
  at: number,
): SkillEntry {
  const version = versionAfter(change, before, facts);
  const state = change.state ?? before?.state ?? 'active';
  const saysText = change.text !== undefined || change.version !== undefined || before === undefined;
  const isOtherText = saysText && version !== 0 && version !== before?.version;
  const isComeback = before !== undefined && !isRetrievable(before.state) && isRetrievable(state);
  const isNewTrial = isOtherText || isComeback;
  const isProven = change.isProven ?? (!isNewTrial && (before?.isProven ?? false));
  return {
    scope: change.scope,
    name: change.name,
    version,
    state,
    isProven: isProven && state === 'active',
    isPinned: change.isPinned ?? before?.isPinned ?? false,
    maskedContexts: change.maskedContexts ?? (isNewTrial ? [] : (before?.maskedContexts ?? [])),
    trial: isNewTrial ? facts.nextTrial() : (before?.trial ?? 0),
    since: isNewTrial || before === undefined ? at : before.since,
  };
}

/** Whatever decides what is retrieved through an entry, as one text. */
function retrievalKey(entry: SkillEntry | undefined): string {
  if (entry === undefined) return '';
  if (entry.state === 'hidden') return 'hidden';
  if (!isRetrievable(entry.state)) return '';
  return JSON.stringify([entry.version, ...new Set(entry.maskedContexts.toSorted())]);
}

/** Whether the change of an entry changed what can be retrieved. */
export function isRetrievalChanged(before: SkillEntry | undefined, after: SkillEntry): boolean {
  return retrievalKey(before) !== retrievalKey(after);
}

/** An entry as JSON, its fields in one order: equal entries are equal texts. */
export function entryText(entry: SkillEntry): string {
  const { scope, name, version, state, isProven, isPinned, maskedContexts, trial, since } = entry;
  return JSON.stringify({ scope, name, version, state, isProven, isPinned, maskedContexts, trial, since });
}

/** Its file once somebody else changed the entry: one that is gone no longer decides over it. */
export function fileAfterChange(file: FileMemory | undefined): FileMemory | undefined {
  return file?.state === 'gone_and_retired' ? { ...file, state: 'gone' } : file;
}

/** What is known of a name when its scope's files are read. */
export interface FiledEntry {
  readonly entry: KeptEntry;
  /** Digest of what its file said last. */
  readonly fileHash: string | undefined;
  /** Digest and origin of its present text. */
  readonly hash: string | undefined;
  readonly origin: SkillOrigin | undefined;
}

/** What a file, or its absence, does to an entry: a change of it, and what is remembered of the file. */
export interface FilePlan {
  readonly change?: EntryChange;
  readonly file: FileMemory | { readonly version: 'next'; readonly state: 'there' };
}

export function planFile(scope: SkillScope, text: DigestedSkill, known: FiledEntry | undefined): FilePlan {
  const { name } = text;
  const entry = known?.entry;
  if (entry?.file !== undefined && known?.fileHash === text.contentHash) {
    const file: FileMemory = { version: entry.file.version, state: 'there' };
    if (entry.file.state !== 'gone_and_retired') return { file };
    return { change: { scope, name, version: file.version, state: 'active' }, file };
  }
  if (entry !== undefined && known?.hash === text.contentHash) {
    const file: FileMemory = { version: entry.version, state: 'there' };
    return isRetrievable(entry.state) ? { file } : { change: { scope, name, state: 'active' }, file };
  }
  return {
    change: { scope, name, text: { ...text, origin: { kind: 'files' } }, state: 'active' },
    file: { version: 'next', state: 'there' },
  };
}

/** For a name whose file is not among those read; `undefined` where that is no news. */
export function planMissing({ entry, origin }: FiledEntry): FilePlan | undefined {
  const { scope, name, file } = entry;
  if (file?.state !== 'there') return undefined;
  const isItsText = entry.version === file.version && origin?.kind === 'files';
  if (!isItsText || !isRetrievable(entry.state)) return { file: { ...file, state: 'gone' } };
  return { change: { scope, name, state: 'retired' }, file: { ...file, state: 'gone_and_retired' } };
}
