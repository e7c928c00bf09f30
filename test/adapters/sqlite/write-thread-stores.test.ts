import type { SqliteStores } from '../../../adapters/sqlite/stores.ts';
import { createWriteGate } from '../../../adapters/sqlite/write-gate.ts';
import { createWriteThread } from '../../../adapters/sqlite/write-thread.ts';
import { apiKeyStoreContract } from '../../contract/api-key-store.ts';
import { sessionStoreContract } from '../../contract/session-store.ts';
import type { StoreContract } from '../../contract/store-contract.ts';
import { turnRecordContract } from '../../contract/turn-record.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';
import { makeFolder, openAt } from './rig.ts';

/** What a thread writes is read here, over another connection. */
const place: StoreContract<SqliteStores> = {
  name: 'sqlite on disk, written to by a thread of its own',
  create: async () => {
    const folder = makeFolder();
    const path = folder.file('metaclaw.db');
    const open = () => {
      const gate = createWriteGate();
      const { database, stores } = openAt(path, { around: gate.ahead });
      const thread = createWriteThread({ path, gate, logger: createMemoryLogger() });
      return {
        stores: {
          ...stores,
          turns: { ...stores.turns, ...thread.turns },
          sessions: { ...stores.sessions, ...thread.sessions },
          apiKeys: { ...stores.apiKeys, ...thread.keys },
        },
        close: async () => {
          await thread.close();
          database.close();
        },
      };
    };
    let current = open();
    return {
      get stores() {
        return current.stores;
      },
      reopen: async () => {
        await current.close();
        current = open();
      },
      close: async () => {
        await current.close();
        folder.remove();
      },
    };
  },
};

turnRecordContract(place);
sessionStoreContract(place);
apiKeyStoreContract(place);
