import type { ConversationKey } from '../../domain/conversation.ts';
import type { PersonId, SpaceId, TurnId } from '../../domain/ids.ts';
import { standingSignals } from '../../domain/reward.ts';
import type { Turn } from '../../domain/turn.ts';
import type { EvidenceStore } from '../../ports/evidence-store.ts';
import type { LedgerStore } from '../../ports/ledger-store.ts';
import type { ProposalStore } from '../../ports/proposal-store.ts';
import type { TurnStore } from '../../ports/turn-store.ts';
import { type ClusterOptions, clusterFailures, type FailureCluster } from './cluster-failures.ts';
import type { Failure } from './failure.ts';
import { type MayEvolve, readFailures } from './gather.ts';

/** Who asks for a run, where, and about what. */
export interface LearnRequest {
  readonly spaceId: SpaceId;
  readonly personId: PersonId;
  readonly conversationKey: ConversationKey;
  /** Maintainers ask for everybody here; else it is about the asker's own failures. */
  readonly isForSpace: boolean;
  /** The answer that it is about, found lacking just now. */
  readonly turnId?: TurnId;
}

export interface FindAskedDeps {
  readonly evidence: Pick<EvidenceStore, 'failures'>;
  readonly proposals: Pick<ProposalStore, 'list'>;
  readonly turns: Pick<TurnStore, 'get'>;
  readonly ledger: Pick<LedgerStore, 'ofTurn' | 'settlement'>;
  readonly mayUse: MayEvolve;
  readonly options: ClusterOptions;
}

/** The newest of a space that are looked at. */
export const failuresLookedAt = 200;
const draftsLookedAt = 500;

/** Turns that a waiting draft was made from, with its number: they have had their say. */
export async function spokenFor(
  spaceId: SpaceId,
  proposals: Pick<ProposalStore, 'list'>,
): Promise<ReadonlyMap<TurnId, number>> {
  const waiting = await proposals.list(['waiting'], draftsLookedAt, spaceId);
  return new Map(
    waiting.flatMap(({ number, support, withheld }) =>
      [...support, ...withheld].map((turnId) => [turnId, number] as const),
    ),
  );
}

/** Those of these turns that nothing waiting was made from and that may be learned from now. */
export function openFailures(
  turns: readonly Turn[],
  taken: ReadonlyMap<TurnId, number>,
  deps: Parameters<typeof readFailures>[1],
): Promise<readonly Failure[]> {
  return readFailures(
    turns.filter(({ turnId }) => !taken.has(turnId)),
    deps,
  );
}

/** The turn that a request names, as a failure that was not settled yet; or why it is none, as a sentence. */
async function namedTurn(
  request: LearnRequest,
  { turns, ledger }: FindAskedDeps,
): Promise<Turn | string | undefined> {
  if (request.turnId === undefined) return undefined;
  const turn = await turns.get(request.turnId);
  const isTheirs = turn?.askerId === request.personId || request.isForSpace;
  if (turn === undefined || turn.conversation.spaceId !== request.spaceId || !isTheirs) {
    return 'That answer is not one of yours here that I know of.';
  }
  if (turn.conversation.audience === 'direct' && turn.askerId !== request.personId) {
    return 'That answer was given in private; whoever asked has to say so.';
  }
  if (turn.state !== 'done')
    return 'That answer was not delivered whole, so there is nothing to learn from it.';
  if (turn.isHoldOut) return 'This conversation is kept out of all learning, to test what was learned.';
  const rows = standingSignals(await ledger.ofTurn(turn.turnId));
  if (rows.some(({ kind }) => kind === 'hold')) {
    return 'The feedback on that answer waits for a maintainer to look at it.';
  }
  const settled = await ledger.settlement(turn.turnId, 'skills');
  return settled?.state === 'used' ? 'A skill was made from that answer already.' : turn;
}

/** The failures that a request is about; or why there is nothing to do, as a sentence. Rejects as the stores do. */
export async function findAsked(
  request: LearnRequest,
  deps: FindAskedDeps,
): Promise<FailureCluster | string> {
  const { evidence, proposals, options } = deps;
  const named = await namedTurn(request, deps);
  if (typeof named === 'string') return named;
  const stored = await evidence.failures(request.spaceId, failuresLookedAt);
  const turns = stored.filter((turn) => mayAskAbout(turn, request) && turn.turnId !== named?.turnId);
  const all = named === undefined ? turns : [named, ...turns];
  const taken = await spokenFor(request.spaceId, proposals);
  const failures = await openFailures(all, taken, deps);
  const clusters = clusterFailures(failures, {
    ...options,
    people: request.isForSpace ? options.people : Number.POSITIVE_INFINITY,
  });
  if (named !== undefined) {
    const draft = taken.get(named.turnId);
    if (draft !== undefined) return `Draft ${draft} was made from that answer and waits for a maintainer.`;
    const own = clusters.find((cluster) => cluster.failures.some(({ turn }) => turn.turnId === named.turnId));
    return (
      own ??
      'That answer may not be learned from: not everybody whose words it holds agreed, or the terms forbid it.'
    );
  }
  const [largest] = clusters;
  const chosen = request.isForSpace ? largest : newestOf(clusters);
  if (chosen !== undefined) return chosen;
  const [waiting] = all.flatMap(({ turnId }) => taken.get(turnId) ?? []);
  if (waiting !== undefined) return `Draft ${waiting} is about that and waits for a maintainer.`;
  return 'There is no answer that was found lacking and may be learned from. What is said of an answer counts a while after it was said.';
}

/** Whose failures a request is about: the asker's own, for maintainers also everybody's that were no private matter. */
function mayAskAbout(turn: Turn, { personId, isForSpace }: LearnRequest): boolean {
  return turn.askerId === personId || (isForSpace && turn.conversation.audience !== 'direct');
}

function newestOf(clusters: readonly FailureCluster[]): FailureCluster | undefined {
  const newest = ({ failures }: FailureCluster): number => failures.at(-1)?.turn.startedAt ?? 0;
  return clusters.toSorted((a, b) => newest(b) - newest(a))[0];
}
