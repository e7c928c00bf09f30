import type { BotDeps } from '../core/intake/bot.ts';
import { type CommandRunnerDeps, createCommandRunner } from '../core/intake/command-runner.ts';
import type { ModelPort } from '../core/ports/model.ts';
import { type ComposePrivacyDeps, composePrivacy } from './compose-privacy.ts';
import type { ComposedSchedule } from './compose-schedule.ts';
import type { ComposedSkills } from './compose-skills.ts';
import { type ComposeStatusDeps, composeStatus } from './compose-status.ts';
import type { ComposedTraining } from './compose-training.ts';
import { readVersion } from './version.ts';

/** What the catalogue is bound to, beside what `/privacy` and `/status` tell. */
interface BoundParts
  extends Pick<CommandRunnerDeps, 'library' | 'quietTimes' | 'sessions' | 'admission' | 'clock' | 'logger'> {
  readonly stores: Pick<CommandRunnerDeps, 'turns' | 'ledger'>;
  readonly model: Pick<ModelPort, 'description'>;
  readonly skills: Pick<ComposedSkills, 'tools'>;
  readonly training: Pick<ComposedTraining, 'tools'>;
  readonly schedule: Pick<ComposedSchedule, 'tools'>;
  /** When the bot was built, milliseconds since 1970. */
  readonly startedAt: number;
}

export type ComposeCommandsDeps = BoundParts & ComposePrivacyDeps & ComposeStatusDeps;

/** The commands for the bot to run, with what they tell about all that was built beside it. */
export function composeCommands(deps: ComposeCommandsDeps): BotDeps['commands'] {
  const { library, stores, quietTimes, sessions, admission, clock, logger } = deps;
  const status = composeStatus(deps);
  const privacy = composePrivacy(deps);
  return (controls) =>
    createCommandRunner({
      controls,
      library,
      skillTools: deps.skills.tools,
      training: deps.training.tools,
      schedule: deps.schedule.tools,
      turns: stores.turns,
      ledger: stores.ledger,
      quietTimes,
      sessions,
      admission,
      clock,
      logger,
      maintainers: deps.loaded.settings.maintainers,
      facts: { version: readVersion(), model: deps.model.description, startedAt: deps.startedAt },
      privacy,
      ...status,
    });
}
