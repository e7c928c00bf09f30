import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Child, startChild } from '../child.ts';

/** What requests are sent to. */
export interface Contender {
  readonly name: string;
  readonly address: string;
  /** That it asks for, beside those of every request. */
  readonly headers: Readonly<Record<string, string>>;
  readonly processId: number;
  stop(): Promise<void>;
}

export interface OurProxy extends Contender {
  /** With its database. */
  readonly homeFolder: string;
}

export interface Contenders {
  /** The stub of a model server, asked without anything between. */
  readonly direct: Contender;
  readonly bare: Contender;
  readonly ours: OurProxy;
  readonly portkey?: Contender;
}

async function contender(name: string, child: Child): Promise<Contender> {
  const address = await child.firstLine;
  return { name, address, headers: {}, processId: child.processId, stop: child.stop };
}

/**
 * All of them with one stub, each in a process of its own. `folder`: ours gets a data folder of its own in it. Whatever was
 * started is given to `onOpened` at once, to be stopped.
 */
export async function openContenders(
  folder: string,
  skillsFolder: string,
  onOpened: (child: Child) => void,
): Promise<Contenders> {
  const start = (name: string, args: readonly string[]): Child => {
    const child = startChild(join(import.meta.dirname, name), args);
    onOpened(child);
    return child;
  };
  const direct = await contender('direct', start('stub-upstream.ts', []));
  const homeFolder = join(folder, `home-${process.hrtime.bigint()}`);
  mkdirSync(homeFolder);
  const [bare, ours] = await Promise.all([
    contender('bare undici', start('bare-proxy.ts', [direct.address])),
    contender('ours', start('our-proxy.ts', [direct.address, homeFolder, skillsFolder])),
  ]);
  return { direct, bare, ours: { ...ours, homeFolder } };
}
