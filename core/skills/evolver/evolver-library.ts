import type { TurnId } from '../../domain/ids.ts';
import type { Skill, SkillName, SkillScope } from '../../domain/skill.ts';
import type { ChangeCause, EntryChange, LibraryStore, SkillEntry } from '../../ports/library-store.ts';
import type { SkillAudience } from '../audience.ts';

/** What the evolver reads of the skill library. */
export interface EvolverLibrary {
  /** What an audience is given, by name: of several of one name the narrowest. */
  list(audience: SkillAudience): readonly Skill[];
  search(text: string, limit: number, audience: SkillAudience): readonly { readonly skill: Skill }[];
  /** What these words lead to, by the words alone. */
  retrieve(
    message: string,
    audience: SkillAudience,
  ): { readonly chosen: readonly { readonly skill: Skill }[] };
  /** A name as it stands in one scope, whatever its state. */
  entry(scope: SkillScope, name: SkillName): SkillEntry | undefined;
  /** Its text there, whatever its state. */
  at(scope: SkillScope, name: SkillName): Skill | undefined;
  version: LibraryStore['version'];
}

/** As `EntryChange`, its text without a digest: the library makes that. */
export type DraftedEntry = Omit<EntryChange, 'text'> & {
  readonly text?: Omit<NonNullable<EntryChange['text']>, 'contentHash'>;
};

/** What a decision needs of the library beside that. */
export interface ChangeableLibrary extends Pick<EvolverLibrary, 'entry' | 'at'> {
  /** As `EvolverLibrary.list`; without an audience what everybody has. */
  list(audience?: SkillAudience): readonly Skill[];
  change(request: {
    readonly cause: ChangeCause;
    readonly entries: readonly DraftedEntry[];
    readonly consumed?: readonly TurnId[];
    /** Asked when its turn has come, after the changes before it: what it throws is what the change rejects with. */
    readonly onlyIf?: () => boolean;
  }): Promise<{ readonly generation: number }>;
  history: LibraryStore['history'];
}

/** Who is given the skills of a scope; `isPrivate`: where nobody else reads along. */
export function audienceOf(
  scope: Exclude<SkillScope, { kind: 'global' }>,
  isPrivate: boolean,
): SkillAudience {
  return {
    platform: scope.platform,
    spaceId: scope.spaceId,
    ...(scope.kind === 'conversation' ? { conversationKey: scope.conversationKey } : {}),
    ...(scope.kind === 'user' ? { personId: scope.personId } : {}),
    isShared: !isPrivate,
  };
}
