import type { Clock } from '../../core/ports/clock.ts';
import { answerUnread } from './answer-unread.ts';
import { dialectEndpoints } from './dialect-endpoints.ts';
import type { NodeMount } from './node-mount.ts';
import { errorsOf, targetOf } from './target.ts';

/** The address that a client has to be given, where the path shows that it has another. `host`: as the request names it. */
export function wrongAddress(path: string, host: string | undefined): string | undefined {
  const meant = `/v1${path.replace(/^(?:\/v1)+(?=\/)/, '')}`;
  const endpoint = dialectEndpoints.get(meant);
  if (endpoint === undefined || meant === path) return undefined;
  const here = `http://${host !== undefined && /^[\w.:[\]-]+$/.test(host) ? host : '<this host>'}`;
  const { dialect } = endpoint.dialect;
  const base = dialect === 'anthropic' ? `${here}, without /v1` : `${here}/v1`;
  return `There is nothing at ${path}: ${meant} is asked for here. Set the client’s base address to ${base}.`;
}

/** Where clients ask whose base address lacks `/v1`. */
const paths = ['/chat/completions', '/responses', '/messages'] as const;

/** Tells those clients so, who else would be told that there is nothing. `mostBytes`: as `answerUnread` throws away. */
export function wrongAddressMounts(clock: Pick<Clock, 'after'>, mostBytes: number): readonly NodeMount[] {
  return paths.map((at) => ({
    path: at,
    proof: 'api_key',
    handle(incoming, outgoing) {
      const target = targetOf(incoming);
      const message =
        wrongAddress(target.path, incoming.headers.host) ?? `There is nothing at ${target.path}.`;
      const body = errorsOf(incoming, target)('not_found', message);
      answerUnread(incoming, outgoing, { status: 404, body }, { clock, mostBytes });
    },
  }));
}
