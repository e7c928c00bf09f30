import type { PersonId } from '../../domain/ids.ts';
import type { SkillScope } from '../../domain/skill.ts';
import { type Failure, isNamed } from './failure.ts';
import { topicOf } from './topic.ts';

/** Failures that one skill might mend. */
export interface FailureCluster {
  readonly scope: SkillScope;
  /** All of them were private, or none was. */
  readonly isPrivate: boolean;
  readonly topic: string;
  /** By time. */
  readonly failures: readonly Failure[];
  /** Whoever asked, each once. */
  readonly people: readonly PersonId[];
}

export interface ClusterOptions {
  /** So many different people must have met a failure before it is more than their own. */
  readonly people: number;
  /** How near two failures are in meaning, −1 to 1; `undefined` where that is not known. */
  readonly cosine?: (a: Failure, b: Failure) => number | undefined;
}

/**
 * Share of common telling words (Jaccard) from which two failures are of one topic: two of the five or so that a request
 * has. Of the whole, or of what people said was wrong, which may be the same of quite different requests.
 */
export const sameTopicShare = 0.25;
/** One common word links two failures only where one of them has no other. */
const leastCommon = 2;
/** Meaning alone links from here on. */
export const sameTopicCosine = 0.75;

/**
 * Parts the failures of one space by topic and then by whom a skill would be for: of as many people as the options say
 * it is for all of the space, or for the one conversation that all lie in; of fewer each person's are their own. What was
 * said in private is its asker's own in any case and is never put beside what others read. Every failure is in exactly one
 * cluster, except those of askers whom nobody names: these count where others share their topic. The order of the input
 * does not matter. The largest cluster first.
 */
export function clusterFailures(
  failures: readonly Failure[],
  options: ClusterOptions,
): readonly FailureCluster[] {
  const ordered = failures.toSorted(byTime);
  const shared = ordered.filter(({ isPrivate }) => !isPrivate);
  const wide = topicsOf(shared, options).filter((topic) => peopleOf(topic).length >= options.people);
  const taken = new Set(wide.flat());
  const own = groupBy(
    ordered.filter((failure) => !taken.has(failure) && isNamed(failure.turn)),
    ({ turn, isPrivate }) => `${isPrivate} ${turn.askerId}`,
  );
  return [
    ...wide.map((topic) => clusterOf(topic, wideScope(topic))),
    ...own.flatMap((theirs) => topicsOf(theirs, options)).map((topic) => clusterOf(topic, ownScope(topic))),
  ].toSorted((a, b) => b.failures.length - a.failures.length || byTime(firstOf(a), firstOf(b)));
}

type Topic = readonly [Failure, ...Failure[]];

const firstOf = ({ failures }: { readonly failures: readonly Failure[] }): Failure | undefined => failures[0];

function byTime(a: Failure | undefined, b: Failure | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return a.turn.startedAt - b.turn.startedAt || (a.turn.turnId < b.turn.turnId ? -1 : 1);
}

/** Single link: whatever a chain of near failures connects is one topic, whichever end one begins at. */
function topicsOf(failures: readonly Failure[], options: ClusterOptions): readonly Topic[] {
  const left = new Set(failures);
  const topics: Topic[] = [];
  for (const first of failures) {
    if (!left.delete(first)) continue;
    const topic: [Failure, ...Failure[]] = [first];
    for (const member of topic) {
      for (const other of left) {
        if (!isOneTopic(member, other, options)) continue;
        left.delete(other);
        topic.push(other);
      }
    }
    topics.push(topic);
  }
  return topics;
}

function isOneTopic(a: Failure, b: Failure, { cosine }: ClusterOptions): boolean {
  return (
    commonShare(a.terms, b.terms) >= sameTopicShare ||
    commonShare(a.hintTerms, b.hintTerms) >= sameTopicShare ||
    (cosine?.(a, b) ?? -1) >= sameTopicCosine
  );
}

/** Share of common words (Jaccard); 0 where a single one is common and each has others. */
export function commonShare(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const common = a.intersection(b).size;
  if (common === 0 || common < Math.min(leastCommon, a.size, b.size)) return 0;
  return common / (a.size + b.size - common);
}

/** Whoever asked, each once; askers whom nobody names are nobody in particular. */
export function peopleOf(failures: readonly Failure[]): readonly PersonId[] {
  return [
    ...new Set(failures.filter(({ turn }) => isNamed(turn)).map(({ turn }) => turn.askerId)),
  ].toSorted();
}

function clusterOf(topic: Topic, scope: SkillScope): FailureCluster {
  const failures = topic.toSorted(byTime);
  return {
    scope,
    isPrivate: topic[0].isPrivate,
    topic: topicOf(failures),
    failures,
    people: peopleOf(failures),
  };
}

function wideScope([{ turn }, ...others]: Topic): SkillScope {
  const { conversationKey, conversation } = turn;
  const { platform, spaceId } = conversation;
  const isOneConversation = others.every((other) => other.turn.conversationKey === conversationKey);
  return isOneConversation
    ? { kind: 'conversation', platform, spaceId, conversationKey }
    : { kind: 'space', platform, spaceId };
}

function ownScope([{ turn }]: Topic): SkillScope {
  const { platform, spaceId } = turn.conversation;
  return { kind: 'user', platform, spaceId, personId: turn.askerId };
}

function groupBy(
  failures: readonly Failure[],
  keyOf: (failure: Failure) => string,
): readonly (readonly Failure[])[] {
  return [...Map.groupBy(failures, keyOf).values()];
}
