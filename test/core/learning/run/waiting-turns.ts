import type { TurnId } from '../../../../core/domain/ids.ts';
import { turnId } from '../../../../core/domain/ids.ts';
import { lengthsOf, type SampledTokens } from '../../../../core/domain/sampling.ts';
import type { Signal } from '../../../../core/domain/signal.ts';
import type { Turn } from '../../../../core/domain/turn.ts';
import type { TrainingTarget } from '../../../../core/learning/run/sample-fit.ts';
import type { Settlement } from '../../../../core/ports/ledger-store.ts';
import { sampleAt, sampleSampled, sampleSignal, sampleTurn } from '../../../contract/store-samples.ts';
import { person } from './sample-gathered.ts';

export const target: TrainingTarget = {
  kind: 'tokens',
  policy: { tokenizerHash: 'hash', baseModel: 'base' },
  maxContextTokens: 100,
};

export function settlement(id: string, changes: Partial<Settlement> = {}): Settlement {
  return {
    turnId: turnId(id),
    use: 'weights',
    state: 'settled',
    dueAt: sampleAt,
    reward: { kind: 'known', value: 1, authority: 'explicit', voices: 1, weight: 1 },
    decision: { role: 'query', reason: 'rated' },
    revision: 3,
    lateSignals: 0,
    ...changes,
  };
}

export const said = (id: string, name: string, changes: Partial<Signal> = {}): Signal =>
  sampleSignal(`${id}-${name}-${Object.values(changes).join()}`, {
    target: { kind: 'turn', turnId: turnId(id) },
    actorId: person(name),
    ...changes,
  });

/** What somebody wrote against an answer. */
export const correction = (id: string, name: string, text: string): Signal =>
  said(id, name, { kind: 'correction', slot: 'correction', name: 'wrong', polarity: -1, text });

export interface WaitingTurn {
  readonly turn: Turn;
  readonly weights?: Settlement;
  readonly skills?: Settlement;
  readonly rows: readonly Signal[];
  readonly sampled: readonly SampledTokens[];
}

/** A delivered answer that Ann liked, drawn by the engine. */
export function waiting(
  id: string,
  changes: Partial<Turn> = {},
  parts: Partial<Omit<WaitingTurn, 'turn'>> = {},
): WaitingTurn {
  const { usage: _, ...turn } = { ...sampleTurn(id), usage: undefined };
  return {
    turn: {
      ...turn,
      state: 'done',
      replyText: `The answer to ${id}.`,
      replyRefs: [],
      skills: [],
      policy: 'base',
      ...changes,
    },
    weights: settlement(id),
    rows: [said(id, 'ann')],
    sampled: [sampleSampled('v1', 1)],
    ...parts,
  };
}

/** The stores that hold these turns, `pageSize` of them at a time whatever is asked for. */
export function storesOf(all: readonly WaitingTurn[], pageSize = 3) {
  const byId = new Map(all.map((one) => [one.turn.turnId, one]));
  const ids = [...byId.keys()].toSorted();
  return {
    runs: {
      ready: async (_scope: unknown, after: string, limit: number): Promise<readonly TurnId[]> =>
        ids.filter((id) => id > after).slice(0, Math.min(limit, pageSize)),
    },
    turns: {
      get: async (id: TurnId) => byId.get(id)?.turn,
      sampled: async (id: TurnId) => byId.get(id)?.sampled ?? [],
      sampledLengths: async (id: TurnId) => (byId.get(id)?.sampled ?? []).map(lengthsOf),
    },
    ledger: {
      ofTurn: async (id: TurnId) => byId.get(id)?.rows ?? [],
      settlement: async (id: TurnId, use: 'weights' | 'skills') => byId.get(id)?.[use],
    },
  };
}
