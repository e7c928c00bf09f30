import { openDatabase } from '../../../adapters/sqlite/database.ts';
import { openStores, type SqliteStores } from '../../../adapters/sqlite/stores.ts';
import { replayAnswer } from '../../../core/agent/replay-answer.ts';
import type { SpaceId, TurnId } from '../../../core/domain/ids.ts';
import type { Skill } from '../../../core/domain/skill.ts';
import type { Ids } from '../../../core/ports/ids.ts';
import type { CheckDraft } from '../../../core/skills/evolver/check-operation.ts';
import { checkDraft } from '../../../core/skills/gates/gates.ts';
import { createSkillLibrary, type SkillLibrary } from '../../../core/skills/library.ts';
import type { ReplayDeps } from '../../../core/skills/replay/replay.ts';
import { createSeededRandom, type SeededRandom } from '../seeded-random.ts';
import { createSimClock, type SimClock } from './sim-clock.ts';
import {
  answerTo,
  type CountingModel,
  draftFrom,
  type EarlierAnswer,
  modelOf,
  paraphraseOf,
  voteOn,
} from './stand-ins.ts';
import { createErrorLog, createRunIds, type ErrorLog } from './system.ts';

/** The settings as they are shipped, as far as the loop goes by them. */
export const shippedSettings = {
  limits: { topK: 6, budgetTokens: 1_200 },
  threshold: 3,
  people: 3,
  coolDownMs: 6 * 3_600_000,
  dailyCalls: 200,
  timeoutMs: 120_000,
  alpha: 0.05,
  maxActive: 40,
  disuseMs: 90 * 86_400_000,
  quietMs: 10 * 60_000,
  gapMs: 120 * 60_000,
} as const;

export const persona = 'You are a careful assistant.';
/** The stream begins here. */
export const beginsAt = Date.UTC(2026, 0, 5);

/** Real stores, library and core around stand-in models, for one condition and seed. */
export interface Rig {
  readonly seed: number;
  readonly clock: SimClock;
  readonly ids: Ids;
  readonly log: ErrorLog;
  readonly stores: SqliteStores;
  readonly library: SkillLibrary;
  readonly check: CheckDraft;
  readonly models: {
    readonly serving: CountingModel;
    readonly replayed: CountingModel;
    readonly evolver: CountingModel;
    readonly judge: CountingModel;
  };
  /** Answers a turn again, as those who serve people would. */
  readonly answer: ReplayDeps['answer'];
  /** Of this rig alone, so that what one stand-in draws changes nothing for another. */
  randomFor(what: string): SeededRandom;
  /** Told by the trial worker how much feedback there was, by space. */
  readonly labelled: { turns: ReadonlyMap<SpaceId | '', number> };
  close(): void;
}

const noSource = { load: async () => ({ skills: [], diagnostics: [] }) };

/** `isGood`: whether people rated a stored answer well and nobody badly. */
export async function createRig(
  seed: number,
  options: { readonly hasExperiments: boolean; readonly isGood: (turnId: TurnId) => boolean },
): Promise<Rig> {
  const clock = createSimClock(beginsAt);
  const ids = createRunIds(seed);
  const log = createErrorLog();
  const database = openDatabase({ path: ':memory:', logger: log });
  const stores = openStores(database);
  const randomFor = (what: string): SeededRandom =>
    createSeededRandom(Number.parseInt(ids.digest(`${seed} ${what}`).slice(0, 8), 16));
  const labelled: Rig['labelled'] = { turns: new Map() };
  const library = createSkillLibrary({
    source: noSource,
    store: stores.library,
    samples: stores.samples,
    ids,
    clock,
    logger: log,
    limits: shippedSettings.limits,
    experiments: {
      key: `bench ${seed}`,
      enabled: options.hasExperiments,
      labelledTurnsLastMonth: (scope) =>
        labelled.turns.get(scope.kind === 'global' ? '' : scope.spaceId) ?? 0,
    },
  });
  await library.reload();

  const drawn = { evolver: randomFor('evolver'), judge: randomFor('judge') };
  /** What the comparison that comes next is about: replays run one at a time. */
  let onStage: EarlierAnswer | undefined;
  const models = {
    serving: modelOf('serving', ({ messages }) => answerTo(messages)),
    replayed: modelOf('replayed', ({ messages }) => answerTo(messages)),
    evolver: modelOf('evolver', ({ messages, responseFormat }) =>
      responseFormat?.name === 'other_words'
        ? paraphraseOf(messages, drawn.evolver)
        : draftFrom(messages, drawn.evolver),
    ),
    judge: modelOf('judge', ({ messages }) => voteOn(messages, onStage, drawn.judge)),
  };
  return {
    seed,
    clock,
    ids,
    log,
    stores,
    library,
    check: (draft, existing: readonly Skill[]) =>
      checkDraft(draft, {
        limits: { maxBodyTokens: shippedSettings.limits.budgetTokens },
        isLearned: true,
        existing,
      }),
    models,
    answer(turn, skills, signal) {
      onStage = { text: turn.replyText, isGood: options.isGood(turn.turnId) };
      return replayAnswer(
        turn,
        skills,
        {
          model: models.replayed,
          turns: stores.turns,
          ledger: stores.ledger,
          persona,
          historyBudgetTokens: 4_000,
          historyTurns: 40,
          promptFactsOf: () => '',
        },
        signal,
      );
    },
    randomFor,
    labelled,
    close: () => database.close(),
  };
}
