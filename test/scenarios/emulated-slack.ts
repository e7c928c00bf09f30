import { createEmulator, defineEmulator, type Emulator, type EmulatorContext } from 'emulate';

type Dispatcher = EmulatorContext<object>['webhooks'];

export interface EmulatedSlack {
  /** `http://127.0.0.1:<port>/api/`. */
  readonly apiRoot: string;
  /** Everything that Slack tells the app goes there, signed; a call that causes an event ends after its delivery. */
  subscribe(url: string): void;
  /** Calls a method with somebody's token; throws what the method refuses. */
  call(
    method: string,
    token: string,
    args: Readonly<Record<string, unknown>>,
  ): Promise<Readonly<Record<string, unknown>>>;
  close(): Promise<void>;
}

/** The emulator's class of dispatchers: a definition of one's own is handed one of them. */
async function dispatcherPrototype(): Promise<Dispatcher> {
  let prototype: unknown;
  const probe = await createEmulator({
    listen: false,
    service: defineEmulator({
      name: 'probe',
      state: () => ({}),
      setup: ({ webhooks }) => {
        prototype = Object.getPrototypeOf(webhooks);
      },
    }),
  });
  await probe.close();
  return prototype as Dispatcher;
}

/**
 * The Slack of the package `emulate`, on loopback. The package has no way to subscribe an address to Slack's events, and
 * hands nobody the dispatcher that would; what it hands out to other definitions is of the same class, though, and every
 * service sets its headers on its own dispatcher while it starts. That one is caught here.
 */
export async function startEmulatedSlack(seed: Readonly<Record<string, unknown>>): Promise<EmulatedSlack> {
  const prototype = await dispatcherPrototype();
  const setHeaderFactory = prototype.setHeaderFactory;
  let dispatcher: Dispatcher | undefined;
  let emulator: Emulator;
  prototype.setHeaderFactory = function (this: Dispatcher, factory) {
    dispatcher = this;
    setHeaderFactory.call(this, factory);
  };
  try {
    emulator = await createEmulator({ service: 'slack', port: 0, seed: { slack: seed } });
  } finally {
    prototype.setHeaderFactory = setHeaderFactory;
  }
  const apiRoot = `http://127.0.0.1:${new URL(emulator.url).port}/api/`;
  return {
    apiRoot,
    subscribe(url) {
      if (dispatcher === undefined) throw new Error('the emulator made no dispatcher');
      dispatcher.register({ url, events: ['*'], active: true, owner: 'slack' });
    },
    async call(method, token, args) {
      const response = await fetch(`${apiRoot}${method}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(args),
      });
      const answer: unknown = await response.json();
      if (typeof answer !== 'object' || answer === null || !('ok' in answer) || answer.ok !== true) {
        throw new Error(`${method}: ${JSON.stringify(answer)}`);
      }
      return { ...answer };
    },
    close: () => emulator.close(),
  };
}
