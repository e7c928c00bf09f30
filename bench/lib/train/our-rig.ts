import { openDatabase } from '../../../adapters/sqlite/database.ts';
import { openStores, type SqliteStores } from '../../../adapters/sqlite/stores.ts';
import type { ConversationAddress } from '../../../core/domain/conversation.ts';
import type { PolicyId, PolicyScope } from '../../../core/domain/policy.ts';
import { createHoldOut, type IsHoldOut } from '../../../core/feedback/hold-out.ts';
import { createPolicyArms, type PolicyArms } from '../../../core/learning/policies/policy-arms.ts';
import { createPolicyDesk, type PolicyDesk } from '../../../core/learning/policies/policy-desk.ts';
import { answeringPath } from '../../../core/learning/run/answering-path.ts';
import type { Ids } from '../../../core/ports/ids.ts';
import type { SamplerSource, TrainerPort } from '../../../core/ports/trainer.ts';
import { createSkillLibrary, type SkillLibrary } from '../../../core/skills/library.ts';
import { createSimClock, type SimClock } from '../evolve/sim-clock.ts';
import { createErrorLog, createRunIds, type ErrorLog } from '../evolve/system.ts';
import { platform, space } from './community.ts';

export const beginsAt = Date.UTC(2026, 0, 5);
export const DAY_MS = 86_400_000;
export const scope: PolicyScope = { kind: 'space', spaceId: space };
/** The stamp of turns that the model of the settings answers. */
export const configuredStamp = 'base';
/** Of conversations, kept out of learning to compare candidates on. */
const holdOutShare = 0.1;

export const talkIn = (thread: string): ConversationAddress => ({
  platform,
  spaceId: space,
  audience: 'group',
  channelId: 'general',
  threadId: thread,
});

/** Real stores, library and policies of one community in memory. */
export interface OurRig {
  readonly clock: SimClock;
  readonly ids: Ids;
  readonly log: ErrorLog;
  readonly stores: SqliteStores;
  readonly library: SkillLibrary;
  readonly arms: PolicyArms;
  readonly desk: PolicyDesk;
  readonly isHoldOut: IsHoldOut;
  /** The weights that a policy answers by; `undefined` for those of the settings. */
  sourceOf(policyId: PolicyId | undefined): SamplerSource;
  close(): void;
}

/** `canaryShare`: of conversations. */
export async function createOurRig({
  seed,
  trainer,
  baseModel,
  canaryShare,
}: {
  readonly seed: number;
  readonly trainer: TrainerPort;
  readonly baseModel: string;
  readonly canaryShare: number;
}): Promise<OurRig> {
  const clock = createSimClock(beginsAt);
  const ids = createRunIds(seed);
  const log = createErrorLog();
  const database = openDatabase({ path: ':memory:', logger: log });
  const stores = openStores(database);
  const library = createSkillLibrary({
    source: { load: async () => ({ skills: [], diagnostics: [] }) },
    store: stores.library,
    samples: stores.samples,
    ids,
    clock,
    logger: log,
    limits: { topK: 6, budgetTokens: 1_200 },
  });
  await library.reload();
  const arms = createPolicyArms({ key: `bench ${seed}`, share: canaryShare, digest: ids.digest });
  const isHoldOut = createHoldOut(`bench ${seed}`, holdOutShare, ids);
  const desk = createPolicyDesk({
    store: stores.policies,
    arms,
    isHoldOut,
    isConfigured: (stamp) => stamp === configuredStamp,
    personaDigest: ids.digest(''),
    clock,
    logger: log,
  });
  await desk.load();
  return {
    clock,
    ids,
    log,
    stores,
    library,
    arms,
    desk,
    isHoldOut,
    sourceOf(policyId) {
      const source = policyId === undefined ? undefined : desk.policyOf(policyId)?.source;
      return source?.kind === 'weights' ? { path: answeringPath(source, trainer.facts) } : { baseModel };
    },
    close: () => database.close(),
  };
}
