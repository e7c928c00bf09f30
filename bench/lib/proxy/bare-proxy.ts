import { Pool } from 'undici';
import { listen } from '../throughput/listen.ts';

/**
 * The least that stands between an agent and a model: Node's server, the body read and parsed, undici's pool, the answer
 * piped. Prints its address. Argument: the address of the model server.
 */

const [upstream = ''] = process.argv.slice(2);
const pool = new Pool(upstream, { connections: 2_000 });

const { address } = await listen((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const body = Buffer.concat(parts);
    const { model }: { readonly model: unknown } = JSON.parse(body.toString());
    if (typeof model !== 'string') {
      response.writeHead(400).end();
      return;
    }
    const headers = { 'content-type': 'application/json' };
    pool
      .stream(
        { method: 'POST', path: request.url ?? '/', headers, body },
        ({ statusCode, headers: given }) => {
          response.writeHead(statusCode, given);
          response.flushHeaders();
          return response;
        },
      )
      .catch(() => response.destroy());
  });
});
process.stdout.write(`${address}\n`);
process.on('SIGTERM', () => process.exit());
