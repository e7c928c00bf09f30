import type { ActivityStore } from '../../core/ports/activity-store.ts';
import type { ApiKeyStore } from '../../core/ports/api-key-store.ts';
import type { CalendarStore } from '../../core/ports/calendar-store.ts';
import type { EvidenceStore } from '../../core/ports/evidence-store.ts';
import type { InboxStore } from '../../core/ports/inbox-store.ts';
import type { JudgeQueue } from '../../core/ports/judge-queue.ts';
import type { KeyTable } from '../../core/ports/key-table.ts';
import type { LeaseStore } from '../../core/ports/lease-store.ts';
import type { LedgerStore } from '../../core/ports/ledger-store.ts';
import type { LibraryStore } from '../../core/ports/library-store.ts';
import type { PolicyStore } from '../../core/ports/policy-store.ts';
import type { ProposalStore } from '../../core/ports/proposal-store.ts';
import type { RunStore } from '../../core/ports/run-store.ts';
import type { SampleStore } from '../../core/ports/sample-store.ts';
import type { SessionStore } from '../../core/ports/session-store.ts';
import type { SettingsStore } from '../../core/ports/settings-store.ts';
import type { TranscriptStore } from '../../core/ports/transcript-store.ts';
import type { TrialStore } from '../../core/ports/trial-store.ts';
import type { TurnStore } from '../../core/ports/turn-store.ts';
import type { VectorStore } from '../../core/ports/vector-store.ts';
import type { WindowStore } from '../../core/ports/window-store.ts';
import { createActivityStore } from './activity-store.ts';
import { createApiKeyStore } from './api-key-store.ts';
import { createCalendarStore } from './calendar-store.ts';
import type { SqliteDatabase } from './database.ts';
import { createEvidenceStore } from './evidence-store.ts';
import { createInboxStore } from './inbox-store.ts';
import { createJudgeQueue } from './judge-queue.ts';
import { createKeyTable } from './key-table.ts';
import { createLeaseStore } from './lease-store.ts';
import { createLedgerStore } from './ledger-store.ts';
import { createLibraryStore } from './library-store.ts';
import { createPolicyStore } from './policy-store.ts';
import { createProposalStore } from './proposal-store.ts';
import { createRunStore } from './run-store.ts';
import { createSampleStore } from './sample-store.ts';
import { createSessionStore } from './session-store.ts';
import { createSettingsStore } from './settings-store.ts';
import { createTranscriptStore } from './transcript-store.ts';
import { createTrialStore } from './trial-store.ts';
import { createTurnStore } from './turn-store.ts';
import { createVectorStore } from './vector-store.ts';
import { createWindowStore } from './window-store.ts';

export interface SqliteStores {
  readonly inbox: InboxStore;
  readonly turns: TurnStore;
  readonly ledger: LedgerStore;
  readonly judgeQueue: JudgeQueue;
  readonly sessions: SessionStore;
  readonly settings: SettingsStore;
  readonly library: LibraryStore;
  readonly trials: TrialStore;
  readonly evidence: EvidenceStore;
  readonly proposals: ProposalStore;
  readonly samples: SampleStore;
  readonly runs: RunStore;
  readonly policies: PolicyStore;
  readonly activity: ActivityStore;
  readonly windows: WindowStore;
  readonly leases: LeaseStore;
  readonly calendars: CalendarStore;
  readonly apiKeys: ApiKeyStore;
  readonly vectors: VectorStore;
  readonly transcripts: TranscriptStore;
  /** What the keyed cache stands on. */
  readonly keyTable: KeyTable;
}

/** Every store on one open database; they end with it. Statements are prepared when first used. */
export function openStores(database: SqliteDatabase): SqliteStores {
  return {
    inbox: createInboxStore(database),
    turns: createTurnStore(database),
    ledger: createLedgerStore(database),
    judgeQueue: createJudgeQueue(database),
    sessions: createSessionStore(database),
    settings: createSettingsStore(database),
    library: createLibraryStore(database),
    trials: createTrialStore(database),
    evidence: createEvidenceStore(database),
    proposals: createProposalStore(database),
    samples: createSampleStore(database),
    runs: createRunStore(database),
    policies: createPolicyStore(database),
    activity: createActivityStore(database),
    windows: createWindowStore(database),
    leases: createLeaseStore(database),
    calendars: createCalendarStore(database),
    apiKeys: createApiKeyStore(database),
    vectors: createVectorStore(database),
    transcripts: createTranscriptStore(database),
    keyTable: createKeyTable(database),
  };
}
