import { createHmac } from 'node:crypto';
import type { Delivery } from './event-feed.ts';
import { createRepeater } from './repeater.ts';

/** Where requests go: a mount's own `fetch`, or one over the network. */
export type EventsRoute = (request: Request) => Promise<Response>;

export interface HttpHubOptions {
  readonly signingSecret: string;
  readonly ackTimeoutMs: number;
  readonly retryDelaysMs: readonly number[];
  readonly now: () => number;
}

/** What tests see and do of the requests. */
export interface HttpControl {
  /** How each delivery was answered; 0 stands for no answer. */
  readonly statuses: readonly number[];
  /** Events that Slack gave up on. */
  readonly dropped: readonly Delivery[];
  /** The last request once more with a signature that somebody without the secret made up. */
  forge(): Promise<Response>;
  /** The last request once more, rightly signed, six minutes old. */
  stale(): Promise<Response>;
  /** Any body, signed as Slack signs it. */
  post(contentType: string, body: string): Promise<Response>;
  /** What Slack sends when the address is entered. */
  verifyUrl(): Promise<{ readonly status: number; readonly isEchoed: boolean }>;
}

export interface HttpHub extends HttpControl {
  route(route: EventsRoute, url: string): void;
  readonly isRouted: boolean;
  deliver(delivery: Delivery): void;
  close(): void;
}

function bodyOf(delivery: Delivery): { readonly contentType: string; readonly body: string } {
  const contentType = 'application/x-www-form-urlencoded';
  switch (delivery.kind) {
    case 'events_api':
      return { contentType: 'application/json', body: JSON.stringify(delivery.payload) };
    case 'interactive':
      return {
        contentType,
        body: new URLSearchParams({ payload: JSON.stringify(delivery.payload) }).toString(),
      };
    case 'slash_commands':
      return {
        contentType,
        body: new URLSearchParams(
          Object.entries(delivery.payload).map(([name, value]): [string, string] => [name, String(value)]),
        ).toString(),
      };
  }
}

async function responseBody(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return { text };
  }
}

export function createHttpHub(options: HttpHubOptions, changed: () => void): HttpHub {
  let route: EventsRoute | undefined;
  let url = 'https://bot.example.org/hooks/slack';
  let lastPosted: { readonly contentType: string; readonly body: string } | undefined;
  const statuses: number[] = [];
  const repeater = createRepeater(options.retryDelaysMs, (delivery) => void deliver(delivery));

  function request(
    contentType: string,
    body: string,
    how: {
      readonly secret?: string;
      readonly ageMs?: number;
      readonly headers?: Record<string, string>;
    } = {},
  ): Request {
    const timestamp = String(Math.floor((options.now() - (how.ageMs ?? 0)) / 1_000));
    // https://docs.slack.dev/authentication/verifying-requests-from-slack
    const hash = createHmac('sha256', how.secret ?? options.signingSecret)
      .update(`v0:${timestamp}:${body}`)
      .digest('hex');
    return new Request(url, {
      method: 'POST',
      headers: {
        'content-type': contentType,
        'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
        'x-slack-request-timestamp': timestamp,
        'x-slack-signature': `v0=${hash}`,
        ...how.headers,
      },
      body,
    });
  }

  async function send(made: Request): Promise<Response> {
    if (route === undefined) throw new Error('events are not routed anywhere');
    return await route(made);
  }

  /** The answer, or nothing where none came in time. */
  async function inTime(made: Request): Promise<Response | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), options.ackTimeoutMs);
    });
    try {
      return await Promise.race([send(made).catch(() => undefined), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async function deliver(delivery: Delivery): Promise<void> {
    const { contentType, body } = bodyOf(delivery);
    lastPosted = { contentType, body };
    const response = await inTime(
      request(contentType, body, {
        headers:
          delivery.attempt === 0
            ? {}
            : {
                'x-slack-retry-num': String(delivery.attempt),
                'x-slack-retry-reason': delivery.retryReason ?? 'unknown_error',
              },
      }),
    );
    statuses.push(response?.status ?? 0);
    if (response?.ok === true) {
      delivery.settle({ isAcknowledged: true, response: await responseBody(response) });
    } else if (response?.headers.get('x-slack-no-retry') === '1') {
      delivery.settle({ isAcknowledged: false });
    } else {
      repeater.repeat(delivery, response === undefined ? 'http_timeout' : 'http_error');
    }
    changed();
  }

  const posted = () => {
    if (lastPosted === undefined) throw new Error('nothing was delivered yet');
    return lastPosted;
  };

  return {
    route(to, at) {
      route = to;
      url = at;
    },
    get isRouted() {
      return route !== undefined;
    },
    deliver: (delivery) => void deliver(delivery),
    close: () => repeater.close(),
    get statuses() {
      return [...statuses];
    },
    get dropped() {
      return repeater.dropped;
    },
    forge: () => send(request(posted().contentType, posted().body, { secret: 'a guess' })),
    stale: () => send(request(posted().contentType, posted().body, { ageMs: 6 * 60_000 })),
    post: (contentType, body) => send(request(contentType, body)),
    async verifyUrl() {
      const challenge = '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P';
      const body = JSON.stringify({ token: 'deprecated', challenge, type: 'url_verification' });
      const response = await send(request('application/json', body));
      return { status: response.status, isEchoed: (await response.text()).includes(challenge) };
    },
  };
}
