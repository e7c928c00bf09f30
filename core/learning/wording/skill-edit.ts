import type { PersonId, TurnId } from '../../domain/ids.ts';
import type { PolicyScope, RunId } from '../../domain/policy.ts';
import type { ReplayEvidence, ReplayTally } from '../../domain/proposal.ts';
import type { Skill, SkillProvenance } from '../../domain/skill.ts';
import type { SkillOperation } from '../../domain/skill-operation.ts';
import { joined, turnProvenance } from '../../skills/evolver/provenance.ts';
import { verdictOf } from '../../skills/replay/replay.ts';
import type { RatedTurn } from './rated-turns.ts';
import type { Member } from './search-state.ts';
import type { WordingChange } from './words-at-hand.ts';

/** Another text for a skill, that did better in a search, with all that a draft of the fast loop needs. */
export interface SkillEdit {
  /** The same for the same edit of the same run: it may be handed on twice, and shall become one draft. */
  readonly key: string;
  readonly runId: RunId;
  readonly scope: PolicyScope;
  /** As it reads now. */
  readonly skill: Skill;
  readonly operation: Extract<SkillOperation, { op: 'edit' }>;
  /** Answers found lacking that the text was written with a look at. */
  readonly support: readonly TurnId[];
  /** Who asked for these. */
  readonly people: readonly PersonId[];
  /** Of every answer that was looked at, of what it was given, and of the text before. */
  readonly learnedFrom: SkillProvenance;
  /** On the turns that no text was made from. */
  readonly replay: ReplayEvidence;
}

export interface EditSource {
  readonly key: string;
  readonly runId: RunId;
  readonly scope: PolicyScope;
  readonly skill: Skill;
  readonly change: WordingChange;
  readonly turns: ReadonlyMap<TurnId, RatedTurn>;
  readonly replay: ReplayEvidence;
  /** Of the persona that the answers were given with. */
  readonly personaFrom?: SkillProvenance;
}

export function skillEdit(source: EditSource): SkillEdit {
  const { key, runId, scope, skill, change, turns, replay, personaFrom } = source;
  const { name, description, triggers, learnedFrom } = skill;
  const seen = change.from.flatMap((turnId) => turns.get(turnId) ?? []);
  const lacking = seen.filter(({ value }) => value <= 0).map(({ turn }) => turn);
  const draft = { name, description, triggers, body: change.text };
  return {
    key,
    runId,
    scope,
    skill,
    operation: { op: 'edit', name, draft, why: change.why },
    support: lacking.map(({ turnId }) => turnId),
    people: [...new Set(lacking.map(({ askerId }) => askerId))],
    learnedFrom: joined([seenProvenance(seen), learnedFrom, personaFrom]),
    replay,
  };
}

/** Whose words a text was made from that was written with a look at these answers. */
export function seenProvenance(seen: readonly RatedTurn[]): SkillProvenance {
  return joined([
    ...seen.map(({ turn, hints }) =>
      turnProvenance(
        turn,
        hints.map(({ actorId }) => actorId),
      ),
    ),
    ...seen.flatMap(({ skills }) => skills.map(({ learnedFrom }) => learnedFrom)),
  ]);
}

const oneByOne = 'a judge graded the answers one by one, not side by side';
const together = 'several texts were changed at once';

/** How a wording did on turns that nothing was made from, in the form in which drafts show it. */
export function proofOf(
  winner: Member,
  present: Member,
  turns: readonly { readonly turnId: TurnId; readonly value: number }[],
): ReplayEvidence {
  const lacking = tallyOf(
    winner,
    present,
    turns.filter(({ value }) => value <= 0),
  );
  const good = tallyOf(
    winner,
    present,
    turns.filter(({ value }) => value > 0),
  );
  // It was proven on all of them together: single losses do not make it fail.
  const verdict = verdictOf(lacking, good) === 'passed' ? 'passed' : 'insufficient';
  const weakBecause = winner.changes.length > 1 ? [oneByOne, together] : [oneByOne];
  return { verdict, failures: lacking, successes: good, weakBecause, leftOut: {} };
}

function tallyOf(
  winner: Member,
  present: Member,
  turns: readonly { readonly turnId: TurnId }[],
): ReplayTally {
  const differences = turns.flatMap(({ turnId }) => {
    const then = winner.trials[turnId]?.score;
    const now = present.trials[turnId]?.score;
    return then === undefined || now === undefined ? [] : [then - now];
  });
  return {
    wins: differences.filter((difference) => difference > 0).length,
    ties: differences.filter((difference) => difference === 0).length,
    losses: differences.filter((difference) => difference < 0).length,
  };
}
