/** A run of weights in a process of its own, at the engine whose address is given: `<database> <address> <key>`. For tests that kill it. */
import { openDatabase } from '../../adapters/sqlite/database.ts';
import { openStores } from '../../adapters/sqlite/stores.ts';
import { createSystemClock } from '../../adapters/system/clock.ts';
import { createSystemIds } from '../../adapters/system/ids.ts';
import { createTinkerTrainer } from '../../adapters/tinker/tinker-trainer.ts';
import { createSpendGate } from '../../core/learning/run/spend-gate.ts';
import { createWeightsDriver } from '../../core/learning/run/weights-driver.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';
import { learnByHeart, preparer, rigBaseModel, rigStepSettings } from '../flow/training-rig.ts';

const [, , path = '', baseUrl = '', apiKey = ''] = process.argv;
const clock = createSystemClock();
const ids = createSystemIds(clock);
const logger = createMemoryLogger();
const stores = openStores(openDatabase({ path, logger }));
const driver = createWeightsDriver({
  trainer: createTinkerTrainer({ profile: 'tinker', baseUrl, apiKey, fetch, clock, ids, logger }),
  runs: stores.runs,
  turns: stores.turns,
  policyOf: async () => undefined,
  configured: { baseModel: rigBaseModel, rank: 4, samplerPath: '' },
  prepare: preparer(stores),
  methodOf: () => learnByHeart,
  settingsOf: () => rigStepSettings,
  adam: { learningRate: 0.05 },
  klStop: 10,
  prices: { train: 0, read: 0, write: 0 },
  isStale: () => false,
  clock,
  ids,
  logger,
});
const run = await stores.runs.unfinished();
if (run === undefined) throw new Error('no run is at hand');
const never = new AbortController().signal;
const gate = createSpendGate(run.runId, never, { runs: stores.runs, clock, capMicros: undefined });
process.stdout.write('ready\n');
const end = await driver.drive(run, gate, never);
process.stdout.write(`${JSON.stringify(end)}\n`);
process.exit(0);
