import { settleDue } from '../../../core/feedback/settlement.ts';
import { operator } from './cast.ts';
import { minuteMs } from './limits.ts';
import { checkNothingIsLost, checkPromises } from './promises.ts';
import type { World } from './world.ts';

const mostNights = 60;

/** Lets everything come to its end: no fault is left, nobody speaks, the engine answers. */
export async function comeToRest(world: World): Promise<void> {
  const { clock, door, fake, told, disk } = world;
  world.bot().life.endAfter(Number.POSITIVE_INFINITY);
  world.goOn();
  await world.act(async () => {});
  fake.releaseFutures();
  door.give(Number.POSITIVE_INFINITY);
  if (told.isPaused) {
    told.isPaused = false;
    await world.act(async ({ runner }) => void (await runner.resume('all', operator)));
  }
  for (let nights = 0; nights < mostNights; nights += 1) {
    await clock.advance(65 * minuteMs);
    await world.quiet();
    await world.act(async ({ settler }) => void (await settleDue(settler)));
    const due = await disk.ledger.nextDueAt();
    if (due === undefined && (await disk.runs.unfinished()) === undefined) break;
  }
  await checkPromises(world);
  await checkNothingIsLost(world);
}
