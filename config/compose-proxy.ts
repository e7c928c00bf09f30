import { createMarkdown } from '../adapters/markdown/markdown.ts';
import { commandsEndpoint } from '../adapters/proxy/endpoints/commands.ts';
import { feedbackEndpoint } from '../adapters/proxy/endpoints/feedback.ts';
import type { ModelSource } from '../adapters/proxy/endpoints/model-list.ts';
import { modelsEndpoints } from '../adapters/proxy/endpoints/models.ts';
import { openApiEndpoint } from '../adapters/proxy/endpoints/openapi.ts';
import type { NodeMount } from '../adapters/proxy/node-mount.ts';
import { createProxyMount } from '../adapters/proxy/proxy-mount.ts';
import { upstreamModels } from '../adapters/proxy/upstream-models.ts';
import { wrongAddressMounts } from '../adapters/proxy/wrong-address.ts';
import type { UpstreamSettings, UpstreamsOptions } from '../adapters/upstream/options.ts';
import { createUpstreams } from '../adapters/upstream/upstreams.ts';
import type { PrivacyRecipient, ProxyServer, ProxyStatus } from '../core/commands/context.ts';
import type { ApiKeyAccess } from '../core/intake/api-access.ts';
import { createExchangeDesk, type ExchangeDeskDeps } from '../core/intake/exchange-desk.ts';
import type { ApiCommands } from '../core/ports/api-commands.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Ids } from '../core/ports/ids.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { Metrics } from '../core/ports/metrics.ts';
import type { Answering } from '../core/schedule/answering.ts';
import { createSteadySkills, type SteadySkillsDeps } from '../core/skills/steady-skills.ts';
import { asksKeyHere } from './check-proxy.ts';
import { type ModelChoice, placeOf } from './choose-model.ts';
import type { LoadedSettings } from './load-settings.ts';
import { isLoopbackHost } from './loopback-host.ts';
import { openableAddress } from './openable-address.ts';
import { createOwnModels, type OwnModelsDeps } from './own-models.ts';
import { configuredServer, upstreamsOf } from './upstreams-of.ts';
import { readVersion } from './version.ts';
import type { SeenActivity } from './with-activity.ts';
import { withExchangeActivity } from './with-exchange-activity.ts';

