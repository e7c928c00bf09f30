import { toAppError } from '../core/domain/app-error.ts';
import type { HttpMount } from '../core/ports/http-mount.ts';

export interface ControlRoutes {
  /** Facts about the running bot, as JSON; no secrets. */
  readonly status: () => object;
  readonly issueLinkCode: () => Promise<string>;
}

/** What other commands ask of the running bot. Whoever serves it checks the control token first. */
export function createControlMount(routes: ControlRoutes): HttpMount {
  const handlers: Readonly<Record<string, () => Promise<object>>> = {
    'GET /control/status': async () => routes.status(),
    'POST /control/link': async () => ({ code: await routes.issueLinkCode() }),
  };
  return {
    path: '/control',
    proof: 'control_token',
    async fetch(request) {
      const handler = handlers[`${request.method} ${new URL(request.url).pathname}`];
      if (handler === undefined) return Response.json({ message: 'There is nothing here.' }, { status: 404 });
      try {
        return Response.json(await handler());
      } catch (thrown) {
        return Response.json({ message: toAppError(thrown).message }, { status: 500 });
      }
    },
  };
}
