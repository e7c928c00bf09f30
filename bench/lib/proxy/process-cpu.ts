import { readdirSync, readFileSync } from 'node:fs';

/** Milliseconds of processor time that a process has used, all threads; NaN where the system does not tell (elsewhere than on Linux). */
export function cpuMs(processId: number): number {
  const tasks = `/proc/${processId}/task`;
  try {
    let nanoseconds = 0;
    for (const task of readdirSync(tasks)) {
      nanoseconds += Number(readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ')[0]);
    }
    return nanoseconds / 1e6;
  } catch {
    return Number.NaN;
  }
}
