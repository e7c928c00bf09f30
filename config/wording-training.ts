import { terminalConversation } from '../adapters/terminal/inbound.ts';
import { type ConversationAddress, isWholeSpace } from '../core/domain/conversation.ts';
import type { PolicyScope } from '../core/domain/policy.ts';
import { costOf } from '../core/learning/run/engine-prices.ts';
import { createSkillEditFiler } from '../core/learning/wording/file-skill-edit.ts';
import { createRestingPlanner } from '../core/learning/wording/resting-planner.ts';
import { createWordingDriver } from '../core/learning/wording/wording-driver.ts';
import { createWordingPlanner } from '../core/learning/wording/wording-planner.ts';
import { microsPerUnit, type TrainingWay, type TrainingWayDeps } from './training-way.ts';

const DAY_MS = 86_400_000;

/** Nobody else talks there. The terminal's one conversation is all of its space, though that is not named after it. */
const isAllOfItsSpace = (conversation: ConversationAddress): boolean =>
  isWholeSpace(conversation) || conversation.platform === terminalConversation.platform;

/** Searches for better words; `undefined` where nobody is there who could write them, or where that is not to be. */
export function wordingTraining(deps: TrainingWayDeps): TrainingWay | undefined {
  const { loaded, stores, policies, replays, skills, library, clock, ids, logger } = deps;
  const { settings } = loaded;
  const { training } = settings;
  const { evolver: reflector } = skills.helpers;
  if (!training.wording || reflector === undefined) return undefined;
  const judge = skills.helpers.judge ?? reflector;
  const price = training.wordingPrice * microsPerUnit;
  const shared = {
    outcomes: stores.policies,
    turns: stores.turns,
    ledger: stores.ledger,
    library,
    mayUse: deps.mayEvolve,
    foreignPlatforms: replays.foreignPlatforms,
    mayUsePrivate: (scope: PolicyScope, conversation: ConversationAddress) =>
      scope.kind === 'space' && isAllOfItsSpace(conversation),
    priceOf: (_: unknown, tokens: { readonly read: number; readonly write: number }) =>
      costOf(tokens, { train: 0, read: price, write: price }),
    configuredPersona: settings.persona,
    learnedPersona: policies.learnedPersona,
    clock,
    ids,
  };
  const maxCalls = training.wordingCalls;
  return {
    planner: createRestingPlanner({
      planner: createWordingPlanner({ ...shared, runs: stores.runs, maxCalls }),
      runs: stores.runs,
      clock,
      restMs: training.wordingDays * DAY_MS,
    }),
    driver: createWordingDriver({
      ...shared,
      runs: stores.runs,
      answerAgain: replays.answerAgain,
      reflector,
      judge,
      timeoutMs: settings.evolver.timeoutMs,
      logger,
      check: skills.check,
      proposeSkillEdit: createSkillEditFiler({
        proposals: stores.proposals,
        library,
        check: skills.check,
        clock,
        ids,
        model: settings.evolver.model,
        onProposal: skills.showDraft,
      }),
      limits: { maxCalls },
    }),
  };
}
