import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { packageRoot } from '../../../config/package-root.ts';
import { type Child, startChild } from '../child.ts';
import type { Contender } from './contender.ts';

const program = join('node_modules', '@portkey-ai', 'gateway', 'build', 'start-server.js');

/** Where `@portkey-ai/gateway` is installed: here, or in the folder that is named; `undefined` where it is not. */
function portkeyProgram(folder: string | undefined): string | undefined {
  const places = folder === undefined ? [packageRoot()] : [packageRoot(), folder];
  return places.map((place) => join(place, program)).find((file) => existsSync(file));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof bound === 'object' && bound !== null ? bound.port : 0;
}

/** Portkey's gateway on loopback before the model server, where it is installed. `folder`: also looked into. `onOpened`: as of `openContenders`. */
export async function openPortkey(
  upstream: string,
  folder: string | undefined,
  onOpened: (child: Child) => void,
): Promise<Contender | undefined> {
  const file = portkeyProgram(folder);
  if (file === undefined) return undefined;
  const port = await freePort();
  const child = startChild(file, [`--port=${port}`, '--headless'], {
    nodeOptions: ['--import', join(import.meta.dirname, 'loopback-only.ts')],
  });
  onOpened(child);
  await child.firstLine;
  return {
    name: 'Portkey',
    address: `http://127.0.0.1:${port}`,
    headers: {
      authorization: 'Bearer none',
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': `${upstream}/v1`,
    },
    processId: child.processId,
    stop: child.stop,
  };
}
