import type { UpstreamSettings } from '../adapters/upstream/options.ts';
import { ownModels } from '../core/ports/own-models.ts';
import type { ModelChoice, ModelServer } from './choose-model.ts';
import type { Settings } from './schema.ts';
import type { Secrets } from './secrets.ts';

/** How the server of the configured model is called among the upstreams; no upstream of the settings can have that name. */
export const configuredServer = 'metaclaw:base';

const openAi = 'https://api.openai.com/v1';

/** `name=key` with commas between them. What is no such pair is left out. */
export function upstreamKeys(text: string | undefined): ReadonlyMap<string, string> {
  const pairs = (text ?? '').split(',').flatMap((item): [string, string][] => {
    const at = item.indexOf('=');
    const key = item.slice(at + 1).trim();
    return at <= 0 || key === '' ? [] : [[item.slice(0, at).trim(), key]];
  });
  return new Map(pairs);
}

const withKey = (ownKey: string | undefined): Pick<UpstreamSettings, 'ownKey'> =>
  ownKey === undefined ? {} : { ownKey };

type Found = Pick<UpstreamSettings, 'dialects' | 'baseUrl' | 'renames' | 'isAlone' | 'isKeyless' | 'ownKey'>;

/**
 * The server of the configured model. One that was found on this machine asks for no key, so that what a caller brings belongs
 * to somebody else. No other is asked for what it serves.
 */
function ownServer(kind: ModelChoice['kind'], { baseUrl, apiKey }: ModelServer): Found {
  return {
    dialects: ['openai-chat', 'openai-responses'],
    baseUrl: baseUrl ?? openAi,
    renames: {},
    isAlone: true,
    ...(kind === 'discovered' ? { isKeyless: true } : withKey(apiKey)),
  };
}

/** The two that agents are made for. What was found on this machine was not set as OpenAI's: it is one more, for its own model. */
function usualUpstreams(
  secrets: Secrets,
  { kind, server, besides }: ModelChoice,
): readonly UpstreamSettings[] {
  const found = kind === 'discovered' ? server : undefined;
  const openai = found === undefined ? (server ?? besides) : undefined;
  return [
    ...(found === undefined ? [] : [{ name: 'local', models: [found.model], ...ownServer(kind, found) }]),
    {
      name: 'anthropic',
      dialects: ['anthropic'],
      baseUrl: 'https://api.anthropic.com/v1',
      models: ['claude-*', 'anthropic/*'],
      renames: {},
      ...withKey(secrets.ANTHROPIC_API_KEY),
    },
    {
      name: 'openai',
      dialects: ['openai-chat', 'openai-responses'],
      baseUrl: openai?.baseUrl ?? openAi,
      models: ['*'],
      renames: {},
      ...withKey(openai?.apiKey),
    },
  ];
}

/** The model servers behind the proxy, in the order in which they are tried. The server of the configured model is known by our own names alone. */
export function upstreamsOf(
  { proxy }: Pick<Settings, 'proxy'>,
  secrets: Secrets,
  choice: ModelChoice,
): readonly UpstreamSettings[] {
  const keys = upstreamKeys(secrets.METACLAW_UPSTREAM_KEYS);
  const named = proxy.upstreams.map((upstream) => ({ ...upstream, ...withKey(keys.get(upstream.name)) }));
  const others = named.length > 0 ? named : usualUpstreams(secrets, choice);
  const { kind, server } = choice;
  if (server === undefined) return others;
  return [{ name: configuredServer, models: ownModels, ...ownServer(kind, server) }, ...others];
}
