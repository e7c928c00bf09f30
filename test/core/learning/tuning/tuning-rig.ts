import { personId } from '../../../../core/domain/ids.ts';
import { runId } from '../../../../core/domain/policy.ts';
import type { RunMethod, RunSample, TrainingRun } from '../../../../core/domain/training-run.ts';
import type { Turn } from '../../../../core/domain/turn.ts';
import type { PromptOf } from '../../../../core/learning/answer-again.ts';
import type { PreparedSample } from '../../../../core/learning/run/prepared-sample.ts';
import { haltError, haltOf, type RunGate } from '../../../../core/learning/run/run-gate.ts';
import type { ProviderDriverDeps } from '../../../../core/learning/tuning/provider-driver.ts';
import { sampleAt, sampleTurn } from '../../../contract/store-samples.ts';

export interface AnswerOptions {
  readonly id: string;
  /** @default 1 */
  readonly value?: number;
  /** @default 1 */
  readonly weight?: number;
  readonly turn?: Partial<Turn>;
}

/** Rated by somebody who rated nothing else. */
export function preparedAnswer({ id, value = 1, weight = 1, turn }: AnswerOptions): PreparedSample {
  const answered: Turn = {
    ...sampleTurn(id, { promptHash: `prompt of ${id}` }),
    state: 'done',
    replyText: `The answer to ${id}.`,
    replyRefs: [],
    ...turn,
  };
  const raters = [personId('web', `whoever rated ${id}`)];
  return {
    turnId: answered.turnId,
    turn: answered,
    calls: [],
    value,
    weight,
    baseline: 0,
    hints: [],
    raters,
  };
}

/** A good and a bad answer to one request. */
export function preparedPair(id: string): readonly [PreparedSample, PreparedSample] {
  const bad = preparedAnswer({ id: `${id}-bad`, value: -1, turn: { requestText: id } });
  const { turnId, requestRefs } = bad.turn;
  const turn = { requestText: id, requestRefs, retryOf: turnId };
  return [preparedAnswer({ id: `${id}-good`, turn }), bad];
}

export function answers(count: number, value = 1): readonly PreparedSample[] {
  return Array.from({ length: count }, (_, at) => preparedAnswer({ id: `t${value}-${at}`, value }));
}

/** System words, an earlier exchange, and the request. */
export const promptOf: PromptOf = async (turn) => ({
  kind: 'prompt',
  messages: [
    { role: 'system', text: 'You are kind.' },
    { role: 'user', text: 'Hello' },
    { role: 'assistant', text: 'Go away.' },
    { role: 'user', text: turn.requestText },
  ],
});

export function plannedSamples(prepared: readonly PreparedSample[]): readonly RunSample[] {
  return prepared.map(({ turnId, value, weight, baseline }) => ({
    turnId,
    value,
    weight,
    baseline,
    revision: 1,
    step: 1,
    status: 'leased',
  }));
}

export function tuningRun(methods: readonly RunMethod[] = ['dpo', 'sft']): TrainingRun {
  return {
    runId: runId('run_000007'),
    number: 7,
    scope: { kind: 'everywhere' },
    kind: 'provider',
    methods,
    state: 'running',
    generation: 3,
    plan: {
      steps: 1,
      samples: 0,
      positives: 0,
      negatives: 0,
      people: 5,
      leftOut: {},
      estimate: { calls: 0, tokens: 0, micros: 0 },
      settings: {},
    },
    spend: { calls: 0, tokens: 0, micros: 0 },
    startedAt: sampleAt,
  };
}

/** A gate that counts what passes it, over a run's budget. */
export interface TestGate extends RunGate {
  readonly costs: readonly number[];
  close(): void;
  open(): void;
}

export function testGate(runs: ProviderDriverDeps['runs'], capMicros?: number): TestGate {
  let halt = new AbortController();
  const costs: number[] = [];
  return {
    costs,
    get halted() {
      return halt.signal;
    },
    beforeStep: async () => {},
    close: () => halt.abort(),
    open: () => {
      halt = new AbortController();
    },
    async call(cost, make) {
      if (halt.signal.aborted) throw haltError('paused');
      if (!(await runs.reserve(tuningRun().runId, cost, 0, capMicros))) throw haltError('budget_spent');
      costs.push(cost.micros);
      try {
        return await make();
      } catch (thrown) {
        if (haltOf(thrown) !== undefined) await runs.refund(tuningRun().runId, cost);
        throw thrown;
      }
    },
  };
}
