import { AppError } from '../../core/domain/app-error.ts';

/** Where a model server is. */
export interface Address {
  /** `https://api.openai.com` */
  readonly origin: string;
  /** With its port, for messages. */
  readonly host: string;
  /** The target of a request: `/chat/completions` becomes `/v1/chat/completions`, with the base's own query. */
  targetOf(path: string): string;
}

/** Throws `config_invalid` where the base address of the upstream is none that can be used. Its message quotes no password. */
export function parseAddress(name: string, baseUrl: string): Address {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new AppError(
      'config_invalid',
      `The base address of the upstream ${name} is no http or https address.`,
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new AppError(
      'config_invalid',
      `Take the user name and password out of the base address of the upstream ${name}; keys stand elsewhere.`,
    );
  }
  const prefix = url.pathname.replace(/\/+$/, '');
  const query = url.search.slice(1);
  return {
    origin: url.origin,
    host: url.host,
    targetOf(path) {
      if (query === '') return `${prefix}${path}`;
      return `${prefix}${path}${path.includes('?') ? '&' : '?'}${query}`;
    },
  };
}
