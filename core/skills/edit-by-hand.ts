import { AppError } from '../domain/app-error.ts';
import type { PersonId } from '../domain/ids.ts';
import { isSkillName, type Skill, type SkillName, type SkillScope, type SkillText } from '../domain/skill.ts';
import type { DraftText } from '../domain/skill-operation.ts';
import type {
  ChangeCause,
  EntryChange,
  LibraryStore,
  SkillEntry,
  StoredSkillFile,
} from '../ports/library-store.ts';

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
  files: LibraryStore['files'];
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

export interface HandText {
  readonly draft: DraftText;
  /** Where it came as files: so that they can be given back byte for byte. */
  readonly files?: readonly StoredSkillFile[];
  /** The skill of another scope whose words it has: whom that one was learned from goes along. */
  readonly basedOn?: Pick<Skill, 'learnedFrom'>;
}

export interface HandPackResult {
  readonly changed: readonly string[];
  /** They said that already. */
  readonly unchanged: readonly string[];
  /** What the checks found: a refused one is left out. */
  readonly findings: readonly { readonly name: string; readonly message: string }[];
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
    from?: Omit<HandText, 'draft'>,
  ): Promise<HandResult>;
  /** As `put`, several in one change, and so one generation, or none. What is refused is left out and told. */
  putAll(
    scope: SkillScope,
    texts: readonly HandText[],
    by: PersonId,
    cause: Pick<ChangeCause, 'kind' | 'reason'>,
  ): Promise<HandPackResult>;
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

  /** What makes this the text of the name; `undefined` where it is already. */
  async function entryOf(
    scope: SkillScope,
    name: SkillName,
    { draft, files, basedOn }: HandText,
    by: PersonId,
  ): Promise<HandEntry | undefined> {
    const before = library.at(scope, name);
    if (before !== undefined && before.standing.state === 'active' && isSameText(before, draft)) {
      // What came as files is given back byte for byte: the same words with other metadata beside them are other files.
      const stored = files && (await library.files(scope, name, before.version));
      if (files === undefined || isSameFiles(stored, files)) return undefined;
    }
    const learnedFrom = before?.learnedFrom ?? basedOn?.learnedFrom;
    const text = {
      name,
      description: draft.description,
      triggers: draft.triggers,
      body: draft.body,
      source: 'chat',
      origin: { kind: 'person', by } as const,
      ...(files === undefined ? {} : { files }),
      // Whoever edits what was learned leaves its words in: whom it was learned from stays with it.
      ...(learnedFrom === undefined ? {} : { learnedFrom }),
    };
    return { scope, name, text, state: 'active' };
  }

  async function put(
    scope: SkillScope,
    draft: DraftText,
    by: PersonId,
    cause: Pick<ChangeCause, 'kind' | 'reason'>,
    from: Omit<HandText, 'draft'> = {},
  ): Promise<HandResult> {
    const { name, warnings } = checked(draft);
    const entry = await entryOf(scope, name, { draft, ...from }, by);
    if (entry === undefined) {
      return { generation: 0, changed: false, version: library.entry(scope, name)?.version ?? 1, warnings };
    }
    const { generation, changed } = await library.change({ cause: { ...cause, by }, entries: [entry] });
    return { generation, changed, version: library.entry(scope, name)?.version ?? 1, warnings };
  }

  async function putAll(
    scope: SkillScope,
    texts: readonly HandText[],
    by: PersonId,
    cause: Pick<ChangeCause, 'kind' | 'reason'>,
  ): Promise<HandPackResult> {
    const findings: { readonly name: string; readonly message: string }[] = [];
    const entries: HandEntry[] = [];
    const unchanged: string[] = [];
    for (const text of texts) {
      const { name } = text.draft;
      try {
        const { name: slot, warnings } = checked(text.draft);
        findings.push(...warnings.map((message) => ({ name, message })));
        const entry = await entryOf(scope, slot, text, by);
        if (entry === undefined) unchanged.push(name);
        else entries.push(entry);
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'invalid_input') throw error;
        findings.push({ name, message: error.message });
      }
    }
    if (entries.length > 0) await library.change({ cause: { ...cause, by }, entries });
    return { changed: entries.map(({ name }) => name), unchanged, findings };
  }

  return {
    put,
    putAll,
    async add(scope, draft, by, files) {
      const existing = isSkillName(draft.name) ? library.at(scope, draft.name) : undefined;
      if (existing !== undefined && existing.standing.state !== 'retired' && !isSameText(existing, draft)) {
        throw new AppError(
          'conflict',
          `There is a skill “${draft.name}” already. Edit that one, or choose another name.`,
        );
      }
      return put(scope, draft, by, { kind: 'add' }, files && { files });
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

function isSameFiles(a: readonly StoredSkillFile[] | undefined, b: readonly StoredSkillFile[]): boolean {
  const other = new Map(a?.map(({ path, bytes }) => [path, bytes]));
  return (
    other.size === b.length &&
    b.every(({ path, bytes }) => {
      const there = other.get(path);
      return there?.length === bytes.length && there.every((byte, at) => byte === bytes[at]);
    })
  );
}
