import { dialectEndpoints } from './dialect-endpoints.ts';
import type { JsonEndpoint } from './json-endpoint.ts';

export interface FoundEndpoint {
  readonly endpoint: JsonEndpoint;
  /** As `JsonCall.rest`. */
  readonly rest: string;
}

/** What is served beside the dialects. */
export interface EndpointTable {
  find(method: string, path: string): FoundEndpoint | undefined;
  /** Which methods a path is asked with, those of the dialects included; none: there is nothing. */
  methodsAt(path: string): readonly string[];
}

export function createEndpointTable(endpoints: readonly JsonEndpoint[]): EndpointTable {
  const isWild = ({ path }: JsonEndpoint): boolean => path.endsWith('/*');

  /** What stands in place of `*`; `undefined` where the path is another. */
  function restAt(endpoint: JsonEndpoint, path: string): string | undefined {
    if (!isWild(endpoint)) return endpoint.path === path ? '' : undefined;
    const begin = endpoint.path.slice(0, -1);
    return path.startsWith(begin) && path.length > begin.length
      ? decoded(path.slice(begin.length))
      : undefined;
  }

  // A path that is written out goes before one that stands for many.
  const ordered = [...endpoints].sort((a, b) => Number(isWild(a)) - Number(isWild(b)));

  return {
    find(method, path) {
      for (const endpoint of ordered) {
        const rest = endpoint.method === method ? restAt(endpoint, path) : undefined;
        if (rest !== undefined) return { endpoint, rest };
      }
      return undefined;
    },
    methodsAt(path) {
      const own = dialectEndpoints.has(path) ? ['POST'] : [];
      const others = ordered
        .filter((endpoint) => restAt(endpoint, path) !== undefined)
        .map(({ method }) => method);
      return [...new Set([...own, ...others])];
    },
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
