import { el, setText } from './dom.js';

/** Words of the person. `state` is `sent`, `sending`, or `failed` with a reason; failed words can be sent again or taken back. */
export function createPersonMessage(view, { onResend, onTakeBack }) {
  const isCommand = view.text.trimStart().startsWith('/');
  const text = el('p', { class: 'words', dir: 'auto' });
  const reason = el('span', { class: 'reason' });
  const failure = el(
    'div',
    { class: 'failure' },
    reason,
    el('button', { type: 'button', class: 'action', onclick: () => onResend() }, 'Send again'),
    el('button', { type: 'button', class: 'action', onclick: () => onTakeBack() }, 'Edit'),
  );
  const progress = el('span', { class: 'progress' });
  const element = el(
    'article',
    { class: isCommand ? 'said command' : 'said' },
    el('span', { class: 'hidden' }, 'You: '),
    text,
    progress,
    failure,
  );
  return {
    element,
    update(next) {
      setText(text, next.text);
      setText(progress, next.state === 'sending' ? 'Sending' : '');
      element.classList.toggle('pending', next.state !== 'sent');
      element.classList.toggle('failed', next.state === 'failed');
      failure.hidden = next.state !== 'failed';
      setText(reason, next.state === 'failed' ? (next.reason ?? 'Not sent.') : '');
    },
  };
}

/** Where a new conversation began. */
export function createDivider() {
  return {
    element: el(
      'div',
      { class: 'divider', role: 'separator', 'aria-label': 'New conversation' },
      el('span', { 'aria-hidden': true }, 'New conversation'),
    ),
    update() {},
  };
}
