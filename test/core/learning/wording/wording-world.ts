import { createHash } from 'node:crypto';
import { AppError } from '../../../../core/domain/app-error.ts';
import type { ModelRequest } from '../../../../core/domain/model.ts';
import { type PolicyScope, runId } from '../../../../core/domain/policy.ts';
import type { Signal } from '../../../../core/domain/signal.ts';
import { isSkillName, type Skill, type SkillName } from '../../../../core/domain/skill.ts';
import type { TrainingRun } from '../../../../core/domain/training-run.ts';
import type { Turn } from '../../../../core/domain/turn.ts';
import type { AnswerAgain } from '../../../../core/learning/answer-again.ts';
import type { DriverEnd } from '../../../../core/learning/run/run-driver.ts';
import type { RunGate } from '../../../../core/learning/run/run-gate.ts';
import type { SkillEdit } from '../../../../core/learning/wording/skill-edit.ts';
import {
  createWordingDriver,
  type WordingDriverDeps,
} from '../../../../core/learning/wording/wording-driver.ts';
import type { PolicyOutcome } from '../../../../core/ports/policy-store.ts';
import { sampleConversation } from '../../../contract/store-samples.ts';
import { modelOf, wordsOf } from '../../../fakes/model/model-of.ts';
import { createFakeClock } from '../../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../../../fakes/system/sequential-ids.ts';
import { correction, space, spaceScope, turn } from '../../skills/evolver/samples.ts';

export const scope: PolicyScope = { kind: 'space', spaceId: space };
export const persona = 'You help people in a kitchen.\nAnswer in one line.';
export const goodRule = 'Give the unit with every number.';

/** A number below `below` that a text alone determines. */
export function chance(text: string, below: number): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0) % below;
}

/** The block of data of this title in a prompt. */
export function blockOf(request: ModelRequest, title: string): string {
  const lines = wordsOf(request).split('\n');
  const at = lines.findIndex((line) => line.endsWith(` begin ${title}]`));
  const rest = at === -1 ? [] : lines.slice(at + 1);
  const end = rest.findIndex((line) => !line.startsWith('| '));
  return rest
    .slice(0, end)
    .map((line) => line.slice(2))
    .join('\n');
}

