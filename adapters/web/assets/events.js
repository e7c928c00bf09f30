const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 15_000;

/**
 * Listens to the server for as long as the page is open. `onHello` after every connect: what was missed is to be
 * fetched then. `onRefused` when the server answered, but with no. The browser itself comes back after a broken connection, naming the last event it saw; after a refusal
 * it gives up, so we try anew with growing waits.
 */
export function listen({ onHello, onLost, onRefused, onEvent }) {
  let source;
  let timer;
  let waitMs = FIRST_WAIT_MS;

  const open = () => {
    clearTimeout(timer);
    source?.close();
    source = new EventSource('/api/events');
    source.addEventListener('hello', () => {
      waitMs = FIRST_WAIT_MS;
      onHello();
    });
    source.addEventListener('resync', () => onHello());
    for (const type of ['message.shown', 'message.removed', 'activity', 'notice']) {
      source.addEventListener(type, (event) => onEvent(JSON.parse(event.data)));
    }
    source.addEventListener('error', () => {
      onLost();
      if (source.readyState !== EventSource.CLOSED) return;
      onRefused();
      timer = setTimeout(open, waitMs);
      waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
    });
  };
  const openIfLost = () => {
    if (source.readyState !== EventSource.OPEN) open();
  };
  addEventListener('online', openIfLost);
  addEventListener('offline', onLost);
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) openIfLost();
  });
  open();
  return { retryNow: open };
}
