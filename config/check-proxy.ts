import type { SettingsProblem } from './check-settings.ts';
import { isLoopbackHost } from './loopback-host.ts';
import type { Settings } from './schema.ts';

type ProxySettings = {
  readonly http: Pick<Settings['http'], 'host' | 'publicUrl'>;
  readonly proxy: Pick<Settings['proxy'], 'enabled' | 'asksKeyHere'>;
};

/** Whether programs on this machine show a key, too: where others reach the listener, nobody can tell for sure who is here. */
export function asksKeyHere({ http, proxy }: ProxySettings): boolean {
  return proxy.asksKeyHere || http.publicUrl !== '' || !isLoopbackHost(http.host);
}

/**
 * A proxy that others reach and nobody could use: kept from starting, as whoever opened it meant it to be used. An address
 * that `http.publicUrl` alone names is often there for something else, such as a platform's calls: there every request needs a
 * key, and none is needed to start. `keys`: how many of agents there are that are not revoked. `where`: a setting was written, as
 * `SettingsProblem` says it.
 */
export function proxyProblems(
  { http, proxy }: ProxySettings,
  keys: number,
  where: (path: string) => string = () => 'default',
): readonly SettingsProblem[] {
  if (!proxy.enabled || keys > 0 || isLoopbackHost(http.host)) return [];
  return [
    {
      path: 'http.host',
      where: where('http.host'),
      message:
        'opens the proxy to other machines, which needs a key. Create one with `metaclaw key create <name>`, or set proxy.enabled to false.',
    },
  ];
}