export interface ComposeProxyDeps {
  readonly loaded: LoadedSettings;
  readonly choice: ModelChoice;
  /** Of the listener, without a last slash; `undefined` while there is none. */
  readonly address: () => string | undefined;
  readonly access: ApiKeyAccess;
  /** `flushed`: resolves when what was answered before is stored. */
  readonly commands: (flushed: () => Promise<void>) => ApiCommands;
  readonly exchanges: Omit<ExchangeDeskDeps, 'skills' | 'clock' | 'ids' | 'logger' | 'metrics' | 'onSpent'>;
  readonly skills: Pick<SteadySkillsDeps, 'library' | 'vectorOf'>;
  readonly ownModels: Pick<OwnModelsDeps, 'desk' | 'model'>;
  readonly activity: {
    readonly seen: (activity: SeenActivity) => void;
    readonly answering: Pick<Answering, 'begin'>;
  };
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** What agents on other programs are served with. */
export interface ComposedProxy {
  readonly mounts: readonly NodeMount[];
  /** Where what callers write goes, beside the model. */
  readonly recipients: readonly PrivacyRecipient[];
  problems(): readonly string[];
  /** Resolves when what was answered before is stored. Rejects with storage errors. */
  flushed(): Promise<void>;
  /** For `status`. */
  report(): ProxyStatus;
  /** Takes no more requests, lets those under way end until `deadlineMs`, stores what is over. */
  stop(deadlineMs: number): Promise<void>;
}

/** 128 MiB: requests are small as a rule, and many at once are no attack. */
const leastForBodies = 134_217_728;
/** Whatever is still to be stored has so long. */
const lastWordMs = 3_000;

/** Throws `config_invalid` for upstreams that cannot be. */
export function composeProxy(deps: ComposeProxyDeps): ComposedProxy {
  const { loaded, choice, access, clock, ids, logger, metrics } = deps;
  const { proxy, skills: limits } = loaded.settings;
  const settings = upstreamsOf(loaded.settings, loaded.secrets, choice);
  const named = settings.filter(({ name }) => name !== configuredServer);
  const options: Omit<UpstreamsOptions, 'upstreams'> = {
    timeouts: {
      connectMs: proxy.connectTimeoutMs,
      firstByteMs: proxy.firstByteTimeoutMs,
      idleMs: proxy.idleTimeoutMs,
      totalMs: proxy.totalTimeoutMs,
    },
    maxRetries: proxy.maxRetries,
    clock,
    logger,
    metrics,
  };
  const upstream = createUpstreams({ ...options, upstreams: settings });
  const { sources, close: closeSources } = listed(settings, options);
  const desk = createExchangeDesk({
    ...deps.exchanges,
    skills: createSteadySkills({ ...deps.skills, limits }),
    onSpent: access.spent,
    clock,
    ids,
    logger,
    metrics,
  });
  const mount = createProxyMount({
    access,
    desk: withExchangeActivity(desk, deps.activity),
    upstream,
    ownModels: createOwnModels({ ...deps.ownModels, choice, ids }),
    endpoints: [
      feedbackEndpoint(desk),
      ...modelsEndpoints({ sources, clock, ids, logger }),
      openApiEndpoint(readVersion()),
      commandsEndpoint(deps.commands(desk.flushed), createMarkdown()),
    ],
    maxBodyBytes: proxy.maxBodyBytes,
    maxBodiesBytes: Math.max(4 * proxy.maxBodyBytes, leastForBodies),
    clientStallMs: proxy.clientStallMs,
    maxOutputTokens: loaded.settings.model.maxOutputTokens,
    clock,
    ids,
    logger,
    metrics,
  });
  return {
    mounts: [mount, ...wrongAddressMounts(clock, 4 * proxy.maxBodyBytes)],
    recipients: named.map(recipientOf),
    problems: () => [...upstream.problems(), desk.problem()].filter((problem) => problem !== undefined),
    flushed: desk.flushed,
    report: () => ({
      ...placeOfAgents(deps.address()),
      servers: named.map(serverOf),
      requests: countOf('proxy_requests_total', metrics),
      agentKeys: access.agentKeys(),
      asksHere: asksKeyHere(loaded.settings),
    }),
    async stop(deadlineMs) {
      await mount.stop(deadlineMs);
      await desk.stop(lastWordMs);
      await Promise.all([upstream.close(), closeSources()]);
    },
  };
}

/** Whatever they are labelled. */
function countOf(name: string, metrics: Metrics): number {
  const counters = Object.entries(metrics.snapshot());
  return counters.reduce((sum, [key, count]) => (key.split('{', 1)[0] === name ? sum + count : sum), 0);
}

function placeOfAgents(address: string | undefined): Pick<ProxyStatus, 'address'> {
  return address === undefined ? {} : { address: `${openableAddress(address)}/v1` };
}

function serverOf({ name, ownKey, isKeyless }: UpstreamSettings): ProxyServer {
  if (isKeyless === true) return { name, key: 'none' };
  return { name, key: ownKey === undefined ? 'caller' : 'operator' };
}

function recipientOf({ name, baseUrl }: UpstreamSettings): PrivacyRecipient {
  return {
    what: `the model server “${name}” of the proxy`,
    receives:
      'what programs send through the proxy, and the skills that fit; nothing that is written in a chat',
    ...placeOf({ baseUrl }),
  };
}

/** Each is asked for its models alone, so that one that is away hides no other's. */
function listed(
  settings: readonly UpstreamSettings[],
  options: Omit<UpstreamsOptions, 'upstreams'>,
): { readonly sources: readonly ModelSource[]; close(): Promise<void> } {
  const asked = settings
    .filter(({ name }) => name !== configuredServer)
    .map((one) => ({ one, upstream: createUpstreams({ ...options, maxRetries: 0, upstreams: [one] }) }));
  return {
    sources: upstreamModels(
      asked.map(({ one, upstream }) => {
        const { origin, hostname } = new URL(one.baseUrl);
        return {
          name: one.name,
          dialects: one.dialects,
          origin,
          isLoopback: isLoopbackHost(hostname),
          hasOwnKey: one.ownKey !== undefined,
          isKeyless: one.isKeyless === true,
          upstream,
          serves: (dialect, model) => upstream.route(dialect, model).kind === 'found',
        };
      }),
    ),
    async close() {
      await Promise.all(asked.map(({ upstream }) => upstream.close()));
    },
  };
}
