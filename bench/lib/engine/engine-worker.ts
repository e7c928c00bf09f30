import type { Behaviour } from '../../../test/fakes/tinker/behaviours.ts';
import { createFakeTinker } from '../../../test/fakes/tinker/fake-tinker.ts';
import { listen } from '../throughput/listen.ts';

/**
 * The protocol server that trains, in a process of its own. Prints where it is as one line of JSON. `baseModels` of its models
 * differ in their weights.
 */

export interface WorkerAddress {
  readonly baseUrl: string;
  readonly apiKey: string;
  /** Answers with the CPU time that the process has spent, in milliseconds. */
  readonly usageUrl: string;
}

const behaviours: readonly Behaviour[] = ['tinker', 'skyrl', 'tuft', 'mint'];

const [behaviourName, ...models] = process.argv.slice(2);
const behaviour = behaviours.find((name) => name === behaviourName);
if (behaviour === undefined) throw new TypeError(`No engine behaves like ${behaviourName}.`);
const { baseUrl, apiKey } = await createFakeTinker({
  behaviour,
  baseModels: models.map((name) => ({ name })),
});
const usage = await listen((_, response) => {
  const { user, system } = process.cpuUsage();
  response.end(String((user + system) / 1_000));
});
const address: WorkerAddress = { baseUrl, apiKey, usageUrl: usage.address };
process.stdout.write(`${JSON.stringify(address)}\n`);
