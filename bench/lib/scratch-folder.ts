import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const ramDisk = '/dev/shm';

async function within<T>(parent: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(parent, 'metaclaw-bench-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A new folder for one measurement, removed afterwards. Beside the packages: on the project's own disk, where commits cost what they cost. */
export function withScratchFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const parent = join(import.meta.dirname, '..', '..', 'node_modules', '.cache');
  mkdirSync(parent, { recursive: true });
  return within(parent, work);
}

/** The same in memory, where commits wait for nothing; `undefined` on systems without such a folder. */
export async function withRamFolder<T>(work: (folder: string) => Promise<T>): Promise<T | undefined> {
  return existsSync(ramDisk) ? within(ramDisk, work) : undefined;
}
