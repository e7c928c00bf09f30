import type { PersonId, SpaceId, TurnId } from '../../domain/ids.ts';
import type { Proposal } from '../../domain/proposal.ts';
import { type Skill, type SkillProvenance, type SkillScope, skillScopeKey } from '../../domain/skill.ts';
import { draftsOf, targetsOf } from '../../domain/skill-operation.ts';
import type { Turn } from '../../domain/turn.ts';
import type { EvidenceStore } from '../../ports/evidence-store.ts';
import type { LedgerStore } from '../../ports/ledger-store.ts';
import type { ProposalStore } from '../../ports/proposal-store.ts';
import { queryText } from '../query-text.ts';
import { type FailureCluster, peopleOf } from './cluster-failures.ts';
import { audienceOf, type EvolverLibrary } from './evolver-library.ts';
import { type Failure, failureOf, hintsOf, tellingTerms } from './failure.ts';
import { isOvertaken } from './overtaken.ts';
import { authorsOf, joined, turnProvenance } from './provenance.ts';
import { isSameTopic } from './topic.ts';
import { isSaidIn, partFailures, type WithholdDeps, withoutQuotes } from './withhold.ts';

/** Whether everything in a turn's prompt, and the words of these people beside it, may be shown to a model that writes skills. */
export type MayEvolve = (turn: Turn, hintAuthors: readonly PersonId[]) => { readonly allowed: boolean };

export interface GatherDeps extends WithholdDeps {
  readonly evidence: Pick<EvidenceStore, 'successes'>;
  readonly ledger: Pick<LedgerStore, 'ofTurn'>;
  readonly proposals: Pick<ProposalStore, 'list'>;
  readonly library: Pick<EvolverLibrary, 'list' | 'search'>;
  readonly mayUse: MayEvolve;
}

/** A draft on the same matter that came to nothing. */
export interface TriedBefore {
  readonly operation: Proposal['operation'];
  readonly state: Proposal['state'];
  readonly reason?: string;
}

/** All that one run goes by. */
export interface EvolverMaterial {
  readonly scope: Exclude<SkillScope, { kind: 'global' }>;
  readonly isPrivate: boolean;
  readonly topic: string;
  /** What the evolver sees. */
  readonly support: readonly Failure[];
  /** What is kept from it, to try its draft on. */
  readonly withheld: readonly Failure[];
  /** Good answers that it sees for contrast. */
  readonly contrast: readonly Turn[];
  /** Good answers to try its draft on, the newest first; those for contrast come last. */
  readonly successes: readonly Turn[];
  /** Skills that the failing answers were given, as they are now, and those of the scope itself that come near. It may change these. */
  readonly shown: readonly Skill[];
  /** Further skills that it may know of, by name and description. */
  readonly others: readonly Skill[];
  readonly tried: readonly TriedBefore[];
  readonly people: readonly PersonId[];
  /** Of everything that the evolver sees. */
  readonly learnedFrom: SkillProvenance;
}

/** One run looks at so many failures of a cluster; the others wait for the next. */
const mostFailures = 12;
const successesLookedAt = 60;
const mostContrast = 4;
const leastContrast = 2;
const ownSkillsNamed = 60;
const skillsFound = 30;
const mostOwnShown = 6;
const draftsLookedAt = 200;
const mostTried = 5;

/**
 * Failures of turns that may be learned from now, with the hints that may: the door is asked for each turn and for each
 * person who said something of it, whatever it answered when the turn was settled.
 */
export async function readFailures(
  turns: readonly Turn[],
  { ledger, mayUse }: Pick<GatherDeps, 'ledger' | 'mayUse'>,
): Promise<readonly Failure[]> {
  const failures: Failure[] = [];
  for (const turn of turns) {
    if (!isUsable(turn) || !mayUse(turn, []).allowed) continue;
    const hints = hintsOf(await ledger.ofTurn(turn.turnId));
    failures.push(
      failureOf(
        turn,
        hints.filter(({ actorId }) => mayUse(turn, [actorId]).allowed),
      ),
    );
  }
  return failures;
}

function isUsable({ isHoldOut, line, requestText }: Turn): boolean {
  return !isHoldOut && line === 'main' && requestText.trim() !== '';
}

