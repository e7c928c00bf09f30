import type { SpaceId } from '../../../core/domain/ids.ts';
import { isSkillName, type SkillScope } from '../../../core/domain/skill.ts';
import { draftsOf, type SkillOperation } from '../../../core/domain/skill-operation.ts';
import { clusterFailures, type FailureCluster } from '../../../core/skills/evolver/cluster-failures.ts';
import { createCostMeter } from '../../../core/skills/evolver/cost-meter.ts';
import { draftOperations } from '../../../core/skills/evolver/draft-operations.ts';
import { type EvolverMaterial, gatherMaterial, readFailures } from '../../../core/skills/evolver/gather.ts';
import { type Rig, shippedSettings } from './bench-rig.ts';
import type { Loop } from './loop.ts';
import { platform } from './world.ts';

const failuresLookedAt = 500;
const markChars = 16;
const anybody = () => ({ allowed: true });

/**
 * The loop without proof, as the reference code does it: whatever the evolver drafts is active for the whole space at once.
 * The same evolver with the same prompt and occasions; nothing is withheld or replayed, nobody approves, and nothing is tried.
 */
export function createUnprovenLoop(rig: Rig, spaces: readonly SpaceId[]): Loop {
  const { clock, ids, stores, library, models, log } = rig;
  const { evidence, ledger, proposals } = stores;
  const tried = new Set<string>();
  let drafted = 0;

  const gatherDeps = {
    evidence,
    ledger,
    proposals,
    library,
    mayUse: anybody,
    ids,
    key: `bench ${rig.seed}`,
  };
  const ask = {
    model: models.evolver,
    clock,
    timeoutMs: shippedSettings.timeoutMs,
    reserve: async () => true,
    meter: createCostMeter(),
  };

  async function materialOf(cluster: FailureCluster): Promise<EvolverMaterial | undefined> {
    const material = await gatherMaterial(cluster, undefined, gatherDeps);
    return material && { ...material, support: [...material.support, ...material.withheld], withheld: [] };
  }

  async function apply(
    operation: SkillOperation,
    scope: SkillScope,
    material: EvolverMaterial,
  ): Promise<void> {
    const consumed = material.support.map(({ turn }) => turn.turnId);
    const { isPrivate: _, ...learnedFrom } = material.learnedFrom;
    for (const { name, ...draft } of draftsOf(operation)) {
      if (!isSkillName(name)) continue;
      drafted += 1;
      const origin = { kind: 'learned', model: 'evolver', proposal: drafted, evidence: consumed } as const;
      const text = { name, ...draft, source: 'evolver', origin, learnedFrom };
      await library.change({
        cause: { kind: operation.op },
        entries: [{ scope, name, text, state: 'active' }],
        consumed,
      });
    }
  }

  async function work(spaceId: SpaceId): Promise<void> {
    const scope: SkillScope = { kind: 'space', platform, spaceId };
    const turns = await evidence.failures(spaceId, failuresLookedAt);
    const failures = await readFailures(turns, { ledger, mayUse: anybody });
    // Whoever met them, and wherever: it is all one space's.
    const open = failures.map((failure) => ({ ...failure, isPrivate: false }));
    for (const found of clusterFailures(open, { people: 1 })) {
      const isEnough =
        found.failures.length >= shippedSettings.threshold ||
        found.failures.some(({ isCorrected }) => isCorrected);
      const known = found.failures.map(({ turn }) => turn.turnId).join(' ');
      if (!isEnough || tried.has(known)) continue;
      tried.add(known);
      const material = await materialOf({ ...found, scope });
      if (material === undefined) continue;
      const signal = new AbortController().signal;
      const end = await draftOperations(
        material,
        ids.code(markChars),
        shippedSettings.limits.budgetTokens,
        ask,
        signal,
      );
      if (end.kind !== 'operations') {
        log.error('unproven_draft_failed', { kind: end.kind });
        continue;
      }
      for (const operation of end.operations) await apply(operation, scope, material);
    }
  }

  return {
    async tick() {
      for (const spaceId of spaces) await work(spaceId);
    },
    counts: async () => ({
      drafted,
      approved: drafted,
      refused: 0,
      rejected: 0,
      stopped: 0,
      stoppedRight: 0,
    }),
    async stop() {},
  };
}
