import type { PersonId, TurnId } from '../domain/ids.ts';
import type {
  Skill,
  SkillName,
  SkillOrigin,
  SkillProvenance,
  SkillScope,
  SkillState,
  SkillText,
} from '../domain/skill.ts';

/**
 * The durable side of the skill library: versions, where each name stands, and the generation. Each change is one commit
 * that grows the generation by exactly one where what can be retrieved changed (which texts, in which scope, hidden or
 * masked where) and not otherwise. Durability and errors as in `InboxStore`.
 */
export interface LibraryStore {
  /**
   * Makes `texts` (with digests) what files say for one scope: a name that is new or whose digest differs from what its
   * file said last gets its next version, active, of origin `files`; one that stands at this very text keeps its version
   * and is active. A name whose file is gone is retired where its text is still the file's, and comes back with the
   * file if nobody changed it meanwhile. Names that people or the evolver made are left alone unless a file of that
   * name comes. A file that did not change does not undo what was changed in chat. Without `invalidation` no sample is
   * dropped.
   */
  sync(
    scope: SkillScope,
    texts: readonly DigestedSkill[],
    at: number,
    invalidation?: Invalidation,
  ): Promise<LibraryState>;
  state(): Promise<LibraryState>;
  /**
   * Applies all entries of a change, marks supports as consumed and drops samples, all or nothing. Consumed turns are
   * `used` for skills as support and dropped as samples whatever comes of the change; what `invalidation` names is
   * dropped only where the generation grows. Entries that stay as they are count as no change. Rejects with `conflict`
   * when the library's count of changes is not the expected one any more, `not_found` for a version or text that never
   * was, `invalid_input` for an entry that says two things at once.
   */
  apply(change: LibraryChange): Promise<LibraryState>;
  /**
   * Any version that ever was, for `why` on old turns. Names are counted per scope: give the `contentHash` that the
   * turn recorded to get that very text; without it the global one comes first. Its standing is the present one of its
   * name.
   */
  version(name: SkillName, version: number, contentHash?: string): Promise<Skill | undefined>;
  /** The versions of one name in one scope, the newest first, at most `limit`. */
  versions(scope: SkillScope, name: SkillName, limit: number): Promise<readonly Skill[]>;
  /** The files a version was read from, byte for byte; absent where it was not read from files. */
  files(scope: SkillScope, name: SkillName, version: number): Promise<readonly StoredSkillFile[] | undefined>;
  /** What happened to one name in one scope, or in the whole library where absent; the newest first, at most `limit`. */
  history(
    limit: number,
    of?: { readonly scope: SkillScope; readonly name: SkillName },
  ): Promise<readonly LibraryEvent[]>;
  /** Every entry as it stood at the end of a generation (the present one: as it stands); `undefined` for one that never was, lies before the record, or whose record is damaged. */
  entriesAt(generation: number): Promise<readonly SkillEntry[] | undefined>;
}

export interface StoredSkillFile {
  /** Relative to the skill's folder: `SKILL.md`. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface DigestedSkill extends SkillText {
  readonly contentHash: string;
  readonly files?: readonly StoredSkillFile[];
}

/** What the library holds of a name in a scope. `hidden`: no text of its own; it hides the name's wider ones there. */
export interface SkillEntry {
  readonly scope: SkillScope;
  readonly name: SkillName;
  /** 0 where hidden, or where it did nothing but hide before it was retired. */
  readonly version: number;
  readonly state: SkillState | 'hidden';
  readonly isProven: boolean;
  readonly isPinned: boolean;
  readonly maskedContexts: readonly string[];
  /** As `SkillStanding.trial`; 0 where it never had a text. */
  readonly trial: number;
  /** When that trial began, epoch milliseconds. */
  readonly since: number;
}

/** What a change says of one entry; what it does not say stays. */
export interface EntryChange {
  readonly scope: SkillScope;
  readonly name: SkillName;
  /** Becomes the next version; neither with `version` nor with the state `hidden`. */
  readonly text?: DigestedSkill & { readonly origin: SkillOrigin; readonly learnedFrom?: SkillProvenance };
  /** Goes back to a version that was. Without it and a text, one that hid stands at its latest version again, if it has one. */
  readonly version?: number;
  /**
   * Default: stays, or `active` for a new name. A new text, another version, and a comeback from `candidate`, `retired`
   * or `hidden` begin a new trial, which is not proven and masked nowhere unless said here.
   */
  readonly state?: SkillEntry['state'];
  readonly isProven?: boolean;
  readonly isPinned?: boolean;
  readonly maskedContexts?: readonly string[];
}

/** Which waiting samples a change drops: all that were sampled under an earlier generation, or these turns. */
export type Invalidation =
  | { readonly mode: 'strict' }
  | { readonly mode: 'scoped'; readonly turns: readonly TurnId[] };

/** Why the library changed. */
export type ChangeKind =
  | 'files'
  | 'add'
  | 'edit'
  | 'merge'
  | 'split'
  | 'retire'
  | 'enable'
  | 'disable'
  | 'remove'
  | 'pin'
  | 'scope'
  | 'import'
  | 'promote'
  | 'prove'
  | 'demote'
  | 'mask'
  | 'undo'
  | 'restore';

export interface ChangeCause {
  readonly kind: ChangeKind;
  /** Absent: the bot itself. */
  readonly by?: PersonId;
  readonly proposal?: number;
  /** A clause for `history`: `not used for 90 days`. */
  readonly reason?: string;
  /** The generation that was restored. */
  readonly restores?: number;
}

export interface LibraryChange {
  /** Epoch milliseconds. */
  readonly at: number;
  /** `LibraryState.revision` that it was made for. */
  readonly expectedRevision: number;
  readonly cause: ChangeCause;
  readonly entries: readonly EntryChange[];
  /** Turns whose failures it was made from: they never train the weights, and no other change is made from them. */
  readonly consumed: readonly TurnId[];
  readonly invalidation: Invalidation;
}

export interface LibraryState {
  /** 0 before the first change of what can be retrieved. */
  readonly generation: number;
  /** Counts every change, also those that change nothing that can be retrieved. */
  readonly revision: number;
  /** What can be retrieved now. */
  readonly skills: readonly Skill[];
  /** Candidates and retired ones. */
  readonly resting: readonly Skill[];
  readonly hidden: readonly { readonly scope: SkillScope; readonly name: SkillName }[];
}

/** One entry's part in one change. */
export interface LibraryEvent {
  readonly revision: number;
  /** The library's after it. */
  readonly generation: number;
  readonly at: number;
  readonly cause: ChangeCause;
  readonly before: SkillEntry | undefined;
  readonly after: SkillEntry;
}
