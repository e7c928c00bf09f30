import type { ShownSkill } from '../domain/skill.ts';
import type { Ids } from '../ports/ids.ts';
import type { SkillAudience } from './audience.ts';
import { renderSkillBlock } from './inject.ts';
import { type Experiments, maskSkills } from './mask-skills.ts';
import { findCandidates, type RetrievalMode, type VectorsByText } from './retrieval-modes.ts';
import { type Selection, type SelectionLimits, type SkillCandidate, selectSkills } from './select-skills.ts';
import { contextOf } from './session-exposures.ts';
import type { Shelves } from './shelves.ts';

export interface RetrievalSettings {
  readonly mode: RetrievalMode;
  /** Of one prompt. */
  readonly limits: SelectionLimits;
  /** Least cosine of a skill that words do not lead to, in the modes that compare meanings. Default: each mode's own. */
  readonly meaningFloor?: number;
  /** Absent: nothing is masked by chance. */
  readonly experiments?: Experiments;
  readonly digest: Ids['digest'];
}

export interface RetrieveOptions {
  /** Draws hold for it. Without one nothing is masked by chance. */
  readonly sessionId?: string;
  /** Of the message's words. Without one the modes that compare meanings go by the words. */
  readonly queryVector?: Float32Array;
}

/** What one turn is given, all of one moment. Each chosen skill is shown or masked. */
export interface RetrievedSkills extends Selection {
  readonly generation: number;
  /** What the model is given as the turn records it, best first. */
  readonly shown: readonly ShownSkill[];
  /** Chosen as well and left out by chance, for the whole session. */
  readonly masked: readonly ShownSkill[];
  /** The block for the system prompt; '' when nothing is shown. */
  readonly block: string;
}

/** Looked at beyond `topK`, so that duplicates and too long ones can be passed over. */
const spareCandidates = 26;

/** What these shelves hold for a message, ranked and within the limits; nothing is drawn yet. */
export function chooseSkills(
  message: string,
  audience: SkillAudience | undefined,
  queryVector: Float32Array | undefined,
  { mode, limits, meaningFloor }: RetrievalSettings,
  shelves: Pick<Shelves, 'find' | 'finder' | 'visible'>,
  vectors: VectorsByText,
): Selection {
  const search = {
    message,
    limit: limits.topK + spareCandidates,
    audience,
    queryVector,
    isWanted: (candidate: SkillCandidate) => isUnmaskedHere(candidate, audience),
    ...(limits.floor === undefined ? {} : { floor: limits.floor }),
    ...(meaningFloor === undefined ? {} : { meaningFloor }),
  };
  return selectSkills(findCandidates(mode, search, shelves, vectors), limits);
}

/** False where it is known to hurt. */
function isUnmaskedHere({ skill, because }: SkillCandidate, audience: SkillAudience | undefined): boolean {
  const { maskedContexts } = skill.standing;
  if (maskedContexts.length === 0 || audience === undefined) return true;
  const { platform, isShared } = audience;
  const context = contextOf({ platform, audience: isShared ? 'group' : 'direct' }, because);
  return !maskedContexts.includes(context);
}

/** Draws, and writes the block. */
export function presentSkills(
  selection: Selection,
  generation: number,
  sessionId: string | undefined,
  { experiments, digest }: RetrievalSettings,
): RetrievedSkills {
  const { given, shown, masked } = maskSkills(selection.chosen, sessionId, experiments, digest);
  return {
    ...selection,
    generation,
    shown,
    masked,
    block: renderSkillBlock(given.map(({ skill }) => skill)),
  };
}
