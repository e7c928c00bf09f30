const wide = /[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]/g;

/**
 * About how many tokens a text costs, without a tokenizer: four characters a token, one for each East Asian character.
 * For budgets, not for billing.
 */
export function estimateTokens(text: string): number {
  const wideChars = text.match(wide)?.length ?? 0;
  return wideChars + Math.ceil((text.length - wideChars) / 4);
}
