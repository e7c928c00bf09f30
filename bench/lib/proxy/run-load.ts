import { join } from 'node:path';
import { startChild } from '../child.ts';
import type { Contender } from './contender.ts';
import type { LoadJob, LoadTaken } from './load-job.ts';
import { cpuMs } from './process-cpu.ts';

export interface LoadRun extends LoadTaken {
  /** Processor time of whoever answered, for one request; of one token of a stream where there are tokens. */
  readonly cpuUs: number;
}

const file = join(import.meta.dirname, 'load.ts');
export const chatPath = '/v1/chat/completions';

/** `query`: what is asked of the stub. */
export async function runLoad(
  { address, headers, processId }: Contender,
  { query, ...job }: Omit<LoadJob, 'address' | 'path' | 'headers'> & { readonly query: string },
): Promise<LoadRun> {
  const whole: LoadJob = { ...job, address, headers, path: `${chatPath}${query}` };
  const before = cpuMs(processId);
  const taken: LoadTaken = JSON.parse(await startChild(file, [JSON.stringify(whole)]).output);
  const spentUs = (cpuMs(processId) - before) * 1_000;
  return { ...taken, cpuUs: spentUs / taken.answered };
}
