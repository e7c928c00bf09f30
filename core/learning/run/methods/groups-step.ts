import type { PersonId, TurnId } from '../../../domain/ids.ts';
import type { Turn } from '../../../domain/turn.ts';
import type { TokenizerPort } from '../../../ports/tokenizer.ts';
import { advantagesOf, type NoAdvantageReason, type RewardedAnswer } from '../../advantages.ts';
import type { AnswerGrader, Graded } from '../grade/grade-answers.ts';
import type { PreparedSample } from '../prepared-sample.ts';
import type { RunReason } from '../run-reasons.ts';
import type { StepMethod } from '../step-engine.ts';
import { combinedStep } from './combined-step.ts';
import { type DrawnAnswer, type DrawnPrompt, drawAnswers } from './draw-answers.ts';
import { settleAll } from './settle-all.ts';
import type { PartAnswer, StepPart } from './step-part.ts';

export interface GroupsDeps {
  readonly tokenizer: Pick<TokenizerPort, 'parseAnswer' | 'stopIds'>;
  readonly grade: AnswerGrader;
  /** How much the judge's word counts, 0 … 1, by how well it agrees with people (`Calibration.weight`). */
  readonly judgeWeight: () => Promise<number>;
  /** The door of this moment for what the judge is shown, which is another use than training; `hintAuthors`: people whose words go with it. */
  readonly mayJudge: (turn: Turn, hintAuthors: readonly PersonId[]) => { readonly allowed: boolean };
  /** The most tokens of prompt and answer together. */
  readonly contextTokens: number;
}

/** A step of group-relative policy optimisation alone. */
export function groupsStep(deps: GroupsDeps): StepMethod {
  return combinedStep([groupsPart(deps)]);
}

/**
 * Group-relative policy optimisation: several fresh answers to each prompt, by the policy as it is, graded by a judge, each
 * against the mean of its own group. The stored answer is what the judge is told people spoke of; it is no member, as another
 * policy drew it and its reward is of another kind. Where the judge does not agree with people nothing is drawn. A group
 * counts by the sample's weight times the judge's.
 *
 * A judge reads the request, the stored answer and what people said of it. A sample of whose words the judge may see none is left
 * out as `not_allowed` before anything is drawn; a hint that it may not see, or of which nobody knows who said it, is kept from it.
 *
 * Not every answer can be graded: one that was cut off at its greatest length, that calls a tool, or of which the judge gave no
 * verdict is out of its group before any mean. One that says nothing is worth −1, which nobody needs to be asked.
 */
export function groupsPart(deps: GroupsDeps): StepPart {
  const { tokenizer, grade, judgeWeight, mayJudge, contextTokens } = deps;
  return async (batch, engine, settings) => {
    const judge = await judgeWeight();
    if (!(judge > 0)) return { kind: 'refused', reason: 'judge_uncalibrated', ratios: [] };
    const shown = batch.filter(({ turn }) => mayJudge(turn, []).allowed).map((one) => asShown(one, mayJudge));
    const drawn = await drawAnswers(shown, engine, settings, {
      count: settings.groupSize,
      stopIds: tokenizer.stopIds,
      contextTokens,
    });
    if (drawn.kind === 'refused') return drawn;
    const answers: PartAnswer[] = [];
    const allowed = new Set(shown.map(({ turnId }) => turnId));
    const refused = batch.filter(({ turnId }) => !allowed.has(turnId));
    const leftOut = [
      ...refused.map(({ turnId }) => ({ turnId, reason: 'not_allowed' as const })),
      ...drawn.leftOut,
    ];
    const rewards: number[] = [];
    let stop: RunReason | undefined;
    for (const prompt of drawn.prompts) {
      const { turnId, weight } = prompt.sample;
      const graded = stop === undefined ? await gradesOf(prompt, grade, tokenizer) : { stop };
      if ('stop' in graded) {
        stop = graded.stop;
        leftOut.push({ turnId, reason: graded.stop });
        continue;
      }
      rewards.push(...graded.rewards.filter((reward) => reward !== undefined));
      const group = groupOf(turnId, graded.rewards, weight * judge);
      const { known, leftOut: others } = advantagesOf(group, {
        against: 'group',
        cap: settings.advantageCap,
      });
      answers.push(
        ...known.flatMap(({ id, advantage }) => worth(turnId, prompt.answers[Number(id)], advantage)),
      );
      if (known.length === 0) leftOut.push({ turnId, reason: reasonOf(others.map(({ reason }) => reason)) });
    }
    const all = drawn.prompts.flatMap((prompt) => prompt.answers);
    return {
      kind: 'answers',
      answers,
      leftOut,
      rewards,
      drawn: all.flatMap(({ answer: { logprobs } }) => (logprobs === undefined ? [] : [logprobs])),
      ratios: all.map(({ ratio }) => ratio),
    };
  };
}

/** With those hints alone that the judge may see. */
function asShown(sample: PreparedSample, mayJudge: GroupsDeps['mayJudge']): PreparedSample {
  const { turn, hints, hintAuthors = [] } = sample;
  const isShown = (author: PersonId | undefined): boolean =>
    author !== undefined && mayJudge(turn, [author]).allowed;
  return { ...sample, hints: hints.filter((_, at) => isShown(hintAuthors[at])) };
}

type Grades = { readonly rewards: readonly (number | undefined)[] } | { readonly stop: RunReason };

/** Of one group, in order. `stop`: the judge cannot be asked any more, and what it said of a part of the group tells nothing. */
async function gradesOf(
  { sample, answers }: DrawnPrompt,
  grade: AnswerGrader,
  tokenizer: GroupsDeps['tokenizer'],
): Promise<Grades> {
  const { turn, value, hints } = sample;
  const ends = await settleAll(
    answers.map(async ({ answer }): Promise<Graded> => {
      const { text, toolCalls, isWhole } = tokenizer.parseAnswer(answer.tokens);
      if (!isWhole || toolCalls.length > 0) return { kind: 'ungraded' };
      if (text.trim() === '') return { kind: 'graded', reward: -1 };
      return grade({ request: turn.requestText, original: turn.replyText, value, hints, answer: text });
    }),
  );
  if (ends.some(({ kind }) => kind === 'no_budget')) return { stop: 'judge_budget_spent' };
  if (ends.some(({ kind }) => kind === 'unavailable')) return { stop: 'judge_failed' };
  return { rewards: ends.map((end) => (end.kind === 'graded' ? end.reward : undefined)) };
}

function groupOf(
  turnId: TurnId,
  rewards: readonly (number | undefined)[],
  weight: number,
): readonly RewardedAnswer[] {
  return rewards.map((reward, at) => ({
    id: String(at),
    group: turnId,
    weight,
    ...(reward === undefined ? {} : { reward }),
  }));
}

function worth(turnId: TurnId, drawn: DrawnAnswer | undefined, advantage: number): readonly PartAnswer[] {
  if (drawn === undefined) return [];
  const { datum } = drawn;
  const advantages = datum.weights.map((weight) => (weight === 0 ? 0 : advantage));
  return [{ turnId, datum: { ...datum, advantages } }];
}

/** Why a whole group teaches nothing. */
function reasonOf(reasons: readonly NoAdvantageReason[]): RunReason {
  if (reasons.includes('equal_rewards')) return 'equal_rewards';
  return reasons.includes('no_weight') ? 'no_weight' : 'ungraded';
}
