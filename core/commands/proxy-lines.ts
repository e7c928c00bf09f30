import type { ProxyServer, ProxyStatus } from './context.ts';
import { counted, inlineCode, literal } from './markdown-text.ts';

/** How much is asked of the proxy, where, and who may. None where it is off. */
export function proxyFacts(proxy: ProxyStatus | undefined): readonly string[] {
  if (proxy === undefined) return [];
  const { address, requests } = proxy;
  const way = `${address === undefined ? '' : `${inlineCode(address)} `}→ ${literal(serversOf(proxy))}`;
  return [`Proxy: ${way}; ${counted(requests, 'request', 'requests')} since the start, ${callers(proxy)}`];
}

function callers({ agentKeys, asksHere }: ProxyStatus): string {
  const keys =
    agentKeys === 0 ? 'no key of an agent' : counted(agentKeys, 'key of an agent', 'keys of agents');
  if (!asksHere) return `${keys}; programs on its own machine need none`;
  return agentKeys === 0 ? `${keys}, so that nobody may ask` : keys;
}

const keyWords: Readonly<Record<ProxyServer['key'], string>> = {
  operator: 'the operator’s key',
  caller: 'the caller’s key',
  none: 'no key',
};

const serversOf = ({ servers }: ProxyStatus): string =>
  servers.map(({ name, key }) => `${name} (${keyWords[key]})`).join(', ');

/** The same for whoever started it, as plain text: where agents ask, who answers, and whether they need a key. */
export function proxyBanner(proxy: ProxyStatus & { readonly address: string }): string {
  const { address, agentKeys, asksHere } = proxy;
  const toMake = agentKeys === 0 ? ' (`metaclaw key create <name>` makes one)' : '';
  const needed = asksHere ? `every request needs a key${toMake}` : 'programs here need no key';
  return `Proxy: ${address} → ${serversOf(proxy)}; ${needed}`;
}
