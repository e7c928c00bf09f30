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

/** The machine, for a bot in this process. Logs go to standard error: plain on a terminal, else JSON. */
export function createSystemParts(io: CommandIo, loaded: LoadedSettings, level?: 'silent'): SystemParts {
  const clock = createSystemClock();
  return {
    clock,
    ids: createSystemIds(clock),
    logger: createLogger({
      level: level ?? loaded.settings.log.level,
      plain: io.stderr.isTTY === true,
      secrets: Object.values(loaded.secrets),
      destination: io.stderr,
      clock,
    }),
  };
}
