import { post } from './api.js';
import { clientId } from './client-id.js';
import { el, icon } from './dom.js';

const names = { good: 'Good answer', bad: 'Bad answer' };

/**
 * Two toggle buttons. Pressing one takes the other's place, pressing it again takes the vote back. What is shown is
 * what was pressed last; when the server does not take it, the former vote comes back with a word why.
 */
export function createVoteButtons(messageId, notify) {
  let standing = null;
  let shown = null;
  let sending = Promise.resolve();
  let waiting = 0;
  const buttons = {};

  const show = (vote) => {
    shown = vote;
    for (const [name, button] of Object.entries(buttons)) {
      button.setAttribute('aria-pressed', String(name === vote));
    }
  };
  const press = (name) => {
    const request = shown === name ? { name, change: 'withdrawn' } : { name, change: 'given' };
    show(request.change === 'given' ? name : null);
    const body = { id: clientId(), messageId, ...request };
    waiting += 1;
    sending = sending.then(async () => {
      // A lost answer does not tell whether the vote arrived; the same id makes asking again harmless.
      let answer = await post('/api/votes', body);
      if (answer.status === 0) answer = await post('/api/votes', body);
      waiting -= 1;
      if (answer.ok) standing = request.change === 'given' ? name : null;
      else notify(`Your vote was not saved. ${answer.message}`);
      if (waiting === 0) show(standing);
    });
  };
  const element = el('span', { class: 'votes', role: 'group', 'aria-label': 'Rate this answer' });
  for (const [name, label] of Object.entries(names)) {
    buttons[name] = el(
      'button',
      {
        type: 'button',
        class: `tool vote ${name}`,
        'aria-label': label,
        'aria-pressed': 'false',
        title: label,
        onclick: () => press(name),
      },
      icon(name),
    );
    element.append(buttons[name]);
  }
  return {
    element,
    update(vote) {
      standing = vote;
      if (waiting === 0) show(vote);
    },
  };
}
