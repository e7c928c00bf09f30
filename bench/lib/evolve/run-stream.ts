import { skillScopeKey } from '../../../core/domain/skill.ts';
import type { Turn } from '../../../core/domain/turn.ts';
import { defaultBurstLimits } from '../../../core/feedback/brigading.ts';
import { settleDue } from '../../../core/feedback/settlement.ts';
import { beginsAt, createRig, type Rig } from './bench-rig.ts';
import { leaksIn } from './leaks.ts';
import { idleLoop, type Loop, type LoopCounts } from './loop.ts';
import { createProvenLoop } from './proven-loop.ts';
import { openTerms } from './system.ts';
import { type AnsweredTurn, createRatings, createTalk } from './talk.ts';
import { skillFor, topics } from './topics.ts';
import { createUnprovenLoop } from './unproven-loop.ts';
import { createWorld, HOUR_MS, platform, type World, type WorldSize } from './world.ts';
import { isWrongRule } from './wrong-rules.ts';

/**
 * `none`: no skills. `static`: a bank written by hand, right for the spaces as they are at the start. `unproven`: each draft
 * is active at once. `full`: the product.
 */
export const conditions = ['none', 'static', 'unproven', 'full'] as const;
export type Condition = (typeof conditions)[number];

/** What one stream came to. */
export interface StreamResult {
  readonly world: World;
  readonly turns: readonly AnsweredTurn[];
  /** Each a sentence. */
  readonly leaks: readonly string[];
  /** Learned texts that could be retrieved at some time and were nobody's wish then. */
  readonly wrongAdopted: number;
  /** Texts in use at the end, by whomever, that are nobody's wish then. */
  readonly wrongAtEnd: number;
  readonly librarySize: number;
  readonly counts: LoopCounts;
  readonly calls: { readonly evolver: number; readonly replay: number; readonly judge: number };
}

const tickMs = 6 * HOUR_MS;

async function writeBank({ library }: Rig, world: World): Promise<void> {
  const by = world.people[0]?.personId;
  if (by === undefined) throw new TypeError('Nobody lives here.');
  const entries = world.spaces.flatMap((spaceId) =>
    topics
      .filter((topic) => world.spaceWants(spaceId, topic, 0) !== topic.values[0])
      .map((topic) => {
        const { name } = topic;
        const draft = skillFor(topic, world.spaceWants(spaceId, topic, 0));
        return {
          scope: { kind: 'space', platform, spaceId } as const,
          name,
          text: { ...draft, name, source: 'bench', origin: { kind: 'person', by } as const },
          state: 'active' as const,
        };
      }),
  );
  await library.change({ cause: { kind: 'import', by }, entries });
}

async function loopOf(condition: Condition, rig: Rig, world: World): Promise<Loop> {
  if (condition === 'full') {
    return createProvenLoop(rig, (skill) => isWrongRule(skill, world, rig.clock.now() - beginsAt));
  }
  if (condition === 'unproven') return createUnprovenLoop(rig, world.spaces);
  if (condition === 'static') await writeBank(rig, world);
  return idleLoop;
}

/** Plays one stream in one condition. The same for the same seed and size. Rejects where anything was logged as an error. */
export async function runStream(condition: Condition, seed: number, size: WorldSize): Promise<StreamResult> {
  const world = createWorld(seed, size);
  const ratings = createRatings();
  const rig = await createRig(seed, { hasExperiments: condition === 'full', isGood: ratings.isGood });
  const { clock, library, stores, log, models } = rig;
  try {
    const talk = createTalk(world, rig, ratings);
    const wrong = watchRules(rig, world);
    const loop = await loopOf(condition, rig, world);
    const settler = {
      ledger: stores.ledger,
      turns: stores.turns,
      clock,
      logger: log,
      burstLimits: defaultBurstLimits,
      contentPolicy: new Map([[platform, openTerms]]),
      hasConsent: () => true,
    };
    let tickAt = tickMs;
    async function passUntil(at: number): Promise<void> {
      for (; tickAt <= at; tickAt += tickMs) {
        clock.moveTo(beginsAt + tickAt);
        await talk.endIdle();
        await settleDue(settler);
        await loop.tick();
      }
      clock.moveTo(beginsAt + at);
    }
    for (const session of world.sessions) {
      await passUntil(session.at);
      await talk.play(session);
    }
    await passUntil(world.lengthMs);
    await loop.stop();
    if (log.errors.length > 0) throw new Error(`${condition}, seed ${seed}: ${log.errors.join('\n')}`);
    const at = clock.now() - beginsAt;
    return {
      world,
      turns: talk.turns,
      leaks: leaksIn(await storedTurns(talk.turns, rig)),
      wrongAdopted: wrong.size,
      wrongAtEnd: library.active().filter((skill) => isWrongRule(skill, world, at)).length,
      librarySize: library.active().length,
      counts: await loop.counts(),
      calls: {
        evolver: models.evolver.calls(),
        replay: models.replayed.calls(),
        judge: models.judge.calls(),
      },
    };
  } finally {
    rig.close();
  }
}

/** Every text that is wrong when it can first be retrieved. */
function watchRules({ library, clock }: Rig, world: World): ReadonlySet<string> {
  const seen = new Set<string>();
  const wrong = new Set<string>();
  library.onChange(() => {
    for (const skill of library.active()) {
      const key = `${skillScopeKey(skill.scope)} ${skill.name} ${skill.version}`;
      if (seen.has(key) || skill.origin.kind !== 'learned') continue;
      seen.add(key);
      if (isWrongRule(skill, world, clock.now() - beginsAt)) wrong.add(key);
    }
  });
  return wrong;
}

async function storedTurns(answered: readonly AnsweredTurn[], { stores }: Rig): Promise<readonly Turn[]> {
  const stored: Turn[] = [];
  for (const { turnId } of answered) {
    const turn = await stores.turns.get(turnId);
    if (turn === undefined) throw new Error(`${turnId} is not stored.`);
    stored.push(turn);
  }
  return stored;
}
