import { createCompletion } from './completion.js';
import { tabStore } from './tab-store.js';

const DRAFT = 'metaclaw.draft';
const MOST_LINES_PX = 220;

/** The message box: Enter sends, Shift and Enter begins a line, the draft is kept for this tab. */
export function createComposer({ form, box, list, send, choicesFor, onSend }) {
  const adjustHeight = () => {
    box.style.blockSize = 'auto';
    box.style.blockSize = `${Math.min(MOST_LINES_PX, box.scrollHeight)}px`;
  };
  const changed = () => {
    tabStore.set(DRAFT, box.value);
    send.disabled = box.value.trim() === '';
    adjustHeight();
  };
  const completion = createCompletion({ box, list, choicesFor, onAccept: changed });
  const submit = () => {
    const text = box.value;
    if (text.trim() === '' || !onSend(text)) return;
    box.value = '';
    completion.close();
    changed();
  };

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
    box.focus();
  });
  box.addEventListener('input', changed);
  box.addEventListener('keydown', (event) => {
    if (completion.handleKey(event)) return;
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.altKey) return;
    event.preventDefault();
    submit();
  });
  // Somebody may have begun to write before this script was there.
  if (box.value === '') box.value = tabStore.get(DRAFT) ?? '';
  changed();
  // On a touch screen the focus would open the keyboard over the conversation.
  if (matchMedia('(pointer: fine)').matches) box.focus();

  return {
    submit,
    /** Puts words back into the box, before what is being written. */
    put(text) {
      box.value = [text, box.value].filter((part) => part.trim() !== '').join('\n');
      changed();
      box.focus();
    },
    begin(text) {
      box.value = text;
      box.setSelectionRange(text.length, text.length);
      changed();
      box.focus();
      completion.ask();
    },
  };
}
