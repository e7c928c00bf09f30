import { post } from './api.js';
import { clientId } from './client-id.js';
import { tabStore } from './tab-store.js';

/**
 * Messages on their way, one after another, each with an id that stays the same however often it is sent. What was not
 * taken is kept for this tab, also over a reload.
 */
export function createOutbox({ storageKey, onChange, onGone, onSignedOut }) {
  const items = new Map();
  let sending = Promise.resolve();

  const save = () => {
    const left = [...items.values()].map(({ id, text }) => ({ id, text }));
    tabStore.set(storageKey, JSON.stringify(left));
  };
  const set = (item) => {
    items.set(item.id, item);
    save();
    onChange(item);
  };
  const transmit = (id) => {
    sending = sending.then(async () => {
      const item = items.get(id);
      if (item === undefined) return;
      const answer = await post('/api/messages', { id, text: item.text });
      if (answer.ok) {
        items.delete(id);
        save();
        onGone({ ...item, state: 'sent' });
        return;
      }
      set({ ...item, state: 'failed', reason: answer.message });
      if (answer.status === 401) onSignedOut();
    });
  };

  return {
    send(text) {
      const item = { id: clientId(), text, state: 'sending' };
      set(item);
      transmit(item.id);
    },
    resend(id) {
      const item = items.get(id);
      if (item === undefined || item.state === 'sending') return;
      set({ ...item, state: 'sending' });
      transmit(id);
    },
    /** Gives the words back and forgets them. */
    takeBack(id) {
      const item = items.get(id);
      items.delete(id);
      save();
      return item?.text ?? '';
    },
    /** The server says that it has this one. */
    settle(id) {
      if (items.get(id)?.state === 'sending') return;
      if (items.delete(id)) save();
    },
    has: (id) => items.has(id),
    items: () => [...items.values()],
    restore() {
      let left = [];
      try {
        left = JSON.parse(tabStore.get(storageKey) ?? '[]');
      } catch {
        // Nothing that could be restored.
      }
      for (const { id, text } of left) {
        if (!items.has(id))
          items.set(id, { id, text, state: 'failed', reason: 'Not sent before the page was left.' });
      }
    },
  };
}
