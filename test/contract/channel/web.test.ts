import { z } from 'zod';
import { addressOf } from '../../../adapters/web/account.ts';
import type { MessageRef } from '../../../core/domain/message-ref.ts';
import { FEEDBACK_BAD, FEEDBACK_GOOD } from '../../../core/domain/outbound-message.ts';
import { elementsOf, type HtmlNode, parseStrict, textOf } from '../../adapters/web/strict-html.ts';
import {
  type Browser,
  clientId,
  cookieKey,
  createWebRig,
  type MessageAnswer,
  openBrowser,
} from '../../adapters/web/web-rig.ts';
import { testChannel } from './channel-contract.ts';
import type { SeenMessage, SeenPicture } from './descriptor.ts';

const accepted = z.object({ accepted: z.literal(true) });
const plain = new Set(['p']);

/** As the browser draws it: it numbers ordered lists itself. */
function drawn(nodes: readonly HtmlNode[]): string {
  return nodes
    .map((node) => {
      if (typeof node === 'string' || node.name === 'br') return textOf([node]);
      if (node.name !== 'ol') return drawn(node.children);
      const start = Number(node.attributes['start'] ?? 1);
      return node.children.map((item, index) => `${start + index}. ${drawn([item])}`).join('');
    })
    .join('');
}

function seen(message: MessageAnswer): SeenMessage {
  const nodes = parseStrict(message.html ?? '');
  return {
    text: drawn(nodes),
    markup: elementsOf(nodes)
      .map((element) => element.name)
      .filter((name) => !plain.has(name)),
    actionIds: (message.actions ?? []).flat().map((action) => action.actionId),
  };
}

/** The account is in the signed cookie; the page learns it from the server once that runs. */
function accountOf(browser: Browser): string {
  const [account = ''] = decodeURIComponent(browser.cookie.split('=')[1] ?? '').split('.');
  return account;
}

testChannel({
  name: 'web',
  async setUp() {
    const rig = createWebRig();
    const browser = await openBrowser(rig);
    const account = accountOf(browser);
    const other = await openBrowser(rig);
    let last: { readonly id: string; readonly text: string } | undefined;
    /** As a person does: sends again under the same id until the server has it. */
    const post = async (path: string, json: object, from: Browser = browser): Promise<void> => {
      for (let attempt = 0; attempt < 5; attempt += 1) {
        const answer = await from.post(path, json);
        if (answer.status !== 503) return;
      }
    };
    const shown = async (): Promise<readonly MessageAnswer[]> =>
      ((await browser.conversation()).messages ?? []).filter((message) => message.from === 'bot');
    const say = async (from: Browser, text: string, id = clientId()): Promise<MessageRef> => {
      const speaker = accountOf(from);
      await post('/api/messages', { id, text }, from);
      return { platform: 'web', channelId: speaker, messageId: `${speaker}.p.${id}` };
    };
    const picturesOf = async (viewer: Browser): Promise<readonly SeenPicture[]> => {
      const pictures = ((await viewer.conversation()).messages ?? []).flatMap(
        (message) => message.pictures ?? [],
      );
      return await Promise.all(
        pictures.map(async ({ url, alt }) => {
          const answer = await viewer.get(url);
          return { alt, bytes: new Uint8Array(await answer.arrayBuffer()) };
        }),
      );
    };
    return {
      channel: rig.channel,
      conversation: addressOf(account),
      person: {
        async say(text) {
          last = { id: clientId(), text };
          return await say(browser, text, last.id);
        },
        sayUnaddressed: (text) => say(browser, text),
        command: (line) => post('/api/messages', { id: clientId(), text: `/${line}` }),
        async press(ref, actionId) {
          const target = { id: clientId(), messageId: ref.messageId };
          if (actionId === FEEDBACK_GOOD)
            await post('/api/votes', { ...target, name: 'good', change: 'given' });
          else if (actionId === FEEDBACK_BAD)
            await post('/api/votes', { ...target, name: 'bad', change: 'given' });
          else await post('/api/actions', { ...target, actionId });
        },
        async complete(line) {
          const answer = await browser.post('/api/completions', { id: clientId(), line });
          const { choices } = (await answer.json()) as { choices: { value: string }[] };
          return choices.map((choice) => choice.value);
        },
        async see(ref) {
          const message = (await shown()).find(({ id }) => id === ref.messageId);
          return message === undefined ? undefined : seen(message);
        },
        seeAll: async () => (await shown()).map(seen),
        seePictures: () => picturesOf(browser),
      },
      bystander: {
        seePictures: () => picturesOf(other),
        async seeAll() {
          const messages = (await other.conversation()).messages ?? [];
          return messages.filter((message) => message.from === 'bot').map(seen);
        },
      },
      elsewhere: { say: (text) => say(other, text) },
      faults: {
        redeliver: () => post('/api/messages', last ?? {}),
        // The page shows as taken what is accepted, and offers to send the rest again. Served or not, it stands here.
        async isAcknowledged(ref) {
          const kept = await rig.transcripts.get(ref.messageId);
          return accepted.safeParse(kept?.content).success;
        },
      },
      evidence: {
        secrets: [cookieKey, browser.cookie.split('=')[1] ?? ''],
        logged: () => rig.logger.entries,
      },
      tearDown: () => rig.channel.stop(),
    };
  },
  optOuts: {
    'bad credentials reject start': 'The page logs in to the bot, the bot logs in nowhere.',
    'edited message': 'What was sent from the page stands.',
    'deleted message': 'What was sent from the page stands.',
    'a private answer that is late is seen by nobody else': 'The page takes an answer at any time.',
    'health tells when the platform is away and when it is back':
      'The page is served by this program: nothing can be away from it.',
    'an entry of the menu of a message comes back as an action': 'The page has no menu of a message.',
    'edits and sends of one conversation keep their order':
      'The page fetches how things stand and not how they came to be.',
    'a picture that the platform does not take leaves the words standing':
      'A picture is a part of what is written to our own store.',
    'a rate limit in the middle loses nothing and keeps the order': 'Nothing limits what our own page shows.',
    'a platform that hangs is given up in time': 'A send is a write to our own store.',
    'the platform is asked nothing that it does not know': 'It asks nobody.',
    'rate limit is rate_limited in milliseconds': 'Nothing limits what our own page shows.',
    'a broken send is delivery_unknown': 'A send is a write to our own store: it happened or it did not.',
    'a refused connection is network and retryable':
      'A send needs no connection; pages fetch what they missed.',
  },
});
