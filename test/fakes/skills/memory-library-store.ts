import {
  entryAfter,
  entryText,
  type FiledEntry,
  fileAfterChange,
  isRetrievalChanged,
  type KeptEntry,
  planFile,
  planMissing,
} from '../../../adapters/sqlite/library-rules.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import type { TurnId } from '../../../core/domain/ids.ts';
import { isRetrievable, type Skill, skillScopeKey } from '../../../core/domain/skill.ts';
import type {
  ChangeCause,
  EntryChange,
  Invalidation,
  LibraryEvent,
  LibraryState,
  LibraryStore,
  SkillEntry,
  StoredSkillFile,
} from '../../../core/ports/library-store.ts';

/** What a change that grew the generation dropped. */
export interface DroppedSamples {
  readonly generation: number;
  readonly invalidation: Invalidation;
}

export interface MemoryLibraryStore extends LibraryStore {
  /** Every `sync` from now on waits for the gate, and rejects where the gate does. */
  holdSyncs(gate: Promise<void>): void;
  /** Turns that changes were made from, in order. */
  readonly consumed: readonly TurnId[];
  /** One for each change that grew the generation and said what it drops. */
  readonly dropped: readonly DroppedSamples[];
}

interface Version {
  readonly skill: Omit<Skill, 'standing'>;
  readonly files?: readonly StoredSkillFile[];
}

const keyOf = ({ scope, name }: Pick<SkillEntry, 'scope' | 'name'>): string =>
  `${skillScopeKey(scope)} ${name}`;

const plain = ({ file: _, ...entry }: KeptEntry): SkillEntry => entry;

const byKey = <T>([a]: readonly [string, T], [b]: readonly [string, T]): number => (a < b ? -1 : 1);

