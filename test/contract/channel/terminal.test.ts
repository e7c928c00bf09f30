import { createMarkdown } from '../../../adapters/markdown/markdown.ts';
import { createTerminalChannel } from '../../../adapters/terminal/channel.ts';
import { createControlLink } from '../../../adapters/terminal/control-link.ts';
import { joinTerminal } from '../../../adapters/terminal/control-session.ts';
import { refOf, terminalConversation } from '../../../adapters/terminal/inbound.ts';
import type { TerminalInput, TerminalLink, TerminalSession } from '../../../adapters/terminal/link.ts';
import { createLocalLink } from '../../../adapters/terminal/local-link.ts';
import { createScreen } from '../../../adapters/terminal/screen.ts';
import type { Clock } from '../../../core/ports/clock.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../../fakes/system/sequential-ids.ts';
import { testChannel } from './channel-contract.ts';
import type { ChannelContract, PersonDriver, SeenMessage } from './descriptor.ts';

const controlToken = 'the-token-of-the-control-mount';

/** Waits take no time, so that a channel's retries follow each other at once. */
const quickClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: () => Promise.resolve(),
  after: () => ({ cancel: () => undefined }),
};

interface Desk {
  readonly person: PersonDriver;
  redeliver(): Promise<void>;
}

/** A person at the far end of a session: types lines, reads the screen. */
function sitDown(session: TerminalSession): Desk {
  const ids = createSequentialIds();
  const screen = createScreen();
  const written = new Map<string, string>();
  const awaited = new Map<string, (choices: readonly string[]) => void>();
  let lastInput: TerminalInput | undefined;
  session.watch((output) => {
    if (output.kind === 'choices') awaited.get(output.inputId)?.(output.choices);
    if ('messageId' in output) {
      written.set(output.messageId, (written.get(output.messageId) ?? '') + screen.write(output));
    }
  });
  const enter = async (kind: TerminalInput['kind'], text: string): Promise<TerminalInput> => {
    const input: TerminalInput = { kind, inputId: ids.next('in'), enteredAt: Date.now(), text };
    lastInput = input;
    await session.submit(input);
    return input;
  };
  const shown = (text: string): SeenMessage => ({
    text: text.replace(/^\n/, '').replace(/\n\n$/, ''),
    markup: [],
    actionIds: [],
  });
  return {
    person: {
      say: async (text) => refOf((await enter('line', text)).inputId),
      async command(line) {
        await enter('line', `/${line}`);
      },
      async complete(line) {
        const answer = Promise.withResolvers<readonly string[]>();
        const input: TerminalInput = {
          kind: 'complete',
          inputId: ids.next('in'),
          enteredAt: Date.now(),
          text: `/${line}`,
        };
        awaited.set(input.inputId, answer.resolve);
        await session.submit(input);
        return answer.promise;
      },
      async see(ref) {
        await delivered();
        const text = written.get(ref.messageId);
        return text === undefined ? undefined : shown(text);
      },
      async seeAll() {
        await delivered();
        return [...written.values()].map(shown);
      },
    },
    async redeliver() {
      if (lastInput !== undefined) await session.submit(lastInput);
    },
  };
}

/** Lets streams inside this process hand on what they hold. */
async function delivered(): Promise<void> {
  for (let round = 0; round < 5; round += 1) await new Promise((resolve) => setImmediate(resolve));
}

function contract(
  name: string,
  open: () => { link: TerminalLink; join: () => Promise<TerminalSession> },
): ChannelContract {
  return {
    name,
    async setUp() {
      const { link, join } = open();
      const logger = createMemoryLogger();
      const channel = createTerminalChannel({
        link,
        markdown: createMarkdown(),
        clock: quickClock,
        logger,
        personName: 'ada',
      });
      // The far end can be joined only while the channel runs; acts before that wait for it.
      let joined: Promise<Desk> | undefined;
      let session: TerminalSession | undefined;
      const desk = (): Promise<Desk> => {
        joined ??= join().then((opened) => {
          session = opened;
          return sitDown(opened);
        });
        return joined;
      };
      return {
        channel: {
          ...channel,
          async start(sink) {
            await channel.start(sink);
            await desk();
          },
        },
        person: {
          say: async (text) => (await desk()).person.say(text),
          sayUnaddressed: async (text) => (await desk()).person.say(text),
          command: async (line) => (await desk()).person.command(line),
          complete: async (line) => (await (await desk()).person.complete?.(line)) ?? [],
          see: async (ref) => (await desk()).person.see(ref),
          seeAll: async () => (await desk()).person.seeAll(),
        },
        conversation: terminalConversation,
        faults: { redeliver: async () => (await desk()).redeliver() },
        evidence: { secrets: [controlToken], logged: () => logger.entries },
        async tearDown() {
          session?.close();
          await channel.stop();
        },
      };
    },
    optOuts: {
      'bad credentials reject start':
        'A terminal has no account; the control token is asked for by the listener.',
      'edited message': 'A line that was entered stands.',
      'deleted message': 'A line that was entered stands.',
      'an event during stop is delivered and acknowledged, or neither':
        'A line is acknowledged by its echo alone: a session that ends takes its unanswered lines along.',
      'health tells when the platform is away and when it is back': 'The terminal is this machine.',
      'a slow sink holds up its own conversation only': 'A terminal is one conversation.',
      'an entry of the menu of a message comes back as an action': 'Lines have no menus.',
      'a rate limit in the middle loses nothing and keeps the order': 'Nothing limits what a terminal shows.',
      'a platform that hangs is given up in time': 'Showing is a local append; with nobody there it waits.',
      'the platform is asked nothing that it does not know': 'It asks nobody.',
      'rate limit is rate_limited in milliseconds': 'Nothing limits what a terminal shows.',
      'a broken send is delivery_unknown': 'Showing is a local append; with nobody there it waits.',
      'a refused connection is network and retryable':
        'Showing is a local append; with nobody there it waits.',
    },
  };
}

testChannel(
  contract('terminal (in process)', () => {
    const { link, session } = createLocalLink();
    return { link, join: async () => session };
  }),
);

testChannel(
  contract('terminal (over the control mount)', () => {
    const { link, mount } = createControlLink(createFakeClock());
    return {
      link,
      join: () =>
        joinTerminal({
          address: 'http://127.0.0.1:8787',
          token: controlToken,
          fetch: async (input, init) => mount.fetch(new Request(input, init)),
        }),
    };
  }),
);
