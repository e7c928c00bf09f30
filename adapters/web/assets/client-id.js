let lastAt = 0;
let count = 0;

/** A new id for a message or a press. Later ids of this page compare greater as strings. */
export function clientId() {
  lastAt = Math.max(lastAt, Date.now());
  count += 1;
  const random = crypto.getRandomValues(new Uint32Array(2));
  const tail = [...random].map((value) => value.toString(36).padStart(7, '0')).join('');
  return [lastAt.toString(36).padStart(9, '0'), count.toString(36).padStart(5, '0'), tail].join('-');
}
