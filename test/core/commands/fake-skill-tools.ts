import type {
  DraftDecisions,
  LearnAnswer,
  LibraryControl,
  SkillTools,
} from '../../../core/commands/skill-tools.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import type { Proposal } from '../../../core/domain/proposal.ts';
import {
  isRetrievable,
  isSkillName,
  type Skill,
  type SkillScope,
  skillScopeKey,
} from '../../../core/domain/skill.ts';
import type { LibraryEvent, SkillEntry, StoredSkillFile } from '../../../core/ports/library-store.ts';
import type { LoadedPack, SkillArchivePort } from '../../../core/ports/skill-archive.ts';
import { createHandEdits, type HandEntry } from '../../../core/skills/edit-by-hand.ts';
import type { SkillStats } from '../../../core/skills/skill-stats.ts';
import { createSpacePolicies } from '../../../core/skills/space-policy.ts';

export interface FakeSkillToolsOptions {
  readonly skills?: readonly Skill[];
  /** Versions beside the present ones. */
  readonly oldVersions?: readonly Skill[];
  readonly history?: readonly LibraryEvent[];
  readonly files?: readonly StoredSkillFile[];
  readonly entriesAt?: (generation: number) => readonly SkillEntry[] | undefined;
  readonly proposals?: readonly Proposal[];
  readonly learn?: LearnAnswer;
  readonly stats?: Partial<SkillStats>;
  readonly pack?: LoadedPack;
  /** What the gates say of a text. */
  readonly refuses?: (body: string) => string | undefined;
  readonly decideFails?: AppError;
  readonly digest?: string;
  readonly chartFails?: boolean;
}

export interface FakeSkillTools {
  readonly tools: SkillTools;
  /** What was asked of it, a line each. */
  readonly calls: readonly string[];
  /** Every change of the library. */
  readonly changes: readonly { readonly kind: string; readonly entries: readonly HandEntry[] }[];
}

export const noStats: SkillStats = {
  exposures: 0,
  shown: 0,
  masked: 0,
  good: 0,
  bad: 0,
  isLabelShareOff: false,
  contexts: [],
  chart: { title: '', subtitle: '', points: [], marks: [] },
};

function entryOf(skill: Skill): SkillEntry {
  return { scope: skill.scope, name: skill.name, version: skill.version, ...skill.standing };
}

const decoder = new TextDecoder();

/** Reads the plainest of SKILL.md files, as the real reader is an adapter. */
const plainArchive: Pick<SkillArchivePort, 'readBytes' | 'render' | 'toZip'> = {
  readBytes(bytes, source) {
    const text = decoder.decode(bytes);
    const [, name, description, body] =
      /^---\nname: (.*)\ndescription: (.*)\n---\n\n?([\s\S]*)$/.exec(text) ?? [];
    if (name === undefined || !isSkillName(name) || description === undefined || body === undefined) {
      const message = 'The front matter cannot be read. Begin with ---.';
      return { skills: [], diagnostics: [{ severity: 'error', source, message }] };
    }
    const said = description.startsWith('"') ? String(JSON.parse(description)) : description;
    const skill = { name, description: said, triggers: [], body: body.trim(), source };
    return { skills: [{ text: skill, files: [{ path: 'SKILL.md', bytes }] }], diagnostics: [] };
  },
  render: ({ name, description, body }) =>
    new TextEncoder().encode(`---\nname: ${name}\ndescription: ${description}\n---\n\n${body}\n`),
  toZip: (skills) => new TextEncoder().encode(skills.map(({ text }) => text.name).join(' ')),
};

