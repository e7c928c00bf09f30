import { createWriteGate } from '../../../../adapters/sqlite/write-gate.ts';
import { createWriteThread } from '../../../../adapters/sqlite/write-thread.ts';
import { otherKey, sampleKey, sampleSession } from '../../../contract/store-samples.ts';
import { createMemoryLogger } from '../../../fakes/system/memory-logger.ts';

/** Stores two sessions in the thread, one after the other, and closes nothing. */
const [path = ''] = process.argv.slice(2);
const thread = createWriteThread({ path, gate: createWriteGate(), logger: createMemoryLogger() });
const open = (name: string, key: typeof otherKey): Promise<void> =>
  thread.sessions.open({ ...sampleSession(name), conversationKey: key });
void open('s1', sampleKey)
  .then(() => open('s2', otherKey))
  .then(() => process.stdout.write('stored\n'));
