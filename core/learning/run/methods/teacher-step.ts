import { AppError } from '../../../domain/app-error.ts';
import { joined } from '../../build-datum.ts';
import { isUsableLogprob } from '../../usable-logprob.ts';
import { haltOf } from '../run-gate.ts';
import type { RunReason } from '../run-reasons.ts';
import type { StepEngine, StepMethod } from '../step-engine.ts';
import { combinedStep } from './combined-step.ts';
import { tellsSomething, withDistillation } from './distil-tokens.ts';
import { drawAnswers } from './draw-answers.ts';
import type { PartAnswer, StepPart } from './step-part.ts';

export interface TeacherDeps {
  readonly stopIds: readonly number[];
  /** The most tokens of prompt and answer together. */
  readonly contextTokens: number;
}

/** A step of distillation from a teacher alone. */
export function teacherStep(deps: TeacherDeps): StepMethod {
  return combinedStep([teacherPart(deps)]);
}

/**
 * On-policy distillation: one fresh answer to each prompt, and for each of its tokens A = clip(coefficient·(d − mean(d)), ±cap)
 * with d = teacher − q and its mean over the step, so that the policy comes to write what the teacher would have. The teacher reads the same ids, so it must have the same
 * tokenizer (`StepEngine.reference`). Neither judge nor rewards nor weights are asked, as nobody's word on the stored answer
 * says anything of a fresh one. A token that the teacher has no number for teaches nothing; a teacher that fails is a step
 * that is not made, never one without it.
 */
export function teacherPart({ stopIds, contextTokens }: TeacherDeps): StepPart {
  return async (batch, engine, settings) => {
    const drawn = await drawAnswers(batch, engine, settings, { count: 1, stopIds, contextTokens });
    if (drawn.kind === 'refused') return drawn;
    const all = drawn.prompts.flatMap(({ sample: { turnId }, answers }) =>
      answers.map((answer) => ({ turnId, ...answer })),
    );
    const ratios = all.map(({ ratio }) => ratio);
    const sequences = all.map(({ datum: { input, targets } }) => joined(input, targets.subarray(-1)));
    const teachers = all.length === 0 ? [] : await taughtOf(engine, sequences);
    if (typeof teachers === 'string') return { kind: 'refused', reason: teachers, ratios };

    const known: (PartAnswer & { readonly teacher: Float32Array })[] = [];
    const leftOut = [...drawn.leftOut];
    for (const [at, { turnId, datum }] of all.entries()) {
      const teacher = teachers[at] ?? new Float32Array(0);
      const isKnown = teacher.some((own, token) => datum.weights[token] !== 0 && isUsableLogprob(own));
      if (isKnown) known.push({ turnId, datum, teacher });
      else leftOut.push({ turnId, reason: 'unusable' });
    }
    const taught = withDistillation(
      known.map(({ datum }) => datum),
      known.map(({ teacher }) => teacher),
      { coefficient: settings.distillation, cap: settings.advantageCap, against: 'mean' },
    );
    const answers: PartAnswer[] = [];
    for (const [at, { turnId, datum: plain }] of known.entries()) {
      const datum = taught[at] ?? plain;
      if (tellsSomething(datum)) answers.push({ turnId, datum });
      else leftOut.push({ turnId, reason: 'no_difference' });
    }
    return {
      kind: 'answers',
      answers,
      leftOut,
      rewards: [],
      drawn: all.flatMap(({ answer: { logprobs } }) => (logprobs === undefined ? [] : [logprobs])),
      ratios,
    };
  };
}

/** The teacher's log-probabilities of the targets, or why there are none. Halts pass. */
async function taughtOf(
  engine: StepEngine,
  sequences: readonly Int32Array[],
): Promise<readonly Float32Array[] | RunReason> {
  try {
    const lists = await engine.reference('teacher', sequences);
    const fits = sequences.every(({ length }, at) => lists[at]?.length === length);
    return fits ? lists.map((own) => own.subarray(1)) : 'teacher_failed';
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.code === 'aborted' || haltOf(thrown) !== undefined)
      throw thrown;
    return thrown.code === 'unsupported' ? 'unsupported' : 'teacher_failed';
  }
}
