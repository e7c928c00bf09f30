import type { ModelMessage } from '../../../core/domain/model.ts';
import { createLiveGate } from '../../../core/learning/policies/live-gate.ts';
import { createPolicyGate } from '../../../core/learning/policies/policy-gate.ts';
import { createCostMeter } from '../../../core/skills/evolver/cost-meter.ts';
import { blocksIn } from '../evolve/prompt-blocks.ts';
import { modelOf } from '../evolve/stand-ins.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { Drawer } from './drawn-answers.ts';
import type { OurRig } from './our-rig.ts';
import type { ToyTalk } from './toy-talk.ts';

/** Of a hundred votes so many are the wrong way round. */
const judgeErrs = 10;

/** Reads the judge's real prompt: the right answer is better than a wrong one, and two of a sort are equal. */
export function voteOnPair(messages: readonly ModelMessage[], talk: ToyTalk, random: SeededRandom): string {
  const blocks = blocksIn(messages.findLast(({ role }) => role === 'user')?.text ?? '');
  const named = (title: string): string => blocks.find((block) => block.title === title)?.text ?? '';
  const isRight = (title: string): boolean => talk.isRightText(named('the request'), named(title)) === true;
  const [a, b] = [isRight('answer A'), isRight('answer B')];
  const right = a === b ? 'tie' : a ? 'A' : 'B';
  const isWrong = random.below(100) < judgeErrs;
  const wrong = right === 'tie' ? random.pick(['A', 'B']) : right === 'A' ? 'B' : 'A';
  return JSON.stringify({ better: isWrong ? wrong : right });
}

/** The tests that a candidate must pass, looked at once a day. */
export interface OurGate {
  look(signal: AbortSignal): Promise<void>;
}

/**
 * The real gate, canary and watch, with a stand-in for the judge. The probes are asked, and candidate and parent give the same
 * answer to each, so that nobody fails them: a toy has no words for them.
 */
export function createOurGate(rig: OurRig, talk: ToyTalk, drawer: Drawer, random: SeededRandom): OurGate {
  const { stores, desk, clock, ids, arms, isHoldOut } = rig;
  const judge = modelOf('gate judge', ({ messages, responseFormat }) =>
    responseFormat?.name === 'better_answer' ? voteOnPair(messages, talk, random) : '{"answer": "no"}',
  );
  const kindOf = (requestText: string): number =>
    Array.from({ length: talk.kinds }, (_, kind) => kind).find(
      (kind) => talk.requestText(kind) === requestText,
    ) ?? 0;
  const gate = createPolicyGate({
    personaDigest: '',
    store: stores.policies,
    desk,
    turns: stores.turns,
    clock,
    ids,
    foreignPlatforms: [],
    async answerAgain({ requestText }, { policy }) {
      const source = rig.sourceOf(policy === 'configured' ? undefined : policy);
      const { tokens } = await drawer.next(source, kindOf(requestText));
      return { kind: 'answer', text: talk.answerText(tokens) };
    },
    answerPrompt: async () => ({ kind: 'answer', text: 'word1 word2' }),
    gateJudge: judge,
    mayJudge: () => true,
    timeoutMs: 60_000,
    meter: createCostMeter(),
    reserve: async () => true,
  });
  const live = createLiveGate({
    store: stores.policies,
    desk,
    arms,
    isHoldOut,
    clock,
    canaryDays: 3,
    leastCanarySessions: 10,
  });
  return {
    async look(signal) {
      await live.look(signal);
      for (;;) {
        const step = await gate.step(signal);
        if (step.kind === 'unavailable') throw step.error;
        if (step.kind !== 'worked') return;
      }
    },
  };
}
