import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Child, startChild } from '../child.ts';

export interface Load {
  readonly platformAddress: string;
  readonly controlAddress: string;
}

/** Runs `work` beside a platform with people in so many conversations, which ends with it. */
export async function underLoad<T>(
  platform: string,
  conversations: number,
  work: (load: Load) => Promise<T>,
): Promise<T> {
  const child: Child = startChild(join(import.meta.dirname, 'load.ts'), [platform, String(conversations)]);
  try {
    const load: Load = JSON.parse(await child.firstLine);
    return await work(load);
  } finally {
    await child.stop();
  }
}

/** A new empty folder within another. */
export function newHome(folder: string): string {
  const home = join(folder, `home-${process.hrtime.bigint()}`);
  mkdirSync(home);
  return home;
}
