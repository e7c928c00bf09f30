import { type ConversationKey, encodeConversationKey } from '../../../core/domain/conversation.ts';
import { personId, sessionId, turnId } from '../../../core/domain/ids.ts';
import { liveFinding } from '../../../core/learning/policies/live-evidence.ts';
import { isNoWorse, isTooFew } from '../../../core/learning/policies/live-gate.ts';
import { decidePaired, type PairOutcome } from '../../../core/learning/policies/paired-process.ts';
import type { PolicyOutcome } from '../../../core/ports/policy-store.ts';
import { createSeededRandom, type SeededRandom } from '../seeded-random.ts';
import { type Poison, platform } from './community.ts';
import { DAY_MS, talkIn } from './our-rig.ts';

/** One candidate by what comes of it: nothing answers, the real tests look at the outcomes. */
export interface Candidate {
  /** Shares of its answers that the judge finds better and worse than its parent's; the rest are ties. */
  readonly wins: number;
  readonly losses: number;
  /** What it adds to the share of good words, of which its parent gets half. */
  readonly liked: number;
}

export interface TrialSize {
  /** Held-out turns that come in the time it is given. */
  readonly heldOut: number;
  readonly sessionsADay: number;
  /** Of conversations. */
  readonly canaryShare: number;
}

/** `worse`, `undecided`: the replay let it go no further. `harm`, `inconclusive`: the canary did. */
export type TrialEnd = 'promoted' | 'worse' | 'undecided' | 'harm' | 'inconclusive';

/** As shipped. */
const canaryDays = 3;
const leastCanarySessions = 10;
const patienceDays = 30;
/** Of sessions so many are rated by who asked. */
const ratedShare = 0.4;
const people = 12;
const parentsGood = 0.5;
const million = 1_000_000;

const chance = (share: number, random: SeededRandom): boolean => random.below(million) < share * million;

function pairOf({ wins, losses }: Candidate, random: SeededRandom): PairOutcome {
  const place = random.below(million) / million;
  if (place < wins) return 'win';
  return place < wins + losses ? 'loss' : 'tie';
}

/** The replay, whose decision comes as soon as it can. */
export function replayTrial(
  candidate: Candidate,
  { heldOut }: TrialSize,
  random: SeededRandom,
): 'better' | 'worse' | 'undecided' {
  return decidePaired(Array.from({ length: heldOut }, () => pairOf(candidate, random))).decision;
}

interface Arms {
  readonly outcomes: PolicyOutcome[];
  readonly own: Set<ConversationKey>;
}

/** One session of a conversation of its own, where anybody says anything. */
function playSession(
  arms: Arms,
  name: string,
  at: number,
  candidate: Candidate,
  { canaryShare }: TrialSize,
  poison: Poison,
  random: SeededRandom,
): void {
  const key = encodeConversationKey(talkIn(name));
  const isOwn = chance(canaryShare, random);
  const words: number[] = [];
  if (chance(ratedShare, random)) {
    const isGood = chance(parentsGood + (isOwn ? candidate.liked : 0), random);
    words.push(isGood !== chance(poison.flipped, random) ? 1 : -1);
  }
  if (poison.hasBrigader) words.push(-1);
  const asker = random.below(people);
  if (words.length === 0) return;
  if (isOwn) arms.own.add(key);
  arms.outcomes.push({
    turnId: turnId(name),
    conversationKey: key,
    sessionId: sessionId(name),
    askerId: personId(platform, `p${asker}`),
    policy: isOwn ? 'own' : 'other',
    value: words.reduce((sum, word) => sum + word, 0) / words.length,
    at,
  });
}

/** The canary, looked at once a day as the real one is: it only has to do no harm for long enough. */
export function canaryTrial(
  candidate: Candidate,
  size: TrialSize,
  poison: Poison,
  random: SeededRandom,
): 'promoted' | 'harm' | 'inconclusive' {
  const arms: Arms = { outcomes: [], own: new Set() };
  for (let day = 1; day <= patienceDays; day += 1) {
    for (let session = 0; session < size.sessionsADay; session += 1) {
      const at = (day - 1 + session / size.sessionsADay) * DAY_MS;
      playSession(arms, `d${day}-s${session}`, at, candidate, size, poison, random);
    }
    const finding = liveFinding(arms.outcomes, {
      armOf: (key) => (arms.own.has(key) ? 'own' : 'other'),
      isOf: (arm, stamp) => arm === stamp,
      propensity: size.canaryShare,
      now: day * DAY_MS,
    });
    if (finding.isHarm) return 'harm';
    const isTried = day >= canaryDays && finding.live.sessions >= leastCanarySessions;
    if (isTried && !isTooFew(finding.heard) && isNoWorse(finding.heard)) return 'promoted';
  }
  return 'inconclusive';
}

/** One candidate through both. The same for the same seed. */
export function runCandidate(seed: number, candidate: Candidate, size: TrialSize, poison: Poison): TrialEnd {
  const random = createSeededRandom(seed);
  const replayed = replayTrial(candidate, size, random);
  return replayed === 'better' ? canaryTrial(candidate, size, poison, random) : replayed;
}
