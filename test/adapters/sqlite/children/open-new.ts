import { join } from 'node:path';
import { sampleAt, sampleKey, sampleMessage } from '../../../contract/store-samples.ts';
import { openAt } from '../rig.ts';
import { tell, told } from './tell.ts';

/** Opens new databases at the same moment as others do, one after another, and stores an event in each. */
const [folder = '', id = '', files = ''] = process.argv.slice(2);
let migrated = 0;
tell('ready');
await told('go');
for (let file = 0; file < Number(files); file += 1) {
  const { database, stores, logger } = openAt(join(folder, `${file}.db`), { busyTimeoutMs: 5_000 });
  await stores.inbox.accept(sampleMessage(id), sampleKey, sampleAt);
  migrated += logger.of('storage_migrated').length;
  database.close();
}
tell(`migrated ${migrated}`);
