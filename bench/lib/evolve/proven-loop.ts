import { AppError } from '../../../core/domain/app-error.ts';
import { personId } from '../../../core/domain/ids.ts';
import type { Proposal } from '../../../core/domain/proposal.ts';
import type { Skill } from '../../../core/domain/skill.ts';
import { createProposalDesk } from '../../../core/skills/evolver/decide-proposal.ts';
import { createEvolverWorker } from '../../../core/skills/evolver/evolver-worker.ts';
import { createTrialWorker } from '../../../core/skills/trial-worker.ts';
import { type Rig, shippedSettings } from './bench-rig.ts';
import type { Loop, LoopCounts } from './loop.ts';
import { DAY_MS, platform } from './world.ts';

/** The worker looks for failures again within this; calls to models are given longer. */
const looksWithinMs = 60_000;
const mostTurnsOfTheEventLoop = 1_000_000;
const turnOfEventLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Of a hundred drafts of which too little is known so many are approved. */
const approvesUnknown = 50;
const maintainer = { personId: personId(platform, 'maintainer'), role: 'maintainer' } as const;

/** The product as it is shipped, with the policy `review` and a maintainer who decides within a day. `isWrong` serves the count alone. */
export async function createProvenLoop(rig: Rig, isWrong: (skill: Skill) => boolean): Promise<Loop> {
  const { clock, ids, stores, library, check, models, log } = rig;
  const { proposals, trials, evidence, ledger, turns, sessions } = stores;
  const random = rig.randomFor('maintainer');
  const decidesAt = new Map<number, number>();
  let stopped = 0;
  let stoppedRight = 0;

  const desk = createProposalDesk({
    proposals,
    library,
    check,
    ids,
    clock,
    logger: log,
    people: shippedSettings.people,
    startsAs: ({ scope, trigger }) =>
      scope.kind === 'user' && (trigger === 'correction' || trigger === 'command') ? 'active' : 'canary',
  });
  await desk.recoverClaims();
  const evolver = createEvolverWorker({
    model: models.evolver,
    modelName: 'evolver',
    judge: models.judge,
    judgeName: 'judge',
    answer: rig.answer,
    proposals,
    evidence,
    ledger,
    turns,
    sessions,
    library,
    check,
    desk,
    mayUse: () => ({ allowed: true }),
    key: `bench ${rig.seed}`,
    clock,
    ids,
    logger: log,
    policyOf: async () => 'review',
    threshold: shippedSettings.threshold,
    people: shippedSettings.people,
    coolDownMs: shippedSettings.coolDownMs,
    dailyCalls: shippedSettings.dailyCalls,
    timeoutMs: shippedSettings.timeoutMs,
    maxBodyTokens: shippedSettings.limits.budgetTokens,
    autoWiden: false,
    onProposal() {},
  });
  const trialWorker = createTrialWorker({
    library,
    trials,
    ledger,
    clock,
    logger: log,
    alpha: shippedSettings.alpha,
    maxActive: shippedSettings.maxActive,
    disuseMs: shippedSettings.disuseMs,
    async onHarm(skill) {
      stopped += 1;
      if (!isWrong(skill)) stoppedRight += 1;
    },
    onLabelled(labelled) {
      rig.labelled.turns = labelled;
    },
  });
  evolver.start();

  /** One look at everything that failed, with all the runs that come of it. */
  async function evolve(): Promise<void> {
    clock.runDue();
    for (let waited = 0; !clock.waitsWithin(looksWithinMs); waited += 1) {
      if (waited > mostTurnsOfTheEventLoop) throw new Error('The evolver came to no end.');
      await turnOfEventLoop();
    }
  }

  async function decide({ number, draftHash, replay }: Proposal): Promise<void> {
    const isApproved = replay.verdict === 'passed' || random.below(100) < approvesUnknown;
    try {
      if (isApproved) await desk.approve(number, draftHash, maintainer);
      else await desk.reject(number, draftHash, 'too little is known of it', maintainer);
    } catch (thrown) {
      // Out of date, or refused by a check by now: the desk has written down which.
      if (!(thrown instanceof AppError)) throw thrown;
    }
  }

  async function decideAll(): Promise<void> {
    const waiting = await proposals.list(['waiting'], 1_000);
    for (const draft of waiting.toReversed()) {
      const dueAt = decidesAt.get(draft.number) ?? draft.createdAt + random.below(DAY_MS);
      decidesAt.set(draft.number, dueAt);
      if (dueAt <= clock.now()) await decide(draft);
    }
  }

  return {
    async tick() {
      await trialWorker.run();
      await evolve();
      await decideAll();
    },
    async counts(): Promise<LoopCounts> {
      const counts = await proposals.counts();
      const drafted = Object.values(counts).reduce((sum, count) => sum + count, 0);
      return {
        drafted,
        approved: counts.applied + counts.undone,
        refused: counts.refused,
        rejected: counts.rejected + counts.stale,
        stopped,
        stoppedRight,
      };
    },
    stop: () => evolver.stop(),
  };
}
