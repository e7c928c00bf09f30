import { type PromptAgainDeps, promptAgain } from '../core/agent/prompt-again.ts';
import { replayAnswer } from '../core/agent/replay-answer.ts';
import { wholeAnswer } from '../core/agent/whole-answer.ts';
import type { Platform } from '../core/domain/ids.ts';
import type { Turn } from '../core/domain/turn.ts';
import type { AnswerAgain, PromptOf } from '../core/learning/answer-again.ts';
import type { AnswerPrompt } from '../core/learning/policies/gate-calls.ts';
import type { SkillLibrary } from '../core/skills/library.ts';
import type { ReplaySkill } from '../core/skills/replay/replay.ts';
import type { ComposedPolicies } from './compose-policies.ts';
import type { Settings } from './schema.ts';

export interface ComposeReplaysDeps {
  /** `ChannelCapabilities.promptFacts` of a platform; '' where it is not running. */
  readonly promptFactsOf: (platform: Platform) => string;
  /** Where nothing here puts prompts together, so that none can be once more. */
  readonly foreignPlatforms: readonly Platform[];
  readonly settings: Settings;
  readonly stores: Pick<PromptAgainDeps, 'turns' | 'ledger'>;
  readonly library: Pick<SkillLibrary, 'version'>;
  readonly policies: {
    readonly desk: Pick<ComposedPolicies['desk'], 'servingIn'>;
    readonly model: Pick<ComposedPolicies['model'], 'exact'>;
    readonly learnedPersona: ComposedPolicies['learnedPersona'];
  };
}

/** Answering stored turns again, for those who compare answers. */
export interface ComposedReplays {
  readonly answerAgain: AnswerAgain;
  readonly answerPrompt: AnswerPrompt;
  readonly promptOf: PromptOf;
  /** Of their turns none is answered again. */
  readonly foreignPlatforms: readonly Platform[];
}

export function composeReplays(deps: ComposeReplaysDeps): ComposedReplays {
  const { settings, stores, library, policies, foreignPlatforms } = deps;
  const { desk, model } = policies;
  const prompts: PromptAgainDeps = {
    ...stores,
    persona: settings.persona,
    historyBudgetTokens: settings.agent.historyBudgetTokens,
    historyTurns: settings.agent.historyTurns,
    promptFactsOf: (platform) =>
      foreignPlatforms.includes(platform) ? undefined : deps.promptFactsOf(platform),
  };
  const { maxOutputTokens } = settings.model;

  /** As the turn was shown them; what is no longer stored is missing. */
  async function skillsOf(turn: Turn): Promise<readonly ReplaySkill[]> {
    const found = await Promise.all(
      turn.skills.map(({ name, version, contentHash }) => library.version(name, version, contentHash)),
    );
    return found.flatMap((skill) =>
      skill === undefined ? [] : [{ name: skill.name, version: skill.version, body: skill.body }],
    );
  }

  return {
    async answerAgain(turn, as, signal) {
      const scope = { kind: 'space', spaceId: turn.conversation.spaceId } as const;
      const serving = as.policy === undefined ? desk.servingIn(scope) : undefined;
      const learned = serving === undefined ? undefined : policies.learnedPersona(scope);
      const policy = as.policy === 'configured' ? undefined : (as.policy ?? serving?.policyId);
      const persona = as.persona ?? learned?.text ?? settings.persona;
      const by = { ...prompts, persona, model: model.exact, maxOutputTokens };
      const skills = as.skills ?? (await skillsOf(turn));
      return replayAnswer(turn, skills, policy === undefined ? by : { ...by, policy }, signal);
    },
    answerPrompt: (request, { policy, persona = settings.persona }, signal) =>
      wholeAnswer(
        model.exact,
        {
          messages: [
            { role: 'system', text: persona },
            { role: 'user', text: request },
          ],
          tools: [],
          maxOutputTokens,
          ...(policy === 'configured' ? {} : { policy }),
        },
        signal,
      ),
    async promptOf(turn) {
      const learned = policies.learnedPersona({ kind: 'space', spaceId: turn.conversation.spaceId });
      const persona = learned?.text ?? settings.persona;
      return promptAgain(turn, await skillsOf(turn), { ...prompts, persona });
    },
    foreignPlatforms,
  };
}
