import type { Platform } from '../core/domain/ids.ts';
import { type ContentPolicy, usesOf } from '../core/feedback/content-door.ts';
import type { SampledRetention } from '../core/feedback/sampled-retention.ts';
import type { CommandRunnerDeps } from '../core/intake/command-runner.ts';
import type { ModelChoice } from './choose-model.ts';
import type { ComposedEmbeddings } from './compose-embeddings.ts';
import { engineRecipients } from './compose-engine.ts';
import type { ComposedJudge } from './compose-judge.ts';
import type { ComposedProxy } from './compose-proxy.ts';
import type { ComposedSchedule } from './compose-schedule.ts';
import type { ComposedSkills } from './compose-skills.ts';
import type { ComposedTraining } from './compose-training.ts';
import type { LoadedSettings } from './load-settings.ts';
import { modelRecipients, privacyFacts, privacyOn, promptsKept } from './privacy-facts.ts';

export interface ComposePrivacyDeps {
  readonly loaded: Pick<LoadedSettings, 'homeFolder' | 'settings' | 'secrets'>;
  readonly choice: ModelChoice;
  readonly contentPolicy: ContentPolicy;
  /** `undefined` where nothing judges. */
  readonly judge: Pick<ComposedJudge, 'recipient'> | undefined;
  /** `undefined` where there are none. */
  readonly embeddings: Pick<ComposedEmbeddings, 'recipient'> | undefined;
  readonly skills: Pick<ComposedSkills, 'recipients'>;
  readonly training: Pick<ComposedTraining, 'recipients' | 'uses'>;
  readonly schedule: Pick<ComposedSchedule, 'recipients'>;
  readonly retention: Pick<SampledRetention, 'wereAny'>;
  /** Those that people talk on; asked anew each time. */
  readonly platforms: () => readonly Platform[];
  /** `undefined` while there is none; asked anew each time. */
  readonly proxy: () => Pick<ComposedProxy, 'recipients'> | undefined;
}

/** What `/privacy` says on a platform: where words go, what is done with them, and how long what of them is kept. */
export function composePrivacy(deps: ComposePrivacyDeps): CommandRunnerDeps['privacy'] {
  const { loaded, choice, contentPolicy, judge, embeddings, skills, training, schedule, retention } = deps;
  const { settings, secrets } = loaded;
  const facts = privacyFacts(loaded, {
    recipients: [
      ...modelRecipients(choice),
      ...engineRecipients(settings, secrets),
      ...(judge === undefined ? [] : [judge.recipient]),
      ...skills.recipients,
      ...training.recipients,
      ...schedule.recipients,
      ...(embeddings === undefined ? [] : [embeddings.recipient]),
    ],
    judges: judge !== undefined,
    evolves: skills.recipients.length > 0,
    others: training.uses,
  });
  return (platform) =>
    privacyOn(platform, deps.proxy(), contentPolicy, {
      ...facts,
      // Those of an engine that answered once are there until they have aged.
      ...promptsKept(settings.engine.answers || retention.wereAny(), settings.engine.keepDays),
      uses: deps.platforms().map((one) => ({ platform: one, uses: usesOf(one, contentPolicy) })),
    });
}
