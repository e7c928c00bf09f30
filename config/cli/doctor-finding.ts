/**
 * What was looked at. `problem`: the bot will not work so. `warning`: it will, but somebody should know. `unasked`: whoever
 * knows did not answer, so nothing was found out.
 */
export interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'problem' | 'unasked';
  /** What is so, and how to mend it where it is wrong. */
  readonly message: string;
}

/** Findings of one check. */
export function findingsOf(check: string): (state: Finding['state'], message: string) => Finding {
  return (state, message) => ({ check, state, message });
}

/** What all findings come to, as one sentence. */
export function verdictOn(findings: readonly Finding[]): string {
  const problems = findings.filter(({ state }) => state === 'problem').length;
  const unasked = findings.filter(({ state }) => state === 'unasked').map(({ check }) => check);
  const checks = unasked.length === 1 ? '1 check' : `${unasked.length} checks`;
  const silent = `${checks} could not be asked (${[...new Set(unasked)].join(', ')}): see above, why.`;
  if (problems > 0) return `${problems} to mend.${unasked.length === 0 ? '' : ` ${silent}`}`;
  if (unasked.length === 0) return 'Nothing stands in the way of a start.';
  return `Nothing that could be looked at stands in the way of a start. ${silent}`;
}
