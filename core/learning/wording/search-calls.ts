import { AppError, toAppError } from '../../domain/app-error.ts';
import type { ModelMessage, ResponseFormat } from '../../domain/model.ts';
import { skillSlotKey } from '../../domain/skill.ts';
import { estimateTokens } from '../../domain/tokens.ts';
import { isAboutTheWords, within } from '../../feedback/timed-call.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import type { ModelPort } from '../../ports/model.ts';
import { askModel, timedWords } from '../../skills/evolver/ask-model.ts';
import { createCostMeter } from '../../skills/evolver/cost-meter.ts';
import type { AnswerAgain } from '../answer-again.ts';
import { type CallCost, haltError, type RunGate } from '../run/run-gate.ts';
import { type AnswerGrade, gradePrompt, gradeResponseFormat, readAnswerGrade } from './answer-grade.ts';
import type { RatedTurn } from './rated-turns.ts';
import {
  type Reflection,
  type ReflectionMaterial,
  readReflection,
  reflectionFormat,
  reflectionPrompt,
} from './reflection.ts';
import { personaKey, type WordingChange } from './words-at-hand.ts';

export interface SearchCallDeps {
  readonly answerAgain: AnswerAgain;
  /** Rewords texts. */
  readonly reflector: ModelPort;
  /** Grades answers. */
  readonly judge: ModelPort;
  /** What a call costs, by its estimated tokens, in millionths. */
  readonly priceOf: (by: SearchRole, tokens: { readonly read: number; readonly write: number }) => CallCost;
  readonly clock: Pick<Clock, 'after'>;
  readonly ids: Pick<Ids, 'code'>;
  /** How long one call may take. */
  readonly timeoutMs: number;
}

export type SearchRole = 'answer' | 'judge' | 'reflector';

type Failed = { readonly kind: 'failed'; readonly error: AppError };

/**
 * The calls of a search, each through the gate: it rejects with the gate's halts and nothing else. `unusable`: the turn cannot
 * be answered so, or what was said cannot be read; another try would not change that.
 */
export interface SearchCalls {
  answer(
    rated: RatedTurn,
    persona: string,
    changes: readonly WordingChange[],
  ): Promise<{ readonly kind: 'answer'; readonly text: string } | { readonly kind: 'unusable' } | Failed>;
  grade(
    rated: RatedTurn,
    answer: string,
  ): Promise<
    { readonly kind: 'grade'; readonly grade: AnswerGrade } | { readonly kind: 'unusable' } | Failed
  >;
  reflect(
    material: ReflectionMaterial,
  ): Promise<
    { readonly kind: 'reflection'; readonly reflection: Reflection } | { readonly kind: 'unusable' } | Failed
  >;
}

const markChars = 16;
/** A model that thinks first needs more than its answer takes. */
const maxOutputTokens = { judge: 2_000, reflector: 12_000 } as const;
const gradeTokens = 200;
const answerTokens = 600;
/** History and facts that stand in a prompt beside what is known here. */
const promptRestTokens = 1_000;
const reflectionRestTokens = 400;

export function createSearchCalls(deps: SearchCallDeps, gate: RunGate, signal: AbortSignal): SearchCalls {
  async function ask(
    by: 'judge' | 'reflector',
    messages: readonly ModelMessage[],
    responseFormat: ResponseFormat,
    write: number,
  ): Promise<{ readonly kind: 'said'; readonly text: string } | { readonly kind: 'unusable' } | Failed> {
    const read = messages.reduce((sum, { text }) => sum + estimateTokens(text), 0);
    const steadily = by === 'judge' ? { temperature: 0 } : {};
    const request = {
      messages,
      tools: [],
      responseFormat,
      maxOutputTokens: maxOutputTokens[by],
      ...steadily,
    };
    const model = deps[by];
    const asked = await gate.call(deps.priceOf(by, { read, write }), () =>
      askModel(request, { ...deps, model, reserve: async () => true, meter: createCostMeter() }, signal),
    );
    if (signal.aborted) throw haltError('paused');
    switch (asked.kind) {
      case 'said':
        return asked;
      case 'refused':
        return { kind: 'unusable' };
      case 'unavailable':
        return { kind: 'failed', error: asked.error };
      default:
        throw haltError('paused');
    }
  }

  return {
    async answer(rated, persona, changes) {
      const { turn, skills } = rated;
      const textOf = (key: string): string | undefined =>
        changes.find(({ component }) => component === key)?.text;
      const as = {
        persona: textOf(personaKey) ?? persona,
        skills: skills.map((skill) => {
          const { name, version, body } = skill;
          const changed = textOf(skillSlotKey(skill));
          return changed === undefined
            ? { name, version, body }
            : { name, version: version + 1, body: changed };
        }),
      };
      const known = [as.persona, turn.requestText, ...as.skills.map(({ body }) => body)];
      const read = known.reduce((sum, text) => sum + estimateTokens(text), promptRestTokens);
      const write = Math.max(answerTokens, 2 * estimateTokens(turn.replyText));
      const answered = await gate.call(deps.priceOf('answer', { read, write }), () =>
        within(deps.clock, deps.timeoutMs, signal, timedWords(deps.timeoutMs), (cut) =>
          deps.answerAgain(turn, as, cut).catch((thrown: unknown) => toAppError(thrown)),
        ),
      );
      if (signal.aborted) throw haltError('paused');
      const ended = answered instanceof AppError ? ({ kind: 'failed', error: answered } as const) : answered;
      if (ended.kind === 'answer') return { kind: 'answer', text: ended.text };
      if (ended.kind === 'left_out' || isAboutTheWords(ended.error)) return { kind: 'unusable' };
      return ended;
    },
    async grade({ turn, value, hints }, answer) {
      const earlier = { answer: turn.replyText, isGood: value > 0, hints };
      const messages = gradePrompt({ request: turn.requestText, answer, earlier }, deps.ids.code(markChars));
      const said = await ask('judge', messages, gradeResponseFormat, gradeTokens);
      if (said.kind !== 'said') return said;
      const grade = readAnswerGrade(said.text);
      return grade === undefined ? { kind: 'unusable' } : { kind: 'grade', grade };
    },
    async reflect(material) {
      const messages = reflectionPrompt(material, deps.ids.code(markChars));
      const write = estimateTokens(material.text) + reflectionRestTokens;
      const said = await ask('reflector', messages, reflectionFormat, write);
      if (said.kind !== 'said') return said;
      const reflection = readReflection(said.text);
      return reflection === undefined ? { kind: 'unusable' } : { kind: 'reflection', reflection };
    },
  };
}
