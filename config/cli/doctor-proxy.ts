import { existsSync } from 'node:fs';
import { openDatabase } from '../../adapters/sqlite/database.ts';
import { openStores } from '../../adapters/sqlite/stores.ts';
import type { UpstreamSettings } from '../../adapters/upstream/options.ts';
import type { ApiKey } from '../../core/domain/api-key.ts';
import { asksKeyHere, proxyProblems } from '../check-proxy.ts';
import type { ModelChoice } from '../choose-model.ts';
import type { SecretName } from '../secrets.ts';
import { databasePath } from '../storage.ts';
import { configuredServer, upstreamsOf } from '../upstreams-of.ts';
import type { CheckContext } from './doctor-checks.ts';
import { type Finding, findingsOf } from './doctor-finding.ts';

const ASK_TIMEOUT_MS = 5_000;

const finding = findingsOf('proxy');

/** The keys in use; nothing where the database cannot be read, which is told of by itself. */
async function liveKeys({ loaded, parts }: CheckContext): Promise<readonly ApiKey[] | undefined> {
  const path = databasePath(loaded.homeFolder);
  if (!existsSync(path)) return [];
  try {
    const database = openDatabase({ path, logger: parts.logger, readOnly: true });
    try {
      const keys = await openStores(database).apiKeys.list();
      return keys.map(({ key }) => key).filter(({ revokedAt }) => revokedAt === undefined);
    } finally {
      database.close();
    }
  } catch {
    return undefined;
  }
}

const countedKeys = (count: number, whose: string): string =>
  `${count} key${count === 1 ? '' : 's'} of ${whose}`;

async function checkKeys(context: CheckContext): Promise<readonly Finding[]> {
  const { settings, origins } = context.loaded;
  const keys = await liveKeys(context);
  if (keys === undefined) return [];
  const agents = keys.filter(({ kind }) => kind === 'agent').length;
  const [fault] = proxyProblems(settings, agents, (path) => origins.get(path) ?? 'default');
  if (fault !== undefined) return [finding('problem', `${fault.path} (${fault.where}) ${fault.message}`)];
  const there = `${countedKeys(agents, 'agents')}, ${countedKeys(keys.length - agents, 'administrators')}`;
  if (!asksKeyHere(settings)) return [finding('ok', `${there}; programs on this machine need none`)];
  if (agents > 0) return [finding('ok', `${there}; every request needs one`)];
  return [
    finding(
      'warning',
      'every request needs a key, as http.publicUrl is set, and no agent has one. `metaclaw key create <name>` makes one.',
    ),
  ];
}

/** Whether one can be found out about: the settings name it, or there is a key to show it. The model's own server is asked for the model. */
function isAsked(
  { name, ownKey }: UpstreamSettings,
  { loaded }: CheckContext,
  { server }: ModelChoice,
): boolean {
  if (loaded.settings.proxy.upstreams.some((upstream) => upstream.name === name)) return true;
  return ownKey !== undefined && (name !== 'openai' || server === undefined);
}

/** Where its key stands. */
function secretOf({ name }: UpstreamSettings, { loaded }: CheckContext): SecretName {
  if (loaded.settings.proxy.upstreams.length > 0) return 'METACLAW_UPSTREAM_KEYS';
  return name === 'anthropic' ? 'ANTHROPIC_API_KEY' : 'OPENAI_API_KEY';
}

function headersFor({ dialects, ownKey }: UpstreamSettings): Record<string, string> {
  if (dialects[0] !== 'anthropic') return ownKey === undefined ? {} : { authorization: `Bearer ${ownKey}` };
  return { 'anthropic-version': '2023-06-01', ...(ownKey === undefined ? {} : { 'x-api-key': ownKey }) };
}

/** `http://host/v1/models?api-version=…` */
function modelsAt(baseUrl: string): string {
  const url = new URL(baseUrl);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/models`;
  return url.href;
}

async function checkUpstream(
  upstream: UpstreamSettings,
  context: CheckContext,
  choice: ModelChoice,
): Promise<Finding> {
  const { name, dialects, baseUrl, ownKey, isKeyless } = upstream;
  const { origin, pathname, host } = new URL(baseUrl);
  const callers = isKeyless === true ? 'no key' : 'the key that the caller sends';
  const whose = ownKey === undefined ? callers : 'the operator’s key';
  const said = `“${name}” at ${origin}${pathname.replace(/\/+$/, '')} speaks ${dialects.join(', ')} and is shown ${whose}`;
  if (!isAsked(upstream, context, choice)) return finding('ok', said);
  const secret = ownKey === undefined ? undefined : secretOf(upstream, context);
  try {
    const response = await context.io.fetch(modelsAt(baseUrl), {
      headers: headersFor(upstream),
      // A key is for this server alone, and the proxy follows nobody either.
      redirect: 'manual',
      signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
    });
    await response.body?.cancel();
    return finding(...verdict(response.status, secret, said));
  } catch {
    return finding('unasked', `${said}, but ${host} does not answer. Does it run, and is its baseUrl right?`);
  }
}

/** Not every model server lists its models: what is no fault of its own only shows that it is there. */
function verdict(
  status: number,
  ownSecret: SecretName | undefined,
  said: string,
): readonly [state: Finding['state'], message: string] {
  if (status >= 500) return ['warning', `${said}, but answers with ${status} when asked for its models.`];
  if (status >= 300 && status < 400) {
    return ['warning', `${said}, but leads elsewhere (${status}). Set its baseUrl to where it leads.`];
  }
  if (ownSecret !== undefined && (status === 401 || status === 403)) {
    return ['warning', `${said}, but does not let it see its models. Is the one in ${ownSecret} right?`];
  }
  return ['ok', `${said}; it can be reached`];
}

/**
 * What the proxy asks and who may ask it. An upstream is asked for its models, once, with the key that it would be shown; those
 * that come along and have none are named only. `chosen`: rejects where no model can be chosen, of which is told elsewhere.
 */
export async function checkProxy(
  context: CheckContext,
  chosen: Promise<ModelChoice>,
): Promise<readonly Finding[]> {
  const { settings, secrets } = context.loaded;
  if (!settings.proxy.enabled) return [finding('ok', 'is off (proxy.enabled)')];
  const choice = await chosen.catch(() => undefined);
  const upstreams = choice === undefined ? [] : upstreamsOf(settings, secrets, choice);
  const named = upstreams.filter(({ name }) => name !== configuredServer);
  const [keys, ...found] = await Promise.all([
    checkKeys(context),
    ...named.map(async (upstream) =>
      choice === undefined ? [] : [await checkUpstream(upstream, context, choice)],
    ),
  ]);
  return [...keys, ...found.flat()];
}
