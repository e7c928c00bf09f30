import fc from 'fast-check';
import {
  dies,
  diesInARun,
  engineFails,
  engineForgets,
  engineHolds,
  lets,
  nights,
  passes,
  shuts,
  speaksInARun,
} from './engine-steps.ts';
import { changeGoesOn, changesInARun, learns, pins, retires } from './library-steps.ts';
import { cancels, decides, pauses, pausesInARun, resumes, trainsNow } from './person-steps.ts';
import type { Step } from './step.ts';
import { goodDay, lateEnd, oneMessage, settles, takesBack, word } from './talk-steps.ts';

/** Everything that happens around the slow loop, what makes runs the oftenest. */
export function everyStep(mostSteps: number): fc.Arbitrary<Iterable<Step>> {
  const often = [goodDay, goodDay, nights, nights, nights, passes, passes, lets, lets, lets];
  const runs = [diesInARun, speaksInARun, pausesInARun, changesInARun, changesInARun, trainsNow, trainsNow];
  const people = [oneMessage, lateEnd, word, word, takesBack, settles, pauses, resumes, cancels];
  const library = [learns, learns, changeGoesOn, retires, pins, decides, decides];
  const engine = [engineFails, engineForgets, engineHolds, dies, dies, shuts];
  const all = [...often, ...runs, ...people, ...library, ...engine];
  return fc.commands(all, { maxCommands: mostSteps, size: 'max' });
}
