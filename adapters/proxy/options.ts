import type { ApiAccess } from '../../core/ports/api-access.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { ExchangeDesk } from '../../core/ports/exchange-desk.ts';
import type { Ids } from '../../core/ports/ids.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { Metrics } from '../../core/ports/metrics.ts';
import type { OwnModels } from '../../core/ports/own-models.ts';
import type { UpstreamPort } from '../../core/ports/upstream.ts';
import type { JsonEndpoint } from './json-endpoint.ts';

export interface ProxyOptions {
  readonly access: ApiAccess;
  readonly desk: ExchangeDesk;
  readonly upstream: UpstreamPort;
  readonly ownModels: OwnModels;
  /** Served beside the dialects. */
  readonly endpoints: readonly JsonEndpoint[];
  readonly maxBodyBytes: number;
  /** Of all requests under way together; more are told to come again. */
  readonly maxBodiesBytes: number;
  /** As `ClientStreamOptions.stallMs`. */
  readonly clientStallMs: number;
  /** What our models write at most where the caller does not say. */
  readonly maxOutputTokens: number;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly metrics: Metrics;
}