/**
 * Gathers what a run on this cluster goes by. `focus`: a turn that the evolver must see. `undefined` where the cluster holds
 * nothing to learn from. Rejects as the stores do.
 */
export async function gatherMaterial(
  cluster: FailureCluster,
  focus: TurnId | undefined,
  deps: GatherDeps,
): Promise<EvolverMaterial | undefined> {
  const { scope, isPrivate, topic } = cluster;
  const [first] = cluster.failures;
  if (first === undefined || scope.kind === 'global') return undefined;
  const chosen = withOneWordEach(chooseFailures(cluster.failures, focus));
  // Whom a text was learned from must agree to its being learned from again, wherever that is.
  const mayShow = (authors: readonly PersonId[]): boolean =>
    authors.length === 0 || deps.mayUse(first.turn, authors).allowed;

  const usable = await usableSuccesses(scope, isPrivate, deps);
  const successes = usable.filter((turn) => !isOvertaken(turn, cluster.failures));
  const topicTerms = new Set(cluster.failures.flatMap(({ terms }) => [...terms]));
  const tried = await triedBefore(scope, isPrivate, topic, first.turn.conversation.spaceId, deps, mayShow);
  const parted = partFailures(chosen, focus, new Set(tried.flatMap(({ from }) => from)), deps);
  const { withheld } = parted;
  const support = parted.support.map((failure) => withoutQuotes(failure, withheld));
  const contrast = chooseContrast(
    successes.filter(
      ({ requestText }) => !withheld.some(({ turn }) => isSaidIn(turn.requestText, requestText)),
    ),
    topicTerms,
  );
  const skills = skillsFor(support, scope, isPrivate, topic, deps.library, mayShow);
  return {
    scope,
    isPrivate,
    topic,
    support,
    withheld,
    contrast,
    successes: [...successes.filter((turn) => !contrast.includes(turn)), ...contrast],
    ...skills,
    tried: tried.map(({ operation, state, reason }) => ({
      operation,
      state,
      ...(reason === undefined ? {} : { reason }),
    })),
    people: peopleOf(chosen),
    learnedFrom: joined([
      ...support.map(({ turn, hints }) =>
        turnProvenance(
          turn,
          hints.map(({ actorId }) => actorId),
        ),
      ),
      ...contrast.map((turn) => turnProvenance(turn)),
      ...[...skills.shown, ...skills.others].map(({ learnedFrom }) => learnedFrom),
      ...tried.map(({ learnedFrom }) => learnedFrom),
    ]),
  };
}

/** Some of everybody's, those with a hint first, then the newest. */
function chooseFailures(failures: readonly Failure[], focus: TurnId | undefined): readonly Failure[] {
  const rank = ({ turn, hints }: Failure): number => (turn.turnId === focus ? 2 : Number(hints.length > 0));
  const best = failures.toSorted(
    (a, b) =>
      rank(b) - rank(a) || b.turn.startedAt - a.turn.startedAt || (a.turn.turnId < b.turn.turnId ? 1 : -1),
  );
  const seen = new Map<PersonId, number>();
  const rounds = best.map((failure) => {
    const round = seen.get(failure.turn.askerId) ?? 0;
    seen.set(failure.turn.askerId, round + 1);
    return { failure, round };
  });
  return rounds
    .toSorted((a, b) => a.round - b.round)
    .slice(0, mostFailures)
    .map(({ failure }) => failure);
}

/** With the last word alone of whoever did not ask: one voice, on however many answers. */
function withOneWordEach(failures: readonly Failure[]): readonly Failure[] {
  const heard = new Set<PersonId>();
  const heardOnce = new Map(
    failures
      .toSorted((a, b) => b.turn.startedAt - a.turn.startedAt || (a.turn.turnId < b.turn.turnId ? 1 : -1))
      .map((failure) => {
        const others = new Set<PersonId>();
        const hints = failure.hints.filter(({ actorId }) => {
          if (actorId === failure.turn.askerId) return true;
          others.add(actorId);
          return !heard.has(actorId);
        });
        for (const actorId of others) heard.add(actorId);
        return [failure, hints.length === failure.hints.length ? failure : { ...failure, hints }] as const;
      }),
  );
  return failures.map((failure) => heardOnce.get(failure) ?? failure);
}

