/** A whole bot in a process of its own, against the platform whose address is given: `slack <address>`. For tests that kill it. */
import { createSystemClock } from '../../adapters/system/clock.ts';
import { createSystemIds } from '../../adapters/system/ids.ts';
import { createLogger } from '../../adapters/system/logger.ts';
import { loadSettings } from '../../config/load-settings.ts';
import { startBot } from '../../config/start-bot.ts';

const [, , platform = '', apiRoot = ''] = process.argv;
const result = loadSettings({ workingFolder: process.cwd(), variables: process.env });
if (result.kind === 'invalid') throw new Error(JSON.stringify(result.problems));
const clock = createSystemClock();
const logger = createLogger({ level: 'warn', plain: false, secrets: [], destination: process.stderr, clock });
const bot = await startBot({
  loaded: result.loaded,
  clock,
  ids: createSystemIds(clock),
  logger,
  fetch: globalThis.fetch,
  processId: process.pid,
  personName: 'tester',
  [`${platform}ApiRoot`]: apiRoot,
});
await bot.launched;
process.stdout.write('ready\n');
