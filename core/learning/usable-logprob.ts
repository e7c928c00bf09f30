/** Rounding makes a certain token's log-probability this large at most. */
const largestLogprob = 1e-3;
/** Nothing is drawn with a probability of e⁻¹⁰⁰⁰: engines write −9999 or −99999 for "none". */
const leastLogprob = -1000;

/** Whether a number can be the log-probability of a token: finite, not above 0 but for rounding, and none that stands for "none". */
export function isUsableLogprob(logprob: number | undefined): logprob is number {
  return logprob !== undefined && logprob >= leastLogprob && logprob <= largestLogprob;
}
