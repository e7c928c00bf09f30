import type fc from 'fast-check';
import { checkPromises } from './promises.ts';
import { count, type Told } from './told.ts';
import type { World } from './world.ts';

export type Step = fc.AsyncCommand<Told, World>;

/** One thing that happens; afterwards every promise must hold. */
export function step(
  name: string,
  run: (world: World, told: Told) => Promise<unknown>,
  check: (told: Told) => boolean = () => true,
): Step {
  return {
    check,
    async run(told, world) {
      count(world.happened, name.split(' ')[0] ?? name);
      await run(world, told);
      // Where it has died of this, another takes its place.
      await world.act(async () => {});
      await checkPromises(world);
    },
    toString: () => name,
  };
}

/** The list begins again at its end. */
export const at = <T>(list: readonly T[], index: number): T => {
  const found = list[index % list.length];
  if (found === undefined) throw new Error('nothing to choose from');
  return found;
};
