import { kindAt, spaceEnd, stringEnd } from './json-spans.ts';
import { bufferOf } from './parse-body.ts';

/** Where the dialects have pictures, files and sound written out: as base64, or as an address that holds it. */
const dataKeys = ['data', 'file_data', 'url', 'image_url', 'result'].map((key) => Buffer.from(`"${key}"`));
/** Of one key; no request is meant to hold more pictures, and what is behind them counts whole. */
const mostLookedAt = 10_000;
/** Shorter ones make no difference. */
const leastBytes = 2_048;
/** Models read a picture as 85 to 1,600 tokens (vision guides of OpenAI and Anthropic): the most of that, as so many bytes of text. */
const bytesOfOne = 6_400;

const sampleBytes = 512;
/** Of a sample from the beginning. Some clients write each slash with a backslash, which the sample may end between. */
const isData = /^(?:data:[^,"]{0,200};base64,)?(?:[A-Za-z0-9+/_-]|\\\/)+\\?$/;

const colon = 0x3a;

/** How many bytes what is written out under `key` takes more than it counts. */
function surplusUnder(key: Buffer, json: Buffer): number {
  let surplus = 0;
  let found = -key.length;
  for (let place = 0; place < mostLookedAt; place += 1) {
    // In a string the quotes would stand behind backslashes.
    found = json.indexOf(key, found + key.length);
    if (found === -1) break;
    const behind = spaceEnd(json, found + key.length);
    if (json[behind] !== colon) continue;
    const start = spaceEnd(json, behind + 1);
    if (kindAt(json, start) !== 'string') continue;
    const length = stringEnd(json, start) - start - 2;
    const begin = start + 1;
    if (length >= leastBytes && isData.test(json.toString('latin1', begin, begin + sampleBytes))) {
      surplus += length - bytesOfOne;
    }
  }
  return surplus;
}

/**
 * Size of a request in bytes as far as it is text: a picture, a file or sound that is written out in it counts as much as models
 * read of a picture, whatever its size. The text must be valid JSON.
 */
export function promptBytes(body: Uint8Array): number {
  const json = bufferOf(body);
  if (json.length < leastBytes) return json.length;
  return dataKeys.reduce((bytes, key) => bytes - surplusUnder(key, json), json.length);
}
