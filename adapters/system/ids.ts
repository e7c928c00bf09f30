import { hash, randomBytes } from 'node:crypto';
import type { Clock } from '../../core/ports/clock.ts';
import type { Ids } from '../../core/ports/ids.ts';

/** Crockford's base 32 in lower case: no i, l, o, u. Its characters stand in ASCII order, so equal-length texts sort as numbers. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const TIME_CHARS = 10;
const COUNTER_CHARS = 3;
const RANDOM_CHARS = 13;
const COUNTER_LIMIT = 32 ** COUNTER_CHARS;

function base32(value: number, chars: number): string {
  let rest = value;
  let text = '';
  for (let index = 0; index < chars; index += 1) {
    text = alphabet.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

/** Fetched so many at once: each fetch costs more than what is fetched. */
const POOL_BYTES = 4_096;
let pool = Buffer.alloc(0);
let used = 0;

/** 32 divides 256, so every character is equally likely. No byte is used twice. */
function randomText(chars: number): string {
  if (used + chars > pool.length) {
    pool = randomBytes(Math.max(POOL_BYTES, chars));
    used = 0;
  }
  let text = '';
  for (let index = used; index < used + chars; index += 1) text += alphabet.charAt((pool[index] ?? 0) % 32);
  pool.fill(0, used, used + chars);
  used += chars;
  return text;
}

/**
 * Random ids and SHA-256 of this machine. `next` sorts by creation within one instance, also when the clock stands
 * still or goes back; two instances never collide in practice (65 random bits for each millisecond).
 */
export function createSystemIds(clock: Pick<Clock, 'now'>): Ids {
  let lastAt = 0;
  let counter = 0;
  return {
    next(prefix) {
      const at = clock.now();
      if (at > lastAt) {
        lastAt = at;
        counter = 0;
      } else {
        counter += 1;
        if (counter === COUNTER_LIMIT) {
          lastAt += 1;
          counter = 0;
        }
      }
      return `${prefix}_${base32(lastAt, TIME_CHARS)}${base32(counter, COUNTER_CHARS)}${randomText(RANDOM_CHARS)}`;
    },
    code: randomText,
    digest: (text) => hash('sha256', text),
  };
}
