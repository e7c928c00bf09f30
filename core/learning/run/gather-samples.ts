import { AppError } from '../../domain/app-error.ts';
import type { PersonId, TurnId } from '../../domain/ids.ts';
import type { PolicyScope } from '../../domain/policy.ts';
import { rewardVoices } from '../../domain/reward.ts';
import type { Signal } from '../../domain/signal.ts';
import type { Turn } from '../../domain/turn.ts';
import type { DoorAnswer } from '../../feedback/content-door.ts';
import type { Ids } from '../../ports/ids.ts';
import type { LedgerStore } from '../../ports/ledger-store.ts';
import type { RunStore } from '../../ports/run-store.ts';
import type { TurnStore } from '../../ports/turn-store.ts';
import { hintsOf } from '../../skills/evolver/failure.ts';
import type { Voice } from '../batch-weights.ts';
import { isSample } from '../is-sample.ts';
import type { GatheredSample, GatheredSamples, LeftOutSample } from './gathered-sample.ts';
import { eachInPieces, type YieldNow } from './in-pieces.ts';
import type { RunReason } from './run-reasons.ts';
import { createRequests, type Requests } from './same-request.ts';
import { fitOf, type TrainingTarget } from './sample-fit.ts';

/** The door of this moment for the way in which the run trains; `hintAuthors`: people whose words about the turn go with it. */
export type MayTrain = (turn: Turn, hintAuthors: readonly PersonId[]) => DoorAnswer;

export interface GatherSamplesDeps {
  readonly runs: Pick<RunStore, 'ready'>;
  readonly turns: Pick<TurnStore, 'get' | 'sampledLengths'>;
  readonly ledger: Pick<LedgerStore, 'ofTurn' | 'settlement'>;
  readonly target: TrainingTarget;
  readonly mayTrain: MayTrain;
  /** How many swaps lie between what a `Turn.policy` names and what serves, as `distancesIn` tells; `undefined` where nobody knows. */
  readonly distanceOf: (stamp: string) => number | undefined;
  readonly ids: Pick<Ids, 'digest'>;
  readonly yieldNow: YieldNow;
}

const pageSize = 200;
/** Reading these holds others up for a few milliseconds at most. */
const turnsAtOnce = 8;
const namedAtOnce = 4_000;

/**
 * Everything in a scope that waits to be trained on, by turn id, or the reason why it may not be. Of each answer only
 * numbers are read and kept: what its calls read and wrote stays where it is. Rejects as the stores do, and with `aborted`.
 */
export async function gatherSamples(
  scope: PolicyScope,
  deps: GatherSamplesDeps,
  signal: AbortSignal,
): Promise<GatheredSamples> {
  const found: ReadSample[] = [];
  const leftOut: LeftOutSample[] = [];
  const requests = createRequests();
  let looked = 0;
  for (let after = ''; ; ) {
    const page = await deps.runs.ready(scope, after, pageSize);
    for (const turnId of page) {
      if (signal.aborted) throw new AppError('aborted', 'The look for answers to train on was stopped.');
      const read = await readSample(turnId, requests, deps);
      if (typeof read === 'string') leftOut.push({ turnId, reason: read });
      else found.push(read);
      looked += 1;
      if (looked % turnsAtOnce === 0) await deps.yieldNow();
    }
    const last = page.at(-1);
    if (last === undefined) break;
    after = last;
  }
  // Which answers belong together is known when all have been read.
  const samples: GatheredSample[] = [];
  await eachInPieces(found, namedAtOnce, deps.yieldNow, (sample) => {
    samples.push({ ...sample, request: requests.of(sample.turnId) ?? sample.turnId });
  });
  return { samples, leftOut };
}

type ReadSample = Omit<GatheredSample, 'request'>;

async function readSample(
  turnId: TurnId,
  requests: Requests,
  deps: GatherSamplesDeps,
): Promise<ReadSample | RunReason> {
  const { turns, ledger, mayTrain, target } = deps;
  const turn = await turns.get(turnId);
  if (turn === undefined) return 'gone';
  const door = mayTrain(turn, []);
  if (!door.allowed) return 'not_allowed';
  const weights = await ledger.settlement(turnId, 'weights');
  // It was a sample when the page was read: whoever came first has it.
  if (weights === undefined || !isSample(weights, await ledger.settlement(turnId, 'skills'), door)) {
    return 'changed';
  }
  if (weights.reward.kind !== 'known') return 'no_weight';
  const { value } = weights.reward;
  if (!(Math.abs(value) <= 1)) return 'unusable';
  const rows = await ledger.ofTurn(turnId);
  const { misfit, path, tokens, longestTokens } = fitOf(turn, await turns.sampledLengths(turnId), target);
  if (misfit !== undefined) return misfit;
  const distance = deps.distanceOf(turn.policy);
  requests.add(turn, deps.ids.digest(turn.requestText));
  return {
    turnId,
    revision: weights.revision,
    spaceId: turn.conversation.spaceId,
    askerId: turn.askerId,
    voices: rewardVoices(rows).map(voiceOf),
    value,
    ...(distance === undefined ? {} : { distance }),
    askedAt: turn.startedAt,
    tokens,
    longestTokens,
    path,
    hasHints: hintsOf(rows).some(({ actorId }) => mayTrain(turn, [actorId]).allowed),
    answer: deps.ids.digest(turn.replyText),
  };
}

/** Without the words of the row. */
function voiceOf({ actorId, kind, polarity, weight, occurredAt }: Signal): Voice {
  return { ...(actorId === undefined ? {} : { actorId }), kind, polarity, weight, occurredAt };
}
