import { readFileSync } from 'node:fs';

/** Resident memory of a process, MB; NaN where the system does not tell (elsewhere than on Linux). */
export function residentMb(processId: number): number {
  try {
    const status = readFileSync(`/proc/${processId}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1_024;
  } catch {
    return Number.NaN;
  }
}
