import { openDatabase } from '../../adapters/sqlite/database.ts';
import { openStores } from '../../adapters/sqlite/stores.ts';
import type { LoadedSettings } from '../../config/load-settings.ts';
import { databasePath } from '../../config/storage.ts';
import type { TrainingRun } from '../../core/domain/training-run.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';

/** The run that has not ended, as the data folder has it. */
export async function storedRun({ homeFolder }: LoadedSettings): Promise<TrainingRun | undefined> {
  const database = openDatabase({
    path: databasePath(homeFolder),
    logger: createMemoryLogger(),
    readOnly: true,
  });
  try {
    return await openStores(database).runs.unfinished();
  } finally {
    database.close();
  }
}
