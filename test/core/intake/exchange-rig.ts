import { apiKeyId } from '../../../core/domain/api-key.ts';
import { personId, spaceId } from '../../../core/domain/ids.ts';
import type { Turn } from '../../../core/domain/turn.ts';
import {
  createExchangeDesk,
  type ExchangeDeskDeps,
  type RunningExchangeDesk,
} from '../../../core/intake/exchange-desk.ts';
import { createSessions, type Sessions } from '../../../core/intake/sessions.ts';
import type { ApiCaller } from '../../../core/ports/api-access.ts';
import type { ExchangeEnd, ExchangeStart } from '../../../core/ports/exchange-desk.ts';
import type { TurnStore } from '../../../core/ports/turn-store.ts';
import { createSteadySkills } from '../../../core/skills/steady-skills.ts';
import { type OpenStores, openAt } from '../../adapters/sqlite/rig.ts';
import { createFakeClock, type FakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger, type MemoryLogger } from '../../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../../fakes/system/sequential-ids.ts';
import { garden, type LibraryRig, ledger, libraryRig, piano } from '../skills/library-rig.ts';

export const gapMs = 30 * 60_000;
export const quietTimes = { skills: 600_000, weights: 86_400_000 };

export const lab = {
  spaceId: spaceId('api', 'lab'),
  personId: personId('api', 'k1'),
  name: 'lab agent',
  keyId: apiKeyId('k1'),
} satisfies ApiCaller;
/** Somebody else in the same space. */
export const guest = { ...lab, personId: personId('api', 'k1.guest') };
/** With another key to the same space. */
export const colleague = {
  ...lab,
  personId: personId('api', 'k3'),
  keyId: apiKeyId('k3'),
} satisfies ApiCaller;
export const elsewhere = {
  spaceId: spaceId('api', 'other'),
  personId: personId('api', 'k2'),
  name: 'other agent',
  keyId: apiKeyId('k2'),
} satisfies ApiCaller;

export function asking(changes: Partial<ExchangeStart> = {}): ExchangeStart {
  const { words = 'water my tomatoes' } = changes;
  return {
    caller: lab,
    line: 'main',
    talk: { opening: words },
    words,
    wordsIndex: 1,
    isContinued: false,
    endsSession: false,
    ...changes,
  };
}

export function ending(changes: Partial<ExchangeEnd> = {}): ExchangeEnd {
  const { replyText = 'At dawn.' } = changes;
  return {
    state: 'done',
    replyText,
    awaitsTools: false,
    messageIds: [],
    firstAnswer: replyText,
    policy: 'gpt-5-mini',
    promptHash: 'hash',
    ...changes,
  };
}

export interface ExchangeRig {
  readonly desk: RunningExchangeDesk;
  readonly sessions: Sessions;
  readonly open: OpenStores;
  readonly clock: FakeClock;
  readonly logger: MemoryLogger;
  readonly library: LibraryRig['library'];
  readonly counted: Map<string, number>;
  readonly spent: [string, number][];
  /** Lets what waits be stored. */
  stored(): Promise<void>;
  turns(): Promise<readonly Turn[]>;
  /** The same store, another process. */
  restart(): ExchangeRig;
}

/** What stands between the desk and the stored turns. */
type TurnsOf = (turns: TurnStore) => TurnStore;

export async function exchangeRig(
  changes: Partial<ExchangeDeskDeps> = {},
  turnsOf: TurnsOf = (turns) => turns,
): Promise<ExchangeRig> {
  const { library } = libraryRig([garden, ledger, piano]);
  await library.reload();
  const open = openAt(':memory:');
  const clock = createFakeClock();
  for (const { keyId, name, spaceId: of } of [lab, elsewhere]) {
    const key = {
      keyId,
      name,
      spaceId: of,
      kind: 'agent',
      upstreamKey: 'own',
      uses: [],
      createdAt: 0,
    } as const;
    await open.stores.apiKeys.add(key, `digest of ${name}`);
  }
  return rigOver(open, clock, library, changes, turnsOf, 1);
}

function rigOver(
  open: OpenStores,
  clock: FakeClock,
  library: LibraryRig['library'],
  changes: Partial<ExchangeDeskDeps>,
  turnsOf: TurnsOf,
  life: number,
): ExchangeRig {
  const { stores, database } = open;
  const logger = createMemoryLogger();
  const ids = createSequentialIds(`${life}_`);
  const sessions = createSessions({ sessions: stores.sessions, turns: stores.turns, clock, ids, gapMs });
  const counted = new Map<string, number>();
  const spent: [string, number][] = [];
  const desk = createExchangeDesk({
    turns: turnsOf(stores.turns),
    ledger: stores.ledger,
    keys: stores.apiKeys,
    sessions,
    skills: createSteadySkills({ library, limits: { topK: 6, budgetTokens: 1_200 } }),
    generation: () => library.generation(),
    isHoldOut: () => false,
    keepsSampled: () => true,
    quietTimes,
    isJudged: true,
    clock,
    ids,
    logger,
    metrics: {
      count(name, label, by = 1) {
        const key = label === undefined ? name : `${name} ${label}`;
        counted.set(key, (counted.get(key) ?? 0) + by);
      },
      snapshot: () => Object.fromEntries(counted),
    },
    onSpent: (keyId, tokens) => spent.push([keyId, tokens]),
    ...changes,
  });
  const allTurns = database.statement<[], { readonly turn_id: Turn['turnId'] }>(
    'SELECT turn_id FROM turns ORDER BY ordinal',
  );
  return {
    desk,
    sessions,
    open,
    clock,
    logger,
    library,
    counted,
    spent,
    stored: () => clock.advance(20),
    async turns() {
      const found = await Promise.all(
        database.attempt(() => allTurns.all()).map(({ turn_id }) => stores.turns.get(turn_id)),
      );
      return found.flatMap((turn) => turn ?? []);
    },
    restart: () => rigOver(open, clock, library, changes, turnsOf, life + 1),
  };
}
