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
import type { RunReason } from './run-reasons.ts';
import { fitOf, type TrainingTarget } from './sample-fit.ts';

/** The door of this moment for the way in which the run trains; `hintAuthors`: people whose words about the turn go with it. */
export type MayTrain = (turn: Turn, hintAuthors: readonly PersonId[]) => DoorAnswer;

export interface GatherSamplesDeps {
  readonly runs: Pick<RunStore, 'ready'>;
  readonly turns: Pick<TurnStore, 'get' | 'sampled'>;
  readonly ledger: Pick<LedgerStore, 'ofTurn' | 'settlement'>;
  readonly target: TrainingTarget;
  readonly mayTrain: MayTrain;
  /** Which one of the line that serves a `Turn.policy` is, 0 for the configured model; `undefined` where nobody knows. */
  readonly versionOf: (policy: string) => number | undefined;
  readonly ids: Pick<Ids, 'digest'>;
  /** Lets others have their turn. */
  readonly yieldNow: () => Promise<void>;
}

const pageSize = 200;
/** Reading these holds others up for a few milliseconds at most. */
const turnsAtOnce = 8;

/**
 * Everything in a scope that waits to be trained on, by turn id, or the reason why it may not be. Of each answer only its
 * numbers are kept: what its calls read and wrote is let go as soon as it is counted. Rejects as the stores do, and with
 * `aborted`.
 */
export async function gatherSamples(
  scope: PolicyScope,
  deps: GatherSamplesDeps,
  signal: AbortSignal,
): Promise<GatheredSamples> {
  const samples: GatheredSample[] = [];
  const leftOut: LeftOutSample[] = [];
  let looked = 0;
  for (let after = ''; ; ) {
    const page = await deps.runs.ready(scope, after, pageSize);
    for (const turnId of page) {
      if (signal.aborted) throw new AppError('aborted', 'The look for answers to train on was stopped.');
      const found = await readSample(turnId, deps);
      if (typeof found === 'string') leftOut.push({ turnId, reason: found });
      else samples.push(found);
      looked += 1;
      if (looked % turnsAtOnce === 0) await deps.yieldNow();
    }
    const last = page.at(-1);
    if (last === undefined) return { samples, leftOut };
    after = last;
  }
}

async function readSample(turnId: TurnId, deps: GatherSamplesDeps): Promise<GatheredSample | RunReason> {
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
  const { misfit, path, tokens, longestTokens } = fitOf(turn, await turns.sampled(turnId), target);
  if (misfit !== undefined) return misfit;
  const version = deps.versionOf(turn.policy);
  return {
    turnId,
    revision: weights.revision,
    spaceId: turn.conversation.spaceId,
    askerId: turn.askerId,
    voices: rewardVoices(rows).map(voiceOf),
    value,
    ...(version === undefined ? {} : { version }),
    askedAt: turn.startedAt,
    tokens,
    longestTokens,
    path,
    hasHints: hintsOf(rows).some(({ actorId }) => mayTrain(turn, [actorId]).allowed),
    request: deps.ids.digest(requestOf(turn)),
    answer: deps.ids.digest(turn.replyText),
  };
}

/** Without the words of the row. */
function voiceOf({ actorId, kind, polarity, weight, occurredAt }: Signal): Voice {
  return { ...(actorId === undefined ? {} : { actorId }), kind, polarity, weight, occurredAt };
}

/**
 * The same words in one conversation alone are no same request: whoever says “go on” twice means two things. A Retry
 * answers the same messages; where there are none, the whole prompt must be the same. After an edit it is another request.
 */
function requestOf({ conversationKey, requestRefs, requestText, promptHash }: Turn): string {
  const place = requestRefs.length === 0 ? promptHash : requestRefs.map(({ messageId }) => messageId);
  return JSON.stringify([conversationKey, requestText, place]);
}
