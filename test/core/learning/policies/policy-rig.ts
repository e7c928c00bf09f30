import { AppError } from '../../../../core/domain/app-error.ts';
import { type ConversationAddress, encodeConversationKey } from '../../../../core/domain/conversation.ts';
import { personId, type SpaceId, sessionId, type TurnId, turnId } from '../../../../core/domain/ids.ts';
import {
  type Policy,
  type PolicyId,
  type PolicyScope,
  type PolicySource,
  runId,
} from '../../../../core/domain/policy.ts';
import type { TrainingRun } from '../../../../core/domain/training-run.ts';
import type { AnswerAgain } from '../../../../core/learning/answer-again.ts';
import type { AnswerPrompt } from '../../../../core/learning/policies/gate-calls.ts';
import { createLiveGate, type LiveGate } from '../../../../core/learning/policies/live-gate.ts';
import { createPolicyArms } from '../../../../core/learning/policies/policy-arms.ts';
import {
  createPolicyDesk,
  type PolicyChange,
  type PolicyDesk,
} from '../../../../core/learning/policies/policy-desk.ts';
import { createPolicyGate, type PolicyGate } from '../../../../core/learning/policies/policy-gate.ts';
import type { ModelPort } from '../../../../core/ports/model.ts';
import { createCostMeter } from '../../../../core/skills/evolver/cost-meter.ts';
import { modelOf, wordsOf } from '../../../fakes/model/model-of.ts';
import { createFakeClock, type FakeClock } from '../../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../../../fakes/system/sequential-ids.ts';
import { space, turn } from '../../skills/evolver/samples.ts';
import { createMemoryPolicies, type MemoryPolicies } from './memory-policies.ts';

export const DAY_MS = 86_400_000;
export const operator = personId('web', 'operator');
export const wholeSpace: PolicyScope = { kind: 'space', spaceId: space };
export const everywhere: PolicyScope = { kind: 'everywhere' };
export const weights: PolicySource = {
  kind: 'weights',
  baseModel: 'base',
  samplerPath: 'sampler',
  statePath: 'state',
};

export const talk = (channelId: string, spaceId: SpaceId = space): ConversationAddress => ({
  platform: 'web',
  spaceId,
  audience: 'group',
  channelId,
});

/** Prefers the answer with `good` in it, and the other to one with `bad`. Finds nothing true that it is asked of an answer. */
export const judging: ModelPort = modelOf('judge', (request) => {
  const words = wordsOf(request);
  if (!words.includes('end answer B')) return '{"answer":"no"}';
  const part = (letter: string): string =>
    words.slice(words.indexOf(`begin answer ${letter}]`), words.indexOf(`end answer ${letter}]`));
  const worth = (text: string): number => (text.includes('good') ? 1 : text.includes('bad') ? -1 : 0);
  const difference = worth(part('A')) - worth(part('B'));
  return JSON.stringify({ better: difference > 0 ? 'A' : difference < 0 ? 'B' : 'tie' });
});

export interface RigOptions {
  readonly answerAgain?: AnswerAgain;
  readonly answerPrompt?: AnswerPrompt;
  /** `undefined`: the one that judges rewards is the only one. */
  readonly gateJudge?: ModelPort | undefined;
  readonly mayJudge?: boolean;
  readonly calls?: number;
}

export interface PolicyRig {
  readonly clock: FakeClock;
  readonly store: MemoryPolicies;
  readonly changes: readonly string[];
  desk: PolicyDesk;
  gate: PolicyGate;
  live: LiveGate;
  /** As after a restart: nothing is known but what is stored. */
  rebuild(): Promise<void>;
  add(scope?: PolicyScope, source?: PolicySource): Promise<Policy>;
  policy(number: number): Promise<Policy>;
  /** Held-out turns that may be compared, the next ones by number; in five conversations by turns where none is named. */
  hold(count: number, channelId?: string, by?: string): void;
  /** Steps until there is nothing to do now. */
  work(isRebuilt?: boolean): Promise<number>;
  /** People of a conversation rate one answer. */
  rate(channelId: string, value: number, by?: string): void;
}

export const signal = (): AbortSignal => new AbortController().signal;

