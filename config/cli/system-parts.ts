import { createSystemClock } from '../../adapters/system/clock.ts';
import { createSystemIds } from '../../adapters/system/ids.ts';
import { createLogger } from '../../adapters/system/logger.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Ids } from '../../core/ports/ids.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { LoadedSettings } from '../load-settings.ts';
import type { CommandIo } from './command-io.ts';

export interface SystemParts {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

/** The machine, for a bot in this process. Logs: plain lines where standard error is a terminal, else JSON. */
export function createSystemParts(
  io: CommandIo,
  loaded: LoadedSettings,
  options: { readonly level?: 'silent'; readonly destination?: { write(line: string): unknown } } = {},
): SystemParts {
  const clock = createSystemClock();
  // The name of a model is an ordinary word: a log that blanks it out, wherever it stands, helps nobody.
  const { OPENAI_MODEL: _, ...secrets } = loaded.secrets;
  return {
    clock,
    ids: createSystemIds(clock),
    logger: createLogger({
      level: options.level ?? loaded.settings.log.level,
      plain: io.stderr.isTTY === true,
      secrets: Object.values(secrets),
      destination: options.destination ?? io.stderr,
      clock,
    }),
  };
}
