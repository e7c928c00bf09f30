import { AppError, type ErrorCode, toAppError } from '../core/domain/app-error.ts';
import type { ApiKeys } from '../core/intake/api-keys.ts';
import type { HttpMount } from '../core/ports/http-mount.ts';
import { type ControlHandlers, createKeyRoutes } from './key-routes.ts';

export interface ControlRoutes {
  /** Facts about the running bot, as JSON; no secrets. */
  readonly status: () => object;
  readonly issueLinkCode: () => Promise<string>;
  /** The keys of the proxy; absent: there is nothing at their paths. */
  readonly keys?: ApiKeys;
}

/** How faults of whoever asks are told; all others are 500. */
export const controlStatuses = {
  invalid_input: 400,
  not_found: 404,
  conflict: 409,
} as const satisfies Partial<Record<ErrorCode, number>>;

const statuses: Partial<Record<ErrorCode, number>> = controlStatuses;

/** What a request brings along; `undefined` for nothing. */
async function bodyOf(request: Request): Promise<unknown> {
  const text = await request.text();
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError('invalid_input', 'The request is not JSON.', { cause });
  }
}

/** What other commands ask of the running bot. Whoever serves it checks the control token first. */
export function createControlMount(routes: ControlRoutes): HttpMount {
  const handlers: ControlHandlers = {
    'GET /control/status': async () => routes.status(),
    'POST /control/link': async () => ({ code: await routes.issueLinkCode() }),
    ...(routes.keys === undefined ? {} : createKeyRoutes(routes.keys)),
  };
  return {
    path: '/control',
    proof: 'control_token',
    async fetch(request) {
      const handler = handlers[`${request.method} ${new URL(request.url).pathname}`];
      if (handler === undefined) return Response.json({ message: 'There is nothing here.' }, { status: 404 });
      try {
        // A new key is among the answers: nothing on the way may keep it.
        return Response.json(await handler(await bodyOf(request)), {
          headers: { 'cache-control': 'no-store' },
        });
      } catch (thrown) {
        const { code, message } = toAppError(thrown);
        return Response.json({ message }, { status: statuses[code] ?? 500 });
      }
    },
  };
}
