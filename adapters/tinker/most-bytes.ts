/** A list of all that was ever saved has some megabytes. */
const mostOfAnswer = 16_000_000;
/** The log-probabilities of the largest batch, and still one text. */
const mostOfResult = 512_000_000;
const mostOfArchive = 4_000_000_000;
/** The beginning of a long refusal says enough. */
export const mostOfRefusal = 1_000_000;

/** How many bytes, unpacked, an answer from this address may have, under `/api/v1/` or absolute: only archives lie elsewhere. */
export function mostBytesOf(path: string): number {
  if (path.includes('://') || path.endsWith('/archive')) return mostOfArchive;
  return path === 'retrieve_future' ? mostOfResult : mostOfAnswer;
}