/** All that a prompt says, without the mark that is random in each. */
function saidIn(request: ModelRequest): string {
  const said = wordsOf(request);
  const mark = /\[(\w+) begin /.exec(said)?.[1] ?? '';
  return mark === '' ? said : said.replaceAll(mark, 'mark');
}

/** Rules of a world of kitchen talk, that stand in for the models. */
export interface Rules {
  readonly answer: (turn: Turn, persona: string, skills: readonly string[]) => string;
  /** 0 … 10. `said`: the whole prompt of the judge. */
  readonly score: (request: string, answer: string, said: string) => number;
  /** A new text. `said`: the whole prompt. */
  readonly reword: (text: string, said: string) => string;
}

export interface TurnPlan {
  readonly request: string;
  readonly isGood: boolean;
  readonly hint?: string;
  readonly channelId?: string;
  readonly audience?: 'group' | 'direct';
  readonly asker?: string;
  readonly skills?: readonly Skill[];
  /** The word that led to its skills. */
  readonly word?: string;
  readonly changes?: Partial<Turn>;
}

export interface World {
  readonly deps: WordingDriverDeps;
  readonly turns: readonly Turn[];
  readonly edits: SkillEdit[];
  readonly outcomes: readonly PolicyOutcome[];
  progress: string | undefined;
  saves: number;
  calls: number;
}

export function skillName(name: string): SkillName {
  if (!isSkillName(name)) throw new TypeError(name);
  return name;
}

export function skill(name: string, body: string, changes: Partial<Skill> = {}): Skill {
  return {
    name: skillName(name),
    description: `Use when ${name} is asked about.`,
    triggers: [],
    body,
    source: 'test',
    version: 1,
    contentHash: `hash ${name}`,
    scope: spaceScope,
    origin: { kind: 'files' },
    standing: { state: 'active', isProven: false, isPinned: false, maskedContexts: [], trial: 1, since: 0 },
    ...changes,
  };
}

export function createWorld(
  plans: readonly TurnPlan[],
  rules: Rules,
  changes: Partial<WordingDriverDeps> = {},
): World {
  const clock = createFakeClock();
  const ids = createSequentialIds();
  const rows = new Map<string, readonly Signal[]>();
  const skills = new Map(plans.flatMap((plan) => plan.skills ?? []).map((one) => [one.name, one] as const));
  const turns = plans.map((plan, index) =>
    turnOf(plan, index, clock.now() - (plans.length - index) * 60_000),
  );
  for (const [index, plan] of plans.entries()) {
    const id = `t${index}`;
    if (plan.hint !== undefined) rows.set(id, [correction(id, plan.asker ?? 'ann', plan.hint)]);
  }
  const byId = new Map<string, Turn>(turns.map((one) => [one.turnId, one] as const));
  const outcomes = turns.map(
    (one, index): PolicyOutcome => ({
      turnId: one.turnId,
      conversationKey: one.conversationKey,
      sessionId: one.sessionId,
      askerId: one.askerId,
      policy: one.policy,
      value: plans[index]?.isGood === true ? 1 : -1,
      at: one.startedAt,
    }),
  );
  const answerAgain: AnswerAgain = async (one, as) => ({
    kind: 'answer',
    text: rules.answer(
      one,
      as.persona ?? '',
      (as.skills ?? []).map(({ body }) => body),
    ),
  });
  const judge = modelOf('judge', (request) => {
    const score = rules.score(
      blockOf(request, 'the request'),
      blockOf(request, 'the answer to grade'),
      saidIn(request),
    );
    return JSON.stringify({ score: Math.max(0, Math.min(10, score)), feedback: 'As the rules have it.' });
  });
  const reflector = modelOf('reflector', (request) => {
    const titles = ['the persona', ...[...skills.keys()].map((name) => `the skill ${name}`)];
    const text = titles.map((title) => blockOf(request, title)).find((found) => found !== '') ?? '';
    return JSON.stringify({ text: rules.reword(text, saidIn(request)), why: 'Answers shall be clearer.' });
  });
  const world: World = {
    turns,
    outcomes,
    edits: [],
    progress: undefined,
    saves: 0,
    calls: 0,
    deps: {
      outcomes: {
        outcomes: async (_, since, limit) => outcomes.filter(({ at }) => at >= since).slice(0, limit),
      },
      turns: { get: async (id) => byId.get(id) },
      ledger: { ofTurn: async (id) => rows.get(id) ?? [] },
      library: { at: (_, name) => skills.get(name) },
      mayUse: () => ({ allowed: true }),
      mayUsePrivate: () => false,
      foreignPlatforms: ['api'],
      configuredPersona: persona,
      learnedPersona: () => undefined,
      answerAgain,
      judge,
      reflector,
      priceOf: (_, { read, write }) => ({ tokens: read + write, micros: read + 4 * write }),
      clock,
      ids,
      timeoutMs: 60_000,
      logger: createMemoryLogger(),
      check: () => ({ findings: [] }),
      runs: {
        setProgress: async (_, progress) => {
          world.saves += 1;
          world.progress = progress;
        },
      },
      proposeSkillEdit: async (edit) => {
        world.edits.push(edit);
      },
      ...changes,
    },
  };
  return world;
}

function turnOf(plan: TurnPlan, index: number, startedAt: number): Turn {
  const { audience = 'group', channelId = 'kitchen', word = 'cake' } = plan;
  const shown = (plan.skills ?? []).map(({ name, version, contentHash, scope: own }) => ({
    name,
    version,
    contentHash,
    scope: own,
    score: 1,
    propensity: 1,
    because: [word],
  }));
  return turn(`t${index}`, plan.asker ?? 'ann', plan.request, {
    conversation: { ...sampleConversation, audience, channelId },
    startedAt,
    skills: shown,
    replyText: `Earlier answer ${index}.`,
    ...plan.changes,
  });
}

export function runOf(seed: number | string): TrainingRun {
  return {
    runId: runId(`run ${seed}`),
    number: 1,
    scope,
    kind: 'wording',
    methods: ['wording'],
    state: 'running',
    generation: 1,
    plan: {
      steps: 0,
      samples: 0,
      positives: 0,
      negatives: 0,
      people: 0,
      leftOut: {},
      estimate: { calls: 0, tokens: 0, micros: 0 },
      settings: {},
    },
    spend: { calls: 0, tokens: 0, micros: 0 },
    startedAt: 0,
  };
}

/** A gate that counts, and asks before each call whether it may be made: what that throws is what the call rejects with. */
export function gateOf(world: World, before: (call: number) => void = () => undefined): RunGate {
  return {
    halted: new AbortController().signal,
    beforeStep: async () => {},
    async call(_, make) {
      before(world.calls + 1);
      world.calls += 1;
      return make();
    },
  };
}

export const never = (): AbortSignal => new AbortController().signal;

/** Drives a run to its end in one go. */
export function drive(world: World, seed: number | string): Promise<DriverEnd> {
  return createWordingDriver(world.deps).drive(withProgress(runOf(seed), world), gateOf(world), never());
}

/** The run as the store has it. */
export function withProgress(run: TrainingRun, { progress }: Pick<World, 'progress'>): TrainingRun {
  return progress === undefined ? run : { ...run, progress };
}

export const killed = new AppError('internal', 'The process was killed.');

export const isMeasure = (request: string): boolean => request.startsWith('How much');

/** Thirty-six turns: two in three about measures, found lacking with a hint that names units, and other talk that was fine. */
export function kitchenTurns(count = 36): readonly TurnPlan[] {
  return Array.from({ length: count }, (_, index): TurnPlan => {
    const asker = `person${index % 5}`;
    if (index % 3 === 2) return { request: `What goes with dish number ${index}?`, isGood: true, asker };
    return {
      request: `How much flour for cake ${index}?`,
      isGood: false,
      hint: 'The unit is missing.',
      asker,
    };
  });
}

/** Answers name units where the words ask for it, and are worth more so. Each wording words its answers in its own way. */
export const unitRules: Rules = {
  answer: ({ requestText }, words, skills) => {
    const all = [words, ...skills].join('\n');
    const variant = chance(all, 1_000);
    if (!isMeasure(requestText)) return `Rice, say. (${variant})`;
    return /give the unit/i.test(all) ? `300 grams. (${variant})` : `300. (${variant})`;
  },
  score: (request, answer) => {
    const noise = chance(`${request} ${answer}`, 3) - 1;
    return (isMeasure(request) && !answer.includes('grams') ? 4 : 8) + noise;
  },
  reword: (text, said) =>
    said.includes('The unit is missing.') && !text.includes(goodRule) && chance(said, 3) > 0
      ? `${text}\n${goodRule}`
      : `${text}\nBe exact in matter ${chance(said, 10_000)}.`,
};

/** Nothing that is written makes any difference but by chance. */
export const idleRules: Rules = {
  answer: ({ requestText }, words) => `It depends. (${chance(requestText + words, 100_000)})`,
  score: (request, answer) => 5 + chance(`${request} ${answer}`, 5) - 2,
  reword: (text, said) => `${text}\nBe exact in matter ${chance(said, 100_000)}.`,
};
