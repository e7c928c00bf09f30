import { AppError } from '../domain/app-error.ts';
import type { PersonId } from '../domain/ids.ts';
import { isSkillName, type Skill, type SkillName, type SkillScope, type SkillText } from '../domain/skill.ts';
import type { DraftText } from '../domain/skill-operation.ts';
import type { ChangeCause, EntryChange, SkillEntry, StoredSkillFile } from '../ports/library-store.ts';

/** What a gate found wrong with a text, as a sentence for people. */
export interface HandFinding {
  readonly severity: 'refuse' | 'warn';
  readonly message: string;
}

export interface HandChecks {
  /** Whatever speaks against putting this text into everybody's prompt; `isLearned` is stricter. */
  check(draft: DraftText, isLearned: boolean): readonly HandFinding[];
}

export interface HandLibrary {
  /** `SkillLibrary.change`. */
  change(request: {
    readonly cause: ChangeCause;
    readonly entries: readonly HandEntry[];
  }): Promise<{ readonly generation: number; readonly changed: boolean }>;
  entry(scope: SkillScope, name: SkillName): SkillEntry | undefined;
  /** Its text as it stands there, whatever its state. */
  at(scope: SkillScope, name: SkillName): Skill | undefined;
}

/** As `EntryChange`, its text without a digest: the library makes that. */
export type HandEntry = Omit<EntryChange, 'text'> & {
  readonly text?: Omit<NonNullable<EntryChange['text']>, 'contentHash'>;
};

export interface HandResult {
  readonly generation: number;
  /** False: it was so already. */
  readonly changed: boolean;
  readonly version: number;
  readonly warnings: readonly string[];
}

/** Changes of skills by people. Every method rejects with an `AppError` whose message says what to do, and then nothing has changed. */
export interface HandEdits {
  /** A new skill, active at once. `conflict` where the scope has one of that name. */
  add(
    scope: SkillScope,
    draft: DraftText,
    by: PersonId,
    files?: readonly StoredSkillFile[],
  ): Promise<HandResult>;
  /** Another text for a name in that scope, or its first one there. */
  put(
    scope: SkillScope,
    draft: DraftText,
    by: PersonId,
    cause: Pick<ChangeCause, 'kind' | 'reason'>,
    files?: readonly StoredSkillFile[],
  ): Promise<HandResult>;
}

export function createHandEdits(library: HandLibrary, checks: HandChecks): HandEdits {
  function checked(draft: DraftText): { readonly name: SkillName; readonly warnings: readonly string[] } {
    const findings = checks.check(draft, false);
    const refusal = findings.find(({ severity }) => severity === 'refuse');
    if (refusal !== undefined) throw new AppError('invalid_input', refusal.message);
    // The schema gate says more about a name; this keeps a name that no gate knows out.
    if (!isSkillName(draft.name)) {
      throw new AppError('invalid_input', 'That name is not allowed. Use a–z, 0–9 and single hyphens.');
    }
    return { name: draft.name, warnings: findings.map(({ message }) => message) };
  }

  async function put(
    scope: SkillScope,
    draft: DraftText,
    by: PersonId,
    cause: Pick<ChangeCause, 'kind' | 'reason'>,
    files?: readonly StoredSkillFile[],
  ): Promise<HandResult> {
    const { name, warnings } = checked(draft);
    const before = library.at(scope, name);
    if (before !== undefined && before.standing.state === 'active' && isSameText(before, draft)) {
      return { generation: 0, changed: false, version: before.version, warnings };
    }
    const text = {
      name,
      description: draft.description,
      triggers: draft.triggers,
      body: draft.body,
      source: 'chat',
      origin: { kind: 'person', by } as const,
      ...(files === undefined ? {} : { files }),
      // Whoever edits what was learned leaves its words in: whom it was learned from stays with it.
      ...(before?.learnedFrom === undefined ? {} : { learnedFrom: before.learnedFrom }),
    };
    const { generation, changed } = await library.change({
      cause: { ...cause, by },
      entries: [{ scope, name, text, state: 'active' }],
    });
    return { generation, changed, version: library.entry(scope, name)?.version ?? 1, warnings };
  }

  return {
    put,
    async add(scope, draft, by, files) {
      const existing = isSkillName(draft.name) ? library.at(scope, draft.name) : undefined;
      if (existing !== undefined && existing.standing.state !== 'retired' && !isSameText(existing, draft)) {
        throw new AppError(
          'conflict',
          `There is a skill “${draft.name}” already. Edit that one, or choose another name.`,
        );
      }
      return put(scope, draft, by, { kind: 'add' }, files);
    },
  };
}

export function isSameText(a: Pick<SkillText, 'description' | 'triggers' | 'body'>, b: DraftText): boolean {
  return (
    a.description === b.description &&
    a.body.trim() === b.body.trim() &&
    a.triggers.join('\n') === b.triggers.join('\n')
  );
}
