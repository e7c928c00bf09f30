import type { PersonId, SessionId } from '../domain/ids.ts';
import { createLatestMap } from '../domain/latest-map.ts';
import { type ShownSkill, type Skill, skillAuthors, skillScopeKey } from '../domain/skill.ts';
import { estimateTokens } from '../domain/tokens.ts';
import type { SkillAudience } from './audience.ts';
import { renderSkill, renderSkillBlock } from './inject.ts';
import type { SkillLibrary } from './library.ts';
import type { RetrievedSkills } from './retrieve-skills.ts';
import type { SelectionLimits } from './select-skills.ts';

export interface SteadySkillsDeps {
  readonly library: Pick<SkillLibrary, 'retrieve' | 'get' | 'revision'>;
  /** Of one block. */
  readonly limits: Pick<SelectionLimits, 'topK' | 'budgetTokens'>;
  /** As `QueryEmbedder.vectorOf`. Absent: skills are found by the words alone. */
  readonly vectorOf?: (words: string) => Promise<Float32Array | undefined>;
  /** @default 10_000 */
  readonly rememberedSessions?: number;
}

/** What one turn is given, all of one moment. */
export interface SteadySkillsForTurn {
  readonly generation: number;
  /** What the block holds: what its words led to, then what earlier ones did (`isCarried`). */
  readonly shown: readonly ShownSkill[];
  /** What they led to and chance left out. */
  readonly masked: readonly ShownSkill[];
  /** The block of the session, with what earlier turns brought into it. */
  readonly block: string;
  /** Whose words the skills of the block were learned from. */
  readonly authors: readonly PersonId[];
}

/**
 * Skills for sessions whose whole talk is sent anew each turn: a prompt that begins as the one before costs a fraction of another.
 * So within a session the block only grows, at its end, and stays as it is, byte for byte, where a turn brings nothing new. Once
 * it is full it stays for eight turns at least, whatever they bring, and starts over with a later turn's own skills then; at once
 * where one of it has changed, is gone, or is masked now.
 * Sessions are remembered in memory, the latest of them; one that was forgotten starts over.
 */
export interface SteadySkills {
  /** At once where no vector is asked for. */
  skillsFor(
    words: string,
    audience: SkillAudience,
    sessionId: SessionId,
  ): SteadySkillsForTurn | Promise<SteadySkillsForTurn>;
  /** What a turn is given whose server goes on with the session's block as it is, of which nothing is sent. Absent where no block is remembered. */
  standing(sessionId: SessionId): SteadySkillsForTurn | undefined;
  /** What `skillsFor` would give now. Nothing of it is remembered. Without a session: as in a new one where nothing is masked. */
  peek(words: string, audience: SkillAudience, sessionId?: SessionId): Promise<SteadySkillsForTurn>;
}

/** A skill of a block, and how it came into it. */
interface Held {
  readonly skill: Skill;
  readonly as: ShownSkill;
}

interface SessionBlock {
  readonly held: readonly Held[];
  /** Of the skills as rendered, together. */
  readonly tokens: number;
  /** Turns that it has stood for as it is. */
  readonly turns: number;
  /** Of the library when all of it was last known to stand. */
  readonly revision: number;
  /** Of the turn before; absent where they were too long to keep. */
  readonly words: string | undefined;
  readonly given: SteadySkillsForTurn;
}

const defaultSessions = 10_000;
/** Then a miss of the cache is one in eight turns at most. */
const fullForTurns = 8;
/** Longer words are looked up again, rather than kept for ten thousand sessions. */
const longestKeptWords = 4_096;

const costOf = (skill: Skill): number => estimateTokens(renderSkill(skill)) + 1;
const sumOf = (held: readonly Held[]): number => held.reduce((sum, { skill }) => sum + costOf(skill), 0);

function isSame(a: Skill, b: Skill): boolean {
  return (
    a.contentHash === b.contentHash &&
    a.version === b.version &&
    skillScopeKey(a.scope) === skillScopeKey(b.scope) &&
    a.standing.maskedContexts.length === b.standing.maskedContexts.length
  );
}

/** What is shown, with its texts. A name is there once at most. */
function ownOf({ chosen, shown }: RetrievedSkills): readonly Held[] {
  const texts = new Map(chosen.map(({ skill }) => [skill.name, skill]));
  return shown.flatMap((as) => {
    const skill = texts.get(as.name);
    return skill === undefined ? [] : [{ skill, as }];
  });
}

