import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../../adapters/sqlite/database.ts';
import { openStores, type SqliteStores } from '../../../adapters/sqlite/stores.ts';
import { toAppError } from '../../../core/domain/app-error.ts';
import type { Invalidation } from '../../../core/ports/library-store.ts';
import { createFakeClock, type FakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';
import { createFakeTinker, type FakeTinker } from '../../fakes/tinker/fake-tinker.ts';
import { type BotProcess, openProcess } from './bot-process.ts';
import { createEngineDoor, type EngineDoor } from './engine-door.ts';
import { createEye } from './eye.ts';
import { createHastyClock } from './hasty-clock.ts';
import { createLife } from './life.ts';
import { everywhere } from './limits.ts';
import { createLineage, type Lineage } from './lineage.ts';
import { count, type Happened, type Told } from './told.ts';

export interface WorldOptions {
  readonly capMicros: number | undefined;
  readonly invalidation: Invalidation['mode'];
}

/** One bot over its lives, with its engine and its clock. */
export interface World extends WorldOptions {
  readonly told: Told;
  readonly fake: FakeTinker;
  readonly clock: FakeClock;
  readonly door: EngineDoor;
  readonly lineage: Lineage;
  /** What is on disk, read by somebody else. */
  readonly disk: SqliteStores;
  readonly happened: Happened;
  /** Promises that were seen broken as it happened. */
  readonly broken: string[];
  bot(): BotProcess;
  /** Lets go on whatever can go on without time passing, without a request more than the door lets through. */
  quiet(): Promise<void>;
  /** Somebody asks something of the bot. False where it died of it; then another is running already. */
  act(work: (bot: BotProcess) => Promise<void>): Promise<boolean>;
  /** The same where it must not wait for the engine. */
  serve(what: string, work: (bot: BotProcess) => Promise<void>): Promise<boolean>;
  /** From now on a change of the library stops in the middle, until `goOn`. */
  slowDown(): void;
  goOn(): void;
  /** Kills it and starts another. */
  restart(): Promise<void>;
  close(): void;
}

/** Loop turns without anything happening after which nothing will. */
const calmTurns = 5;
const turnsWhileHeld = 60;
/** So many loop turns a message may take at most. */
const patience = 400;
const mostTries = 1_000;
const turnOfLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Asked {
  isDone(): boolean;
  /** Neither done nor died of. Throws what it failed with. */
  isOpen(): boolean;
}

function begin(work: (bot: BotProcess) => Promise<void>, bot: BotProcess): Asked {
  let end: 'done' | { readonly fault: unknown } | undefined;
  work(bot).then(
    () => {
      end = 'done';
    },
    (fault: unknown) => {
      end = { fault };
    },
  );
  return {
    isDone: () => end === 'done',
    isOpen() {
      if (typeof end === 'object') throw toAppError(end.fault);
      return end === undefined && !bot.life.isOver();
    },
  };
}

export async function openWorld(options: WorldOptions, told: Told, happened: Happened): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'slow-loop-'));
  const file = join(folder, 'bot.db');
  const fake = await createFakeTinker({ behaviour: 'tinker' });
  const clock = createFakeClock();
  const hasty = createHastyClock();
  const lineage = createLineage(fake);
  const graves: BotProcess[] = [];
  let current: BotProcess | undefined;
  let lives = 0;
  let release: (() => void) | undefined;
  let slow: Promise<void> = Promise.resolve();

  const eye = createEye({ told, happened, lineage, invalidation: options.invalidation, clock });
  const door = createEngineDoor(eye.request);

  async function open(): Promise<void> {
    lives += 1;
    const life = createLife();
    eye.born(undefined);
    current = await openProcess({
      ...options,
      number: lives,
      file,
      fake,
      life,
      clock,
      hasty,
      fetch: door.fetchOf(life),
      yieldNow: () => slow,
      eye,
    });
  }

  const bot = (): BotProcess => {
    if (current === undefined) throw new Error('nothing runs yet');
    return current;
  };

  async function quiet(): Promise<void> {
    let calm = 0;
    let last = -1;
    let held = 0;
    while (calm < calmTurns && held < turnsWhileHeld) {
      await turnOfLoop();
      const isBusy = door.underWay() > 0 || hasty.sleeping() > 0;
      const beats = eye.requests() + bot().life.beats();
      calm = beats === last && !isBusy ? calm + 1 : 0;
      held = fake.waitingFutures() > 0 ? held + 1 : 0;
      last = beats;
    }
  }

  function goOn(): void {
    release?.();
    release = undefined;
    slow = Promise.resolve();
  }

  async function revive(): Promise<void> {
    const before = bot();
    count(happened, 'deaths');
    const run = await disk.runs.unfinished();
    if (run !== undefined) count(happened, 'deaths in a run');
    graves.push(before);
    goOn();
    told.hasSlowChange = false;
    await open();
    told.isPaused = await bot().runner.isPausedByPerson(everywhere);
    // Whether the change that it died of came through nobody was told: one more at most.
    const { generation } = await disk.library.state();
    if (generation < told.generation || generation > told.generation + 1) {
      eye.broken.push(`generation ${told.generation} became ${generation} by a death`);
    }
    told.generation = generation;
    await quiet();
  }

  async function over(died: BotProcess): Promise<void> {
    if (died.life.isOver()) await revive();
  }

  async function act(work: (bot: BotProcess) => Promise<void>): Promise<boolean> {
    const mine = bot();
    const asked = begin(work, mine);
    await quiet();
    // A person waits for the engine where they end its work.
    for (let tries = 0; asked.isOpen() && tries < mostTries; tries += 1) {
      fake.releaseFutures();
      door.give(50);
      await quiet();
    }
    if (asked.isOpen()) throw new Error('what a person asked for never ends');
    await over(mine);
    return asked.isDone();
  }

  async function serve(what: string, work: (bot: BotProcess) => Promise<void>): Promise<boolean> {
    const mine = bot();
    const isStuck = door.waiting() > 0 || fake.waitingFutures() > 0;
    const asked = begin(work, mine);
    for (let turns = 0; asked.isOpen() && turns < patience; turns += 1) await turnOfLoop();
    if (asked.isOpen()) eye.broken.push(`${what} waited for something else`);
    if (asked.isDone() && isStuck) count(happened, 'served while the engine stood still');
    await quiet();
    await over(mine);
    return asked.isDone();
  }

  const reader = openDatabase({ path: file, logger: createMemoryLogger() });
  const disk = openStores(reader);
  await open();

  return {
    ...options,
    told,
    fake,
    clock,
    door,
    lineage,
    disk,
    happened,
    broken: eye.broken,
    bot,
    quiet,
    act,
    serve,
    slowDown() {
      slow = new Promise((resolve) => {
        release = resolve;
      });
    },
    goOn,
    async restart() {
      bot().life.end();
      await revive();
    },
    close() {
      for (const dead of [...graves, bot()]) dead.bury();
      reader.close();
      void fake.close();
      rmSync(folder, { recursive: true });
    },
  };
}
