import type { HttpMount } from '../core/ports/http-mount.ts';

/** What `/readyz` asks. Each answers at once, with what is wrong where something is. */
export interface ReadinessChecks {
  /** Rejects when the database cannot be written. */
  readonly storage: () => Promise<void>;
  /** False until every channel was asked to start, and again from the beginning of a stop. */
  readonly started: () => boolean;
  readonly channels: () => readonly { readonly platform: string; readonly state: string }[];
}

const headers = { 'cache-control': 'no-store' };

/** `/healthz`: the process lives. `/readyz`: 200 when it can take and store messages, else 503. No secrets, no addresses. */
export function createHealthMounts(checks: ReadinessChecks): readonly HttpMount[] {
  return [
    {
      path: '/healthz',
      proof: 'none',
      fetch: () => Response.json({ status: 'alive' }, { headers }),
    },
    {
      path: '/readyz',
      proof: 'none',
      async fetch() {
        const storage = await checks.storage().then(
          () => 'writable',
          () => 'failed',
        );
        const channels = Object.fromEntries(
          checks.channels().map(({ platform, state }) => [platform, state]),
        );
        const ready = checks.started() && storage === 'writable';
        const body = { status: ready ? 'ready' : 'not_ready', started: checks.started(), storage, channels };
        return Response.json(body, { status: ready ? 200 : 503, headers });
      },
    },
  ];
}
