import { Pool } from 'undici';
import { AppError } from '../../core/domain/app-error.ts';
import { type Address, parseAddress } from './address.ts';
import { type Breaker, createBreaker } from './breaker.ts';
import type { Peer } from './errors.ts';
import type { UpstreamSettings, UpstreamsOptions } from './options.ts';
import { type Candidate, createCandidate } from './route.ts';

/** An upstream, ready to be asked. */
export interface Target extends Candidate {
  readonly peer: Peer;
  readonly ownKey: string | undefined;
  readonly address: Address;
  readonly pool: Pool;
  readonly breaker: Breaker;
}

/** Servers that close sooner say so, and a request that comes too late for that is made again. */
const keptIdleMs = 60_000;

/** Throws `config_invalid` for an address or a key that cannot be used. Connects with the first request. */
export function createTarget(settings: UpstreamSettings, options: UpstreamsOptions): Target {
  const { name, baseUrl, ownKey } = settings;
  const { clock, logger, metrics, timeouts } = options;
  const address = parseAddress(name, baseUrl);
  if (ownKey !== undefined && !/^[\x21-\x7e]+$/.test(ownKey)) {
    throw new AppError(
      'config_invalid',
      `The key of the upstream ${name} holds a space or is no plain text.`,
    );
  }
  const pool = new Pool(address.origin, {
    // As many connections as there are answers under way. Over HTTP/2 a broken one would take a hundred of them along.
    connections: null,
    allowH2: false,
    pipelining: 1,
    connectTimeout: timeouts.connectMs,
    keepAliveTimeout: keptIdleMs,
    // Limits are kept by the injected clock.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    ...createCandidate(settings, address.origin),
    peer: { name, host: address.host },
    ownKey,
    address,
    pool,
    breaker: createBreaker({ name, clock, logger, metrics }),
  };
}
