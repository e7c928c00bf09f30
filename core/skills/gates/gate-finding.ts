/** What a gate found in a draft. */
export interface GateFinding {
  readonly gate: 'schema' | 'secret' | 'injection' | 'duplicate';
  /** `refuse`: the draft must not become retrievable. `warn`: a person should know before they decide. */
  readonly severity: 'refuse' | 'warn';
  /** One sentence for a person, what and where; never words of the draft. */
  readonly message: string;
  /** At most 80 characters around the place, secrets masked. Absent where none can be shown safely. */
  readonly excerpt?: string;
}