/** The library in memory. It has no ledger: what a change consumes and drops is kept for the test to look at. */
export function createMemoryLibraryStore(): MemoryLibraryStore {
  const entries = new Map<string, KeptEntry>();
  /** By entry, the oldest first. */
  const versions = new Map<string, Version[]>();
  const events: LibraryEvent[] = [];
  const consumed: TurnId[] = [];
  const dropped: DroppedSamples[] = [];
  let generation = 0;
  let revision = 0;
  let gate: Promise<void> = Promise.resolve();

  const versionsOf = (key: string): Version[] => versions.get(key) ?? [];

  function withStanding({ skill }: Version): Skill {
    const entry = entries.get(keyOf(skill));
    if (entry === undefined) throw new Error(`a version without an entry: ${skill.name}`);
    const { state, isProven, isPinned, maskedContexts, trial, since } = entry;
    const standing = { isProven, isPinned, maskedContexts, trial, since };
    return { ...skill, standing: { ...standing, state: state === 'hidden' ? 'retired' : state } };
  }

  function state(): LibraryState {
    const ordered = [...entries].sort(byKey);
    const skills = ordered.flatMap(([key, entry]) => {
      const version = versionsOf(key)[entry.version - 1];
      return version === undefined ? [] : [withStanding(version)];
    });
    return structuredClone({
      generation,
      revision,
      skills: skills.filter(({ standing }) => isRetrievable(standing.state)),
      resting: skills.filter(({ standing }) => !isRetrievable(standing.state)),
      hidden: ordered.flatMap(([, { scope, name, state: stands }]) =>
        stands === 'hidden' ? [{ scope, name }] : [],
      ),
    });
  }

  function put(change: EntryChange, at: number): void {
    const key = keyOf(change);
    const known = versionsOf(key);
    const before = entries.get(key);
    const trials = [...entries.values()].flatMap((entry) =>
      skillScopeKey(entry.scope) === skillScopeKey(change.scope) ? [entry.trial] : [],
    );
    const after = entryAfter(
      change,
      before,
      {
        latestVersion: known.length,
        hasVersion: (version) => known[version - 1] !== undefined,
        nextTrial: () => Math.max(0, ...trials) + 1,
      },
      at,
    );
    if (change.text !== undefined) {
      const { files, ...text } = change.text;
      const skill = { ...text, version: after.version, scope: change.scope };
      versions.set(key, [...known, structuredClone({ skill, ...(files === undefined ? {} : { files }) })]);
    }
    const file = fileAfterChange(before?.file);
    entries.set(key, { ...structuredClone(after), ...(file === undefined ? {} : { file }) });
  }

  /** All of a change or nothing of it. Whether the generation grew. */
  function putAll(changes: readonly EntryChange[], cause: ChangeCause, at: number): boolean {
    const entriesBefore = new Map(entries);
    const versionsBefore = new Map(versions);
    try {
      for (const change of changes) put(change, at);
    } catch (thrown) {
      entries.clear();
      versions.clear();
      for (const [key, entry] of entriesBefore) entries.set(key, entry);
      for (const [key, known] of versionsBefore) versions.set(key, known);
      throw thrown;
    }
    const touched = [...new Set(changes.map(keyOf))].flatMap((key) => {
      const before = entriesBefore.get(key);
      const after = entries.get(key);
      if (after === undefined || (before !== undefined && entryText(before) === entryText(after))) return [];
      return [{ before: before && plain(before), after: plain(after) }];
    });
    if (touched.length === 0) return false;
    const grew = touched.some(({ before, after }) => isRetrievalChanged(before, after));
    if (grew) generation += 1;
    revision += 1;
    touched.sort((a, b) => (keyOf(a.after) < keyOf(b.after) ? -1 : 1));
    for (const one of touched) events.push(structuredClone({ revision, generation, at, cause, ...one }));
    return grew;
  }

  function filedEntry(key: string, entry: KeptEntry): FiledEntry {
    const present = versionsOf(key)[entry.version - 1]?.skill;
    const ofFile = entry.file && versionsOf(key)[entry.file.version - 1]?.skill;
    return {
      entry,
      hash: present?.contentHash,
      origin: present?.origin,
      fileHash: ofFile?.contentHash,
    };
  }

  return {
    consumed,
    dropped,
    holdSyncs(next) {
      gate = next;
    },
    async sync(scope, texts, at, invalidation) {
      await gate;
      const wanted = new Map(texts.map((text) => [keyOf({ scope, name: text.name }), text]));
      const plans = new Map(
        [...entries]
          .filter(([key, entry]) => skillScopeKey(entry.scope) === skillScopeKey(scope) && !wanted.has(key))
          .flatMap(([key, entry]) => {
            const plan = planMissing(filedEntry(key, entry));
            return plan === undefined ? [] : [[key, plan] as const];
          }),
      );
      for (const [key, text] of wanted) {
        const entry = entries.get(key);
        plans.set(key, planFile(scope, text, entry && filedEntry(key, entry)));
      }
      const changes = [...plans.values()].flatMap(({ change }) => change ?? []);
      const grew = putAll(changes, { kind: 'files' }, at);
      for (const [key, { file }] of plans) {
        const entry = entries.get(key);
        const text = wanted.get(key);
        if (entry === undefined) continue;
        const version = file.version === 'next' ? versionsOf(key).length : file.version;
        entries.set(key, { ...entry, file: { version, state: file.state } });
        const known = versionsOf(key);
        const stored = known[version - 1];
        if (text === undefined || stored === undefined) continue;
        const files = text.files ?? stored.files;
        const skill = { ...stored.skill, source: text.source };
        versions.set(
          key,
          known.with(version - 1, structuredClone({ skill, ...(files === undefined ? {} : { files }) })),
        );
      }
      if (grew && invalidation !== undefined) dropped.push({ generation, invalidation });
      return state();
    },
    state: async () => state(),
    async apply(change) {
      if (change.expectedRevision !== revision) {
        throw new AppError('conflict', 'The skill library has changed meanwhile.');
      }
      const grew = putAll(change.entries, change.cause, change.at);
      consumed.push(...change.consumed);
      if (grew) dropped.push(structuredClone({ generation, invalidation: change.invalidation }));
      return state();
    },
    async version(name, version, contentHash) {
      const everywhere = skillScopeKey({ kind: 'global' });
      const found = [...versions]
        .sort(byKey)
        .flatMap(([, known]) => known)
        .filter(
          ({ skill }) =>
            skill.name === name &&
            skill.version === version &&
            (contentHash === undefined || skill.contentHash === contentHash),
        );
      const first = found.find(({ skill }) => skillScopeKey(skill.scope) === everywhere) ?? found[0];
      return first && structuredClone(withStanding(first));
    },
    versions: async (scope, name, limit) =>
      structuredClone(versionsOf(keyOf({ scope, name })).map(withStanding).reverse().slice(0, limit)),
    files: async (scope, name, version) => {
      const files = versionsOf(keyOf({ scope, name }))[version - 1]?.files;
      return files?.length === 0 ? undefined : structuredClone(files);
    },
    history: async (limit, of) =>
      structuredClone(
        events
          .filter(({ after }) => of === undefined || keyOf(after) === keyOf(of))
          .reverse()
          .slice(0, limit),
      ),
    async entriesAt(wanted) {
      if (wanted < 0 || wanted > generation) return undefined;
      const found = new Map([...entries].map(([key, entry]) => [key, plain(entry)]));
      for (const { before, after } of events.filter((event) => event.generation > wanted).reverse()) {
        if (before === undefined) found.delete(keyOf(after));
        else found.set(keyOf(after), before);
      }
      return structuredClone([...found].sort(byKey).map(([, entry]) => entry));
    },
  };
}
