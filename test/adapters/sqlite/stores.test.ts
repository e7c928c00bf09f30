import { createKeyvCache } from '../../../adapters/keyv/cache.ts';
import type { SqliteStores } from '../../../adapters/sqlite/stores.ts';
import { apiKeyStoreContract } from '../../contract/api-key-store.ts';
import { cacheContract } from '../../contract/cache-store.ts';
import { calendarStoreContract } from '../../contract/calendar-store.ts';
import { evidenceStoreContract } from '../../contract/evidence-store.ts';
import { inboxStoreContract } from '../../contract/inbox-store.ts';
import { judgeQueueContract } from '../../contract/judge-queue.ts';
import { leaseStoreContract } from '../../contract/lease-store.ts';
import { ledgerReadsContract } from '../../contract/ledger-reads.ts';
import { ledgerStoreContract } from '../../contract/ledger-store.ts';
import { libraryChangesContract } from '../../contract/library-changes.ts';
import { libraryStoreContract } from '../../contract/library-store.ts';
import { type PoliciesUnderTest, policyStoreContract } from '../../contract/policy-store.ts';
import { proposalStoreContract } from '../../contract/proposal-store.ts';
import { ratedTurnsOf } from '../../contract/rated-turns.ts';
import { type FencedRunsUnderTest, runFenceContract } from '../../contract/run-fence.ts';
import { runLeasesContract } from '../../contract/run-leases.ts';
import { type RunsUnderTest, runStoreContract } from '../../contract/run-store.ts';
import { sampleStoreContract } from '../../contract/sample-store.ts';
import { sampleTableOf } from '../../contract/sample-table.ts';
import { sessionStoreContract } from '../../contract/session-store.ts';
import { settingsStoreContract } from '../../contract/settings-store.ts';
import type { StoreContract } from '../../contract/store-contract.ts';
import { transcriptStoreContract } from '../../contract/transcript-store.ts';
import { trialStoreContract } from '../../contract/trial-store.ts';
import { turnRecordContract } from '../../contract/turn-record.ts';
import { turnSamplesContract } from '../../contract/turn-samples-store.ts';
import { turnSendsContract } from '../../contract/turn-sends-store.ts';
import { turnStoreContract } from '../../contract/turn-store.ts';
import { storesInMemory, storesOnDisk } from './rig.ts';

const places: readonly StoreContract<SqliteStores>[] = [
  { name: 'sqlite in memory', create: storesInMemory },
  { name: 'sqlite on disk', create: storesOnDisk },
];

/** Some of the stores of a place, and what stands on them. */
const on =
  <Stores>(part: (stores: () => SqliteStores) => () => Stores) =>
  (place: StoreContract<SqliteStores>): StoreContract<Stores> => ({
    name: place.name,
    create: async () => {
      const subject = await place.create();
      const current = part(() => subject.stores);
      return {
        get stores() {
          return current();
        },
        reopen: subject.reopen,
        close: subject.close,
      };
    },
  });

/** With what else happens to the samples of runs. */
const withSamples = on<RunsUnderTest>((stores) => {
  const table = sampleTableOf(stores);
  return () => ({ runs: stores().runs, table });
});
const withLeases = on<FencedRunsUnderTest>((stores) => {
  const table = sampleTableOf(stores);
  return () => ({ runs: stores().runs, leases: stores().leases, table });
});
const withTurns = on<PoliciesUnderTest>((stores) => {
  const turns = ratedTurnsOf(stores);
  return () => ({ policies: stores().policies, turns });
});

for (const place of places) {
  inboxStoreContract(place);
  turnStoreContract(place);
  turnSendsContract(place);
  turnSamplesContract(place);
  turnRecordContract(place);
  ledgerStoreContract(place);
  ledgerReadsContract(place);
  judgeQueueContract(place);
  sessionStoreContract(place);
  settingsStoreContract(place);
  calendarStoreContract(place);
  apiKeyStoreContract(place);
  transcriptStoreContract(place);
  libraryStoreContract(place);
  libraryChangesContract(place);
  sampleStoreContract(place);
  trialStoreContract(place);
  evidenceStoreContract(place);
  proposalStoreContract(place);
  runStoreContract(withSamples(place));
  // A file is opened again and checked after each call.
  runLeasesContract({ ...withSamples(place), runs: place.create === storesOnDisk ? 15 : 100 });
  leaseStoreContract(place);
  runFenceContract(withLeases(place));
  policyStoreContract(withTurns(place));
  cacheContract({
    name: `keyv over ${place.name}`,
    create: async (clock) => {
      const subject = await place.create();
      return {
        get stores() {
          return { cache: createKeyvCache({ table: subject.stores.keyTable, clock }) };
        },
        reopen: subject.reopen,
        close: subject.close,
      };
    },
  });
}
