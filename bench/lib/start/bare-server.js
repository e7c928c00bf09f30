import { enableCompileCache } from 'node:module';

/** The least a server on our HTTP library can be: one route, compiled code kept. Prints its address once it listens. */

enableCompileCache();
const [{ serve }, { Hono }] = await Promise.all([import('@hono/node-server'), import('hono')]);
const app = new Hono();
app.get('/readyz', (context) => context.json({ status: 'ready' }));
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => {
  process.stdout.write(`http://127.0.0.1:${port}\n`);
});
