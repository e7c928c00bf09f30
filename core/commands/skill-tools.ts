import type { ConversationKey } from '../domain/conversation.ts';
import type { PersonId, SpaceId, TurnId } from '../domain/ids.ts';
import type { Proposal } from '../domain/proposal.ts';
import type { Skill, SkillScope } from '../domain/skill.ts';
import type { SkillStatsChart } from '../domain/skill-chart.ts';
import type { DraftText } from '../domain/skill-operation.ts';
import type { LibraryStore, SkillEntry } from '../ports/library-store.ts';
import type { ProposalStore } from '../ports/proposal-store.ts';
import type { SampleCounts } from '../ports/sample-store.ts';
import type { SkillArchivePort } from '../ports/skill-archive.ts';
import type { SkillAudience } from '../skills/audience.ts';
import type { HandEdits, HandLibrary } from '../skills/edit-by-hand.ts';
import type { SkillStats } from '../skills/skill-stats.ts';
import type { SpacePolicies } from '../skills/space-policy.ts';
import type { Role } from './command-spec.ts';

/** The effects behind the commands that change skills. Every method may reject with an `AppError` whose message is for the person. */
export interface SkillTools {
  readonly library: LibraryControl;
  readonly hand: HandEdits;
  readonly proposals: Pick<ProposalStore, 'get' | 'list'>;
  readonly decide: DraftDecisions;
  /** Puts the card of a draft that was changed or decided in order. Never rejects. */
  readonly draftChanged: (proposal: Proposal) => Promise<void>;
  readonly evolver: LearnControl;
  readonly policies: SpacePolicies;
  readonly stats: SkillStatsView;
  /** PNG bytes. */
  readonly chart: (chart: SkillStatsChart) => Promise<Uint8Array>;
  readonly archive: SkillArchivePort;
  /** Writes a zip where the operator finds it; resolves with its path. */
  readonly saveExport: (fileName: string, bytes: Uint8Array) => Promise<string>;
  /** What happened to a space's skills in the last week, Markdown. */
  readonly digest: (spaceId: SpaceId) => Promise<string>;
  /** So many different people must stand behind a skill before it goes to more than those it was learned from. */
  readonly minPeople: number;
  /** `skills.maxActive`: beyond it the least useful skills of a scope that were made in chat are retired in time. */
  readonly maxActive: number;
}

export interface LibraryControl extends HandLibrary {
  generation(): number;
  /** Every entry, whatever its state, of these scopes. */
  entriesOf(isIncluded: (scope: SkillScope) => boolean): readonly SkillEntry[];
  /** By name, the narrowest first: also candidates and retired ones. */
  find(name: string, audience: SkillAudience): Skill | undefined;
  /** Candidates and retired ones that an audience would see. */
  resting(audience: SkillAudience): readonly Skill[];
  history: LibraryStore['history'];
  versions: LibraryStore['versions'];
  files: LibraryStore['files'];
  entriesAt: LibraryStore['entriesAt'];
  /** Makes the entries of the scopes included as they were under a generation, as one change. */
  restore(
    generation: number,
    by: PersonId,
    isIncluded: (scope: SkillScope) => boolean,
  ): Promise<{ readonly generation: number; readonly changed: boolean }>;
}

/** As `core/skills/evolver/decide-proposal.ts` does it. Reject with `conflict` where the draft is not the one that was looked at. */
export interface DraftDecisions {
  approve(number: number, hash: string, by: Decider): Promise<Proposal>;
  reject(number: number, hash: string, reason: string | undefined, by: Decider): Promise<Proposal>;
  edit(number: number, hash: string, draft: DraftText, by: Decider): Promise<Proposal>;
  undo(number: number, by: Decider): Promise<Proposal>;
}

export interface Decider {
  readonly personId: PersonId;
  readonly role: Role;
}

export interface LearnControl {
  ask(request: LearnRequest): Promise<LearnAnswer>;
}

export interface LearnRequest {
  readonly spaceId: SpaceId;
  readonly personId: PersonId;
  readonly conversationKey: ConversationKey;
  /** Maintainers ask for everybody here. */
  readonly isForSpace: boolean;
  readonly turnId?: TurnId;
}

/** `started`: it works on so many failures, and a word comes later. Else why it does not, as a sentence. */
export type LearnAnswer =
  | { readonly kind: 'started'; readonly failures: number; readonly topic: string }
  | { readonly kind: 'nothing'; readonly why: string };

export interface SkillStatsView {
  of(skill: Skill): Promise<SkillStats>;
  samples(): Promise<SampleCounts>;
}
