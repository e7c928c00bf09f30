import type { Behaviour } from '../../../test/fakes/tinker/behaviours.ts';
import { createFakeTinker } from '../../../test/fakes/tinker/fake-tinker.ts';

/** The protocol server with a model that talks, in a process of its own. Prints where it is as one line of JSON. */

export interface EnginePlace {
  readonly baseUrl: string;
  readonly apiKey: string;
}

export const baseModel = 'bench/chat';

const behaviours: readonly Behaviour[] = ['tinker', 'skyrl'];

if (process.argv[1] === import.meta.filename) {
  const behaviour = behaviours.find((name) => name === process.argv[2]);
  if (behaviour === undefined) throw new TypeError(`No engine here behaves like ${process.argv[2]}.`);
  const { baseUrl, apiKey } = await createFakeTinker({
    behaviour,
    baseModels: [{ name: baseModel, vocabulary: 640, maxContextTokens: 4_096 }],
  });
  const place: EnginePlace = { baseUrl, apiKey };
  process.stdout.write(`${JSON.stringify(place)}\n`);
}