/** What a turn was shown by a block: its own first. */
function shownBy(own: readonly ShownSkill[], held: readonly Held[]): readonly ShownSkill[] {
  const carried = held.filter(({ skill }) => !own.some(({ name }) => name === skill.name));
  return carried.length === 0
    ? own
    : [...own, ...carried.map(({ as }) => ({ ...as, isCarried: true as const }))];
}

export function createSteadySkills(deps: SteadySkillsDeps): SteadySkills {
  const { library, limits, vectorOf } = deps;
  const blocks = createLatestMap<SessionId, SessionBlock>(deps.rememberedSessions ?? defaultSessions);

  function stands(held: readonly Held[], audience: SkillAudience): boolean {
    return held.every(({ skill }) => {
      const now = library.get(skill.name, audience);
      return now !== undefined && isSame(now, skill);
    });
  }

  /** What the session shows already and may go on showing; `undefined` where it has to start over. */
  function keptOf(
    block: SessionBlock | undefined,
    { masked }: RetrievedSkills,
    audience: SkillAudience,
    revision: number,
  ): SessionBlock | undefined {
    if (block === undefined) return undefined;
    if (block.revision !== revision && !stands(block.held, audience)) return undefined;
    const isMasked = block.held.some(({ skill }) => masked.some(({ name }) => name === skill.name));
    return isMasked ? undefined : block;
  }

  function next(
    last: SessionBlock | undefined,
    words: string,
    audience: SkillAudience,
    sessionId: SessionId | undefined,
    queryVector: Float32Array | undefined,
  ): SessionBlock {
    const revision = library.revision();
    const found = library.retrieve(words, audience, {
      ...(sessionId === undefined ? {} : { sessionId }),
      ...(queryVector === undefined ? {} : { queryVector }),
    });
    const { generation, shown, masked } = found;
    const known = { revision, words: words.length > longestKeptWords ? undefined : words };
    const own = ownOf(found);
    const kept = keptOf(last, found, audience, revision);
    if (kept !== undefined) {
      const added = own.filter(({ as }) => !kept.held.some(({ skill }) => skill.name === as.name));
      if (added.length === 0) return standing(kept);
      const held = [...kept.held, ...added];
      const tokens = kept.tokens + sumOf(added);
      if (held.length <= limits.topK && tokens <= limits.budgetTokens) return blockOf(held, tokens);
      if (kept.turns < fullForTurns) return standing(kept);
    }
    return blockOf(own, sumOf(own));

    function standing(block: SessionBlock): SessionBlock {
      const { held } = block;
      const there = shown.filter(({ name }) => held.some(({ skill }) => skill.name === name));
      const given = { ...block.given, generation, masked, shown: shownBy(there, held) };
      return { ...block, ...known, turns: block.turns + 1, given };
    }

    function blockOf(held: readonly Held[], tokens: number): SessionBlock {
      const skills = held.map(({ skill }) => skill);
      return {
        ...known,
        held,
        tokens,
        turns: 1,
        given: {
          generation,
          shown: shownBy(shown, held),
          masked,
          block: renderSkillBlock(skills),
          authors: [...new Set(skillAuthors(skills))],
        },
      };
    }
  }

  const before = (sessionId: SessionId | undefined): SessionBlock | undefined =>
    sessionId === undefined ? undefined : blocks.get(sessionId);

  /** The same words again, as each call of an answer with tools brings them. */
  function again(words: string, sessionId: SessionId | undefined): SessionBlock | undefined {
    const block = before(sessionId);
    return block?.words === words && block.revision === library.revision() ? block : undefined;
  }

  function keep(
    words: string,
    audience: SkillAudience,
    sessionId: SessionId,
    queryVector?: Float32Array,
  ): SteadySkillsForTurn {
    const block = next(before(sessionId), words, audience, sessionId, queryVector);
    blocks.set(sessionId, block);
    return block.given;
  }

  return {
    skillsFor(words, audience, sessionId) {
      const same = again(words, sessionId);
      if (same !== undefined) {
        blocks.set(sessionId, same);
        return same.given;
      }
      if (vectorOf === undefined) return keep(words, audience, sessionId);
      return vectorOf(words).then((vector) => keep(words, audience, sessionId, vector));
    },
    standing(sessionId) {
      const block = blocks.get(sessionId);
      if (block === undefined) return undefined;
      blocks.set(sessionId, block);
      return { ...block.given, shown: shownBy([], block.held), masked: [], block: '' };
    },
    async peek(words, audience, sessionId) {
      const same = again(words, sessionId);
      if (same !== undefined) return same.given;
      const vector = await vectorOf?.(words);
      return next(before(sessionId), words, audience, sessionId, vector).given;
    },
  };
}