/** Effects behind the skill commands: a library in a table, everything else written down. */
export function createFakeSkillTools(options: FakeSkillToolsOptions = {}): FakeSkillTools {
  const calls: string[] = [];
  const changes: { kind: string; entries: readonly HandEntry[] }[] = [];
  const skills = [...(options.skills ?? [])];
  const settings = new Map<string, unknown>();
  const at = (scope: SkillScope, name: string): Skill | undefined =>
    skills.find((known) => known.name === name && skillScopeKey(known.scope) === skillScopeKey(scope));
  const hidden: SkillEntry[] = [];

  const library: LibraryControl = {
    generation: () => 7,
    at,
    entry: (scope, name) => {
      const skill = at(scope, name);
      return skill === undefined
        ? hidden.find((known) => known.name === name && skillScopeKey(known.scope) === skillScopeKey(scope))
        : entryOf(skill);
    },
    entriesOf: (isIncluded) => skills.map(entryOf).filter(({ scope }) => isIncluded(scope)),
    find: (name) => skills.find((known) => known.name === name),
    resting: () => skills.filter(({ standing }) => !isRetrievable(standing.state)),
    history: async () => options.history ?? [],
    versions: async (_, name) =>
      [...skills, ...(options.oldVersions ?? [])]
        .filter((known) => known.name === name)
        .sort((a, b) => b.version - a.version),
    files: async () => options.files,
    entriesAt: async (generation) => options.entriesAt?.(generation),
    async restore(generation, by) {
      calls.push(`restore ${generation} by ${by}`);
      return { generation: 8, changed: true };
    },
    async change({ cause, entries }) {
      changes.push({ kind: cause.kind, entries });
      calls.push(`change ${cause.kind} by ${cause.by}`);
      return { generation: 8, changed: true };
    },
  };

  const decided = async (what: string, number: number, patch: Partial<Proposal>): Promise<Proposal> => {
    calls.push(what);
    if (options.decideFails !== undefined) throw options.decideFails;
    const proposal = (options.proposals ?? []).find((known) => known.number === number);
    if (proposal === undefined) throw new AppError('not_found', 'no such draft');
    return { ...proposal, ...patch };
  };
  const decide: DraftDecisions = {
    approve: (number, hash, by) =>
      decided(`approve ${number} ${hash} by ${by.personId}`, number, { state: 'applied', generation: 8 }),
    reject: (number, hash, reason, by) =>
      decided(`reject ${number} ${hash} ${reason} by ${by.personId}`, number, { state: 'rejected' }),
    edit: (number, hash, draft, by) =>
      decided(
        `edit ${number} ${hash} by ${by.personId}: ${draft.name}/${draft.description}/${draft.body}`,
        number,
        {},
      ),
    undo: (number, by) => decided(`undo ${number} by ${by.personId}`, number, { state: 'undone' }),
  };

  const tools: SkillTools = {
    library,
    hand: createHandEdits(library, {
      check(draft) {
        const message = options.refuses?.(draft.body);
        return message === undefined ? [] : [{ severity: 'refuse', message }];
      },
    }),
    proposals: {
      get: async (number) => (options.proposals ?? []).find((known) => known.number === number),
      list: async (states, limit, spaceId) =>
        (options.proposals ?? [])
          .filter((known) => states.includes(known.state) && known.spaceId === spaceId)
          .slice(0, limit),
    },
    decide,
    async draftChanged(proposal) {
      calls.push(`card of ${proposal.number}`);
    },
    evolver: {
      async ask({ personId, isForSpace, turnId }) {
        calls.push(
          `learn for ${isForSpace ? 'the space' : personId}${turnId === undefined ? '' : ` from ${turnId}`}`,
        );
        return options.learn ?? { kind: 'started', failures: 2, topic: 'release notes' };
      },
    },
    policies: createSpacePolicies(
      {
        get: async (scope, key) => settings.get(`${scope} ${key}`),
        set: async (scope, key, value) => void settings.set(`${scope} ${key}`, value),
        delete: async (scope, key) => settings.delete(`${scope} ${key}`),
        list: async (scope) =>
          Object.fromEntries([...settings].filter(([key]) => key.startsWith(`${scope} `))),
      },
      'review',
    ),
    stats: {
      of: async () => ({ ...noStats, ...options.stats }),
      samples: async () => ({ waiting: 3, dropped: 2, trained: 0 }),
    },
    async chart() {
      if (options.chartFails === true) throw new AppError('internal', 'no chart');
      return new Uint8Array([1, 2, 3]);
    },
    archive: {
      ...plainArchive,
      readPath: async (path) => {
        calls.push(`read ${path}`);
        return options.pack ?? { skills: [], diagnostics: [] };
      },
      writeFolder: async () => [],
    },
    async saveExport(fileName, bytes) {
      calls.push(`save ${fileName}: ${decoder.decode(bytes)}`);
      return `/data/exports/${fileName}`;
    },
    digest: async () => options.digest ?? 'the digest',
    minPeople: 3,
    maxActive: 40,
  };
  return { tools, calls, changes };
}
