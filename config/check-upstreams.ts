import { isLoopbackHost } from './loopback-host.ts';
import type { Settings } from './schema.ts';
import type { Secrets } from './secrets.ts';

/** A setting or a secret of the proxy and what is wrong with it. Never holds a key. */
export interface UpstreamProblem {
  readonly path: string;
  readonly message: string;
}

type Upstream = Settings['proxy']['upstreams'][number];

const UPSTREAMS = 'proxy.upstreams';
const KEYS = 'METACLAW_UPSTREAM_KEYS';
const isOurself =
  'is the address of this bot itself, where agents ask. Set it to that of a model server, for the bot alone.';

/** The texts that stand more than once. */
function repeated(texts: readonly string[]): readonly string[] {
  return [...new Set(texts.filter((text, index) => texts.indexOf(text) !== index))];
}

/** What stands for the same address. */
function namesOf(host: string): readonly string[] {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  return name === 'localhost' ? [name, '127.0.0.1', '::1'] : [name];
}

const isEverywhere = (host: string): boolean => /^(?:0\.0\.0\.0|\[?::\]?)$/.test(host);

const portOf = ({ port, protocol }: URL): number =>
  port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);

/** Whether what is asked at this address comes to our own listener. While `http.port` is 0 nobody knows beforehand. */
export function isOwnAddress(address: string, { host, port, publicUrl }: Settings['http']): boolean {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  if (URL.canParse(publicUrl) && new URL(publicUrl).origin === url.origin) return true;
  if (portOf(url) !== port) return false;
  if (isEverywhere(host) && (isLoopbackHost(url.hostname) || isEverywhere(url.hostname))) return true;
  const own = namesOf(host);
  return namesOf(url.hostname).some((name) => own.includes(name));
}

function upstreamProblem(
  upstream: Upstream,
  { http, proxy }: Settings,
): readonly [field: keyof Upstream, message: string] | undefined {
  const { name, dialects, baseUrl, models, renames } = upstream;
  const first = proxy.upstreams.find((other) => other.name === name);
  if (first !== upstream)
    return ['name', `is that of another upstream, “${name}”. Give each a name of its own.`];
  if (dialects.length === 0) {
    return ['dialects', 'is empty. Name what it speaks: openai-chat, openai-responses or anthropic.'];
  }
  if (models.length === 0 && Object.keys(renames).length === 0) {
    return ['models', "is empty, so it is never asked. Name some, or take this out, which means all ('*')."];
  }
  const { username, password, hash } = new URL(baseUrl);
  if (username !== '' || password !== '') {
    return [
      'baseUrl',
      `has a user name or a password in it. Take it out; a key belongs into ${KEYS} as ${name}=key.`,
    ];
  }
  if (hash !== '') return ['baseUrl', 'has a # in it. Take out that and what follows.'];
  return isOwnAddress(baseUrl, http) ? ['baseUrl', isOurself] : undefined;
}

/** What is wrong with the pairs; they are counted, never shown, as one without its name is a key. */
function keyProblem(text: string, upstreams: readonly Upstream[]): string | undefined {
  const pairs = text.split(',').map((item) => {
    const at = item.indexOf('=');
    return { name: item.slice(0, Math.max(at, 0)).trim(), key: item.slice(at + 1).trim() };
  });
  const broken = pairs.findIndex(({ name, key }) => name === '' || key === '' || /\s/.test(key));
  if (broken !== -1) {
    return `is not name=key with commas between such pairs: pair ${broken + 1} of ${pairs.length} is not one. Keys stand there as they are, without blanks.`;
  }
  const there = upstreams.map(({ name }) => name);
  const stray = pairs.findIndex(({ name }) => !there.includes(name));
  if (stray !== -1) {
    return `is for an upstream that is not there, in pair ${stray + 1} of ${pairs.length}. ${UPSTREAMS} names ${there.join(', ')}.`;
  }
  const [twice] = repeated(pairs.map(({ name }) => name));
  return twice === undefined ? undefined : `has two keys for “${twice}”. Leave one.`;
}

/** Other settings that name a model server; an answer of ours that asked us for an answer would never end. */
function ownServers(settings: Settings, secrets: Secrets): readonly UpstreamProblem[] {
  const addresses = [
    ['OPENAI_BASE_URL', secrets.OPENAI_BASE_URL ?? ''],
    ['judge.baseUrl', settings.judge.baseUrl],
    ['evolver.baseUrl', settings.evolver.baseUrl],
    ['gate.baseUrl', settings.gate.baseUrl],
    ['embeddings.baseUrl', settings.embeddings.baseUrl],
  ] as const;
  return addresses
    .filter(([, address]) => isOwnAddress(address, settings.http))
    .map(([path]) => ({ path, message: isOurself }));
}

/** What keeps the proxy from its upstreams, and any model from being anywhere else than here. */
export function upstreamProblems(settings: Settings, secrets: Secrets): readonly UpstreamProblem[] {
  const { enabled, upstreams } = settings.proxy;
  const keys = secrets.METACLAW_UPSTREAM_KEYS;
  const wrong = enabled && upstreams.length > 0 && keys !== undefined && keyProblem(keys, upstreams);
  return [
    ...upstreams.flatMap((upstream, index) => {
      const [field, message] = upstreamProblem(upstream, settings) ?? [];
      return message === undefined ? [] : [{ path: `${UPSTREAMS}.${index}.${field}`, message }];
    }),
    ...(typeof wrong === 'string' ? [{ path: KEYS, message: wrong }] : []),
    ...ownServers(settings, secrets),
  ];
}