export async function createRig(options: RigOptions = {}): Promise<PolicyRig> {
  const clock = createFakeClock();
  const store = createMemoryPolicies();
  const ids = createSequentialIds();
  const logger = createMemoryLogger();
  const changes: string[] = [];
  const arms = createPolicyArms({ key: 'key', share: 0.1, digest: ids.digest });
  const isHoldOut = (key: string): boolean => key.includes('kept-out');
  const said = new Map<TurnId, { readonly channelId: string; readonly by: string }>();
  let held = 0;
  let runs = 0;
  let rated = 0;
  let budget = options.calls ?? 1_000_000;

  function build(): Pick<PolicyRig, 'desk' | 'gate' | 'live'> {
    const desk = createPolicyDesk({
      store,
      arms,
      isHoldOut,
      isConfigured: (stamp) => stamp === 'plain',
      personaDigest: 'of the configured persona',
      clock,
      logger,
      onChange: (policy: Policy, what: PolicyChange) => changes.push(`${policy.number} ${what}`),
    });
    const gateJudge = 'gateJudge' in options ? options.gateJudge : judging;
    const gate = createPolicyGate({
      store,
      desk,
      clock,
      ids,
      turns: {
        async get(id) {
          const of = said.get(id);
          if (of === undefined) return undefined;
          return turn(id, of.by, `request of ${id}`, { conversation: talk(of.channelId) });
        },
      },
      answerAgain:
        options.answerAgain ??
        (async (of, { policy }) => ({
          kind: 'answer',
          text: `${policy === 'configured' ? '' : 'good '}${of.turnId}`,
        })),
      foreignPlatforms: ['api'],
      personaDigest: 'of the configured persona',
      answerPrompt: options.answerPrompt ?? (async () => ({ kind: 'answer', text: 'the same' })),
      mayJudge: () => options.mayJudge ?? true,
      timeoutMs: 10_000,
      meter: createCostMeter(),
      async reserve(calls) {
        if (budget < calls) return false;
        budget -= calls;
        return true;
      },
      ...(gateJudge === undefined ? {} : { gateJudge }),
    });
    const live = createLiveGate({
      store,
      desk,
      arms,
      isHoldOut,
      clock,
      canaryDays: 3,
      leastCanarySessions: 20,
    });
    return { desk, gate, live };
  }

  const rig: PolicyRig = {
    clock,
    store,
    changes,
    ...build(),
    async rebuild() {
      Object.assign(rig, build());
      await rig.desk.load();
    },
    add(scope = wholeSpace, source = weights) {
      runs += 1;
      const parentId = rig.desk.servingIn(scope)?.policyId;
      return rig.desk.add(source, runNamed(`run_${runs}`, scope, parentId));
    },
    async policy(number) {
      const found = await store.byNumber(number);
      if (found === undefined) throw new AppError('internal', `There is no policy ${number}.`);
      return found;
    },
    hold(count, channelId, by) {
      for (let index = 1; index <= count; index += 1) {
        held += 1;
        const id = turnId(`held-${held}`);
        store.held.unshift(id);
        said.set(id, { channelId: channelId ?? `kept-out-${held % 5}`, by: by ?? 'ann' });
      }
    },
    async work(isRebuilt = false) {
      for (let steps = 0; ; steps += 1) {
        if (isRebuilt) await rig.rebuild();
        const { kind } = await rig.gate.step(signal());
        if (kind !== 'worked') return steps;
      }
    },
    rate(channelId, value, by = `person of ${channelId}`) {
      rated += 1;
      const conversation = talk(channelId);
      const key = encodeConversationKey(conversation);
      store.rated.push({
        turnId: turnId(`rated-${rated}`),
        conversationKey: key,
        sessionId: sessionId(`${channelId} ${Math.floor(clock.now() / DAY_MS)}`),
        askerId: personId('web', by),
        policy: rig.desk.policyFor(conversation, key)?.policyId ?? 'plain',
        value,
        at: clock.now(),
      });
    },
  };
  return rig;
}

export function runNamed(name: string, scope: PolicyScope, parentId?: PolicyId): TrainingRun {
  const spend = { calls: 0, tokens: 0, micros: 0 };
  return {
    runId: runId(name),
    number: 1,
    scope,
    kind: 'weights',
    methods: ['kto'],
    state: 'running',
    ...(parentId === undefined ? {} : { parentId }),
    generation: 1,
    plan: {
      steps: 1,
      samples: 1,
      positives: 1,
      negatives: 0,
      people: 1,
      leftOut: {},
      estimate: spend,
      settings: {},
    },
    spend,
    startedAt: 0,
  };
}