async function usableSuccesses(
  scope: EvolverMaterial['scope'],
  isPrivate: boolean,
  { evidence, mayUse }: Pick<GatherDeps, 'evidence' | 'mayUse'>,
): Promise<readonly Turn[]> {
  const person = scope.kind === 'user' ? scope.personId : undefined;
  const turns = await evidence.successes(scope.spaceId, successesLookedAt, person);
  return turns.filter(
    (turn) =>
      isUsable(turn) &&
      (isPrivate || turn.conversation.audience !== 'direct') &&
      (scope.kind !== 'conversation' || turn.conversationKey === scope.conversationKey) &&
      mayUse(turn, []).allowed,
  );
}

/** Those of the same matter; at least two of whatever there is. */
function chooseContrast(successes: readonly Turn[], topic: ReadonlySet<string>): readonly Turn[] {
  const common = ({ requestText }: Turn): number =>
    tellingTerms(queryText(requestText)).intersection(topic).size;
  const near = successes.map((turn) => ({ turn, common: common(turn) }));
  const related = near
    .filter((one) => one.common > 0)
    .toSorted((a, b) => b.common - a.common)
    .slice(0, mostContrast)
    .map(({ turn }) => turn);
  const others = successes.filter((turn) => !related.includes(turn));
  return [...related, ...others.slice(0, Math.max(0, leastContrast - related.length))];
}

function skillsFor(
  support: readonly Failure[],
  scope: EvolverMaterial['scope'],
  isPrivate: boolean,
  topic: string,
  library: GatherDeps['library'],
  mayShow: (authors: readonly PersonId[]) => boolean,
): Pick<EvolverMaterial, 'shown' | 'others'> {
  const audience = audienceOf(scope, isPrivate);
  const visible = library.list(audience).filter((skill) => mayShow(authorsOf(skill)));
  const found = new Set(library.search(topic, skillsFound, audience).map(({ skill }) => skill.name));
  const near = visible.filter(({ name }) => found.has(name));
  const isOwn = (skill: Skill): boolean => skillScopeKey(skill.scope) === skillScopeKey(scope);
  const given = new Set(support.flatMap(({ turn }) => turn.skills.map(({ name }) => name)));
  const shown = new Set([
    ...visible.filter(({ name }) => given.has(name)),
    ...near.filter(isOwn).slice(0, mostOwnShown),
  ]);
  const others = new Set([...visible.filter(isOwn).slice(0, ownSkillsNamed), ...near]);
  return { shown: [...shown], others: [...others.difference(shown)] };
}

async function triedBefore(
  scope: SkillScope,
  isPrivate: boolean,
  topic: string,
  spaceId: SpaceId,
  { proposals }: Pick<GatherDeps, 'proposals'>,
  mayShow: (authors: readonly PersonId[]) => boolean,
): Promise<readonly (TriedBefore & Pick<Proposal, 'learnedFrom'> & { readonly from: readonly TurnId[] })[]> {
  const drafts = await proposals.list(['rejected', 'refused', 'undone'], draftsLookedAt, spaceId);
  return drafts
    .filter(
      (draft) =>
        skillScopeKey(draft.scope) === skillScopeKey(scope) &&
        isSameTopic(draft.topic, topic) &&
        (isPrivate || draft.learnedFrom.isPrivate !== true) &&
        mayShow(authorsOf(draft)),
    )
    .slice(0, mostTried)
    .map(({ operation, state, reason, learnedFrom, support }) => ({
      operation,
      state,
      ...(reason === undefined ? {} : { reason }),
      learnedFrom,
      from: support,
    }));
}

/** A draft's own words, for people and models that are told what was tried. */
export function triedInWords({ operation, state, reason }: TriedBefore): string {
  const drafts = draftsOf(operation).map(({ name, description }) => `${name}: ${description}`);
  const what = drafts.length > 0 ? drafts : targetsOf(operation);
  return [`${operation.op} ${what.join('; ')}`, `${state}${reason === undefined ? '' : `: ${reason}`}`].join(
    '\n',
  );
}
