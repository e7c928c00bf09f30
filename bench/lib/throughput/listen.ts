import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';

/** A server on a free port of this machine, and its address. */
export async function listen(answer: RequestListener): Promise<{ server: Server; address: string }> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  return { server, address: `http://127.0.0.1:${port}` };
}
