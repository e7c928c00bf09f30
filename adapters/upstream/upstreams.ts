import { AppError } from '../../core/domain/app-error.ts';
import type { UpstreamFlow, UpstreamPort } from '../../core/ports/upstream.ts';
import { servedByNone, stopping } from './errors.ts';
import { type Exchange, startExchange } from './forward.ts';
import type { UpstreamsOptions } from './options.ts';
import { routeOf, targetsOf } from './route.ts';
import { createTarget } from './target.ts';

const nothing: UpstreamFlow = { resume() {}, abort() {} };

/**
 * The model servers of the settings. Throws `config_invalid` where two have one name, or an address or a key cannot be used. While
 * all upstreams of a request are left alone it fails with `peer_failed`, `details.reason` `resting`, and the time that is left.
 * A redirect is an answer like any other: nobody follows it with a key. After `close` everything under way fails.
 */
export function createUpstreams(options: UpstreamsOptions): UpstreamPort {
  const targets = options.upstreams.map((settings) => createTarget(settings, options));
  const names = new Set(targets.map(({ name }) => name));
  if (names.size < targets.length) {
    throw new AppError('config_invalid', 'Two upstreams have the same name. Give each its own.');
  }
  const underWay = new Set<Exchange>();
  let isClosed = false;

  return {
    route: (dialect, model) => routeOf(targets, dialect, model),
    forward(request, sink) {
      const serving = targetsOf(targets, request);
      if (isClosed || serving.length === 0) {
        const error = isClosed ? stopping() : servedByNone(request.model);
        queueMicrotask(() => sink.failed(error));
        return nothing;
      }
      return startExchange(request, serving, sink, options, underWay);
    },
    problems: () => targets.flatMap(({ breaker }) => breaker.problem() ?? []),
    async close() {
      isClosed = true;
      for (const exchange of [...underWay]) exchange.stop(stopping());
      await Promise.all(targets.map(({ pool }) => pool.destroy()));
    },
  };
}
